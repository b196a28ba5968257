/**
 * `followup simulate`: plays a scenario file on simulated time, as one JSON object or as a timeline to read.
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { reportOf } from "../../testing/simulator/report.ts"
import { simulate } from "../../testing/simulator/simulate.ts"
import { badInput, done, json, type Outcome } from "../outcome.ts"
import { pageOf } from "../page.ts"
import { scenarioOf, storiesOf } from "../scenario-text.ts"
import { simulationPage } from "../simulation-page.ts"
import { readText } from "../source-text.ts"
import type { AddCommand, Surroundings } from "../surroundings.ts"

interface Options {
  readonly json?: true
  readonly explain?: string
}

const run = async (file: string, options: Options, surroundings: Surroundings): Promise<Outcome> => {
  const text = await readText(file, surroundings)
  if (Result.isFailure(text)) return badInput(text.failure)
  const scenario = scenarioOf(file === "-" ? "standard input" : file, text.success)
  if (Result.isFailure(scenario)) return badInput(...scenario.failure)
  const simulation = simulate(scenario.success)
  const stories =
    options.explain === undefined ? undefined : storiesOf(scenario.success, simulation, options.explain)
  if (stories?.length === 0) return badInput("--explain: the scenario's timeline has no message with that id")
  const report = reportOf(simulation)
  return options.json === true
    ? json(stories === undefined ? report : { ...report, explanations: stories })
    : done(simulationPage(pageOf(surroundings), { scenario: scenario.success, simulation, report, stories }))
}

const HELP = `
A scenario says who the channel and its customers are, how each provider
behaves, and what happens when. Nothing is sent, and no time passes.

Examples:
  followup simulate monday.json
  followup simulate monday.json --explain m2
  followup simulate - --json < monday.json

With --json, standard output is one object: deliveries, exclusions, usage and
notices, with instants in milliseconds from the start; --explain adds
explanations to it.

Exit codes: 0 simulated; 1 the command itself failed; 2 the file cannot be
read, is not JSON or is not a scenario (standard error names each place).`

/** Adds `followup simulate`. R20. @since 0.1.0 */
export const simulateCommand: AddCommand = (program, surroundings, conclude) => {
  program
    .command("simulate")
    .summary("play a scenario file and show what would be sent, and why")
    .description("Plays a scenario file on simulated time, and shows what would be sent, what not, and why.")
    .argument("<file>", "the scenario, a JSON file; - is standard input")
    .option("--json", "print the result as one JSON object")
    .option("--explain <message-id>", "say as well what became of this message, and why")
    .addHelpText("after", HELP)
    .action(async (file: string, options: Options) => conclude(await run(file, options, surroundings)))
}
