/** R10, R11: choices about texts are data. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { defaultTextPolicy, isCountryAllowed, TextPolicySchema } from "../../../src/core/text/text-policy.ts"

const decode = (input: unknown) => Schema.decodeUnknownResult(TextPolicySchema)(input)

describe("text policy", () => {
  it("R10: the default is valid data and survives JSON", () => {
    const decoded = decode(JSON.parse(JSON.stringify(defaultTextPolicy)))
    expect(Result.isSuccess(decoded) && decoded.success).toEqual(defaultTextPolicy)
  })

  it("R10: limits below 1 and unknown words are refused", () => {
    for (const wrong of [
      { snsMaxChars: 0 },
      { snsMaxChars: 1.5 },
      { onTooLong: "ellipsis" },
      { koreanCharset: "euc-kr" },
      { allowedCountries: "KR" },
      { countries: { KR: { ...defaultTextPolicy.countries.KR, smsBytes: 0 } } },
      { autoText: { prefix: "" } },
    ])
      expect(Result.isFailure(decode({ ...defaultTextPolicy, ...wrong }))).toBe(true)
  })

  it("R11: all countries are allowed unless the policy lists some", () => {
    expect(isCountryAllowed("ZZ")).toBe(true)
    expect(isCountryAllowed("jp", { allowedCountries: ["KR", "JP"] })).toBe(true)
    expect(isCountryAllowed("US", { allowedCountries: ["KR", "JP"] })).toBe(false)
    expect(isCountryAllowed("US", { allowedCountries: [] })).toBe(false)
  })
})
