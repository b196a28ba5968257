import * as Result from "effect/Result"
import fc from "fast-check"
import { expect, it } from "vitest"
import { applyEntry, openLedger, type PuLedger } from "../../../src/core/billing/ledger.ts"
import { defaultPrices, priceKinds } from "../../../src/core/billing/price-book.ts"
import {
  addUsage,
  monthOf,
  type UsageEntry,
  type UsageSum,
  usageReport,
} from "../../../src/core/billing/usage.ts"

const januaryEndMs = Date.UTC(2026, 1, 1) - 1
const sms: UsageEntry = {
  op: "settle",
  milliPu: 10_000,
  kind: "SMS",
  country: "KR",
  purpose: "follow-up",
  units: 1,
  atMs: januaryEndMs,
  messages: 1,
}
const report = (
  entries: readonly UsageEntry[],
  ledger: PuLedger = openLedger({ kind: "free" }, 0),
  atMs = 0,
) => usageReport(entries, { prices: defaultPrices, atMs, ledger })

const none: UsageSum = { pu: 0, messages: 0 }

const usageEntry: fc.Arbitrary<UsageEntry> = fc.record({
  op: fc.constantFrom("reserve", "settle", "release", "refund", "refuse", "record"),
  milliPu: fc.oneof(fc.constantFrom(0, 1, 100, 10_000), fc.integer({ min: 0, max: 200_000 })),
  kind: fc.constantFrom(...priceKinds),
  country: fc.constantFrom("KR", "JP", "*", "__proto__"),
  purpose: fc.constantFrom("follow-up", "marketing", "other"),
  units: fc.integer({ min: 1, max: 3 }),
  atMs: fc.constantFrom(0, januaryEndMs, januaryEndMs + 1, Date.UTC(2027, 11, 31)),
  messages: fc.integer({ min: 0, max: 3 }),
})

it("R19: usage is shown by kind, country, purpose and UTC month", () => {
  const shown = report([
    sms,
    { ...sms, atMs: januaryEndMs + 1, milliPu: 100_000, country: "JP", units: 2 },
    { ...sms, op: "record", kind: "EMAIL", country: "*", purpose: "marketing", milliPu: 0, messages: 500 },
  ])
  expect(shown.byKind).toEqual({
    SMS: { pu: 110, messages: 2 },
    LMS: none,
    SNS: none,
    EMAIL: { pu: 0, messages: 500 },
  })
  expect(shown.byCountry).toEqual({
    KR: { pu: 10, messages: 1 },
    JP: { pu: 100, messages: 1 },
    "*": { pu: 0, messages: 500 },
  })
  expect(shown.byPurpose).toEqual({
    "follow-up": { pu: 110, messages: 2 },
    marketing: { pu: 0, messages: 500 },
    other: none,
  })
  expect(shown.byMonth).toEqual({
    "2026-01": { pu: 10, messages: 501 },
    "2026-02": { pu: 100, messages: 1 },
  })
})

it("R19: of one month only what was used in it is summed up; the amounts are still those of now", () => {
  const next = { ...sms, atMs: januaryEndMs + 1, milliPu: 30_000, kind: "LMS" as const }
  const ledger = openLedger({ kind: "free" }, 40_000)
  const of = (month: string) => usageReport([sms, next], { prices: defaultPrices, atMs: 0, ledger, month })
  expect(of("2026-01")).toMatchObject({ usedPu: 40, byKind: { SMS: { pu: 10 }, LMS: none } })
  expect(of("2026-02").byMonth).toEqual({ "2026-02": { pu: 30, messages: 1 } })
  expect(of("2025-01").byCountry).toEqual({})
})

it("R19: a refund takes back the message and its PU; what was never used is not counted", () => {
  const idle = (["reserve", "release", "refuse"] as const).map((op) => ({ ...sms, op, country: "JP" }))
  const shown = report([sms, ...idle, { ...sms, op: "refund", atMs: januaryEndMs + 1 }])
  expect(shown.byKind.SMS).toEqual(none)
  expect(shown.byCountry).toEqual({ KR: none })
  expect(shown.byMonth).toEqual({
    "2026-01": { pu: 10, messages: 1 },
    "2026-02": { pu: -10, messages: -1 },
  })
})

