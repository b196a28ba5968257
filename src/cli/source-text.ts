/**
 * Text that a command reads: a file, or standard input for `-`. UTF-8, with or without a byte order mark.
 * @since 0.1.0
 */
import { readFile } from "node:fs/promises"
import * as Result from "effect/Result"
import type { Surroundings } from "./surroundings.ts"

/** The name that stands for standard input. @since 0.1.0 */
export const STANDARD_INPUT = "-"

const whyUnreadable: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "there is no permission to read it",
  EPERM: "there is no permission to read it",
}

/** Why a file cannot be used, in words. Total. @since 0.1.0 */
export const unreadable = (file: string, error: unknown): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown"
  return `cannot read ${file}: ${whyUnreadable[code] ?? `the system says ${code}`}`
}

const bytesOf = async (
  file: string,
  { readStandardInput }: Surroundings,
): Promise<Result.Result<Uint8Array, string>> => {
  try {
    return Result.succeed(await (file === STANDARD_INPUT ? readStandardInput() : readFile(file)))
  } catch (error) {
    return Result.fail(unreadable(file === STANDARD_INPUT ? "standard input" : file, error))
  }
}

/** The text of a file, or of standard input for `-`, without a byte order mark; or why there is none. @since 0.1.0 */
export const readText = async (
  file: string,
  surroundings: Surroundings,
): Promise<Result.Result<string, string>> => {
  const bytes = await bytesOf(file, surroundings)
  if (Result.isFailure(bytes)) return Result.fail(bytes.failure)
  try {
    return Result.succeed(new TextDecoder("utf-8", { fatal: true }).decode(bytes.success))
  } catch {
    return Result.fail(`${file === STANDARD_INPUT ? "standard input" : file} is not UTF-8 text`)
  }
}
