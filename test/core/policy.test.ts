/** Policy as data: the product's values, and what a host may say instead. */
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { decodeInput } from "../../src/core/decode.ts"
import { defaultPolicy, makePolicy, PolicyInputSchema } from "../../src/core/policy.ts"

const accepts = (input: unknown) => Result.isSuccess(decodeInput(PolicyInputSchema, input))

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

  it("R10: a country's rule can be another, and the others stay", () => {
    const rule = {
      country: "KR",
      encoding: "cp949",
      smsBytes: 90,
      lmsBytes: 2_000,
      billedBy: "message",
    } as const
    const { countries } = makePolicy({ countries: { KR: rule } })
    expect(countries).toEqual({ ...defaultPolicy.countries, KR: rule })
  })

  it("R20: the whole default policy is one that a host could give", () => {
    expect(accepts(defaultPolicy)).toBe(true)
    expect(accepts({})).toBe(true)
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
