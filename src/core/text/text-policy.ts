/**
 * Every choice about texts, as data. Rules R10, R11, R12.
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { checkedText } from "../checked-text.ts"
import { countryCode, expectedCountry, isCountry } from "../countries/country-code.ts"
import { type CountryRules, CountryRulesSchema } from "../countries/country-rule.ts"
import { countryRules } from "../countries/index.ts"
import type { KoreanCharset } from "./cp949.ts"

/**
 * What is added around the replies, in templates where `{channel}` is the channel's name and `{link}` the link back
 * to the chat. Both count. R12.
 * @since 0.1.0
 */
export interface AutoText {
  readonly prefix: string
  readonly suffix: string
}

/** The choices about texts. @since 0.1.0 */
export interface TextPolicy {
  readonly autoText: AutoText
  /** Whether typographic characters become GSM-7 ones where that takes fewer segments. */
  readonly smartEncoding: boolean
  /** Whether a text over the limit is shortened or not sent. */
  readonly onTooLong: "cut" | "refuse"
  /** Whether a character outside the Korean charset stops the text or gives way to a substitute, where one exists. */
  readonly onUnencodable: "refuse" | "substitute"
  /** The characters that the gateway in Korea takes. */
  readonly koreanCharset: KoreanCharset
  /** Limits, encoding and billing by country code; `*` is every other country. */
  readonly countries: CountryRules
  /**
   * The longest SNS text in UTF-16 units, included. 4 096 is what WhatsApp takes; a provider that takes less refuses a
   * longer one, and the text goes by XMS. Set 1 000 for AlimTalk to have it cut instead.
   */
  readonly snsMaxChars: number
  /** Countries that texts may go to (ISO 3166-1 alpha-2, in any case); null is all. */
  readonly allowedCountries: readonly string[] | null
}

/**
 * The product's choices. The name comes first, so that the customer knows who writes before reading on, and the link
 * on a line of its own, where every phone makes it one. R10, R11, R12.
 * @since 0.1.0
 */
export const defaultTextPolicy: TextPolicy = {
  autoText: { prefix: "[{channel}] ", suffix: "\n{link}" },
  smartEncoding: false,
  onTooLong: "cut",
  onUnencodable: "refuse",
  koreanCharset: "cp949",
  countries: countryRules,
  snsMaxChars: 4_096,
  allowedCountries: null,
}

// Countries are compared without regard to case, so that no list that works is refused.
const AllowedCountry = checkedText(expectedCountry, (country) => isCountry(countryCode(country)))

/** The Schema of TextPolicy, all fields required. @since 0.1.0 */
export const TextPolicySchema = Schema.Struct({
  autoText: Schema.Struct({ prefix: Schema.String, suffix: Schema.String }),
  smartEncoding: Schema.Boolean,
  onTooLong: Schema.Literals(["cut", "refuse"]),
  onUnencodable: Schema.Literals(["refuse", "substitute"]),
  koreanCharset: Schema.Literals(["cp949", "ksx1001"]),
  countries: CountryRulesSchema,
  snsMaxChars: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
  allowedCountries: Schema.NullOr(Schema.Array(AllowedCountry)),
}) satisfies Schema.Codec<TextPolicy>

/**
 * Whether the policy lets texts go to a country (in any case). Total.
 *
 * @example
 * isCountryAllowed("kr", { ...defaultTextPolicy, allowedCountries: ["KR"] }) // => true
 * isCountryAllowed("US", { ...defaultTextPolicy, allowedCountries: ["KR"] }) // => false
 * @since 0.1.0
 */
export const isCountryAllowed = (
  country: string,
  { allowedCountries }: Pick<TextPolicy, "allowedCountries"> = defaultTextPolicy,
): boolean =>
  allowedCountries === null ||
  allowedCountries.some((allowed) => countryCode(allowed) === countryCode(country))
