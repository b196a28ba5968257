/**
 * Arbitraries of texts for property tests: what customers and managers write, leaning on the lengths at which a text
 * becomes dearer. Rules R10, R11.
 * @since 0.1.0
 */
import fc from "fast-check"
import { countryRule } from "../core/countries/index.ts"
import { GSM7_ALPHABET, GSM7_EXTENSION } from "../core/text/gsm7.ts"

/** Lengths around which a text becomes dearer: segments in both encodings, and Korean characters of 1 and 2 bytes. */
const BOUNDARIES = [67, 70, 76, 134, 140, 153, 160, 306, 670, 1_000, 1_530, 2_000]

const runLength = (): fc.Arbitrary<number> =>
  fc.oneof(
    { arbitrary: fc.integer({ min: 1, max: 12 }), weight: 3 },
    {
      arbitrary: fc
        .tuple(fc.constantFrom(...BOUNDARIES), fc.integer({ min: -2, max: 2 }))
        .map(([n, d]) => n + d),
      weight: 1,
    },
  )

/** Runs of one character each: short ones mixed, long ones next to a boundary; they shrink to few and short runs. */
const runsOf = (char: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .array(
      fc.tuple(char, runLength()).map(([one, length]) => one.repeat(length)),
      { maxLength: 12 },
    )
    .map((runs) => runs.join(""))

const gsm7Char = (): fc.Arbitrary<string> =>
  fc.oneof(
    { arbitrary: fc.constantFrom(...GSM7_ALPHABET), weight: 3 },
    { arbitrary: fc.constantFrom(...GSM7_EXTENSION), weight: 1 },
  )

const codePoint = (min: number, max: number): fc.Arbitrary<string> =>
  fc.integer({ min, max }).map((code) => String.fromCodePoint(code))

const ucs2Char = (): fc.Arbitrary<string> =>
  fc.oneof(
    gsm7Char(),
    fc.constantFrom("ç", "á", "`", "\t", "—", "’", "…", "\u00a0", "\u200b", "あ", "漢", "ก"),
    fc.constantFrom("😀", "👍🏽", "👩‍👩‍👧‍👦", "🇰🇷", "❤️", "e\u0301", "각", "क्षि"),
    fc.constantFrom("\ud83d", "\ude00"),
    codePoint(0xa0, 0xffff),
    codePoint(0x10000, 0x10ffff),
  )

const koreanChar = (): fc.Arbitrary<string> =>
  fc.oneof(
    codePoint(0xac00, 0xd7a3),
    codePoint(0x20, 0x7e),
    fc.constantFrom("\n", "뷁", "￦", "―", "·", "€", "♥", "あ", "漢"),
  )

/** Texts of GSM-7 characters only, the extension table included; the empty text is one of them. @since 0.1.0 */
export const gsm7Text = (): fc.Arbitrary<string> => runsOf(gsm7Char())

/**
 * Texts of any characters, at least one of which GSM-7 does not hold: scripts, emoji, clusters of several code points
 * and lone surrogates.
 * @since 0.1.0
 */
export const ucs2Text = (): fc.Arbitrary<string> =>
  fc
    .tuple(runsOf(ucs2Char()), fc.constantFrom("漢", "😀", "ç", "\ud83d"), runsOf(ucs2Char()))
    .map((parts) => parts.join(""))

/** Texts of CP949 characters only: Hangul, ASCII and a few symbols. @since 0.1.0 */
export const koreanText = (): fc.Arbitrary<string> => runsOf(koreanChar())

/** Any of these texts, and mixtures with line ends of every kind. @since 0.1.0 */
export const anyText = (): fc.Arbitrary<string> =>
  fc.oneof(
    gsm7Text(),
    ucs2Text(),
    koreanText(),
    runsOf(fc.oneof(koreanChar(), ucs2Char(), fc.constantFrom("\r\n", "\r", "\n"))),
  )

/**
 * Texts as they are written to a country (ISO 3166-1 alpha-2): mostly of characters that its phones show for less, and
 * now and then of any. R10, R11.
 * @since 0.1.0
 */
export const textFor = (country: string): fc.Arbitrary<string> => {
  const usual = countryRule(country).encoding === "cp949" ? koreanText() : gsm7Text()
  return fc.oneof({ arbitrary: usual, weight: 3 }, { arbitrary: anyText(), weight: 1 })
}
