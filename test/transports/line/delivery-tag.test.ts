import fc from "fast-check"
import { expect, test } from "vitest"
import { deliveryIdOf as coreDeliveryIdOf, followUpId } from "../../../src/core/customer/state.ts"
import { deliveryIdOf, tagOf } from "../../../src/transports/line/delivery-tag.ts"

const uuid = "0190d3c2-7b1e-7c11-9a55-0242ac120002"

test("R9: the tag of any delivery that has room comes back as its id, in 16 to 100 visible characters", () => {
  const part = fc.oneof(
    fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }),
    fc.uuid(),
    fc.uuid().map((id) => `user_${id}`),
    fc.constantFrom("a", "=", ":", "%", "/", "~", "::", "=AAAAAAAAAAAAAAAAAAAAAA", uuid.toUpperCase()),
  )
  fc.assert(
    fc.property(part, part, part, part, (channel, customer, chat, message) => {
      const id = coreDeliveryIdOf(followUpId(channel, customer, chat, message), "sns")
      const tag = tagOf(id)
      if (tag === undefined) {
        expect(id.length).toBeGreaterThan(90)
        return
      }
      expect(tag).toMatch(/^[\x21-\x7e]{16,100}$/)
      expect(deliveryIdOf(tag)).toBe(id)
    }),
    { numRuns: 500 },
  )
})

test("R9: four UUIDs have room", () => {
  const id = `${uuid}/${uuid}/${uuid}/${uuid}/sns`
  const tag = tagOf(id)
  expect(tag).toHaveLength(98)
  expect(deliveryIdOf(tag ?? "")).toBe(id)
})

test("R9: 100 characters have room, 101 have not", () => {
  expect(tagOf(`a/b/c/${"m".repeat(91)}/sns`)).toHaveLength(100)
  expect(tagOf(`a/b/c/${"m".repeat(92)}/sns`)).toBeUndefined()
})

test.each([
  "a/b/c/d/xms",
  "",
  "/sns",
  "a:/sns",
  "ä/b/c/d/sns",
  "a b/c/d/e/sns",
  "=AAAAAAAAAAAAAAAAAAAAAA/b/c/d/sns",
])("R9: %j is refused, since it would not come back as it was", (id) => {
  const tag = tagOf(id)
  expect(tag === undefined || deliveryIdOf(tag) === id).toBe(true)
  if (id !== "/sns") expect(tag).toBeUndefined()
})

test("R9: a hashed number, or another program's tag, names no delivery", () => {
  expect(deliveryIdOf("d41e0ad70dddfeb68f149ad6fc61574b9c5780ab7bcb2fba5517771ffbb2409c")).toBeUndefined()
  expect(deliveryIdOf("")).toBeUndefined()
  expect(deliveryIdOf(`fu:a/b/c/${"m".repeat(92)}`)).toBeUndefined()
})

test("R9: the shortest id is padded to 16 characters", () => {
  expect(tagOf("a/b/c/d/sns")).toHaveLength(16)
  expect(deliveryIdOf(tagOf("a/b/c/d/sns") ?? "")).toBe("a/b/c/d/sns")
})
