/**
 * `followup demo`: plays a conversation on the engine, in memory and on the terminal.
 * @since 0.1.0
 */
import type { Played } from "../demo/conversation.ts"
import { demoPage } from "../demo-page.ts"
import { done, jsonText, type Outcome, unmet } from "../outcome.ts"
import { type Page, pageOf } from "../page.ts"
import type { AddCommand, Surroundings } from "../surroundings.ts"

interface Options {
  readonly json?: true
}

/** How a demonstration ends: unmet unless everything came out as the rules say. Total. R20. @since 0.1.0 */
export const demoOutcome = (page: Page, played: Played, { json }: Options): Outcome =>
  (played.asExpected ? done : unmet)(json === true ? jsonText(played) : demoPage(page, played))

const run = async (options: Options, surroundings: Surroundings): Promise<Outcome> => {
  // Loaded only here: the other commands do without the engine.
  const { playConversation } = await import("../demo/conversation.ts")
  const { memory } = await import("../../stores/memory/index.ts")
  const page = pageOf(surroundings)
  const write = options.json === true ? () => undefined : surroundings.writeOut
  return demoOutcome(page, await playConversation({ page, write, store: memory() }), options)
}

const HELP = `
Mina and Jun write to Acme, and go away before the answers come. Mina's phone
takes a push, and that is all she gets. Jun's is switched off, so that after
30 s an email and a text follow; the messaging app is blocked, so the text is an
SMS. What happens has the second (of the story's own time), the rule that made
it happen, and the customer; boxes are what phones and mailboxes show.

It is the engine itself that plays, thirty times as fast as life and in memory:
nothing is sent, and nothing is left behind. docs/rules.md has the rules.

Examples:
  followup demo
  followup demo --json

With --json, standard output is one object: asExpected, expected, steps, entries
(the post log), usage and explanation, with instants in milliseconds since 1970.

Exit codes: 0 everything came out as the rules say; 1 something did not, or the
command itself failed; 2 an option cannot be used.`

/** Adds `followup demo`. R20. @since 0.1.0 */
export const demoCommand: AddCommand = (program, surroundings, conclude) => {
  program
    .command("demo")
    .summary("play a conversation, and show what would be sent, and why")
    .description(
      "Plays a conversation that ends in follow-ups, and shows what is sent, what it costs, and why.",
    )
    .option("--json", "print the result as one JSON object")
    .addHelpText("after", HELP)
    .action(async (options: Options) => conclude(await run(options, surroundings)))
}
