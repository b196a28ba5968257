/** Ledgers, entries and arbitraries that the ledger's tests share. */
import * as Result from "effect/Result"
import fc from "fast-check"
import { expect } from "vitest"
import {
  applyEntry,
  type LedgerEntry,
  leftMilli,
  type NoticeKind,
  type PuLedger,
  prepaidLeftMilli,
} from "../../../src/core/billing/ledger.ts"
import { type BillingPolicy, defaultBillingPolicy, type Plan } from "../../../src/core/billing/plan.ts"

export const LIMIT = 1_000_000
export const free: Plan = { kind: "free" }
export const paid: Plan = { kind: "paid" }
export const limited = (limitPu: number): BillingPolicy => ({ ...defaultBillingPolicy, freeLimitPu: limitPu })

export const entry = (op: LedgerEntry["op"], milliPu: number): LedgerEntry =>
  op === "top-up"
    ? { op, milliPu }
    : { op, milliPu, kind: "SMS", country: "KR", purpose: "follow-up", units: 1 }

/** Applies entries one after another, those that do not fit changing nothing; also says what was told at each. */
export const run = (start: PuLedger, entries: readonly LedgerEntry[], policy = defaultBillingPolicy) => {
  let ledger = start
  const told = entries.map((one): readonly NoticeKind[] => {
    const result = applyEntry(ledger, one, policy)
    if (Result.isFailure(result)) return []
    ledger = result.success.ledger
    return result.success.notices
  })
  return { ledger, told }
}

export const refusal = (ledger: PuLedger, op: LedgerEntry["op"], milliPu: number) => {
  const result = applyEntry(ledger, entry(op, milliPu))
  return Result.isFailure(result) ? result.failure : undefined
}

export const record = (milliPu: number) => entry("record", milliPu)
export const refuse = entry("refuse", 10_000)

export const amount = fc.oneof(
  fc.constantFrom(0, 1, 8_000, 10_000, 30_000, 100_000, 699_999, 700_000, LIMIT - 1, LIMIT, LIMIT + 1),
  fc.integer({ min: 0, max: 300_000 }),
)
export const anyAmount = fc.oneof(
  amount,
  fc.constantFrom(-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e15),
)
export const ops = ["reserve", "settle", "release", "refund", "refuse", "record", "top-up"] as const
export const entries = (from: readonly LedgerEntry["op"][], amounts: fc.Arbitrary<number> = amount) =>
  fc.array(
    fc.tuple(fc.constantFrom(...from), amounts).map(([op, milliPu]) => entry(op, milliPu)),
    {
      maxLength: 30,
    },
  )
export const plan: fc.Arbitrary<Plan> = fc.oneof(
  fc.constantFrom<Plan>(free, { kind: "trial" }, paid),
  amount.map((milli): Plan => ({ kind: "paid", prepaidPu: milli / 1_000 })),
)

/** What holds of every ledger, whatever was entered. */
export const expectSound = (ledger: PuLedger) => {
  const { toldPercent, usedMilli, reservedMilli, prepaidGrantedMilli, prepaidBaseUsedMilli } = ledger
  for (const milli of [usedMilli, reservedMilli, prepaidGrantedMilli, prepaidBaseUsedMilli, toldPercent])
    expect(Number.isSafeInteger(milli) && milli >= 0).toBe(true)
  expect(prepaidBaseUsedMilli).toBeLessThanOrEqual(usedMilli)
  expect(prepaidLeftMilli(ledger)).toBeGreaterThanOrEqual(0)
  expect(prepaidLeftMilli(ledger)).toBeLessThanOrEqual(prepaidGrantedMilli)
  expect(leftMilli(ledger) ?? 0).toBeGreaterThanOrEqual(0)
}
