/**
 * `followup explain`: why a message was followed up, or was not, from the engine's SQLite file.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { explain } from "../../core/history/explain.ts"
import { type DatabaseOptions, readDatabase, withDatabase } from "../database.ts"
import { explanationPage } from "../history-page.ts"
import { badInput, done, json, type Outcome } from "../outcome.ts"
import { pageOf } from "../page.ts"
import type { AddCommand, Surroundings } from "../surroundings.ts"

interface Options extends DatabaseOptions {
  readonly customer: string
}

const run = async (messageId: string, options: Options, surroundings: Surroundings): Promise<Outcome> => {
  const key = { channelId: options.channel, customerId: options.customer }
  const read = await readDatabase(options, (store) =>
    store.history(key).pipe(Effect.map((history) => explain(history, messageId, undefined, key.customerId))),
  )
  if (Result.isFailure(read)) return read.failure
  if (read.success.verdict === "unknown")
    return badInput("the customer's history has no message with that id")
  return options.json === true
    ? json(read.success)
    : done(explanationPage(pageOf(surroundings), read.success))
}

const HELP = `
Example:
  followup explain m2 --db followup.sqlite --channel acme --customer cust-1

Instants are UTC; with --json, milliseconds since 1970.

Exit codes: 0 explained; 1 the file could not be read just now; 2 there is no
such file, channel or message, or the file is not one of followup's.`

/** Adds `followup explain`. R20. @since 0.1.0 */
export const explainCommand: AddCommand = (program, surroundings, conclude) => {
  withDatabase(
    program
      .command("explain")
      .summary("say why a message was followed up, or was not")
      .description(
        "Says what became of a message and why, from the file in which the engine keeps its history.",
      )
      .argument("<message-id>", "the message's id"),
  )
    .requiredOption("--customer <id>", "the customer's id")
    .option("--json", "print the result as one JSON object")
    .addHelpText("after", HELP)
    .action(async (messageId: string, options: Options) =>
      conclude(await run(messageId, options, surroundings)),
    )
}
