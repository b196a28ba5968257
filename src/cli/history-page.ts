/**
 * The history for a person to read: a message's explanation, and lines of the post log. Rule R20.
 * @since 0.1.0
 */
import type { Explanation } from "../core/history/explain.ts"
import { formatInstant, standingWords } from "../core/history/narrate.ts"
import type { PostLogEntry, PostResult } from "../core/history/post-log.ts"
import { type Cell, type Page, paint, quoted, row, type Style, widest } from "./page.ts"
import { viaNames } from "./report-words.ts"

const RESULT_COLUMNS = 8
const RULE_COLUMNS = 3
const WHAT_COLUMNS = 5

// As wide as the widest on the page: an instant shows its milliseconds only when it has some.
const instantCells = (happened: ReadonlyArray<{ readonly atMs: number }>): ((atMs: number) => Cell) => {
  const columns = widest(happened.map(({ atMs }) => formatInstant(atMs)))
  return (atMs) => ({ text: formatInstant(atMs), columns, style: "dim" })
}

/** A message's explanation: the verdict in words, what would have changed it, and its steps. Total. R20. @since 0.1.0 */
export const explanationPage = (page: Page, { sentence, otherwise, steps }: Explanation): string => {
  const at = instantCells(steps)
  return `${[
    paint(page, "bold", row(page, [], sentence)),
    ...(otherwise === "" ? [] : [row(page, [], otherwise)]),
    "",
    ...steps.map(({ atMs, rule, what }) =>
      row(page, [at(atMs), { text: rule, columns: RULE_COLUMNS, style: "cyan" }], what),
    ),
  ].join("\n")}\n`
}

const resultStyles: Readonly<Record<PostResult, Style>> = {
  Sent: "green",
  Failed: "red",
  Pending: "yellow",
  Excluded: "dim",
}

const whatOf = (entry: PostLogEntry): string => {
  if (entry._tag === "Delivery") return entry.kind ?? viaNames[entry.via]
  return entry.carrier === null ? entry.legs.join("+") : viaNames[entry.carrier]
}

const storyOf = (entry: PostLogEntry): string => {
  const about = `${entry.messageIds.join(", ")} of chat ${entry.chatId}`
  if (entry._tag === "Exclusion") return `${about}: ${entry.detail} (${entry.rule})`
  const late = entry.lateAtMs === null ? "" : `; a receipt came at ${formatInstant(entry.lateAtMs)}`
  const through = entry.provider === null ? "" : `, through ${entry.provider}`
  return `${about}: ${standingWords(entry)}${through}; ${entry.pu} PU${late}`
}

/** What to show of each entry: its customer in a log of many, its text in the list of one. @since 0.1.0 */
export interface EntryDetail {
  readonly customers: boolean
  readonly texts: boolean
}

/** Lines of a post log, in UTC. Total. R20. @since 0.1.0 */
export const entriesPage = (
  page: Page,
  entries: ReadonlyArray<PostLogEntry>,
  { customers, texts }: EntryDetail,
): string => {
  if (entries.length === 0) return "  none\n"
  const whatColumns = Math.max(WHAT_COLUMNS, widest(entries.map(whatOf)))
  const customerColumns = widest(entries.map(({ customerId }) => customerId))
  const at = instantCells(entries)
  const rows = entries.map((entry) => {
    const cells: ReadonlyArray<Cell> = [
      at(entry.atMs),
      { text: entry.result, columns: RESULT_COLUMNS, style: resultStyles[entry.result] },
      { text: whatOf(entry), columns: whatColumns, style: "bold" },
      ...(customers ? [{ text: entry.customerId, columns: customerColumns, style: "bold" } as const] : []),
    ]
    const line = row(page, cells, storyOf(entry))
    return texts && entry._tag === "Delivery" ? `${line}\n${quoted(page, entry.text)}` : line
  })
  return `${rows.join("\n")}\n`
}
