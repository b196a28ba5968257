/**
 * `followup usage`: what a channel used and may use, from the engine's SQLite file.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { defaultPrices } from "../../core/billing/price-book.ts"
import { usageReport } from "../../core/billing/usage.ts"
import { type DatabaseOptions, readDatabase, withDatabase } from "../database.ts"
import { isMonth } from "../instant.ts"
import { badInput, done, json, type Outcome } from "../outcome.ts"
import { pageOf } from "../page.ts"
import type { AddCommand, Surroundings } from "../surroundings.ts"
import { usagePage } from "../usage-page.ts"

interface Options extends DatabaseOptions {
  readonly month?: string
}

const run = async (options: Options, surroundings: Surroundings): Promise<Outcome> => {
  const { month } = options
  if (month !== undefined && !isMonth(month)) return badInput('--month: expected a month such as "2026-01"')
  const read = await readDatabase(options, (store, { ledger }) =>
    store.usage(options.channel).pipe(
      Effect.map((entries) =>
        usageReport(entries, {
          prices: defaultPrices,
          atMs: surroundings.nowMs(),
          ledger,
          ...(month !== undefined && { month }),
        }),
      ),
    ),
  )
  if (Result.isFailure(read)) return read.failure
  return options.json === true
    ? json(read.success)
    : done(usagePage(pageOf(surroundings), read.success, month))
}

const HELP = `
Examples:
  followup usage --db followup.sqlite --channel acme
  followup usage --db followup.sqlite --channel acme --month 2026-01

What was used is what was charged. The prices listed are those of the default
price book, today: the file does not hold the prices of the host's own policy.

Exit codes: 0 shown; 1 the file could not be read just now; 2 there is no such
file or channel, or the file is not one of followup's.`

/** Adds `followup usage`. R19. @since 0.1.0 */
export const usageCommand: AddCommand = (program, surroundings, conclude) => {
  withDatabase(
    program
      .command("usage")
      .summary("show what a channel used, may use and has left")
      .description("Shows how many PU a channel used, for what, and how many it has left."),
  )
    .option("--month <month>", "sum up one month of UTC only, such as 2026-01")
    .option("--json", "print the result as one JSON object")
    .addHelpText("after", HELP)
    .action(async (options: Options) => conclude(await run(options, surroundings)))
}
