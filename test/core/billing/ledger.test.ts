import * as Result from "effect/Result"
import fc from "fast-check"
import { expect, it } from "vitest"
import {
  applyEntry,
  canReserve,
  changePlan,
  type LedgerEntry,
  leftMilli,
  type MessageEntry,
  openLedger,
  type PuLedger,
} from "../../../src/core/billing/ledger.ts"
import { defaultBillingPolicy } from "../../../src/core/billing/plan.ts"
import {
  amount,
  anyAmount,
  entries,
  entry,
  expectSound,
  free,
  LIMIT,
  limited,
  ops,
  paid,
  plan,
  record,
  refusal,
  run,
} from "./ledger-fixture.ts"

it("R16: the free plan and the trial begin with 1,000 PU left, the paid plan without a limit", () => {
  expect(leftMilli(openLedger(free, 0))).toBe(LIMIT)
  expect(leftMilli(openLedger({ kind: "trial" }, 0))).toBe(LIMIT)
  expect(leftMilli(openLedger(paid, 5 * LIMIT))).toBeNull()
  const policy = { ...defaultBillingPolicy, freeLimitPu: 10, trialLimitPu: 20 }
  expect(openLedger(free, 0, policy).limitMilli).toBe(10_000)
  expect(openLedger({ kind: "trial" }, 0, policy).limitMilli).toBe(20_000)
})

it("R16: the last thousandth may be reserved, one more is refused with what is left", () => {
  const ledger = openLedger(free, LIMIT - 10_000)
  expect(run(ledger, [entry("reserve", 10_000)]).ledger.reservedMilli).toBe(10_000)
  expect(refusal(ledger, "reserve", 10_001)).toEqual({
    _tag: "OverLimit",
    milliPu: 10_001,
    leftMilli: 10_000,
  })
})

it("R16: at the limit what costs PU is refused, and what costs nothing is not", () => {
  for (const used of [LIMIT, LIMIT + 1]) {
    const ledger = openLedger(free, used)
    expect(refusal(ledger, "reserve", 1)?._tag).toBe("OverLimit")
    expect(refusal(ledger, "reserve", 0)).toBeUndefined()
  }
})

it("R17: on a paid plan nothing is over the limit", () => {
  const { ledger } = run(openLedger(paid, 5 * LIMIT), [entry("reserve", LIMIT), entry("settle", LIMIT)])
  expect(ledger.usedMilli).toBe(6 * LIMIT)
})

it("R16: settled is used, released is free again, refunded is free again", () => {
  const reserved = run(openLedger(free, 0), [entry("reserve", 30_000)]).ledger
  expect([reserved.usedMilli, reserved.reservedMilli, leftMilli(reserved)]).toEqual([0, 30_000, 970_000])
  const settled = run(reserved, [entry("settle", 30_000)]).ledger
  expect([settled.usedMilli, settled.reservedMilli, leftMilli(settled)]).toEqual([30_000, 0, 970_000])
  const released = run(reserved, [entry("release", 30_000)]).ledger
  expect([released.usedMilli, released.reservedMilli, leftMilli(released)]).toEqual([0, 0, LIMIT])
  const refunded = run(settled, [entry("refund", 30_000)]).ledger
  expect([refunded.usedMilli, refunded.reservedMilli, leftMilli(refunded)]).toEqual([0, 0, LIMIT])
})

it("R16: usage that the host reports may pass the limit, and then nothing is left", () => {
  const { ledger } = run(openLedger(free, 999_000), [record(50_000)])
  expect(ledger.usedMilli).toBe(1_049_000)
  expect(leftMilli(ledger)).toBe(0)
  expect(canReserve(ledger, 1)).toBe(false)
})

it("R16: follow-ups and marketing share one limit", () => {
  const marketing: MessageEntry = {
    op: "record",
    milliPu: LIMIT - 5_000,
    kind: "EMAIL",
    country: "*",
    purpose: "marketing",
    units: 1,
  }
  expect(refusal(run(openLedger(free, 0), [marketing]).ledger, "reserve", 10_000)?._tag).toBe("OverLimit")
})

