import fc from "fast-check"
import { expect, test } from "vitest"
import { parsePhone } from "../../src/core/text/phone.ts"
import { anyPhone } from "../../src/testing/phone-arbitraries.ts"

test("R9: however a mobile number is written, it is understood as the one that it is", () => {
  fc.assert(
    fc.property(anyPhone(), ({ raw, e164, country }) => {
      expect(parsePhone(raw, country)).toEqual({ _tag: "Mobile", e164, country })
    }),
    { numRuns: 1_000 },
  )
})

test("R9: numbers of one country are of that country, written in at least ten ways", () => {
  const numbers = fc.sample(anyPhone("JP"), { numRuns: 300, seed: 9 })
  expect(new Set(numbers.map(({ country }) => country))).toEqual(new Set(["JP"]))
  expect(new Set(numbers.map(({ raw }) => raw.replaceAll(/[\d０-９]+/g, "0"))).size).toBeGreaterThan(9)
})
