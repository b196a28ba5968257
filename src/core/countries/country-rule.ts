/**
 * What a country's rule says: how a text is encoded there, how long it may be and what is billed. Rules R10, R11.
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { checkedText } from "../checked-text.ts"
import type { XmsChoice } from "../text/choose-xms.ts"
import { expectedCountry, isCountry } from "./country-code.ts"

/**
 * A country whose texts are counted in CP949 bytes and never joined: one SMS up to `smsBytes`, one LMS up to
 * `lmsBytes`, both included. R10.
 * @since 0.1.0
 */
export interface Cp949Rule {
  /** ISO 3166-1 alpha-2, in capitals. */
  readonly country: string
  readonly encoding: "cp949"
  readonly smsBytes: number
  readonly lmsBytes: number
  readonly billedBy: "message"
}

/**
 * A country whose texts are counted in GSM-7 septets or, when one character is not in GSM-7, in UCS-2. R11.
 * @since 0.1.0
 */
export interface Gsm7Ucs2Rule {
  /** ISO 3166-1 alpha-2 in capitals, or `*` for every country without a rule of its own. */
  readonly country: string
  readonly encoding: "gsm7-ucs2"
  /** Whether phones there join segments into one text; where not, each segment is a message without a header. */
  readonly concatenation: boolean
  /** Segments (or messages that stand alone) that one text may take, included. */
  readonly maxSegments: number
  /** What costs: every segment, or a message, which joined segments are together. */
  readonly billedBy: "segment" | "message"
}

/** A country's rule. @since 0.1.0 */
export type CountryRule = Cp949Rule | Gsm7Ucs2Rule

/** Rules by country code in capitals, `*` for all the others. @since 0.1.0 */
export type CountryRules = Readonly<Record<string, CountryRule>>

/**
 * A worked example of a country's rule: the text, and the part of the choice that it must lead to. A test runs all.
 * @since 0.1.0
 */
export interface CountryExample {
  readonly title: string
  readonly text: string
  readonly choice: Partial<Extract<XmsChoice, { _tag: "Sms" }>> | Partial<Exclude<XmsChoice, { _tag: "Sms" }>>
}

const isCountryKey = (key: string): boolean => key === "*" || isCountry(key)
const expectedKey = `${expectedCountry}, or "*"`

/** The Schema of what a country's rule or price is listed under: a country, or `*`. R10, R19. @since 0.1.0 */
export const CountryKey = checkedText(expectedKey, isCountryKey)

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

const smsFitsLms = ({ smsBytes, lmsBytes }: Cp949Rule) =>
  smsBytes <= lmsBytes || { path: ["smsBytes"], issue: "Expected at most lmsBytes" }

/** The Schema of CP949 countries; limits are whole numbers from 1, `smsBytes` at most `lmsBytes`. @since 0.1.0 */
export const Cp949RuleSchema = Schema.Struct({
  country: Schema.String,
  encoding: Schema.Literal("cp949"),
  smsBytes: Count,
  lmsBytes: Count,
  billedBy: Schema.Literal("message"),
}).check(Schema.makeFilter(smsFitsLms)) satisfies Schema.Codec<Cp949Rule>

/** The Schema of GSM-7 and UCS-2 countries; `maxSegments` is a whole number from 1. @since 0.1.0 */
export const Gsm7Ucs2RuleSchema = Schema.Struct({
  country: Schema.String,
  encoding: Schema.Literal("gsm7-ucs2"),
  concatenation: Schema.Boolean,
  maxSegments: Count,
  billedBy: Schema.Literals(["segment", "message"]),
}) satisfies Schema.Codec<Gsm7Ucs2Rule>

/** The Schema of a country's rule. @since 0.1.0 */
export const CountryRuleSchema = Schema.Union([Cp949RuleSchema, Gsm7Ucs2RuleSchema]).annotate({
  expected:
    'a whole rule: country, encoding "cp949", smsBytes, lmsBytes and billedBy, or country, encoding "gsm7-ucs2", concatenation, maxSegments and billedBy',
}) satisfies Schema.Codec<CountryRule>

// Left to the keys' own Schema, a key that does not fit would be dropped without a word by whoever ignores such keys.
const areCountries = Schema.makeFilter((rules: CountryRules) =>
  Object.entries(rules).flatMap(([key, { country }]) =>
    !isCountryKey(key)
      ? { path: [key], issue: `Expected ${expectedKey}` }
      : country === key
        ? []
        : { path: [key, "country"], issue: `Expected "${key}", under which it is listed` },
  ),
)

/**
 * The Schema of rules by country; a key that no country has is refused, since no text would find its rule, and so is a
 * rule that says another country than its key.
 * @since 0.1.0
 */
export const CountryRulesSchema = Schema.Record(Schema.String, CountryRuleSchema).check(
  areCountries,
) satisfies Schema.Codec<CountryRules>
