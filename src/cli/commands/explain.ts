/**
 * `followup explain`: why a message was followed up, or was not, from the engine's SQLite file.
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { explain } from "../../core/history/explain.ts"
import { type DatabaseOptions, readDatabase, withDatabase } from "../database.ts"
import { explanationPage } from "../history-page.ts"
import { badInput, done, json, type Outcome } from "../outcome.ts"
import { oneLine, pageOf } from "../page.ts"
import type { AddCommand, Surroundings } from "../surroundings.ts"

interface Options extends DatabaseOptions {
  readonly customer: string
  readonly chat?: string
}

const run = async (messageId: string, options: Options, surroundings: Surroundings): Promise<Outcome> => {
  const key = { channelId: options.channel, customerId: options.customer }
  const read = await readDatabase(options, (store) => store.history(key))
  if (Result.isFailure(read)) return read.failure
  const explanation = explain(read.success, messageId, options.chat, key.customerId)
  if (explanation.verdict === "ambiguous")
    return badInput(oneLine(explanation.sentence), "Name it as --chat <id>.")
  if (explanation.verdict === "unknown")
    return badInput(
      options.chat === undefined
        ? "the customer's history has no message with that id"
        : "the customer's history has no message with that id in that chat",
    )
  return options.json === true ? json(explanation) : done(explanationPage(pageOf(surroundings), explanation))
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
    .option("--chat <id>", "the chat's id, where the customer has that message id in several")
    .option("--json", "print the result as one JSON object")
    .addHelpText("after", HELP)
    .action(async (messageId: string, options: Options) =>
      conclude(await run(messageId, options, surroundings)),
    )
}
