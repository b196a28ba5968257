/**
 * Starts a task in a process of its own.
 */
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Answer, Task } from "./task.ts"

/** Runs a task in a process of its own; fails when it ends without an answer. */
export const run = (task: Task, execArgv: ReadonlyArray<string> = []): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL("worker.ts", import.meta.url)), [JSON.stringify(task)], {
      execArgv: [...execArgv],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    })
    let answer: Answer | undefined
    let complaint = ""
    child.stderr?.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-4_000)
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
