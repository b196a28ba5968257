import fc from "fast-check"
import { expect, test } from "vitest"
import { backoffAfter } from "../../src/sending/backoff.ts"

test("R16: a wait is doubled for each further attempt, and never shorter than the one before", () => {
  expect([1, 2, 3, 4].map((attempts) => backoffAfter(attempts, 2_000))).toEqual([2_000, 4_000, 8_000, 16_000])
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3_000 }),
      fc.oneof(fc.constantFrom(0, 1), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
      (attempts, firstMs) => {
        const waitMs = backoffAfter(attempts, firstMs)
        expect(Number.isFinite(waitMs)).toBe(true)
        expect(backoffAfter(attempts + 1, firstMs)).toBeGreaterThanOrEqual(waitMs)
      },
    ),
  )
})

test("R16: no wait stays none, after however many attempts", () => {
  for (const attempts of [1, 2, 1_024, 1_025, 1_000_000]) expect(backoffAfter(attempts, 0)).toBe(0)
})
