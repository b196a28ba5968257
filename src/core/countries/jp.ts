/**
 * Japan: SMS by segments, at most 10 (1 530 GSM-7 or 670 UCS-2 units). Rule R11.
 * @since 0.1.0
 */
import type { CountryExample, Gsm7Ucs2Rule } from "./country-rule.ts"

/**
 * A text of more than 70 Japanese characters (140 bytes) costs a segment more. R11.
 * @since 0.1.0
 */
export const rule: Gsm7Ucs2Rule = {
  country: "JP",
  encoding: "gsm7-ucs2",
  concatenation: true,
  maxSegments: 10,
  billedBy: "segment",
}

/** Worked examples, which a test runs. @since 0.1.0 */
export const examples: readonly CountryExample[] = [
  {
    title: "70 Japanese characters are 1 segment",
    text: "あ".repeat(70),
    choice: { _tag: "Sms", segments: 1 },
  },
  {
    title: "71 Japanese characters are 2",
    text: "あ".repeat(71),
    choice: { _tag: "Sms", units: 71, segments: 2 },
  },
  { title: "670 fill 10 segments", text: "あ".repeat(670), choice: { _tag: "Sms", segments: 10 } },
  { title: "671 are too long", text: "あ".repeat(671), choice: { _tag: "TooLong", units: 671, limit: 670 } },
]
