/**
 * The post log as files that other programs read: CSV (RFC 4180) and JSON Lines, a line at a time. Rule R20.
 * @since 0.1.0
 */
import type { LogEntry } from "./post-log.ts"

// What spreadsheets take for the start of a formula (OWASP, CSV injection), full-width signs included.
const FORMULA_START = /^[=+\-@\t\r\n＝＋－＠]/

/**
 * A text as one cell of CSV. One that a spreadsheet would take for a formula gets an apostrophe before it, which
 * spreadsheets read as "this is text"; then it is quoted where it has to be (RFC 4180, 2.5–2.7). Total.
 *
 * @example
 * csvCell("in stock") // => "in stock"
 * csvCell('5" pipe, 2 m') // => '"5"" pipe, 2 m"'
 * csvCell("=1+1") // => "'=1+1"
 * @since 0.1.0
 */
export const csvCell = (text: string): string => {
  const cell = FORMULA_START.test(text) ? `'${text}` : text
  return /[",;\t\r\n]|^ | $/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}

const instant = (atMs: number | null): string =>
  atMs === null || !(Math.abs(atMs) <= 8.64e15) ? "" : new Date(atMs).toISOString()

// Numbers of our own are never negative, so none of them is taken for a formula.
const number = (value: number | null): string => (value === null ? "" : String(value))

type Column = readonly [name: string, of: (entry: LogEntry) => string]

const delivered =
  (of: (entry: Extract<LogEntry, { readonly _tag: "Delivery" }>) => string) =>
  (entry: LogEntry): string =>
    entry._tag === "Delivery" ? of(entry) : ""

const columns: ReadonlyArray<Column> = [
  ["seq", ({ seq }) => number(seq)],
  ["at", ({ atMs }) => instant(atMs)],
  ["result", ({ result }) => result],
  ["customer", ({ customerId }) => customerId],
  ["chat", ({ chatId }) => chatId],
  ["messages", ({ messageIds }) => messageIds.join(" ")],
  ["rule", ({ rule }) => rule],
  ["via", (entry) => (entry._tag === "Delivery" ? entry.via : (entry.carrier ?? entry.legs.join("+")))],
  ["kind", delivered(({ kind }) => kind ?? "")],
  ["segments", delivered(({ segments }) => number(segments))],
  ["country", delivered(({ country }) => country)],
  ["provider", delivered(({ provider }) => provider ?? "")],
  ["pu", delivered(({ pu }) => number(pu))],
  ["outcome", delivered(({ outcome }) => outcome)],
  ["reason", ({ reason }) => reason ?? ""],
  ["code", delivered(({ code }) => code ?? "")],
  ["detail", (entry) => (entry._tag === "Exclusion" ? entry.detail : "")],
  ["unconfirmedUntil", delivered(({ unconfirmedUntilMs }) => instant(unconfirmedUntilMs))],
  ["settledAt", delivered(({ settledAtMs }) => instant(settledAtMs))],
  ["lateAt", delivered(({ lateAtMs }) => instant(lateAtMs))],
  ["latePu", delivered(({ latePu }) => number(latePu))],
  ["followUp", ({ followUpId }) => followUpId ?? ""],
  ["delivery", delivered(({ deliveryId }) => deliveryId)],
  ["text", delivered(({ text }) => text)],
]

const csvLine = (cells: ReadonlyArray<string>): string => `${cells.map(csvCell).join(",")}\r\n`

/** The first line of the CSV file: the names of the columns. R20. @since 0.1.0 */
export const csvHeader: string = csvLine(columns.map(([name]) => name))

/**
 * A line of the post log as a line of CSV, its line end (CRLF) included. Instants are ISO 8601 in UTC; what an entry does
 * not have is empty. A line feed within a text stays one, inside its quotes. Total. R20.
 * @since 0.1.0
 */
export const csvEntry = (entry: LogEntry): string => csvLine(columns.map(([, of]) => of(entry)))

/**
 * A line of the post log as a line of JSON, its line end (LF) included: the entry as it is, instants in UTC epoch ms.
 * Total. R20.
 * @since 0.1.0
 */
export const jsonEntry = (entry: LogEntry): string => `${JSON.stringify(entry)}\n`
