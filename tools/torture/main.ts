/**
 * `npm run torture`: kills engine processes again and again while work streams in, and audits what is left.
 */
import process from "node:process"
import { parseArgs, styleText } from "node:util"
import { letReadersLeave } from "../../src/cli/leaving-readers.ts"
import { commandOf, type Report, reportText, violationText } from "./report.ts"
import { type Progress, type TortureOptions, torture } from "./torture.ts"

const help = `Kills engine processes again and again while work streams in, and audits what is left.

  npm run torture -- --store sqlite --processes 2 --kills 100 --seed 7

Engine processes on one database take presence, messages and reads of made-up customers, and
send to a provider in a process of its own that answers at once, late, never or not at all,
refuses, asks for patience, and tells what became of a message out of order and more than once.
They are killed (SIGKILL) at instants that follow from the seed, and started again. At the end
everything is let to finish, and the history, the ledger and the provider's log are compared.

  --store sqlite|postgres   where state is kept (sqlite); PostgreSQL is started for the run
  --processes N             engine processes at a time, 1 to 16 (1)
  --kills K                 how often one is killed in all, 0 to 10000 (20)
  --seed S                  the same customers, provider and instants again, a whole number (1);
                            what meets what on the way differs from run to run
  --json                    print one JSON object
  --help                    print this

Exit codes: 0 nothing was lost, doubled or miscounted; 1 something was, and each violation is
printed with its ids; 2 the command line makes no sense.`

const flags = {
  store: { type: "string", default: "sqlite" },
  processes: { type: "string", default: "1" },
  kills: { type: "string", default: "20" },
  seed: { type: "string", default: "1" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const

const wholeNumber = (name: string, text: string, min: number, max: number): number => {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new RangeError(`--${name}: expected a whole number from ${min} to ${max}, not "${text}"`)
  return value
}

interface Command extends TortureOptions {
  readonly json: boolean
  readonly help: boolean
}

const MOST_PROCESSES = 16
const MOST_KILLS = 10_000

const commandFrom = (args: ReadonlyArray<string>): Command => {
  const { values } = parseArgs({ args: [...args], options: flags })
  const { store } = values
  if (store !== "sqlite" && store !== "postgres")
    throw new RangeError(`--store: expected sqlite or postgres, not "${store}"`)
  return {
    store,
    processes: wholeNumber("processes", values.processes, 1, MOST_PROCESSES),
    kills: wholeNumber("kills", values.kills, 0, MOST_KILLS),
    seed: wholeNumber("seed", values.seed, 0, Number.MAX_SAFE_INTEGER),
    json: values.json,
    help: values.help,
  }
}

const isTerminal = process.stderr.isTTY && !process.env["NO_COLOR"]
const EVERY_MS = 10_000
let shownMs = 0

// On a terminal one line that changes; elsewhere a line now and then.
const show = (kills: number, { killed, customers, open, closed }: Progress): void => {
  const line = `${killed} of ${kills} kills, ${customers} customers, follow-ups: ${open} open, ${closed} closed`
  if (isTerminal) process.stderr.write(`\r\u001b[K${line}`)
  else if (Date.now() - shownMs >= EVERY_MS) {
    shownMs = Date.now()
    process.stderr.write(`${line}\n`)
  }
}

const print = (report: Report, json: boolean): void => {
  const { violations } = report
  if (json) return console.log(JSON.stringify(report))
  for (const line of reportText(report)) console.log(line)
  if (violations.length === 0)
    return console.log(
      styleText("green", "Nothing was lost, doubled or miscounted.", { stream: process.stdout }),
    )
  for (const violation of violations) console.log(`\n${violationText(violation)}`)
  const verdict = `${violations.length} violation(s). To run it again: ${commandOf(report)}`
  console.log(`\n${styleText("red", verdict, { stream: process.stdout })}`)
}

const main = async (args: ReadonlyArray<string>): Promise<number> => {
  let command: Command
  try {
    command = commandFrom(args)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\nTry: npm run torture -- --help`)
    return 2
  }
  if (command.help) {
    console.log(help)
    return 0
  }
  const report = await torture(command, (progress) => show(command.kills, progress))
  if (isTerminal) process.stderr.write("\r\u001b[K")
  print(report, command.json)
  return report.violations.length === 0 ? 0 : 1
}

letReadersLeave()
process.exitCode = await main(process.argv.slice(2))
