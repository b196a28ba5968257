/**
 * What the provider wrote down: a line for each request and each receipt, on disk before anybody hears of it.
 */
import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from "node:fs"
import type { Evidence, ProviderRecord, ToldNotice } from "./evidence.ts"

/** A log that only grows. */
export interface ProviderLog {
  readonly write: (line: ProviderRecord | ToldNotice) => void
  readonly close: () => void
}

/** Opens a log in a file, made if it is not there. */
export const openProviderLog = (file: string): ProviderLog => {
  const descriptor = openSync(file, "a")
  return {
    write: (line) => {
      writeSync(descriptor, `${JSON.stringify(line)}\n`)
      fdatasyncSync(descriptor)
    },
    close: () => closeSync(descriptor),
  }
}

/** All that a log says, oldest first: of deliveries, and of notices. */
export const readProviderLog = (file: string): Pick<Evidence, "provider" | "told"> => {
  const provider: Array<ProviderRecord> = []
  const told: Array<ToldNotice> = []
  for (const text of readFileSync(file, "utf8").split("\n")) {
    if (text === "") continue
    const line: ProviderRecord | ToldNotice = JSON.parse(text)
    if (line._tag === "Notice") told.push(line)
    else provider.push(line)
  }
  return { provider, told }
}
