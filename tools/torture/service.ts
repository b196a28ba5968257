/**
 * A process of a run, and what can be known of it from outside.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

/** A process that says on its first line where it listens. */
export interface Service {
  readonly child: ChildProcess
  readonly url: Promise<string>
  /** Resolves when it has ended: why, in words, with the last that it said. */
  readonly ended: Promise<string>
}

const LAST_WORDS = 2_000

/** Starts a program of this folder with a setting. */
export const startService = (program: string, setting: unknown): Service => {
  const file = fileURLToPath(new URL(program, import.meta.url))
  const child = spawn(process.execPath, ["--no-warnings", file, JSON.stringify(setting)], {
    stdio: ["pipe", "pipe", "pipe"],
  })
  let words = ""
  child.stderr.on("data", (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-LAST_WORDS)
  })
  const lines = createInterface({ input: child.stdout })
  const url = new Promise<string>((resolve) => lines.once("line", resolve))
  const ended = once(child, "close").then(([code, signal]) =>
    `${signal ?? `exit code ${code}`} ${words}`.trim(),
  )
  return { child, url, ended }
}
