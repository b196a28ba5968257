/**
 * What the benchmark is asked for on the command line.
 */
import { parseArgs } from "node:util"
import { type PeerName, peerNames } from "./task.ts"

/** The stores. */
export const storeNames = ["memory", "sqlite", "postgres"] as const
/** A store's name. */
export type StoreName = (typeof storeNames)[number]

/** What can be measured, each a table of the report. */
export const sections = ["finished", "acknowledged", "timers", "memory", "customers"] as const
/** One of the things that can be measured. */
export type Section = (typeof sections)[number]

/** What to measure. */
export interface BenchOptions {
  readonly measures: ReadonlyArray<Section>
  readonly stores: ReadonlyArray<StoreName>
  /** Left out: those that can be measured here. */
  readonly peers?: ReadonlyArray<PeerName>
  readonly followUps: number
  readonly callers: number
  readonly rounds: number
  readonly warmUp: number
  readonly open: number
  readonly customers: ReadonlyArray<number>
  readonly processes: ReadonlyArray<number>
  readonly json?: string
  readonly profile: boolean
}

/** What is measured unless asked otherwise. */
export const defaultOptions: BenchOptions = {
  measures: sections,
  stores: storeNames,
  followUps: 5_000,
  callers: 256,
  rounds: 5,
  warmUp: 1_000,
  open: 100_000,
  customers: [1_000, 10_000, 100_000, 1_000_000],
  processes: [1],
  profile: false,
}

const { followUps, callers, rounds, warmUp, open, customers, processes } = defaultOptions

/** What `--help` prints. */
export const help = `npm run bench:engine -- [options]

How fast the engine is, beside job queues on the same Postgres. Medians over several rounds; on a machine that does
other things as well, only the ratios hold.

  --measures LIST    ${sections.join(",")} (all)
  --stores LIST      ${storeNames.join(",")} (all)
  --peers LIST       ${peerNames.join(",")}, or none (all that can run here)
  --follow-ups N     follow-ups a round, and jobs a round of a peer (${followUps})
  --callers N        callers at once (${callers})
  --rounds N         rounds, one of everything in turn (${rounds})
  --warm-up N        follow-ups before each measurement, not counted (${warmUp})
  --open N           open follow-ups whose memory is measured (${open})
  --customers LIST   customers in the database, for what they cost (${customers.join(",")})
  --processes LIST   processes that share what is to be finished, each with a database of its own (${processes.join(",")})
  --json FILE        write the report as JSON too
  --profile          write a CPU profile of each measurement
  --help             this
`

/** The command line as it is understood: options, a question for help, or what is wrong with it. */
export type Parsed =
  | { readonly _tag: "Options"; readonly options: BenchOptions }
  | { readonly _tag: "Help" }
  | { readonly _tag: "Wrong"; readonly message: string }

class WrongOption extends Error {}

const wrong = (name: string, expected: string, given: string): never => {
  throw new WrongOption(`--${name}: expected ${expected}, got ${JSON.stringify(given)}`)
}

const numberOf = (name: string, given: string, least: number): number => {
  const number = /^\d+$/.test(given) ? Number(given) : Number.NaN
  return Number.isSafeInteger(number) && number >= least
    ? number
    : wrong(name, `a whole number of ${least} or more`, given)
}

const namesOf = <T extends string>(
  name: string,
  given: string,
  known: ReadonlyArray<T>,
): ReadonlyArray<T> => [
  ...new Set(
    given.split(",").map((one) => {
      const found = known.find((other) => other === one)
      return found ?? wrong(name, `some of ${known.join(",")}`, one)
    }),
  ),
]

const LEAST = 1
const text = { type: "string" } as const
const flag = { type: "boolean", default: false } as const

const valuesOf = (args: ReadonlyArray<string>) =>
  parseArgs({
    args: [...args],
    options: {
      measures: text,
      stores: text,
      peers: text,
      "follow-ups": text,
      callers: text,
      rounds: text,
      "warm-up": text,
      open: text,
      customers: text,
      processes: text,
      json: text,
      profile: flag,
      help: flag,
    },
  }).values

const optionsOf = (values: ReturnType<typeof valuesOf>): BenchOptions => {
  const number = (
    name: "follow-ups" | "callers" | "rounds" | "warm-up" | "open",
    otherwise: number,
  ): number => {
    const given = values[name]
    return given === undefined ? otherwise : numberOf(name, given, LEAST)
  }
  const names = <T extends string>(
    name: "measures" | "stores",
    known: ReadonlyArray<T>,
  ): ReadonlyArray<T> => {
    const given = values[name]
    return given === undefined ? known : namesOf(name, given, known)
  }
  const numbers = (name: "customers" | "processes", otherwise: ReadonlyArray<number>) =>
    values[name]?.split(",").map((one) => numberOf(name, one, LEAST)) ?? otherwise
  const { peers, json, profile } = values
  return {
    measures: names("measures", sections),
    stores: names("stores", storeNames),
    ...(peers !== undefined && { peers: peers === "none" ? [] : namesOf("peers", peers, peerNames) }),
    followUps: number("follow-ups", followUps),
    callers: number("callers", callers),
    rounds: number("rounds", rounds),
    warmUp: number("warm-up", warmUp),
    open: number("open", open),
    customers: numbers("customers", customers),
    processes: numbers("processes", processes),
    ...(json !== undefined && { json }),
    profile,
  }
}

/** Understands the command line. */
export const parseOptions = (args: ReadonlyArray<string>): Parsed => {
  try {
    const values = valuesOf(args)
    return values.help ? { _tag: "Help" } : { _tag: "Options", options: optionsOf(values) }
  } catch (error) {
    // parseArgs names the option that it does not know, or that has no value.
    const isAboutOptions = error instanceof WrongOption || error instanceof TypeError
    if (isAboutOptions) return { _tag: "Wrong", message: error.message }
    throw error
  }
}
