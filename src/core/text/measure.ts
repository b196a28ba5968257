/**
 * What a text would be, what makes it dear and how it would be cheaper: `followup measure`. Rules R10, R11, R19.
 * @since 0.1.0
 */
import type { CountryRule } from "../countries/country-rule.ts"
import { countryRule } from "../countries/index.ts"
import type { CharacterAt } from "./character.ts"
import { chooseXms, roomIn, segmentSizes, type XmsChoice, type XmsText } from "./choose-xms.ts"
import { cp949Length } from "./cp949.ts"
import { GSM7_EXTENSION } from "./gsm7.ts"
import { substituteKorean } from "./korean-substitution.ts"
import { type Segmentation, splitText } from "./segment.ts"
import { withoutTypography } from "./smart-encoding.ts"
import { defaultTextPolicy, type TextPolicy } from "./text-policy.ts"

/**
 * A character that costs more than others: it forces UCS-2, is a pair in GSM-7, or has no place in the Korean charset.
 * @since 0.1.0
 */
export interface DearCharacter extends CharacterAt {
  readonly why: "forces-ucs2" | "extension" | "unencodable"
}

/** A text that says the same for less, and what it would be. @since 0.1.0 */
export interface CheaperText {
  readonly text: string
  readonly choice: XmsChoice
}

/**
 * A measured text. `units` (bytes, septets or UTF-16 units) lie in a step that holds up to `limitUnits`, of which
 * `leftUnits` are free; one more than those costs more. A text that is too long has none left.
 * @since 0.1.0
 */
export interface Measurement {
  readonly choice: XmsChoice
  readonly billedBy: "message" | "segment"
  readonly units: number
  readonly limitUnits: number
  readonly leftUnits: number
  readonly dearCharacters: readonly DearCharacter[]
  readonly cheaper: CheaperText | null
}

type MeasurePolicy = Pick<TextPolicy, "countries" | "koreanCharset">
type Step = Pick<Measurement, "units" | "limitUnits" | "leftUnits" | "dearCharacters">

const because =
  (why: DearCharacter["why"]) =>
  (found: CharacterAt): DearCharacter => ({ ...found, why })

const extensionCharacters = (text: string): CharacterAt[] => {
  const found: CharacterAt[] = []
  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index)
    if (GSM7_EXTENSION.includes(char)) found.push({ char, index })
  }
  return found
}

const dearCharacters = (text: string, { encoding, forcedBy }: Segmentation): DearCharacter[] =>
  encoding === "ucs2"
    ? forcedBy.map(because("forces-ucs2"))
    : extensionCharacters(text).map(because("extension"))

const stepOf = (text: string, rule: CountryRule, { koreanCharset }: MeasurePolicy): Step => {
  if (rule.encoding === "cp949") {
    const { bytes: units, unencodable } = cp949Length(text, koreanCharset)
    const limitUnits = units <= rule.smsBytes ? rule.smsBytes : rule.lmsBytes
    const leftUnits = Math.max(0, limitUnits - units)
    return { units, limitUnits, leftUnits, dearCharacters: unencodable.map(because("unencodable")) }
  }
  const sizes = segmentSizes(rule)
  const split = splitText(text, sizes)
  const { units, segments } = split
  const size = sizes[split.encoding]
  const isWithin = segments.length <= rule.maxSegments
  // Full segments that pairs left short are not room: only the last one can still be filled.
  const leftUnits = (segments.length === 1 ? size.single : size.joined) - (segments.at(-1) ?? 0)
  return {
    units,
    limitUnits: roomIn(isWithin ? segments.length : rule.maxSegments, size),
    leftUnits: isWithin ? leftUnits : 0,
    dearCharacters: dearCharacters(text, split),
  }
}

const DEARNESS = { Sms: 0, Lms: 1, TooLong: 2, Unencodable: 2 } as const

const isCheaper = (one: XmsChoice, other: XmsChoice): boolean =>
  DEARNESS[one._tag] < DEARNESS[other._tag] ||
  (one._tag === "Sms" && other._tag === "Sms" && one.segments < other.segments)

const cheaperText = (
  text: string,
  choice: XmsChoice,
  rule: CountryRule,
  choose: (text: string) => XmsChoice,
  { koreanCharset }: MeasurePolicy,
): CheaperText | null => {
  const substituted =
    rule.encoding === "cp949" ? substituteKorean(text, koreanCharset) : withoutTypography(text)
  // The least change comes first: a candidate replaces the best so far only by being cheaper still.
  let best: CheaperText = { text, choice }
  for (const candidate of [text.trimEnd(), substituted, substituted.trimEnd()]) {
    const candidateChoice = choose(candidate)
    if (isCheaper(candidateChoice, best.choice)) best = { text: candidate, choice: candidateChoice }
  }
  return best.text === text ? null : best
}

/**
 * Measures exactly the text given. `cheaper` tries the text without the space at its end and with substitutes (smart
 * encoding; in Korea those for characters that CP949 lacks); null when neither makes it a cheaper step. Total.
 * R10, R11.
 *
 * @example
 * measureText({ country: "US", text: "It’s ready" }).dearCharacters // => [{ char: "’", index: 2, why: "forces-ucs2" }]
 * measureText({ country: "KR", text: "네" }).leftUnits // => 138
 * measureText({ country: "KR", text: "₩5" }).cheaper?.text // => "￦5"
 * @since 0.1.0
 */
export const measureText = (
  { country, text }: XmsText,
  policy: MeasurePolicy = defaultTextPolicy,
): Measurement => {
  const rule = countryRule(country, policy.countries)
  const choose = (candidate: string) =>
    chooseXms({ country, text: candidate }, policy.countries, policy.koreanCharset)
  const choice = choose(text)
  return {
    choice,
    billedBy: rule.billedBy,
    ...stepOf(text, rule, policy),
    cheaper: cheaperText(text, choice, rule, choose, policy),
  }
}
