import fc from "fast-check"
import { expect, test } from "vitest"
import { chooseXms } from "../../src/core/text/choose-xms.ts"
import { textFor } from "../../src/testing/text-arbitraries.ts"

const tagsIn = (country: string) =>
  new Set(
    fc
      .sample(textFor(country), { numRuns: 2_000, seed: 10 })
      .map((text) => chooseXms({ country, text })._tag),
  )

test("R10: texts to Korea are SMS, LMS, too long, and not encodable", () => {
  expect(tagsIn("KR")).toEqual(new Set(["Sms", "Lms", "TooLong", "Unencodable"]))
})

test("R11: texts to Japan are SMS and too long", () => {
  expect(tagsIn("JP")).toEqual(new Set(["Sms", "TooLong"]))
})
