import * as Result from "effect/Result"
import fc from "fast-check"
import { expect, it } from "vitest"
import {
  applyEntry,
  changePlan,
  openLedger,
  prepaidLeftMilli,
  topUp,
} from "../../../src/core/billing/ledger.ts"
import { amount, entries, entry, free, paid, record, run } from "./ledger-fixture.ts"

const prepaid = (pu: number, usedMilli = 0) => openLedger({ kind: "paid", prepaidPu: pu }, usedMilli)

it("R17: prepaid PU are used before anything else and never go below 0", () => {
  fc.assert(
    fc.property(amount, amount, fc.array(amount, { maxLength: 10 }), (granted, before, uses) => {
      let left = granted
      let ledger = prepaid(granted / 1_000, before)
      for (const milli of uses) {
        ledger = run(ledger, [entry("reserve", milli), entry("settle", milli)]).ledger
        left = Math.max(0, left - milli)
        expect(prepaidLeftMilli(ledger)).toBe(left)
      }
    }),
  )
})

it("R17: what is used is either out of the prepaid PU or beyond them: every top-up and refund keeps the sum", () => {
  fc.assert(
    fc.property(amount, entries(["record", "refund", "top-up"]), (granted, list) => {
      // The same by hand: the prepaid purse is paid from first; a refund undoes the latest usage first.
      const hand = { left: granted, before: 0, spent: 0, beyond: 0 }
      let ledger = prepaid(granted / 1_000)
      for (const one of list) {
        const result = applyEntry(ledger, one)
        if (Result.isFailure(result)) continue
        ledger = result.success.ledger
        if (one.op === "top-up") {
          hand.left += one.milliPu
          hand.before += hand.beyond
          hand.beyond = 0
        } else if (one.op === "record") {
          const fromPrepaid = Math.min(hand.left, one.milliPu)
          hand.left -= fromPrepaid
          hand.spent += fromPrepaid
          hand.beyond += one.milliPu - fromPrepaid
        } else {
          const beyond = Math.min(hand.beyond, one.milliPu)
          const spent = Math.min(hand.spent, one.milliPu - beyond)
          hand.beyond -= beyond
          hand.spent -= spent
          hand.left += spent
          hand.before -= one.milliPu - beyond - spent
        }
        expect(prepaidLeftMilli(ledger)).toBe(hand.left)
        expect(ledger.usedMilli).toBe(hand.before + hand.spent + hand.beyond)
      }
    }),
  )
})

it("R17: usage before the plan, and its refund, leave the prepaid PU alone", () => {
  const { ledger } = run(prepaid(500, 9_000), [entry("refund", 9_000)])
  expect(prepaidLeftMilli(ledger)).toBe(500_000)
  expect(prepaidLeftMilli(run(prepaid(0, 9_000), [entry("refund", 9_000)]).ledger)).toBe(0)
})

it("R17: that prepaid PU ran out is told once until the next top-up", () => {
  const list = [
    record(99_999),
    record(1),
    record(1),
    entry("refund", 50_000),
    record(50_000),
    entry("top-up", 10_000),
    record(10_000),
  ]
  expect(run(prepaid(100), list).told).toEqual([
    [],
    ["prepaid-exhausted"],
    [],
    [],
    [],
    [],
    ["prepaid-exhausted"],
  ])
})

it("R17: a channel that never prepaid is not told that it ran out", () => {
  const { told } = run(openLedger(paid, 0), [record(10_000), entry("refund", 10_000), record(10_000)])
  expect(told.flat()).toEqual([])
})

it("R17: a top-up by itself and as an entry are the same", () => {
  const { ledger } = run(prepaid(10), [record(30_000)])
  expect(run(ledger, [entry("top-up", 5_000)]).ledger).toEqual(topUp(ledger, 5_000))
  expect(prepaidLeftMilli(topUp(ledger, 5_000))).toBe(5_000)
})

it("R17: what is left of the prepaid PU waits while the channel is on another plan", () => {
  const spent = run(prepaid(500), [record(200_000)]).ledger
  const away = run(changePlan(spent, free), [entry("top-up", 50_000), record(100_000)]).ledger
  expect(prepaidLeftMilli(away)).toBe(350_000)
  expect(prepaidLeftMilli(changePlan(away, paid))).toBe(350_000)
  const back = changePlan(away, { kind: "paid", prepaidPu: 100 })
  expect(prepaidLeftMilli(back)).toBe(450_000)
  expect(prepaidLeftMilli(run(back, [record(50_000)]).ledger)).toBe(400_000)
})

it("R17: a paid plan named again grants nothing again", () => {
  const { ledger } = run(prepaid(500), [record(200_000)])
  expect(changePlan(ledger, { kind: "paid", prepaidPu: 500 })).toBe(ledger)
})

it("R17: PU prepaid with another paid plan that run out are told as well", () => {
  const spent = run(prepaid(10), [record(10_000)]).ledger
  const back = changePlan(changePlan(spent, free), { kind: "paid", prepaidPu: 5 })
  expect(run(back, [record(5_000)]).told).toEqual([["prepaid-exhausted"]])
})
