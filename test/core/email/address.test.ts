/** Mail addresses as hosts store them. */
import fc from "fast-check"
import { expect, test } from "vitest"
import { isEmailAddress, mailAddress } from "../../../src/core/email/address.ts"

test.each([
  "mina@例え.jp",
  "mina@bücher.example",
  "mina@ｅｘａｍｐｌｅ.com",
  "\tmina@example.com ",
  "mina.a.kim@example.com",
])("R13: %s is an address", (written) => {
  expect(isEmailAddress(mailAddress(written))).toBe(true)
})

test.each([
  "민아@example.com",
  "mina@",
  "@example.com",
  ".mina@example.com",
  "mina.@example.com",
  "mina..kim@example.com",
  "例え.jp",
  "a@b.example, c@d.example",
  "mina@例え.jp:25",
  "mina@例え.jp/x",
  "mina@例え.jp\r\nBcc: x@example.com",
  "mina@xn--.例え",
])("R13: %j is none, and does not become one", (written) => {
  expect(isEmailAddress(mailAddress(written))).toBe(false)
})

test("R13: an address stays as it is, and one that was understood is so for good", () => {
  const written = fc.oneof(
    fc.emailAddress(),
    fc
      .tuple(fc.emailAddress(), fc.constantFrom("例え.jp", "B\u00fccher.example", "x\u0000.例え"))
      .map(([address, domain]) => ` ${address.replace(/@.*$/, "")}@${domain}`),
    fc.string({ unit: "binary" }),
  )
  fc.assert(
    fc.property(written, (text) => {
      const address = mailAddress(text)
      expect(mailAddress(address)).toBe(address)
      if (isEmailAddress(text)) expect(address).toBe(text)
    }),
  )
})
