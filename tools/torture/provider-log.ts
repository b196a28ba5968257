/**
 * What the provider wrote down: a line for each request and each receipt, on disk before anybody hears of it.
 */
import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from "node:fs"
import type { ProviderRecord } from "./evidence.ts"

/** A log that only grows. */
export interface ProviderLog {
  readonly write: (record: ProviderRecord) => void
  readonly close: () => void
}

/** Opens a log in a file, made if it is not there. */
export const openProviderLog = (file: string): ProviderLog => {
  const descriptor = openSync(file, "a")
  return {
    write: (record) => {
      writeSync(descriptor, `${JSON.stringify(record)}\n`)
      fdatasyncSync(descriptor)
    },
    close: () => closeSync(descriptor),
  }
}

/** All that a log says, oldest first. */
export const readProviderLog = (file: string): ReadonlyArray<ProviderRecord> =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): ProviderRecord => JSON.parse(line))
