/**
 * Shortening a text so that no character the customer sees is broken. Rule R10.
 * @since 0.1.0
 */

/** Whether the text still fits when its body is this start of it; must be true of every start of a fitting start. */
type Fits = (start: string) => boolean

/** Where a text may be cut between clusters, 0 included and its end not. */
const graphemeBounds = (text: string): number[] =>
  Array.from(new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text), ({ index }) => index)

/** Where a text may be cut between code points. */
const codePointBounds = (text: string): number[] => {
  let end = 0
  return Array.from(text, (char) => {
    end += char.length
    return end
  })
}

/** The longest of the starts that end at `ends` (ascending) and fit; "" when none does. */
const longestOf = (text: string, ends: readonly number[], fits: Fits): string => {
  let fitting = 0
  let count = ends.length
  for (let low = 0; low < count; ) {
    const middle = Math.floor((low + count) / 2)
    const end = ends[middle] ?? 0
    if (fits(text.slice(0, end))) {
      fitting = end
      low = middle + 1
    } else count = middle
  }
  return text.slice(0, fitting)
}

/**
 * The longest start of `body` that fits and ends between two grapheme clusters; between two code points when not even
 * the first cluster fits, and "" when not even the first code point does. `room` is a bound in UTF-16 units that no
 * fitting start exceeds: beyond it nothing is looked at, so the cost depends on the room and not on the body.
 * Total. R10.
 *
 * @example
 * longestStart("ab👍🏽c", 100, (start) => start.length <= 5) // => "ab"
 * longestStart("👍🏽", 100, (start) => start.length <= 3) // => "👍"
 * @since 0.1.0
 */
export const longestStart = (body: string, room: number, fits: Fits): string => {
  if (body.length <= room && fits(body)) return body
  // A boundary depends on what comes before it and on the one code point after: two units more than the room.
  const head = body.slice(0, Math.max(0, room + 2))
  const byGrapheme = longestOf(head, graphemeBounds(head), fits)
  return byGrapheme === "" ? longestOf(head, codePointBounds(head), fits) : byGrapheme
}
