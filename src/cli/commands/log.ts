/**
 * `followup log`: a channel's post log, from the engine's SQLite file.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { postLog } from "../../core/history/post-log.ts"
import { type DatabaseOptions, type PostedEntries, readDatabase, withDatabase } from "../database.ts"
import { entriesPage } from "../history-page.ts"
import { badInput, done, json, type Outcome } from "../outcome.ts"
import { pageOf } from "../page.ts"
import type { AddCommand, Surroundings } from "../surroundings.ts"

interface Options extends DatabaseOptions {
  readonly limit: string
}

/** Entries shown unless told, and at most: the engine's own bounds. */
const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1_000

const run = async (options: Options, surroundings: Surroundings): Promise<Outcome> => {
  const limit = /^\d{1,4}$/.test(options.limit) ? Number(options.limit) : 0
  if (limit < 1 || limit > MAX_LIMIT)
    return badInput(`--limit: expected a whole number from 1 to ${MAX_LIMIT}`)
  const read = await readDatabase(options, (store) =>
    store.log({ channelId: options.channel, limit }).pipe(
      Effect.map(
        (events): PostedEntries => ({
          entries: postLog(
            events.map(({ key, event }) => ({ customerId: key.customerId, event })),
          ).toReversed(),
        }),
      ),
    ),
  )
  if (Result.isFailure(read)) return read.failure
  return options.json === true
    ? json(read.success)
    : done(entriesPage(pageOf(surroundings), read.success.entries, { customers: true, texts: false }))
}

const HELP = `
Examples:
  followup log --db followup.sqlite --channel acme
  followup log --db followup.sqlite --channel acme --limit 5 --json

Newest first. Instants are UTC; with --json the object has entries, each with
its text as sent, and instants are milliseconds since 1970.

Exit codes: 0 shown; 1 the file could not be read just now; 2 there is no such
file or channel, or the file is not one of followup's.`

/** Adds `followup log`. R20. @since 0.1.0 */
export const logCommand: AddCommand = (program, surroundings, conclude) => {
  withDatabase(
    program
      .command("log")
      .summary("show what a channel sent, and what it did not")
      .description("Shows what a channel sent, what it did not send and why, newest first."),
  )
    .option("--limit <n>", `how many entries, 1 to ${MAX_LIMIT}`, String(DEFAULT_LIMIT))
    .option("--json", "print the result as one JSON object")
    .addHelpText("after", HELP)
    .action(async (options: Options) => conclude(await run(options, surroundings)))
}
