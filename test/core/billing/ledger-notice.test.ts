import fc from "fast-check"
import { expect, it } from "vitest"
import { canReserve, changePlan, leftMilli, openLedger } from "../../../src/core/billing/ledger.ts"
import { defaultBillingPolicy } from "../../../src/core/billing/plan.ts"
import {
  amount,
  entries,
  entry,
  free,
  LIMIT,
  limited,
  ops,
  paid,
  record,
  refuse,
  run,
} from "./ledger-fixture.ts"

it("R16: 70, 90 and 100 percent are each told when usage reaches them, not a thousandth earlier, and once", () => {
  const { told } = run(openLedger(free, 0), [
    record(699_999),
    record(1),
    record(199_999),
    record(1),
    record(99_999),
    record(1),
    record(1),
    refuse,
  ])
  expect(told).toEqual([[], ["usage-70"], [], ["usage-90"], [], ["usage-exhausted"], [], []])
})

it("R16: of several percentages reached at once the highest is told, and the lower ones never", () => {
  const list = [record(950_000), entry("refund", 950_000), record(750_000), record(250_000)]
  expect(run(openLedger(free, 0), list).told).toEqual([["usage-90"], [], [], ["usage-exhausted"]])
})

it("R16: a reservation is not usage; the channel is told when it settles", () => {
  const { told } = run(openLedger(free, 0), [entry("reserve", 700_000), entry("settle", 700_000)])
  expect(told).toEqual([[], ["usage-70"]])
})

it("R16: the first refused message tells that usage is used up, even with a little left", () => {
  const { told, ledger } = run(openLedger(free, 995_000), [refuse, refuse, record(5_000)])
  expect(told).toEqual([["usage-exhausted"], [], []])
  expect(ledger.usedMilli).toBe(LIMIT)
})

it("R16: a channel that joins past a percentage is not told that one; that it is used up it is told", () => {
  expect(run(openLedger(free, 700_000), [record(1)]).told).toEqual([[]])
  expect(run(openLedger(free, 900_000), [record(1)]).told).toEqual([[]])
  expect(run(openLedger(free, LIMIT), [entry("reserve", 0), entry("settle", 0), refuse]).told).toEqual([
    [],
    [],
    ["usage-exhausted"],
  ])
  expect(run(openLedger(free, LIMIT), [record(1), refuse]).told).toEqual([["usage-exhausted"], []])
})

it("R16: the percentages are policy, used up is told without being listed", () => {
  const policy = { ...defaultBillingPolicy, noticePercents: [50] }
  const { told } = run(
    openLedger(free, 0, policy),
    [record(500_000), record(400_000), record(100_000)],
    policy,
  )
  expect(told).toEqual([["usage-50"], [], ["usage-exhausted"]])
})

it("R16: used up is told at most once, and every other percentage too", () => {
  fc.assert(
    fc.property(amount, entries(ops), (usedMilli, list) => {
      const told = run(openLedger(free, usedMilli), list).told.flat()
      expect(new Set(told).size).toBe(told.length)
    }),
  )
})

it("R16: whoever cannot send was told: a refusal or the limit reached leaves nobody in the dark", () => {
  fc.assert(
    fc.property(amount, entries(ops), fc.boolean(), (usedMilli, list, byRefusal) => {
      const last = byRefusal ? refuse : record(LIMIT)
      const { told } = run(openLedger(free, usedMilli), [...list, last])
      expect(told.flat()).toContain("usage-exhausted")
    }),
  )
})

it("R17: unlimited usage tells nothing of usage, a refusal included", () => {
  fc.assert(
    fc.property(amount, entries(ops), (usedMilli, list) => {
      const told = run(openLedger({ kind: "paid", prepaidPu: 100 }, usedMilli), [...list, refuse]).told.flat()
      expect(told.filter((kind) => kind !== "prepaid-exhausted")).toEqual([])
    }),
  )
})

const exhausted = () => run(openLedger(free, 0), [record(LIMIT)]).ledger

it("R16: a plan with the same limit changes nothing", () => {
  for (const ledger of [exhausted(), run(openLedger(free, 0), [refuse]).ledger]) {
    expect(changePlan(ledger, free)).toBe(ledger)
    expect(changePlan(ledger, { kind: "trial" })).toBe(ledger)
  }
})

it("R17: going paid lifts the limit, and coming back has what was used still count", () => {
  const onPaid = changePlan(exhausted(), paid)
  expect(canReserve(onPaid, LIMIT)).toBe(true)
  const back = changePlan(run(onPaid, [record(LIMIT)]).ledger, free)
  expect([back.usedMilli, leftMilli(back)]).toEqual([2 * LIMIT, 0])
  expect(run(back, [refuse, refuse]).told).toEqual([["usage-exhausted"], []])
})

it("R16: a message under way when the limit falls is still settled", () => {
  const busy = run(openLedger(paid, LIMIT), [entry("reserve", 30_000)]).ledger
  const { ledger } = run(changePlan(busy, free), [entry("settle", 30_000)])
  expect([ledger.usedMilli, ledger.reservedMilli]).toEqual([LIMIT + 30_000, 0])
})

it("R16: a higher limit makes what no longer holds worth telling again, and only that", () => {
  const at75 = changePlan(run(openLedger(free, 0), [record(750_000), refuse]).ledger, free, limited(1_050))
  expect(at75.toldPercent).toBe(70)
  expect(run(at75, [record(250_000), refuse], limited(1_050)).told).toEqual([
    ["usage-90"],
    ["usage-exhausted"],
  ])
  const at50 = changePlan(exhausted(), free, limited(2_000))
  expect(run(at50, [record(400_000)], limited(2_000)).told).toEqual([["usage-70"]])
  const still = changePlan(run(openLedger(free, 0), [record(3 * LIMIT)]).ledger, free, limited(2_000))
  expect(run(still, [refuse], limited(2_000)).told).toEqual([[]])
})

it("R16: a lower limit tells nothing by itself, and no percentage that it made old news", () => {
  const lowered = changePlan(run(openLedger(free, 0), [record(650_000)]).ledger, free, limited(700))
  expect(run(lowered, [record(1), record(50_000)], limited(700)).told).toEqual([[], ["usage-exhausted"]])
  const refused = changePlan(run(openLedger(free, 0), [refuse]).ledger, free, limited(500))
  expect(run(refused, [refuse], limited(500)).told).toEqual([[]])
})

it("R16: a limit that comes after a paid plan tells no percentage that was passed on it", () => {
  const back = changePlan(openLedger(paid, 800_000), free)
  expect(run(back, [record(1), record(100_000)]).told).toEqual([[], ["usage-90"]])
})
