/**
 * Every country without a file of its own: SMS by segments, at most 10. Rule R11.
 * @since 0.1.0
 */
import type { CountryExample, Gsm7Ucs2Rule } from "./country-rule.ts"

/**
 * A text of more than 140 bytes (160 GSM-7 or 70 UCS-2 units) costs a segment more. R11.
 * @since 0.1.0
 */
export const rule: Gsm7Ucs2Rule = {
  country: "*",
  encoding: "gsm7-ucs2",
  concatenation: true,
  maxSegments: 10,
  billedBy: "segment",
}

/** Worked examples, which a test runs. @since 0.1.0 */
export const examples: readonly CountryExample[] = [
  { title: "160 letters are 1 segment", text: "a".repeat(160), choice: { _tag: "Sms", segments: 1 } },
  { title: "161 letters are 2", text: "a".repeat(161), choice: { _tag: "Sms", segments: 2 } },
  {
    title: "an emoji counts 2 of 70",
    text: "😀".repeat(36),
    choice: { _tag: "Sms", units: 72, segments: 2 },
  },
  { title: "671 Thai letters are too long", text: "ก".repeat(671), choice: { _tag: "TooLong", limit: 670 } },
]
