/**
 * Costa Rica: SMS that phones do not join: a longer text is several messages, each standing alone. Rule R11.
 * @since 0.1.0
 */
import type { CountryExample, Gsm7Ucs2Rule } from "./country-rule.ts"

/**
 * Without the joining header a message keeps its 160 or 70 units. Nothing limits the number of messages there: 10
 * bounds the cost, as in other countries. The whole text keeps one encoding. R11.
 * @since 0.1.0
 */
export const rule: Gsm7Ucs2Rule = {
  country: "CR",
  encoding: "gsm7-ucs2",
  concatenation: false,
  maxSegments: 10,
  billedBy: "message",
}

/** Worked examples, which a test runs. @since 0.1.0 */
export const examples: readonly CountryExample[] = [
  {
    title: "161 letters are 2 messages",
    text: "a".repeat(161),
    choice: { _tag: "Sms", units: 161, segments: 2 },
  },
  { title: "320 letters are 2 messages, not 3", text: "a".repeat(320), choice: { _tag: "Sms", segments: 2 } },
  {
    title: "140 UCS-2 characters are 2 messages",
    text: "ê".repeat(140),
    choice: { _tag: "Sms", segments: 2 },
  },
  { title: "1 601 letters are too long", text: "a".repeat(1_601), choice: { _tag: "TooLong", limit: 1_600 } },
]
