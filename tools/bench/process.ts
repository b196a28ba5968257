/**
 * Runs a task in a process of its own.
 */
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Answer, Task } from "./task.ts"

const worker = fileURLToPath(new URL("worker.ts", import.meta.url))

/** Measured memory is what is in use, not what nobody has collected yet. */
const COLLECTABLE = "--expose-gc"

/** As much as tells what went wrong. */
const COMPLAINT_CHARACTERS = 4_000

/** Runs a task in a process of its own, with further flags for Node; fails when it ends without an answer. */
export const runInProcess = (task: Task, flags: ReadonlyArray<string> = []): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const child = fork(worker, [JSON.stringify(task)], {
      execArgv: [COLLECTABLE, ...flags],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    })
    let answer: Answer | undefined
    let complaint = ""
    child.stderr?.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-COMPLAINT_CHARACTERS)
    })
    child.on("message", (message: Answer) => {
      answer = message
    })
    child.on("error", reject)
    child.on("close", (code) =>
      answer === undefined
        ? reject(new Error(`a measurement ended with ${code} and no answer:\n${complaint}`))
        : resolve(answer),
    )
  })
