/**
 * What a run is made of: channels, prices, policy and pace. Waits are short, so that many deaths fit into minutes.
 */

import type { ChannelInput } from "../../src/core/directory.ts"
import { type PolicyInput } from "../../src/core/policy.ts"
import type { EnginePolicy } from "../../src/engine/index.ts"

/** PU that the free channel has: a little for the start, and some for each kill, so that it runs out midway. */
const freeLimitPu = (kills: number): number => 40 + 6 * kills

/** Amounts with all three decimals, so that a rounding error shows. */
const prices: PolicyInput["prices"] = [
  { kind: "SMS", country: "KR", pu: 9.701 },
  { kind: "LMS", country: "KR", pu: 29.999 },
  { kind: "SMS", country: "*", pu: 12.003 },
  { kind: "SNS", country: "*", pu: 7.357 },
  { kind: "EMAIL", country: "*", pu: 0.125 },
]

/** The policy of a run. */
export const policyOf = (kills: number): PolicyInput => ({
  freeLimitPu: freeLimitPu(kills),
  prices,
  presence: { inactivityMs: 1_500 },
  cascade: { pushTimeoutMs: 500, snsDeadlineMs: 2_500, receiptDeadlineMs: 1_500, sendWithinMs: 15_000 },
})

/** The engine's pace. A lease is longer than an attempt with its grace, and than a busy machine's pauses. */
export const enginePolicy: Partial<EnginePolicy> & Pick<EnginePolicy, "leaseMs"> = {
  maxSends: 16,
  leaseMs: 2_000,
  pollMs: 100,
  closeTimeoutMs: 2_000,
  send: { timeoutMs: 400, graceMs: 100, maxAttempts: 4, backoffMs: 100 },
}

const everything = { push: true, sns: true, xms: true, email: true }

/** The channels of a run: one whose quota runs out, one whose prepayment runs out, two without limits. */
export const channels: ReadonlyArray<ChannelInput> = [
  { id: "free", name: "Free Shop", country: "KR", plan: { kind: "free" }, integrations: everything },
  {
    id: "prepaid",
    name: "前払い商店",
    country: "JP",
    plan: { kind: "paid", prepaidPu: 120.5 },
    integrations: everything,
  },
  { id: "app", name: "App Shop", country: "KR", plan: { kind: "paid" }, integrations: everything },
  {
    id: "open",
    name: "Open Store",
    country: "US",
    plan: { kind: "paid" },
    integrations: { ...everything, sns: false },
  },
]
