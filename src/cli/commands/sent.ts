/**
 * `followup sent`: everything sent, and not sent, to one customer, from the engine's SQLite file.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { postLog } from "../../core/history/post-log.ts"
import { type DatabaseOptions, type PostedEntries, readDatabase, withDatabase } from "../database.ts"
import { entriesPage } from "../history-page.ts"
import { done, json, type Outcome } from "../outcome.ts"
import { pageOf } from "../page.ts"
import type { AddCommand, Surroundings } from "../surroundings.ts"

const run = async (
  customerId: string,
  options: DatabaseOptions,
  surroundings: Surroundings,
): Promise<Outcome> => {
  const read = await readDatabase(options, (store) =>
    store
      .history({ channelId: options.channel, customerId })
      .pipe(
        Effect.map(
          (history): PostedEntries => ({ entries: postLog(history.map((event) => ({ customerId, event }))) }),
        ),
      ),
  )
  if (Result.isFailure(read)) return read.failure
  return options.json === true
    ? json(read.success)
    : done(entriesPage(pageOf(surroundings), read.success.entries, { customers: false, texts: true }))
}

const HELP = `
Example:
  followup sent cust-1 --db followup.sqlite --channel acme

Oldest first, with the texts as they were sent; nothing for a customer that the
file does not know. Instants are UTC; with --json the object has entries, and
instants are milliseconds since 1970.

Exit codes: 0 shown; 1 the file could not be read just now; 2 there is no such
file or channel, or the file is not one of followup's.`

/** Adds `followup sent`. R20. @since 0.1.0 */
export const sentCommand: AddCommand = (program, surroundings, conclude) => {
  withDatabase(
    program
      .command("sent")
      .summary("show everything sent, and not sent, to one customer")
      .description("Shows everything that one customer was sent, or was not and why, oldest first.")
      .argument("<customer-id>", "the customer's id"),
  )
    .option("--json", "print the result as one JSON object")
    .addHelpText("after", HELP)
    .action(async (customerId: string, options: DatabaseOptions) =>
      conclude(await run(customerId, options, surroundings)),
    )
}
