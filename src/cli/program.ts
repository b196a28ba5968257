/**
 * The command line as one function: arguments and surroundings in, exit code out.
 * @since 0.1.0
 */
import { Command, CommanderError } from "commander"
import { demoCommand } from "./commands/demo.ts"
import { domainCommand } from "./commands/domain.ts"
import { explainCommand } from "./commands/explain.ts"
import { logCommand } from "./commands/log.ts"
import { measureCommand } from "./commands/measure.ts"
import { sentCommand } from "./commands/sent.ts"
import { simulateCommand } from "./commands/simulate.ts"
import { usageCommand } from "./commands/usage.ts"
import { isNewEnough } from "./node-version.ts"
import { badInput, done, exitCodes, failed, type Outcome } from "./outcome.ts"
import { mayColor, oneLine } from "./page.ts"
import type { AddCommand, Surroundings } from "./surroundings.ts"

/** In the order in which --help lists them; a new command is a file and a line here. */
const commands: ReadonlyArray<AddCommand> = [
  demoCommand,
  simulateCommand,
  measureCommand,
  explainCommand,
  usageCommand,
  logCommand,
  sentCommand,
  domainCommand,
]

const HELP = `
Examples:
  followup demo                           a conversation that ends in follow-ups
  followup simulate monday.json           what would be sent to whom, and why
  followup measure "네, 있습니다."        SMS or LMS, how long, what it costs
  followup help measure                   all about one command

Exit codes: 0 done; 1 failed; 2 the input, or the way the command was called,
cannot be used (then nothing is on standard output).`

const HELP_COLUMNS = 80

// A text that lost its quotes arrives as an option, a command or a surplus argument: none of it is repeated.
const isOwnWord = (word: string): boolean => /^-{0,2}[a-z]+(-[a-z]+)*$/i.test(word)

// The command that the first words name, as far as they name one.
const commandOf = (program: Command, [word, ...rest]: ReadonlyArray<string>): Command => {
  const inner = program.commands.find((command) => command.name() === word)
  return inner === undefined ? program : commandOf(inner, rest)
}

const wordsOf = (command: Command): ReadonlyArray<string> =>
  command.parent === null ? [] : [...wordsOf(command.parent), command.name()]

// Commander's own "help" looks at one word only, but a command may have commands of its own.
const withHelpOf = (program: Command, argv: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (argv[0] !== "help") return argv
  const words = wordsOf(commandOf(program, argv.slice(1)))
  if (words.length > 0) return [...words, "--help"]
  return argv.length > 1 ? argv.slice(1, 2) : argv
}

const complaint = ({ code, message }: CommanderError, command: Command): ReadonlyArray<string> => {
  if (code === "commander.help") return []
  const text = message.replace(/^error: /, "")
  const help = `Try: ${["followup", ...wordsOf(command), "--help"].join(" ")}`
  const hint = (words: string) => (command.registeredArguments.length > 0 ? [help, words] : [help])
  if (code === "commander.excessArguments")
    return [
      text.replace(/ but got (\d+): [\s\S]*$/, " but got $1"),
      ...hint("What has blanks in it needs quotes."),
    ]
  const [, what = "", word = "", suggestion = ""] =
    /^(unknown (?:option|command)) '([\s\S]*)'(?:\n(\(Did you mean [^\n]*\)))?$/.exec(text) ?? []
  const lines = what === "" ? [text] : [isOwnWord(word) ? `${what} '${word}'` : what]
  if (suggestion !== "") return [...lines, suggestion]
  return what === "unknown option"
    ? [...lines, ...hint('What begins with a hyphen and is no option goes after "--".')]
    : [...lines, help]
}

const buildProgram = (
  surroundings: Surroundings,
  output: { readonly out: string[]; readonly error: string[] },
  conclude: (outcome: Outcome) => void,
): Command => {
  const helpColumns = (): number => surroundings.terminalColumns ?? HELP_COLUMNS
  const hasColors = (): boolean => mayColor(surroundings)
  const program = new Command("followup")
    .description(
      "Brings customers back to a chat that they left: push first, then text and email, every send and every silence explained.",
    )
    .version(surroundings.version, "-v, --version", "print the version")
    .helpOption("-h, --help", "explain the command")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void output.out.push(text),
      writeErr: (text) => void output.error.push(text),
      outputError: () => {},
      getOutHelpWidth: helpColumns,
      getErrHelpWidth: helpColumns,
      getOutHasColors: hasColors,
      getErrHasColors: hasColors,
    })
    .addHelpText("after", HELP)
  for (const addTo of commands) addTo(program, surroundings, conclude)
  return program
}

// The first line of a stack is the message, which may hold anything; the frames hold only places in the program.
const defect = (error: unknown, { node }: Surroundings): Outcome => {
  const [name, frames] =
    error instanceof Error ? [error.name, error.stack?.match(/^ {4}at .*$/gm) ?? []] : ["unknown", []]
  if (!isNewEnough(node))
    return failed(`followup failed (${name}): it needs Node ${node.needed}, and this is ${node.version}`)
  return failed(`followup itself failed (${name}). Please report this:`, ...frames)
}

const outcomeOf = async (argv: ReadonlyArray<string>, surroundings: Surroundings): Promise<Outcome> => {
  const output = { out: [] as string[], error: [] as string[] }
  let outcome: Outcome | undefined
  const conclude = (concluded: Outcome): void => {
    outcome = concluded
  }
  const program = buildProgram(surroundings, output, conclude)
  try {
    await program.parseAsync(withHelpOf(program, argv), { from: "user" })
    return outcome ?? done(output.out.join(""))
  } catch (error) {
    if (!(error instanceof CommanderError)) return defect(error, surroundings)
    if (error.exitCode === 0) return done(output.out.join(""))
    return badInput(
      ...output.error.join("").split("\n").slice(0, -1),
      ...complaint(error, commandOf(program, argv)),
    )
  }
}

/** Runs the command that the arguments name, those of the program itself left out, and gives its exit code. @since 0.1.0 */
export const run = async (argv: ReadonlyArray<string>, surroundings: Surroundings): Promise<number> => {
  const outcome = await outcomeOf(argv, surroundings)
  if ("text" in outcome) surroundings.writeOut(outcome.text)
  else surroundings.writeError(outcome.lines.map((line) => `${oneLine(line)}\n`).join(""))
  return exitCodes[outcome._tag]
}
