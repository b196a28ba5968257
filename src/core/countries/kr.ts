/**
 * South Korea: SMS or LMS by CP949 bytes. Rule R10.
 * @since 0.1.0
 */
import type { CountryExample, Cp949Rule } from "./country-rule.ts"

/**
 * SMS up to 140 bytes, LMS up to 2 000, one message either way. Several domestic gateways cut an SMS at 90 bytes:
 * for those, set `smsBytes` to 90. R10.
 * @since 0.1.0
 */
export const rule: Cp949Rule = {
  country: "KR",
  encoding: "cp949",
  smsBytes: 140,
  lmsBytes: 2_000,
  billedBy: "message",
}

/** Worked examples, which a test runs. @since 0.1.0 */
export const examples: readonly CountryExample[] = [
  { title: "70 Hangul fill an SMS", text: "가".repeat(70), choice: { _tag: "Sms", units: 140, segments: 1 } },
  {
    title: "141 bytes are an LMS",
    text: `${"가".repeat(70)}!`,
    choice: { _tag: "Lms", units: 141, segments: 1 },
  },
  { title: "1 000 Hangul fill an LMS", text: "가".repeat(1_000), choice: { _tag: "Lms", units: 2_000 } },
  {
    title: "2 001 bytes are too long",
    text: `${"가".repeat(1_000)}!`,
    choice: { _tag: "TooLong", limit: 2_000 },
  },
  { title: "140 letters fill an SMS", text: "a".repeat(140), choice: { _tag: "Sms", units: 140 } },
  {
    title: "an emoji has no bytes in CP949",
    text: "네 😀",
    choice: { _tag: "Unencodable", characters: [{ char: "😀", index: 2 }] },
  },
]
