/** R10, R11: every country file keeps what its examples promise. */
import { readdirSync } from "node:fs"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { isSupportedCountry } from "libphonenumber-js/max"
import { describe, expect, it } from "vitest"
import { countryCode, isCountry } from "../../../src/core/countries/country-code.ts"
import {
  type CountryExample,
  type CountryRule,
  CountryRuleSchema,
} from "../../../src/core/countries/country-rule.ts"
import { countryRule, countryRules } from "../../../src/core/countries/index.ts"
import { chooseXms } from "../../../src/core/text/choose-xms.ts"

const folder = new URL("../../../src/core/countries/", import.meta.url)
const notCountries = ["country-code.ts", "country-rule.ts", "index.ts", "table.ts"]
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

const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"]

describe("a country code", () => {
  it("R9: is one whose phone numbers can be read, in capitals", () => {
    const codes = letters.flatMap((first) => letters.map((second) => first + second))
    expect(codes.filter(isCountry)).toEqual(codes.filter((code) => isSupportedCountry(code)))
    for (const none of ["UK", "KO", "JA", "ZZ", "kr", "KRW", "K", "", "KR\n", "*"])
      expect(isCountry(none)).toBe(false)
  })

  it("R9: is in capitals as soon as it is read", () => {
    expect(countryCode(" kr ")).toBe("KR")
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
