/**
 * SMS or LMS: the kind of phone text for a country and a text, and what is billed. Rules R10, R11, R12.
 * @since 0.1.0
 */
import { countryCode } from "../countries/country-code.ts"
import type { CountryRules, Cp949Rule, Gsm7Ucs2Rule } from "../countries/country-rule.ts"
import { countryRule, countryRules } from "../countries/index.ts"
import type { CharacterAt } from "./character.ts"
import { cp949Length, type KoreanCharset } from "./cp949.ts"
import { CONCATENATED, type SegmentSizes, STANDALONE, splitText } from "./segment.ts"

/**
 * A short message. `units` are bytes in CP949, septets in GSM-7 and UTF-16 units in UCS-2; `segments` are the billed
 * units, at least 1; `forcedBy` names the characters that made it UCS-2. R10, R11.
 * @since 0.1.0
 */
export interface Sms {
  readonly _tag: "Sms"
  readonly country: string
  readonly encoding: "cp949" | "gsm7" | "ucs2"
  readonly units: number
  readonly segments: number
  readonly forcedBy: readonly CharacterAt[]
}

/** A long message of `units` bytes, billed once. R10. @since 0.1.0 */
export interface Lms {
  readonly _tag: "Lms"
  readonly country: string
  readonly encoding: "cp949"
  readonly units: number
  readonly segments: 1
}

/**
 * More than the country's longest text. `limit` is what that holds at best, in the same units; where extension
 * characters or surrogate pairs leave segments short, `units` may lie below it. R10, R11.
 * @since 0.1.0
 */
export interface TooLong {
  readonly _tag: "TooLong"
  readonly country: string
  readonly encoding: "cp949" | "gsm7" | "ucs2"
  readonly units: number
  readonly limit: number
}

/** Characters that the country's encoding does not hold; at least one. R10. @since 0.1.0 */
export interface Unencodable {
  readonly _tag: "Unencodable"
  readonly country: string
  readonly characters: readonly CharacterAt[]
}

/** What a text is on the phone network. @since 0.1.0 */
export type XmsChoice = Sms | Lms | TooLong | Unencodable

/** A text to a country, exactly as it will be sent; the country is ISO 3166-1 alpha-2 in any case. @since 0.1.0 */
export interface XmsText {
  readonly country: string
  readonly text: string
}

/** The sizes of segments under a rule: with or without the header that joins them. Total. @since 0.1.0 */
export const segmentSizes = (rule: Gsm7Ucs2Rule): SegmentSizes =>
  rule.concatenation ? CONCATENATED : STANDALONE

/**
 * Units that at most `segments` segments hold, which are joined from the second on. Total.
 *
 * @example
 * roomIn(1, { single: 160, joined: 153 }) // => 160
 * roomIn(2, { single: 160, joined: 153 }) // => 306
 * @since 0.1.0
 */
export const roomIn = (segments: number, size: SegmentSizes["gsm7"]): number =>
  segments === 1 ? size.single : segments * size.joined

const chooseByBytes = (text: string, country: string, rule: Cp949Rule, charset: KoreanCharset): XmsChoice => {
  const { bytes, unencodable } = cp949Length(text, charset)
  const counted = { country, encoding: rule.encoding, units: bytes }
  if (unencodable.length > 0) return { _tag: "Unencodable", country, characters: unencodable }
  if (bytes <= rule.smsBytes) return { _tag: "Sms", ...counted, segments: 1, forcedBy: [] }
  if (bytes <= rule.lmsBytes) return { _tag: "Lms", ...counted, segments: 1 }
  return { _tag: "TooLong", ...counted, limit: rule.lmsBytes }
}

const chooseBySegments = (text: string, country: string, rule: Gsm7Ucs2Rule): XmsChoice => {
  const sizes = segmentSizes(rule)
  const { encoding, units, segments, forcedBy } = splitText(text, sizes)
  const limit = roomIn(rule.maxSegments, sizes[encoding])
  if (segments.length > rule.maxSegments) return { _tag: "TooLong", country, encoding, units, limit }
  const isOneMessage = rule.billedBy === "message" && rule.concatenation
  return { _tag: "Sms", country, encoding, units, segments: isOneMessage ? 1 : segments.length, forcedBy }
}

/**
 * SMS, LMS or neither for exactly the text given. Every limit is included. In Korea a character outside the charset
 * comes before length, since such a text has no length; an empty text is an SMS. Total. R10, R11, R12.
 *
 * @example
 * chooseXms({ country: "KR", text: "가".repeat(71) }) // => { _tag: "Lms", country: "KR", encoding: "cp949", units: 142, segments: 1 }
 * chooseXms({ country: "us", text: "OK" }) // => { _tag: "Sms", country: "US", encoding: "gsm7", units: 2, segments: 1, forcedBy: [] }
 * @since 0.1.0
 */
export const chooseXms = (
  { country, text }: XmsText,
  rules: CountryRules = countryRules,
  koreanCharset: KoreanCharset = "cp949",
): XmsChoice => {
  const rule = countryRule(country, rules)
  const code = countryCode(country)
  return rule.encoding === "cp949"
    ? chooseByBytes(text, code, rule, koreanCharset)
    : chooseBySegments(text, code, rule)
}
