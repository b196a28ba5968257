/**
 * A measured text for a person to read: what it is, which characters cost, and what would cost less. R10, R11, R19.
 * @since 0.1.0
 */
import type { CharacterAt } from "../core/text/character.ts"
import { type Page, paint, quoted, row, section } from "./page.ts"
import { type MeasuredText, priced } from "./text-measure.ts"

const encodingNames = { cp949: "CP949", gsm7: "GSM-7", ucs2: "UCS-2" } as const

/** Different characters, and places of each, that are listed before the rest is only counted. */
const LISTED_CHARACTERS = 10
const LISTED_PLACES = 5

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

const verdict = (page: Page, measured: MeasuredText): string => {
  const { country, encoding, unencodable, tooLong, limit, fits } = measured
  const name = encodingNames[encoding]
  if (fits) return paint(page, "green", row(page, [], `To ${country}: ${priced(measured)}`))
  const why = tooLong
    ? `too long; the longest text there holds ${limit} ${measured.unit} of ${name}`
    : `cannot be sent; ${name} lacks ${counted(unencodable.length, "of its characters").replace(/s$/, "")}`
  return paint(page, "red", row(page, [], `To ${country}: ${why}`))
}

const length = (page: Page, { encoding, units, unit, limit, left, fits }: MeasuredText): string => {
  const name = encodingNames[encoding]
  return row(
    page,
    [],
    fits ? `${units} of ${limit} ${unit} in ${name}, ${left} left` : `${units} ${unit} in ${name}`,
  )
}

const places = (indexes: ReadonlyArray<number>): string => {
  const listed = indexes.slice(0, LISTED_PLACES).join(", ")
  const rest = indexes.length - LISTED_PLACES
  return rest > 0 ? `index ${listed} and ${counted(rest, "more place")}` : `index ${listed}`
}

const codePoint = (char: string): string =>
  `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`

const characterRows = (page: Page, characters: ReadonlyArray<CharacterAt>): ReadonlyArray<string> => {
  const indexes = new Map<string, ReadonlyArray<CharacterAt>>()
  for (const one of characters) indexes.set(one.char, [...(indexes.get(one.char) ?? []), one])
  const rows = [...indexes].slice(0, LISTED_CHARACTERS).map(([char, found]) =>
    row(
      page,
      [
        { text: char, columns: 2, style: "bold" },
        { text: codePoint(char), columns: 7, style: "dim" },
      ],
      places(found.map(({ index }) => index)),
    ),
  )
  const rest = indexes.size - LISTED_CHARACTERS
  return rest > 0 ? [...rows, row(page, [], `and ${counted(rest, "other character")}`)] : rows
}

const characterSections = (page: Page, measured: MeasuredText): ReadonlyArray<string> =>
  (
    [
      ["Not in CP949, so the text cannot be sent", measured.unencodable],
      ["Not in GSM-7, so the text is UCS-2: 70 code units instead of 160 septets", measured.forcedBy],
      ["Two septets each", measured.extension],
    ] as const
  ).flatMap(([title, characters]) =>
    characters.length === 0 ? [] : [section(page, title, characterRows(page, characters))],
  )

const cheaper = (page: Page, measured: MeasuredText): ReadonlyArray<string> => {
  if (measured.cheaper === null) return []
  const title = measured.fits ? "Cheaper" : "Could be sent as"
  return [section(page, `${title}: ${priced(measured.cheaper)}`, [quoted(page, measured.cheaper.text)])]
}

/** The whole page, ending in a line feed. Total. @since 0.1.0 */
export const measurePage = (page: Page, measured: MeasuredText): string =>
  `${[
    `${verdict(page, measured)}\n${length(page, measured)}`,
    ...characterSections(page, measured),
    ...cheaper(page, measured),
  ].join("\n\n")}\n`
