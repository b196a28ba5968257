import * as Schema from "effect/Schema"
import fc from "fast-check"
import { expect, it } from "vitest"
import { isMilliPu, MAX_PU, milliToPu, PuSchema, puToMilli } from "../../../src/core/billing/pu.ts"

const isPu = Schema.is(PuSchema)
const maxMilli = MAX_PU * 1_000
const milli = fc.oneof(
  fc.integer({ min: 0, max: 2_000 }),
  fc.integer({ min: 0, max: maxMilli }),
  fc.constantFrom(0, 1, 999, 1_000, 1_001, maxMilli - 1, maxMilli),
)

it("R16: thousandths survive the way to PU and back, and print at most three decimals", () => {
  fc.assert(
    fc.property(milli, (amount) => {
      const pu = milliToPu(amount)
      expect(puToMilli(pu)).toBe(amount)
      expect(isPu(pu)).toBe(true)
      expect(String(pu)).toMatch(/^\d+(\.\d{1,3})?$/)
      expect(Number(pu.toFixed(3))).toBe(pu)
    }),
  )
})

it("R16: any decimal of at most three places is read exactly", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: MAX_PU - 1 }), fc.integer({ min: 0, max: 999 }), (whole, part) => {
      const written = `${whole}.${String(part).padStart(3, "0")}`
      expect(puToMilli(Number(written))).toBe(whole * 1_000 + part)
    }),
  )
})

it("R16: ten thousand messages of 0.1 PU come to exactly 1,000 PU", () => {
  let sumMilli = 0
  for (let sent = 0; sent < 10_000; sent++) sumMilli += puToMilli(0.1)
  expect(milliToPu(sumMilli)).toBe(1_000)
})

it("R16: an amount in a file is 0 to 1,000,000,000 PU with at most three decimals", () => {
  for (const pu of [0, 0.001, 0.1, 12.345, 999_999_999.999, MAX_PU]) expect(isPu(pu)).toBe(true)
  for (const pu of [
    -0.001,
    -1,
    0.0001,
    12.3456,
    MAX_PU + 0.001,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "1",
    null,
  ])
    expect(isPu(pu)).toBe(false)
})

it("R16: a wrong amount is told what was expected", () => {
  for (const pu of [-1, 0.0001, MAX_PU + 1, Number.NaN])
    expect(String(Schema.decodeUnknownResult(PuSchema)(pu))).toContain(
      "an amount of PU: 0 to 1,000,000,000, with at most three decimals",
    )
})

it("R16: an entry's amount is a whole number of thousandths, 0 and the largest included", () => {
  for (const amount of [0, 1, maxMilli]) expect(isMilliPu(amount)).toBe(true)
  for (const amount of [-1, 0.5, maxMilli + 1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(isMilliPu(amount)).toBe(false)
})
