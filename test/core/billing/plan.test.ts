import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { BillingPolicySchema, defaultBillingPolicy, PlanSchema } from "../../../src/core/billing/plan.ts"

const isPlan = Schema.is(PlanSchema)
const isPolicy = Schema.is(BillingPolicySchema)

it("R16: the free plan and the trial have 1,000 PU in all", () => {
  expect(defaultBillingPolicy.freeLimitPu).toBe(1_000)
  expect(defaultBillingPolicy.trialLimitPu).toBe(1_000)
})

it("R17: a plan is free, trial or paid, and only a paid one has an amount prepaid", () => {
  for (const plan of [
    { kind: "free" },
    { kind: "trial" },
    { kind: "paid" },
    { kind: "paid", prepaidPu: 500 },
  ])
    expect(isPlan(plan)).toBe(true)
  for (const plan of [{ kind: "gold" }, {}, null, { kind: "paid", prepaidPu: -1 }])
    expect(isPlan(plan)).toBe(false)
  expect(Schema.decodeUnknownSync(PlanSchema)({ kind: "free", prepaidPu: 500 })).toEqual({ kind: "free" })
})

it("R16: the default policy is one that a file may have; a percentage is whole, 1 to 100", () => {
  expect(isPolicy(defaultBillingPolicy)).toBe(true)
  for (const percent of [1, 100])
    expect(isPolicy({ ...defaultBillingPolicy, noticePercents: [percent] })).toBe(true)
  for (const percent of [0, 101, 70.5, Number.NaN])
    expect(isPolicy({ ...defaultBillingPolicy, noticePercents: [percent] })).toBe(false)
})
