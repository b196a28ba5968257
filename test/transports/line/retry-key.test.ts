import fc from "fast-check"
import { expect, test } from "vitest"
import { retryKeyOf } from "../../../src/transports/line/retry-key.ts"

test("R9: keys are RFC 9562 UUIDs of version 5", () => {
  // Computed with Python: uuid.uuid5(uuid.NAMESPACE_URL, "urn:followup:acme/u1/c1/m2/sns")
  expect(retryKeyOf("acme/u1/c1/m2/sns")).toBe("97cb69ab-11b3-5801-b21e-16892e058fe4")
  fc.assert(
    fc.property(fc.string(), (key) => {
      expect(retryKeyOf(key)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    }),
  )
})
