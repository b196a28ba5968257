/**
 * Every kind of measurement by the tag of its task.
 */
import { finish } from "./finish.ts"
import { jobs } from "./jobs.ts"
import { memory } from "./memory.ts"
import type { Answer, Task } from "./task.ts"
import { timers } from "./timers.ts"

/** Measures in this process; what others measure at the same time may `start` with it. */
export const measure = (task: Task, start: () => Promise<void> = async () => {}): Promise<Answer> => {
  switch (task._tag) {
    case "Finish":
      return finish(task, start)
    case "Timers":
      return timers(task)
    case "Memory":
      return memory(task)
    case "Jobs":
      return jobs(task, start)
  }
}
