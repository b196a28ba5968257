/**
 * Smart encoding: typographic characters written in GSM-7, when that makes a text cheaper. Rule R11.
 * @since 0.1.0
 */
import { CONCATENATED, type SegmentSizes, splitText } from "./segment.ts"
import { replaceAround } from "./web-address.ts"

/** Characters by the GSM-7 text that says the same; `""` for what shows nothing. */
const CHARACTERS_BY_SUBSTITUTE: readonly (readonly [substitute: string, characters: string])[] = [
  ["'", "\u2018\u2019\u201a\u201b\u2032\u2035\u02b9\u02bb\u02bc\u02bd\u02c8\u00b4\u0060\uff07\u275b\u275c"],
  ['"', "\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb\u02ba\u02ee\u301d\u301e\uff02\u275d\u275e"],
  ["<", "\u2039"],
  [">", "\u203a"],
  ["-", "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"],
  ["...", "\u2026"],
  ["..", "\u2025"],
  ["*", "\u2022\u00b7\u2023\u2043\u2219\u25cf\u30fb"],
  ["/", "\u2044\u2215"],
  ["1/4", "\u00bc"],
  ["1/2", "\u00bd"],
  ["3/4", "\u00be"],
  ["(c)", "\u00a9"],
  ["(R)", "\u00ae"],
  ["(TM)", "\u2122"],
  [" ", "\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"],
  ["\n", "\u2028\u2029\u0085"],
  ["", "\u00ad\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f\u200e\u200f"],
]

/**
 * Typographic characters and what stands for each in GSM-7. Letters are not among them: a name keeps its accents.
 * @since 0.1.0
 */
export const SMART_SUBSTITUTES: ReadonlyMap<string, string> = /* @__PURE__ */ new Map(
  CHARACTERS_BY_SUBSTITUTE.flatMap(([substitute, characters]) =>
    Array.from(characters, (char): [string, string] => [char, substitute]),
  ),
)

const DIGIT = /\d/

const replaceTypography = (text: string): string => {
  let replaced = ""
  let last = ""
  let from = 0
  for (let i = 0; i < text.length; i++) {
    const substitute = SMART_SUBSTITUTES.get(text.charAt(i))
    if (substitute === undefined) continue
    const part = text.slice(from, i)
    // What stands last is kept apart: to look at the end of a growing text takes time by its whole length.
    last = part.slice(-1) || last
    // "1½" is not 11/2.
    const gap = DIGIT.test(substitute) && DIGIT.test(last) ? " " : ""
    replaced += part + gap + substitute
    last = substitute.slice(-1) || last
    from = i + 1
  }
  return replaced + text.slice(from)
}

/**
 * The text with every typographic character replaced, whether or not that pays, but for those in web addresses. Total.
 *
 * @example
 * withoutTypography("“It’s 1½ km…”") // => "\"It's 1 1/2 km...\""
 * @since 0.1.0
 */
export const withoutTypography = (text: string): string => replaceAround(text, replaceTypography)

/**
 * Whether smart encoding keeps the substituted text: it must be GSM-7 throughout and take fewer segments than the
 * original, else nothing is replaced at all. Total. R11.
 * @since 0.1.0
 */
export const smartEncodingPays = (text: string, substituted: string, sizes: SegmentSizes): boolean => {
  if (text === substituted) return false
  const after = splitText(substituted, sizes)
  return after.encoding === "gsm7" && after.segments.length < splitText(text, sizes).segments.length
}

/**
 * The substituted text where that pays, else the text as it was. Total. R11.
 *
 * @example
 * smartEncode("It’s ready") // => "It’s ready"
 * smartEncode("It’s ready. ".repeat(6)) === "It's ready. ".repeat(6) // => true
 * smartEncode("It’s 漢. ".repeat(20)) === "It’s 漢. ".repeat(20) // => true
 * @since 0.1.0
 */
export const smartEncode = (text: string, sizes: SegmentSizes = CONCATENATED): string => {
  const substituted = withoutTypography(text)
  return smartEncodingPays(text, substituted, sizes) ? substituted : text
}
