/**
 * United States: SMS by segments, at most 10; there is no LMS. Rule R11.
 * @since 0.1.0
 */
import type { CountryExample, Gsm7Ucs2Rule } from "./country-rule.ts"

/**
 * A text of more than 160 English characters (140 bytes) costs a segment more. R11.
 * @since 0.1.0
 */
export const rule: Gsm7Ucs2Rule = {
  country: "US",
  encoding: "gsm7-ucs2",
  concatenation: true,
  maxSegments: 10,
  billedBy: "segment",
}

/** Worked examples, which a test runs. @since 0.1.0 */
export const examples: readonly CountryExample[] = [
  {
    title: "160 letters are 1 segment",
    text: "a".repeat(160),
    choice: { _tag: "Sms", encoding: "gsm7", segments: 1 },
  },
  { title: "161 letters are 2", text: "a".repeat(161), choice: { _tag: "Sms", units: 161, segments: 2 } },
  {
    title: "a curly apostrophe makes it UCS-2",
    text: "It’s ready",
    choice: { _tag: "Sms", encoding: "ucs2" },
  },
  { title: "1 531 letters are too long", text: "a".repeat(1_531), choice: { _tag: "TooLong", limit: 1_530 } },
]
