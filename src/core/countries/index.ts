/**
 * Which rule holds for texts to a country. Rules R10, R11.
 * @since 0.1.0
 */
import { countryCode } from "./country-code.ts"
import type { CountryRule, CountryRules } from "./country-rule.ts"
import { rule as otherCountries } from "./other.ts"
import * as table from "./table.ts"

/** The product's rules by country code, and `*` for all other countries. R10, R11. @since 0.1.0 */
export const countryRules: CountryRules = /* @__PURE__ */ Object.fromEntries(
  Object.values(table).map((rule) => [rule.country, rule]),
)

/**
 * The rule of a country (ISO 3166-1 alpha-2, in any case): its own, else that of `*`, else the product's for other
 * countries. Total. R10, R11.
 *
 * @example
 * countryRule("kr").encoding // => "cp949"
 * countryRule("FR").country // => "*"
 * @since 0.1.0
 */
export const countryRule = (country: string, rules: CountryRules = countryRules): CountryRule =>
  rules[countryCode(country)] ?? rules["*"] ?? otherCountries
