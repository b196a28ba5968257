/**
 * How results look on a terminal or in a pipe: colour, sections, and rows that keep their columns when they wrap.
 * @since 0.1.0
 */
import { styleText } from "node:util"
import { columnsOf, printable, wrap } from "../transports/console/columns.ts"
import type { Surroundings } from "./surroundings.ts"

/** The few styles in use. @since 0.1.0 */
export type Style = "bold" | "dim" | "green" | "yellow" | "red" | "cyan"

/** Where to write: whether in colour, and how many columns a line may take (`null`: as many as it needs). @since 0.1.0 */
export interface Page {
  readonly color: boolean
  readonly widthColumns: number | null
}

const isOff = (setting: string): boolean => setting === "0" || setting === "false"

/**
 * Whether to use colour: never with NO_COLOR, whatever else is set; otherwise as FORCE_COLOR says ("0" and "false"
 * mean no); otherwise on a terminal that is not a "dumb" one. Set but empty counts as not set. Total.
 *
 * @example
 * mayColor({ env: { FORCE_COLOR: "1" }, terminalColumns: null }) // => true
 * mayColor({ env: { FORCE_COLOR: "1", NO_COLOR: "1" }, terminalColumns: 80 }) // => false
 * mayColor({ env: {}, terminalColumns: 80 }) // => true
 * @since 0.1.0
 */
export const mayColor = ({
  env,
  terminalColumns,
}: Pick<Surroundings, "env" | "terminalColumns">): boolean => {
  if (env["NO_COLOR"]) return false
  const forced = env["FORCE_COLOR"]
  return forced ? !isOff(forced) : terminalColumns !== null && env["TERM"] !== "dumb"
}

/** The page that these surroundings give. Total. @since 0.1.0 */
export const pageOf = (surroundings: Pick<Surroundings, "env" | "terminalColumns">): Page => ({
  color: mayColor(surroundings),
  widthColumns: surroundings.terminalColumns,
})

/** The text in a style, or as it is on a page without colour. Total. @since 0.1.0 */
export const paint = ({ color }: Page, style: Style, text: string): string =>
  color && text !== "" ? styleText(style, text, { validateStream: false }) : text

/** A leading column of a row: its text, and the columns that it takes at least. @since 0.1.0 */
export interface Cell {
  readonly text: string
  readonly columns: number
  readonly style: Style
}

/** With less room than this beside the leading columns, the rest of a row goes on lines of its own. */
const MIN_BODY_COLUMNS = 24
const GAP = "  "
const INDENT = "    "

/** The text on one line, control characters as signs, so that it cannot drive the terminal. Total. @since 0.1.0 */
export const oneLine = (text: string): string => printable(text).replaceAll("\n", " ")

const linesOf = (text: string, widthColumns: number): ReadonlyArray<string> =>
  widthColumns === Number.POSITIVE_INFINITY ? text.split("\n") : wrap(text, Math.max(2, widthColumns))

const pad = (text: string, columns: number): string =>
  text + " ".repeat(Math.max(0, columns - columnsOf(text)))

/** A row: leading columns, then a text that wraps beside them, or below them where the terminal is narrow. Total. @since 0.1.0 */
export const row = (page: Page, cells: ReadonlyArray<Cell>, body: string): string => {
  const plain = cells.map(({ text, columns }) => pad(oneLine(text), columns))
  const painted = plain.map((text, index) => paint(page, cells[index]?.style ?? "dim", text))
  const lead = GAP + painted.map((text) => text + GAP).join("")
  const leadColumns = columnsOf(GAP + plain.map((text) => text + GAP).join(""))
  const width = page.widthColumns ?? Number.POSITIVE_INFINITY
  if (width - leadColumns >= MIN_BODY_COLUMNS)
    return lead + linesOf(oneLine(body), width - leadColumns).join(`\n${" ".repeat(leadColumns)}`)
  const below = linesOf(oneLine(body), width - INDENT.length).map((line) => INDENT + line)
  return [...(cells.length === 0 ? [] : [lead.trimEnd()]), ...below].join("\n")
}

/** A message's text as a block with a line at its left, control characters as signs, without a last line feed. Total. @since 0.1.0 */
export const quoted = (page: Page, text: string): string => {
  const width = (page.widthColumns ?? Number.POSITIVE_INFINITY) - INDENT.length - 2
  return linesOf(printable(text).replace(/\n$/, ""), width)
    .map((line) => `${INDENT}${paint(page, "dim", "│")} ${line}`.trimEnd())
    .join("\n")
}

/** A titled part of the page; without rows it says "none". Total. @since 0.1.0 */
export const section = (page: Page, title: string, rows: ReadonlyArray<string>): string =>
  [
    ...linesOf(oneLine(title), page.widthColumns ?? Number.POSITIVE_INFINITY).map((line) =>
      paint(page, "bold", line),
    ),
    ...(rows.length === 0 ? [`${GAP}none`] : rows),
  ].join("\n")

/** The columns that the widest of some texts takes, once on a line. Total. @since 0.1.0 */
export const widest = (texts: ReadonlyArray<string>): number =>
  texts.reduce((columns, text) => Math.max(columns, columnsOf(oneLine(text))), 0)
