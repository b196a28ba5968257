/**
 * Text on a terminal: which signs are safe, how many columns they take, and where lines break.
 *
 * @since 0.1.0
 */

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" })
const split = (text: string): readonly string[] =>
  Array.from(graphemes.segment(text), ({ segment }) => segment)

// Unicode Standard Annex 11, classes W and F, in blocks; and emoji, which terminals draw as wide.
const WIDE =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\p{Emoji}\ufe0f)/u
const INVISIBLE = /^[\p{M}\p{Cf}]+$/u

const columnsOfSign = (sign: string): number => (INVISIBLE.test(sign) ? 0 : WIDE.test(sign) ? 2 : 1)

/**
 * Columns that the text takes on a terminal; a sign of the East Asian wide class, or an emoji, takes two. Total.
 *
 * @example
 * columnsOf("abc") // => 3
 * columnsOf("네, 있습니다") // => 12
 * columnsOf("👩‍👩‍👧") // => 2
 *
 * @since 0.1.0
 */
export const columnsOf = (text: string): number =>
  split(text).reduce((sum, sign) => sum + columnsOfSign(sign), 0)

const CONTROL_PICTURES = 0x2400
const DELETE = 0x7f

const picture = (control: string): string => {
  const code = control.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(CONTROL_PICTURES + code)
  return code === DELETE ? "␡" : "\ufffd"
}

/**
 * The text with every control character but LF shown as a sign, and without overrides of the writing direction. Total.
 *
 * @example
 * printable("\u001b[2J") // => "␛[2J"
 *
 * @since 0.1.0
 */
export const printable = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    .replaceAll("\t", "  ")
    .replace(/(?!\n)\p{Cc}/gu, picture)
    .replace(/[\u2028\u2029]/g, "\n")
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, "")

const wrapLine = (line: string, widthColumns: number): readonly string[] => {
  const lines: string[] = []
  let current = ""
  // Counted along with the line: one of spaces, or of signs without a column, may be as long as the text.
  let columns = 0
  const end = (): void => {
    lines.push(current.trimEnd())
    current = ""
    columns = 0
  }
  // Word by word, with the spaces that follow; a word that is wider than a line is broken where the line ends.
  for (const word of line.match(/\S+\s*|\s+/g) ?? []) {
    if (current !== "" && columns + columnsOf(word.trimEnd()) > widthColumns) end()
    for (const sign of split(word)) {
      const signColumns = columnsOfSign(sign)
      if (columns + signColumns > widthColumns && sign.trim() !== "") end()
      current += sign
      columns += signColumns
    }
  }
  return [...lines, current.trimEnd()]
}

/**
 * The text in lines of at most `widthColumns` columns (2 or more), broken at spaces where there are any. Total.
 *
 * @example
 * wrap("a reply for you", 8) // => ["a reply", "for you"]
 *
 * @since 0.1.0
 */
export const wrap = (text: string, widthColumns: number): readonly string[] =>
  text.split("\n").flatMap((line) => wrapLine(line, widthColumns))
