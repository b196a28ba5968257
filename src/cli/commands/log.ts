/**
 * `followup log`: a channel's post log, from the engine's SQLite file.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { csvEntry, csvHeader, jsonEntry } from "../../core/history/export.ts"
import type { LogEntry, PostResult } from "../../core/history/post-log.ts"
import { type LogQuestion, readLog } from "../../engine/log-page.ts"
import { type DatabaseOptions, readDatabase, type StoreReader, withDatabase } from "../database.ts"
import { entriesPage } from "../history-page.ts"
import { INSTANT_WORDS, parseInstant } from "../instant.ts"
import { badInput, done, json, type Outcome } from "../outcome.ts"
import { pageOf } from "../page.ts"
import type { AddCommand, Surroundings } from "../surroundings.ts"

interface Options extends DatabaseOptions {
  readonly customer?: string
  readonly result?: string
  readonly from?: string
  readonly to?: string
  readonly before?: string
  readonly limit?: string
  readonly all?: true
  readonly format?: string
}

/** Entries shown unless told, and at most: the engine's own bounds. */
const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1_000

type Format = "table" | "csv" | "jsonl" | "json"

/** What was asked for, or what is wrong with it. */
type Asked = { readonly question: LogQuestion; readonly format: Format; readonly all: boolean } | string

const results: Readonly<Record<string, PostResult>> = {
  sent: "Sent",
  failed: "Failed",
  pending: "Pending",
  excluded: "Excluded",
}
const formats: Readonly<Record<string, Format>> = { table: "table", csv: "csv", jsonl: "jsonl" }

const pick = <T>(words: Readonly<Record<string, T>>, word: string): T | undefined =>
  Object.hasOwn(words, word.toLowerCase()) ? words[word.toLowerCase()] : undefined

// A word that was given must make sense; one that was not is left out.
const given = <T>(word: string | undefined, read: (word: string) => T | undefined) =>
  word === undefined
    ? { isBad: false, value: undefined }
    : { isBad: read(word) === undefined, value: read(word) }

const whole = (max: number) => (word: string) =>
  /^\d{1,15}$/.test(word) && Number(word) >= 1 && Number(word) <= max ? Number(word) : undefined

const understand = (options: Options): Asked => {
  const { channel, customer } = options
  const limit = given(options.limit, whole(MAX_LIMIT))
  const before = given(options.before, whole(Number.MAX_SAFE_INTEGER))
  const from = given(options.from, parseInstant)
  const to = given(options.to, parseInstant)
  const result = given(options.result, (word) => pick(results, word))
  const format = given(options.format, (word) => pick(formats, word))
  if (limit.isBad) return `--limit: expected a whole number from 1 to ${MAX_LIMIT}`
  if (before.isBad) return "--before: expected the seq of an entry, a whole number from 1"
  if (from.isBad) return `--from: expected ${INSTANT_WORDS}`
  if (to.isBad) return `--to: expected ${INSTANT_WORDS}`
  if (result.isBad) return "--result: expected Sent, Failed, Pending or Excluded"
  if (format.isBad) return "--format: expected table, csv or jsonl"
  if (options.json && options.format !== undefined) return "--json: cannot be used with --format"
  if (options.all && options.limit !== undefined) return "--all: cannot be used with --limit"
  return {
    question: {
      channelId: channel,
      limit: options.all ? MAX_LIMIT : (limit.value ?? DEFAULT_LIMIT),
      ...(customer !== undefined && { customerId: customer }),
      ...(result.value !== undefined && { result: result.value }),
      ...(from.value !== undefined && { fromMs: from.value }),
      ...(to.value !== undefined && { toMs: to.value }),
      ...(before.value !== undefined && { beforeSeq: before.value }),
    },
    format: options.json ? "json" : (format.value ?? "table"),
    all: options.all === true,
  }
}

// Page after page to `take`; without `all`, the first one only.
const eachPage = Effect.fnUntraced(function* (
  store: Pick<StoreReader, "log">,
  question: LogQuestion,
  all: boolean,
  take: (entries: ReadonlyArray<LogEntry>) => void,
) {
  for (let next = question; ; ) {
    const entries = yield* readLog(store, next)
    take(entries)
    const last = entries.at(-1)
    if (!all || last === undefined || entries.length < next.limit) return
    next = { ...next, beforeSeq: last.seq }
  }
})

const streamed = { csv: csvEntry, jsonl: jsonEntry } as const

const run = async (options: Options, surroundings: Surroundings): Promise<Outcome> => {
  const asked = understand(options)
  if (typeof asked === "string") return badInput(asked)
  const { question, format, all } = asked
  const gathered: Array<LogEntry> = []
  let isFirst = true
  const take = (entries: ReadonlyArray<LogEntry>): void => {
    if (format === "table" || format === "json") {
      for (const entry of entries) gathered.push(entry)
      return
    }
    // Written as it is read: a log of many years fits no memory.
    const head = isFirst && format === "csv" ? csvHeader : ""
    isFirst = false
    surroundings.writeOut(head + entries.map(streamed[format]).join(""))
  }
  const read = await readDatabase(options, (store) => eachPage(store, question, all, take))
  if (Result.isFailure(read)) return read.failure
  if (format === "json") return json({ entries: gathered })
  if (format !== "table") return done("")
  const page = entriesPage(pageOf(surroundings), gathered, { customers: true, texts: false })
  const last = gathered.at(-1)
  const more = all || last === undefined || gathered.length < question.limit
  return done(more ? page : `${page}\n  Older entries, if any: --before ${last.seq}\n`)
}

const HELP = `
Examples:
  followup log --db followup.sqlite --channel acme
  followup log --db followup.sqlite --channel acme --result Failed --limit 20
  followup log --db followup.sqlite --channel acme --from 2026-01-01 \\
    --to 2026-02-01 --all --format csv > january.csv

Newest first. --from is included, --to is not; a day begins at midnight UTC.
With --json the object has entries, each with its text as sent, and instants
are milliseconds since 1970; so are those of jsonl, one entry a line. In CSV
instants are ISO 8601, and a cell that a spreadsheet would take for a formula
begins with an apostrophe.

Exit codes: 0 shown; 1 the file could not be read just now; 2 there is no such
file or channel, or the file is not one of followup's.`

/** Adds `followup log`. R20. @since 0.1.0 */
export const logCommand: AddCommand = (program, surroundings, conclude) => {
  withDatabase(
    program
      .command("log")
      .summary("show what a channel sent, and what it did not")
      .description("Shows what a channel sent, what it did not send and why, newest first."),
  )
    .option("--result <result>", "only Sent, Failed, Pending or Excluded")
    .option("--customer <id>", "only this customer's")
    .option("--from <instant>", "only from this day or instant on")
    .option("--to <instant>", "only before this day or instant")
    .option("--before <seq>", "only what is older than this entry")
    .option("--limit <n>", `how many entries, 1 to ${MAX_LIMIT} (default: ${DEFAULT_LIMIT})`)
    .option("--all", "every entry")
    .option("--format <format>", "table, csv or jsonl (default: table)")
    .option("--json", "print the result as one JSON object")
    .addHelpText("after", HELP)
    .action(async (options: Options) => conclude(await run(options, surroundings)))
}
