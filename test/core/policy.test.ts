/** Policy as data: the product's values, and what a host may say instead. */
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { decodeInput, formatBadInput } from "../../src/core/decode.ts"
import { defaultPolicy, makePolicy, PolicyInputSchema } from "../../src/core/policy.ts"

const accepts = (input: unknown) => Result.isSuccess(decodeInput(PolicyInputSchema, input))
const complaint = (input: unknown) => {
  const decoded = decodeInput(PolicyInputSchema, input)
  return Result.isFailure(decoded) ? formatBadInput(decoded.failure) : ""
}
const aCountry = 'a country of two capital letters such as "KR" (the UK is "GB")'
const korea = {
  country: "KR",
  encoding: "cp949",
  smsBytes: 90,
  lmsBytes: 2_000,
  billedBy: "message",
} as const

describe("policy", () => {
  it("R2: the product's numbers are 270 s of inactivity and no grace for a hidden tab", () => {
    expect(defaultPolicy.presence).toMatchObject({ inactivityMs: 270_000, hiddenGraceMs: 0 })
  })

  it("R7: push has 30 s; R9: nothing is delivered twice for being uncertain", () => {
    expect(defaultPolicy.cascade).toMatchObject({ pushTimeoutMs: 30_000, onUncertain: "give-up" })
  })

  it("R1: there is no quiet period", () => {
    expect(defaultPolicy.digest.quietMs).toBe(0)
  })

  it("R16: the free plan and the trial have 1,000 PU", () => {
    expect(defaultPolicy).toMatchObject({ freeLimitPu: 1_000, trialLimitPu: 1_000 })
  })

  it("R20: what a host leaves out keeps the product's value, also inside a part", () => {
    expect(makePolicy()).toEqual(defaultPolicy)
    for (const part of ["autoText", "presence", "digest", "cascade", "email"] as const)
      expect(makePolicy({ [part]: {} })).toEqual(defaultPolicy)
    expect(makePolicy({ presence: { hiddenGraceMs: 5 } }).presence).toEqual({
      ...defaultPolicy.presence,
      hiddenGraceMs: 5,
    })
    expect(makePolicy({ autoText: { prefix: "" } }).autoText).toEqual({
      ...defaultPolicy.autoText,
      prefix: "",
    })
  })

  it("R19: a host's prices replace the product's kind by kind", () => {
    const { prices } = makePolicy({ prices: [{ kind: "SMS", country: "KR", pu: 9 }] })
    expect(prices.filter(({ kind }) => kind === "SMS")).toEqual([{ kind: "SMS", country: "KR", pu: 9 }])
    expect(prices.filter(({ kind }) => kind !== "SMS")).toEqual(
      defaultPolicy.prices.filter(({ kind }) => kind !== "SMS"),
    )
  })

  it("R19: a host's price of email for one country is refused with its place, since no email would find it", () => {
    const prices = [
      { kind: "SMS", country: "KR", pu: 9 },
      { kind: "EMAIL", country: "KR", pu: 3 },
    ]
    expect(complaint({ prices })).toBe('prices[1].country: expected "*", since an email goes to no country')
  })

  it("R10: a country's rule can be another, and the others stay", () => {
    const { countries } = makePolicy({ countries: { KR: korea } })
    expect(countries).toEqual({ ...defaultPolicy.countries, KR: korea })
  })

  it("R20: the whole default policy is one that a host could give", () => {
    expect(accepts(defaultPolicy)).toBe(true)
    expect(accepts({})).toBe(true)
  })

  it("R10: a rule under a name that no country has is refused, since it would be for nobody", () => {
    for (const country of ["JP", "*"])
      expect(complaint({ countries: { [country]: { ...korea, country } } })).toBe("")
    for (const none of ["kr", "Korea", "UK", "KO", "ZZ"])
      expect(complaint({ countries: { [none]: korea, KR: korea } })).toBe(
        `countries.${none}: expected ${aCountry}, or "*"`,
      )
  })

  it("R10: a rule that says another country than its key is refused, since only one of the two can be meant", () => {
    expect(complaint({ countries: { KR: { ...korea, country: "US" }, "*": korea } })).toBe(
      'countries.KR.country: expected "KR", under which it is listed\ncountries.*.country: expected "*", under which it is listed',
    )
  })

  it("R10: a part of a country's rule is refused with what a whole one has", () => {
    const whole =
      'a whole rule: country, encoding "cp949", smsBytes, lmsBytes and billedBy, or country, encoding "gsm7-ucs2", concatenation, maxSegments and billedBy'
    for (const part of [{ smsBytes: 90 }, { ...korea, encoding: "euc-kr" }, {}, 90])
      expect(complaint({ countries: { KR: part } })).toBe(`countries.KR: expected ${whole}`)
    const { billedBy: _, ...most } = korea
    expect(complaint({ countries: { KR: most } })).toBe(
      "countries.KR.billedBy: expected a value; it is missing",
    )
  })

  it("R10: an SMS longer than the longest LMS is refused, one just as long is not", () => {
    const upTo = (smsBytes: number) => complaint({ countries: { KR: { ...korea, smsBytes } } })
    expect(upTo(2_000)).toBe("")
    expect(upTo(2_001)).toBe("countries.KR.smsBytes: expected at most lmsBytes")
  })

  it("R10: texts may be restricted to countries, in any case, and to nothing that is none", () => {
    for (const allowed of [["KR", "jp", " us "], [], null])
      expect(complaint({ allowedCountries: allowed })).toBe("")
    for (const none of ["Korea", "*", "", "82", "K R", "UK", "ko", "ZZ"])
      expect(complaint({ allowedCountries: ["KR", none] })).toBe(`allowedCountries[1]: expected ${aCountry}`)
  })

  it.each([
    ["a negative wait", { cascade: { pushTimeoutMs: -1 } }],
    ["a wait that is no whole number", { digest: { quietMs: 0.5 } }],
    ["no session at all", { presence: { maxSessions: 0 } }],
    ["an unknown choice", { cascade: { onUncertain: "retry" } }],
    ["a misspelt field", { cascade: { pushTimeout: 5 } }],
    ["an unknown part", { push: {} }],
  ])("R20: a policy with %s is refused", (_, input) => {
    expect(accepts(input)).toBe(false)
  })
})
