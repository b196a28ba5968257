/**
 * China: SMS by segments, at most 8 (536 Chinese characters). Rule R11.
 * @since 0.1.0
 */
import type { CountryExample, Gsm7Ucs2Rule } from "./country-rule.ts"

/**
 * A text of more than 70 Chinese characters (140 bytes) costs a segment more. R11.
 * @since 0.1.0
 */
export const rule: Gsm7Ucs2Rule = {
  country: "CN",
  encoding: "gsm7-ucs2",
  concatenation: true,
  maxSegments: 8,
  billedBy: "segment",
}

/** Worked examples, which a test runs. @since 0.1.0 */
export const examples: readonly CountryExample[] = [
  {
    title: "70 Chinese characters are 1 segment",
    text: "汉".repeat(70),
    choice: { _tag: "Sms", segments: 1 },
  },
  { title: "536 fill 8 segments", text: "汉".repeat(536), choice: { _tag: "Sms", segments: 8 } },
  { title: "537 are too long", text: "汉".repeat(537), choice: { _tag: "TooLong", limit: 536 } },
]
