import fc from "fast-check"
import { expect, test } from "vitest"
import { canReserve, leftMilli, type MessageEntry, openLedger } from "../../src/core/billing/ledger.ts"
import { makePolicy } from "../../src/core/policy.ts"
import type { DatedEntry } from "../../src/restate/contract.ts"
import { enterAll } from "../../src/restate/ledger.ts"

const policy = makePolicy({ freeLimitPu: 30 })
const free = openLedger({ kind: "free" }, 0, policy)

const entry = (op: MessageEntry["op"], milliPu: number): MessageEntry => ({
  op,
  milliPu,
  kind: "SMS",
  country: "KR",
  purpose: "follow-up",
  units: 1,
})
const at0 = (...entries: ReadonlyArray<MessageEntry>): ReadonlyArray<DatedEntry> =>
  entries.map((one) => ({ atMs: 0, entry: one }))

/** What a customer decides on a ledger, as the Decider does: each price is reserved if it fits, and refused if not. */
const decideOn = (ledger: typeof free, prices: ReadonlyArray<number>): ReadonlyArray<DatedEntry> => {
  let now = ledger
  return prices.flatMap((milliPu) => {
    const dated = at0(entry(canReserve(now, milliPu) ? "reserve" : "refuse", milliPu))
    now = enterAll(policy, now, dated)?.ledger ?? now
    return dated
  })
}

/** Whose turn it is, each time: to look at the ledger and decide, or to enter what was decided. */
const customers = () =>
  fc.record({
    prices: fc.array(fc.array(fc.constantFrom(0, 1, 8_000, 10_000, 30_000), { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 8,
    }),
    turns: fc.array(fc.nat({ max: 7 }), { maxLength: 60 }),
  })

test("R16: however many decide at once, the limit holds, and each decision is the one that its ledger gives", () => {
  fc.assert(
    fc.property(customers(), ({ prices, turns }) => {
      let ledger = free
      const decisions = new Map<number, ReadonlyArray<DatedEntry>>()
      const done = new Set<number>()
      // Those whose turns are over before they have entered take them in the end, one after another.
      for (const who of [...turns, ...prices.flatMap((_, index) => [index, index, index])]) {
        const wanted = prices[who]
        if (wanted === undefined) continue
        if (done.has(who)) {
          // What it reserved was refused by the carrier.
          const reserved = (decisions.get(who) ?? []).filter((dated) => dated.entry.op === "reserve")
          const given = enterAll(
            policy,
            ledger,
            reserved.map(({ entry: one }) => ({ atMs: 0, entry: { ...one, op: "release" } })),
          )
          ledger = given?.ledger ?? ledger
          decisions.delete(who)
          continue
        }
        const decided = decisions.get(who)
        if (decided === undefined) {
          decisions.set(who, decideOn(ledger, wanted))
          continue
        }
        const moves = enterAll(policy, ledger, decided)
        const onThis = decideOn(ledger, wanted)
        if (moves === undefined) {
          expect(decided).not.toEqual(onThis)
          decisions.set(who, onThis)
          continue
        }
        expect(decided).toEqual(onThis)
        ledger = moves.ledger
        done.add(who)
        expect(ledger.usedMilli + ledger.reservedMilli).toBeLessThanOrEqual(30_000)
      }
      expect(done.size).toBe(prices.length)
    }),
  )
})

test("R16: a reservation that does not fit any more is not entered, nor is anything beside it", () => {
  const almost = enterAll(policy, free, at0(entry("reserve", 25_000)))?.ledger ?? free
  expect(leftMilli(almost)).toBe(5_000)
  expect(enterAll(policy, almost, at0(entry("reserve", 5_000), entry("reserve", 1)))).toBeUndefined()
  expect(enterAll(policy, almost, at0(entry("reserve", 5_000)))?.ledger.reservedMilli).toBe(30_000)
})

test("R16: a refusal does not stand when the price fits by now", () => {
  expect(enterAll(policy, free, at0(entry("refuse", 30_000)))).toBeUndefined()
  expect(enterAll(policy, free, at0(entry("refuse", 30_001)))?.notices).toEqual([
    { atMs: 0, kind: "usage-exhausted" },
  ])
})

test("R16: what one decision gives back may be reserved by the same decision", () => {
  const full = enterAll(policy, free, at0(entry("reserve", 30_000)))?.ledger ?? free
  const moves = enterAll(policy, full, at0(entry("release", 8_000), entry("reserve", 8_000)))
  expect(moves?.ledger).toEqual(full)
  expect(moves?.entered).toHaveLength(2)
})
