/**
 * A measured text as `followup measure --json` prints it. Rules R10, R11, R19.
 * @since 0.1.0
 */
import { defaultPrices, quote } from "../core/billing/price-book.ts"
import { milliToPu } from "../core/billing/pu.ts"
import type { CharacterAt } from "../core/text/character.ts"
import type { XmsChoice, XmsText } from "../core/text/choose-xms.ts"
import { type DearCharacter, measureText } from "../core/text/measure.ts"

/** What the units of an encoding are called. */
const unitNames = { cp949: "bytes", gsm7: "septets", ucs2: "code units" } as const

/**
 * What a text is sent as. `kind`, `segments` and `pu` are null when it cannot be sent; `pu` also where there is no
 * price. R10, R11, R19.
 * @since 0.1.0
 */
export interface SentAs {
  readonly encoding: keyof typeof unitNames
  readonly kind: "SMS" | "LMS" | null
  readonly segments: number | null
  readonly pu: number | null
}

/** A cheaper text that says the same. R10, R11. @since 0.1.0 */
export interface CheaperAs extends SentAs {
  readonly text: string
}

/**
 * A measured text. `units` are counted in `unit`; `limit` is what its step holds and `left` what is free of that: one
 * unit more than `left` costs more, or no longer fits. `fits` is whether it can be sent at all. `unencodable`:
 * characters that the encoding lacks; `forcedBy`: those that made it UCS-2; `extension`: those that take two septets.
 * Indexes are in UTF-16 units, from 0. All keys are always there.
 * @since 0.1.0
 */
export interface MeasuredText extends SentAs {
  readonly country: string
  readonly units: number
  readonly unit: (typeof unitNames)[SentAs["encoding"]]
  readonly limit: number
  readonly left: number
  readonly fits: boolean
  readonly tooLong: boolean
  readonly unencodable: ReadonlyArray<CharacterAt>
  readonly forcedBy: ReadonlyArray<CharacterAt>
  readonly extension: ReadonlyArray<CharacterAt>
  readonly cheaper: CheaperAs | null
}

const kinds = { Sms: "SMS", Lms: "LMS" } as const

const sentAs = (choice: XmsChoice, atMs: number): SentAs => {
  // Only CP949 has characters that it lacks: UCS-2 holds them all.
  const encoding = choice._tag === "Unencodable" ? "cp949" : choice.encoding
  if (choice._tag === "Unencodable" || choice._tag === "TooLong")
    return { encoding, kind: null, segments: null, pu: null }
  const kind = kinds[choice._tag]
  const milliPu = quote(defaultPrices, { kind, country: choice.country, units: choice.segments, atMs })
  return { encoding, kind, segments: choice.segments, pu: milliPu === undefined ? null : milliToPu(milliPu) }
}

const charactersThat = (
  characters: ReadonlyArray<DearCharacter>,
  why: DearCharacter["why"],
): ReadonlyArray<CharacterAt> =>
  characters.filter((one) => one.why === why).map(({ char, index }) => ({ char, index }))

/** What a text that can be sent is sent as, and costs, in words. Total. R10, R11, R19. @since 0.1.0 */
export const priced = ({ kind, segments, pu }: SentAs): string => {
  const what = segments !== null && segments > 1 ? `${kind} of ${segments} segments` : `${kind}`
  return pu === null ? `${what}, for which there is no price` : `${what}, ${pu} PU`
}

/**
 * Measures exactly the text given, with the default policy, at the prices of an instant (UTC epoch ms). Total. R10,
 * R11, R19.
 *
 * @example
 * measuredText({ country: "KR", text: "네" }, 0).left // => 138
 * measuredText({ country: "US", text: "It’s" }, 0).forcedBy // => [{ char: "’", index: 2 }]
 * @since 0.1.0
 */
export const measuredText = (given: XmsText, atMs: number): MeasuredText => {
  const { choice, units, limitUnits, leftUnits, dearCharacters, cheaper } = measureText(given)
  const { encoding, kind, segments, pu } = sentAs(choice, atMs)
  return {
    country: choice.country,
    encoding,
    kind,
    units,
    unit: unitNames[encoding],
    segments,
    pu,
    limit: limitUnits,
    left: leftUnits,
    fits: kind !== null,
    tooLong: choice._tag === "TooLong",
    unencodable: charactersThat(dearCharacters, "unencodable"),
    forcedBy: charactersThat(dearCharacters, "forces-ucs2"),
    extension: charactersThat(dearCharacters, "extension"),
    cheaper: cheaper && { text: cheaper.text, ...sentAs(cheaper.choice, atMs) },
  }
}
