/**
 * How many segments a text takes on the phone network outside Korea. 3GPP TS 23.038 and 23.040; rules R10, R11.
 * @since 0.1.0
 */
import { type CharacterAt, characterAt } from "./character.ts"
import { septetsOf } from "./gsm7.ts"

/**
 * What a segment holds, in units: `single` when the text is one segment, `joined` for each of several, of which less
 * than 2 counts as 2, so that a pair fits.
 * @since 0.1.0
 */
export interface SegmentSize {
  readonly single: number
  readonly joined: number
}

/** The sizes of a segment in both encodings: GSM-7 in septets, UCS-2 in UTF-16 units. @since 0.1.0 */
export interface SegmentSizes {
  readonly gsm7: SegmentSize
  readonly ucs2: SegmentSize
}

/**
 * 140 octets a segment, of which several segments each give 6 to the header that joins them (8-bit reference,
 * TS 23.040, 9.2.3.24.1).
 * @since 0.1.0
 */
export const CONCATENATED: SegmentSizes = {
  gsm7: { single: 160, joined: 153 },
  ucs2: { single: 70, joined: 67 },
}

/** 140 octets a segment and no header: where segments are not joined, each is a message of its own. @since 0.1.0 */
export const STANDALONE: SegmentSizes = {
  gsm7: { single: 160, joined: 160 },
  ucs2: { single: 70, joined: 70 },
}

/**
 * A counted text. `units` are septets or UTF-16 units, `segments` the units of each segment in order, and
 * `forcedBy` every character that GSM-7 does not hold: none when the encoding is `gsm7`.
 * @since 0.1.0
 */
export interface Segmentation {
  readonly encoding: "gsm7" | "ucs2"
  readonly units: number
  readonly segments: readonly number[]
  readonly forcedBy: readonly CharacterAt[]
}

/** A counted text with what each segment says; the parts join to the text. @since 0.1.0 */
export interface SplitText extends Segmentation {
  readonly parts: readonly string[]
}

/** Where each segment ends in the text (UTF-16 index, excluded), and the units it takes. */
interface Cuts {
  readonly ends: number[]
  readonly segments: number[]
}

const septetsIn = (text: string): number | undefined => {
  let septets = 0
  for (let i = 0; i < text.length; i++) {
    const size = septetsOf(text.charCodeAt(i))
    if (size === 0) return undefined
    septets += size
  }
  return septets
}

const charactersForcing = (text: string): CharacterAt[] => {
  const forcing: CharacterAt[] = []
  for (let i = 0; i < text.length; i++) {
    if (septetsOf(text.charCodeAt(i)) > 0) continue
    const found = characterAt(text, i)
    forcing.push(found)
    i += found.char.length - 1
  }
  return forcing
}

const cutGsm7 = (text: string, joined: number): Cuts => {
  const cuts: Cuts = { ends: [], segments: [] }
  let used = 0
  for (let i = 0; i < text.length; i++) {
    const size = septetsOf(text.charCodeAt(i))
    // An escape and its code stay together: the segment before is left one septet short.
    if (used + size > joined) {
      cuts.ends.push(i)
      cuts.segments.push(used)
      used = 0
    }
    used += size
  }
  cuts.ends.push(text.length)
  cuts.segments.push(used)
  return cuts
}

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff
const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff

const cutUcs2 = (text: string, joined: number): Cuts => {
  const cuts: Cuts = { ends: [], segments: [] }
  let start = 0
  while (text.length - start > joined) {
    const full = start + joined
    const splitsPair = isHighSurrogate(text.charCodeAt(full - 1)) && isLowSurrogate(text.charCodeAt(full))
    const end = splitsPair ? full - 1 : full
    cuts.ends.push(end)
    cuts.segments.push(end - start)
    start = end
  }
  cuts.ends.push(text.length)
  cuts.segments.push(text.length - start)
  return cuts
}

/** An escape and its code, or two surrogates. */
const PAIR = 2

const cutText = (text: string, sizes: SegmentSizes): Segmentation & Cuts => {
  const septets = septetsIn(text)
  const encoding = septets === undefined ? "ucs2" : "gsm7"
  const units = septets ?? text.length
  const forcedBy = septets === undefined ? charactersForcing(text) : []
  const size = sizes[encoding]
  if (units <= size.single) return { encoding, units, segments: [units], forcedBy, ends: [text.length] }
  const cut = encoding === "gsm7" ? cutGsm7 : cutUcs2
  return { encoding, units, forcedBy, ...cut(text, Math.max(PAIR, size.joined)) }
}

/**
 * Encoding, units and segments of exactly the text given: nothing is folded, composed or substituted. Neither an
 * extension character nor a surrogate pair is split; a lone surrogate counts 1; longer clusters may be split, as
 * the standard does. The empty text is one segment of 0 units, since an empty SMS is still a message. Total. R11.
 *
 * @example
 * segmentText("Hello") // => { encoding: "gsm7", units: 5, segments: [5], forcedBy: [] }
 * segmentText("né 漢") // => { encoding: "ucs2", units: 4, segments: [4], forcedBy: [{ char: "漢", index: 3 }] }
 * segmentText("]".repeat(153)).segments // => [152, 152, 2]
 * @since 0.1.0
 */
export const segmentText = (text: string): Segmentation => {
  const { encoding, units, segments, forcedBy } = cutText(text, CONCATENATED)
  return { encoding, units, segments, forcedBy }
}

/**
 * The same with what each segment says. `sizes` are those of joined segments unless told. Total. R11.
 *
 * @example
 * splitText("가".repeat(71)).parts.map((part) => part.length) // => [67, 4]
 * splitText("가".repeat(71), STANDALONE).segments // => [70, 1]
 * @since 0.1.0
 */
export const splitText = (text: string, sizes: SegmentSizes = CONCATENATED): SplitText => {
  const { encoding, units, segments, forcedBy, ends } = cutText(text, sizes)
  return {
    encoding,
    units,
    segments,
    forcedBy,
    parts: ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end)),
  }
}