it("R16: more than was reserved or used, and what is no amount, does not fit and says why", () => {
  const { ledger } = run(openLedger(free, 0), [record(5), entry("reserve", 7)])
  expect(refusal(ledger, "settle", 8)).toEqual({ _tag: "NotReserved", milliPu: 8, reservedMilli: 7 })
  expect(refusal(ledger, "release", 8)).toEqual({ _tag: "NotReserved", milliPu: 8, reservedMilli: 7 })
  expect(refusal(ledger, "refund", 6)).toEqual({ _tag: "NotUsed", milliPu: 6, usedMilli: 5 })
  for (const op of ops)
    for (const milliPu of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(refusal(ledger, op, milliPu)).toEqual({ _tag: "InvalidAmount", milliPu })
  for (const milliPu of [-1, 0.5, Number.NaN])
    for (const start of [ledger, openLedger(paid, 0)]) expect(canReserve(start, milliPu)).toBe(false)
})

it("R16: used, reserved and left always add up to the limit", () => {
  fc.assert(
    fc.property(entries(["reserve", "settle", "release", "refund", "refuse"], anyAmount), (list) => {
      const { ledger } = run(openLedger(free, 0), list)
      expect(ledger.usedMilli + ledger.reservedMilli + (leftMilli(ledger) ?? Number.NaN)).toBe(LIMIT)
    }),
  )
})

it("R16: no amount is ever negative, whatever is entered, on whatever plan and after whatever change of it", () => {
  const limits = fc.constantFrom(0, 1, 500, 1_000, 5_000)
  const stretch = fc.tuple(plan, limits, entries(ops, anyAmount))
  fc.assert(
    fc.property(plan, amount, fc.array(stretch, { maxLength: 5 }), (first, usedMilli, stretches) => {
      let ledger = openLedger(first, usedMilli)
      for (const [next, limitPu, list] of stretches) {
        ledger = changePlan(ledger, next, limited(limitPu))
        expectSound(ledger)
        for (const one of list) {
          ledger = run(ledger, [one], limited(limitPu)).ledger
          expectSound(ledger)
        }
      }
    }),
  )
})

it("R16: a reservation fits exactly when it is not more than what is left", () => {
  fc.assert(
    fc.property(plan, amount, entries(ops), amount, (first, usedMilli, list, milli) => {
      const { ledger } = run(openLedger(first, usedMilli), list)
      const left = leftMilli(ledger)
      const fits = left === null || milli <= left
      expect(canReserve(ledger, milli)).toBe(fits)
      expect(refusal(ledger, "reserve", milli) === undefined).toBe(fits)
    }),
  )
})

it("R16: reservations at once never pass the limit, and with the limit far away any order ends the same", () => {
  const sends = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 400_000 }), fc.constantFrom("used", "released", "refunded")),
    {
      maxLength: 12,
    },
  )
  const order = fc.array(fc.nat(), { minLength: 40, maxLength: 40 })
  const interleave = (
    start: PuLedger,
    list: readonly (readonly [number, string])[],
    picks: readonly number[],
  ) => {
    let ledger = start
    const open = list.map(([milli, end]) => ({
      steps: (
        [
          "reserve",
          end === "released" ? "release" : "settle",
          ...(end === "refunded" ? ["refund"] : []),
        ] as LedgerEntry["op"][]
      ).map((op) => entry(op, milli)),
    }))
    for (let turn = 0; open.length > 0; turn++) {
      const index = (picks[turn % picks.length] ?? 0) % open.length
      const send = open[index]
      const step = send?.steps.shift()
      if (send === undefined || step === undefined) {
        open.splice(index, 1)
        continue
      }
      const result = applyEntry(ledger, step)
      if (Result.isSuccess(result)) ledger = result.success.ledger
      else {
        // Only the limit stops a send; one that began always ends.
        expect(step.op).toBe("reserve")
        send.steps.length = 0
      }
      expect(ledger.usedMilli + ledger.reservedMilli).toBeLessThanOrEqual(
        ledger.limitMilli ?? Number.MAX_VALUE,
      )
    }
    return ledger
  }
  fc.assert(
    fc.property(sends, order, (list, picks) => {
      expect(interleave(openLedger(free, 0), list, picks).reservedMilli).toBe(0)
      const ended = interleave(openLedger(paid, 0), list, picks)
      const used = list.filter(([, end]) => end === "used").reduce((sum, [milli]) => sum + milli, 0)
      expect([ended.usedMilli, ended.reservedMilli]).toEqual([used, 0])
    }),
  )
})

it("R16: a ledger survives being stored as JSON", () => {
  fc.assert(
    fc.property(plan, entries(ops), (first, list) => {
      const { ledger } = run(openLedger(first, 0), list)
      expect(JSON.parse(JSON.stringify(ledger))).toEqual(ledger)
    }),
  )
})
