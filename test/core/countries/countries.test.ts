/** R10, R11: every country file keeps what its examples promise. */
import { readdirSync } from "node:fs"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import {
  type CountryExample,
  type CountryRule,
  CountryRuleSchema,
} from "../../../src/core/countries/country-rule.ts"
import { countryRule, countryRules } from "../../../src/core/countries/index.ts"
import { chooseXms } from "../../../src/core/text/choose-xms.ts"

const folder = new URL("../../../src/core/countries/", import.meta.url)
const notCountries = ["country-rule.ts", "index.ts", "table.ts"]
const files = readdirSync(folder).filter((name) => !notCountries.includes(name))

describe.each(files)("%s", async (name) => {
  const { rule, examples }: { rule: CountryRule; examples: readonly CountryExample[] } = await import(
    new URL(name, folder).href
  )

  it("R11: is in the table under its own code and has a valid rule", () => {
    expect(countryRules[rule.country]).toBe(rule)
    expect(name).toBe(rule.country === "*" ? "other.ts" : `${rule.country.toLowerCase()}.ts`)
    expect(Result.isSuccess(Schema.decodeUnknownResult(CountryRuleSchema)(rule))).toBe(true)
  })

  it("R11: has worked examples on both sides of its last limit", () => {
    const tags = examples.map(({ choice }) => choice._tag)
    expect(tags).toContain("Sms")
    expect(tags).toContain("TooLong")
  })

  it.each(examples)("R11: $title", ({ text, choice }) => {
    const country = rule.country === "*" ? "ZZ" : rule.country
    expect(chooseXms({ country, text })).toMatchObject(choice)
  })
})

describe("lookup", () => {
  it("R11: the table holds the country files and nothing else", () => {
    expect(Object.keys(countryRules)).toHaveLength(files.length)
  })

  it("R11: codes are read in any case; an unknown one gets the rule for other countries", () => {
    expect(countryRule(" kr ")).toBe(countryRules.KR)
    for (const unknown of ["ZZ", "", "constructor", "__proto__", "KOR"])
      expect(countryRule(unknown)).toBe(countryRules["*"])
    expect(countryRule("ZZ", {})).toBe(countryRules["*"])
  })
})
