/**
 * One task as shares for several processes, and their answers as one.
 */
import type { Answer, Task } from "./task.ts"

const share = (count: number, among: number): number => Math.ceil(count / among)

/** The same work in equal shares: each has its own database (or queue), customers and callers. */
export const sharesOf = (task: Task, processes: number): ReadonlyArray<Task> => {
  const load = {
    followUps: share(task.load.followUps, processes),
    callers: share(task.load.callers, processes),
    warmUp: share(task.load.warmUp, processes),
  }
  const one: Task =
    task._tag === "Finish"
      ? { ...task, load, customers: share(task.customers, processes) }
      : { ...task, load }
  return Array.from({ length: processes }, () => one)
}

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, one) => total + one, 0)

/** What they did together: all that is finished by the time that the last one is, and the longest waits. */
export const together = (answers: ReadonlyArray<Answer>): Answer => {
  const [first = {}] = answers
  if (answers.length < 2) return first
  const of = (name: string): ReadonlyArray<number> => answers.map((answer) => answer[name] ?? Number.NaN)
  const rates = of("perSecond")
  const finished = of("finished")
  const lastSeconds = Math.max(...finished.map((count, index) => count / (rates[index] ?? Number.NaN)))
  const longest = Object.fromEntries(Object.keys(first).map((name) => [name, Math.max(...of(name))]))
  return { ...longest, finished: sum(finished), perSecond: sum(finished) / lastSeconds }
}