it("R19: the ledger's amounts are shown in PU, and no limit as null", () => {
  const ledger = { ...openLedger({ kind: "trial" }, 250_500), reservedMilli: 8_001 }
  expect(report([], ledger)).toMatchObject({
    usedPu: 250.5,
    limitPu: 1_000,
    prepaidPu: 0,
    reservedPu: 8.001,
    leftPu: 741.499,
  })
  expect(report([], openLedger({ kind: "paid", prepaidPu: 500 }, 0))).toMatchObject({
    usedPu: 0,
    limitPu: null,
    prepaidPu: 500,
    leftPu: null,
  })
})

it("R19: what each message costs is shown as it is now", () => {
  const email = (atMs: number) => report([], undefined, atMs).prices.filter(({ kind }) => kind === "EMAIL")
  expect(email(Date.UTC(2028, 0, 1) - 1)).toEqual([{ kind: "EMAIL", country: "*", pu: 0 }])
  expect(email(Date.UTC(2028, 0, 1))).toEqual([{ kind: "EMAIL", country: "*", pu: 5 }])
  expect(report([]).prices).toHaveLength(5)
})

it("R19: sums are exact: 0.1 PU ten times is 1 PU", () => {
  const tenth = { ...sms, milliPu: 100 }
  expect(report(Array.from({ length: 10 }, () => tenth)).byKind.SMS).toEqual({ pu: 1, messages: 10 })
})

it("R19: however it is divided, usage comes to what the ledger has, in any order of the entries", () => {
  fc.assert(
    fc.property(fc.array(usageEntry, { maxLength: 30 }), (list) => {
      let ledger = openLedger({ kind: "paid" }, 0)
      const kept = list.filter((entry) => {
        const result = applyEntry(ledger, entry)
        if (Result.isSuccess(result)) ledger = result.success.ledger
        return Result.isSuccess(result)
      })
      const shown = report(kept, ledger)
      expect(shown.usedPu).toBe(ledger.usedMilli / 1_000)
      for (const sums of [shown.byKind, shown.byCountry, shown.byPurpose, shown.byMonth]) {
        const milli = Object.values(sums).reduce((sum, { pu }) => sum + Math.round(pu * 1_000), 0)
        expect(milli).toBe(ledger.usedMilli)
      }
      expect(report(kept.toReversed(), ledger)).toEqual(shown)
    }),
  )
})

it("R19: the sums say what the movements say, and are as few as a report tells apart", () => {
  fc.assert(
    fc.property(fc.array(usageEntry, { maxLength: 30 }), (movements) => {
      const sums = movements.reduce(addUsage, [])
      expect(report(sums)).toEqual(report(movements))
      const names = sums.map(({ op, kind, country, purpose, atMs }) =>
        [op, kind, country, purpose, monthOf(atMs)].join(),
      )
      expect(new Set(names).size).toBe(names.length)
      expect(names.filter((name) => /^(reserve|release|refuse)/.test(name))).toEqual([])
    }),
  )
})

it("R19: movements are one sum as long as a report cannot tell them apart", () => {
  const apart: readonly UsageEntry[] = [
    sms,
    { ...sms, op: "record" },
    { ...sms, kind: "LMS" },
    { ...sms, country: "JP" },
    { ...sms, purpose: "marketing" },
    { ...sms, atMs: januaryEndMs + 1 },
  ]
  const sums = apart.map((entry) => ({ ...entry, milliPu: 20_000, messages: 2, units: 2 }))
  expect([...apart, ...apart].reduce(addUsage, [])).toEqual(sums)
})

it("R19: a month begins at its first UTC instant; an instant that is none has no month and breaks nothing", () => {
  expect(monthOf(januaryEndMs)).toBe("2026-01")
  expect(monthOf(januaryEndMs + 1)).toBe("2026-02")
  expect(monthOf(Number.NaN)).toBe("NaN-NaN")
})
