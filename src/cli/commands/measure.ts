/**
 * `followup measure`: what a text would be on the phone network, what it costs and why, and how it would cost less.
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { countryCode, isCountry } from "../../core/countries/country-code.ts"
import { badInput, done, json, type Outcome } from "../outcome.ts"
import { pageOf } from "../page.ts"
import { readText, STANDARD_INPUT } from "../source-text.ts"
import type { AddCommand, Surroundings } from "../surroundings.ts"
import { measuredText } from "../text-measure.ts"
import { measurePage } from "../text-measure-page.ts"

interface Options {
  readonly json?: true
  readonly country: string
}

/** The country of a text when none is named: the product's home. */
const DEFAULT_COUNTRY = "KR"

const textOf = async (
  argument: string,
  surroundings: Surroundings,
): Promise<Result.Result<string, string>> =>
  argument === STANDARD_INPUT
    ? // What echo, or an editor, puts at the end is not part of the text.
      Result.map(await readText(argument, surroundings), (text) => text.replace(/\r?\n$/, ""))
    : Result.succeed(argument)

const run = async (argument: string, options: Options, surroundings: Surroundings): Promise<Outcome> => {
  const country = countryCode(options.country)
  if (!isCountry(country))
    return badInput('--country: expected the two letters of a country, such as "KR" or "us"; the UK is "GB"')
  const text = await textOf(argument, surroundings)
  if (Result.isFailure(text)) return badInput(text.failure)
  const measured = measuredText({ country, text: text.success }, surroundings.nowMs())
  return options.json === true ? json(measured) : done(measurePage(pageOf(surroundings), measured))
}

const HELP = `
Exactly the text given is measured: what a channel adds to its replies by itself
is not in it. Prices are those of the default price book, today.

From standard input, one line end (LF or CRLF) at the very end is dropped, and
so is a byte order mark. A text that begins with a hyphen goes after "--".

Examples:
  followup measure "네, 있습니다."
  followup measure --country US "It’s ready"
  followup measure --country JP --json - < reply.txt
  followup measure -- "-10% today"

Exit codes: 0 measured, also when the text is too long or cannot be encoded;
1 the command itself failed; 2 the country or the input cannot be used.`

/** Adds `followup measure`. R10, R11, R19. @since 0.1.0 */
export const measureCommand: AddCommand = (program, surroundings, conclude) => {
  program
    .command("measure")
    .summary("say what a text would be: SMS or LMS, how long, what it costs")
    .description("Says what a text would be on the phone network, what it costs, and how it would cost less.")
    .argument("<text>", "the text, in quotes; - is standard input")
    .option("--country <cc>", "where it goes to: two letters, as in ISO 3166-1", DEFAULT_COUNTRY)
    .option("--json", "print the result as one JSON object")
    .addHelpText("after", HELP)
    .action(async (text: string, options: Options) => conclude(await run(text, options, surroundings)))
}
