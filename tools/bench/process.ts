/**
 * Runs a task in a process of its own, or its shares in several.
 */
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { type Answer, READY, type Task } from "./task.ts"

const worker = fileURLToPath(new URL("worker.ts", import.meta.url))

/** Measured memory is what is in use, not what nobody has collected yet. */
const COLLECTABLE = "--expose-gc"

/** As much as tells what went wrong. */
const COMPLAINT_CHARACTERS = 4_000

const run = (
  task: Task,
  flags: ReadonlyArray<string>,
  start: () => Promise<void>,
  signal: AbortSignal,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const child = fork(worker, [JSON.stringify(task)], {
      execArgv: [COLLECTABLE, ...flags],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      signal,
    })
    let answer: Answer | undefined
    let complaint = ""
    child.stderr?.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-COMPLAINT_CHARACTERS)
    })
    child.on("message", (message: Answer | typeof READY) => {
      if (message === READY) void start().then(() => child.send("start"))
      else answer = message
    })
    child.on("error", reject)
    child.on("close", (code) =>
      answer === undefined
        ? reject(new Error(`a measurement ended with ${code} and no answer:\n${complaint}`))
        : resolve(answer),
    )
  })

// Opens once so many have come to it.
const gateFor = (count: number): (() => Promise<void>) => {
  const waiting: Array<() => void> = []
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      if (waiting.length === count) for (const open of waiting) open()
    })
}

/**
 * Runs tasks at once, each in a process of its own with further flags for Node; their clocks start together. Fails when
 * one of them ends without an answer.
 */
export const runInProcesses = async (
  tasks: ReadonlyArray<Task>,
  flags: ReadonlyArray<string> = [],
): Promise<ReadonlyArray<Answer>> => {
  const start = gateFor(tasks.length)
  const failed = new AbortController()
  try {
    return await Promise.all(tasks.map((task) => run(task, flags, start, failed.signal)))
  } finally {
    failed.abort()
  }
}
