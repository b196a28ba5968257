import fc from "fast-check"
import addressparser from "nodemailer/lib/addressparser"
import PostalMime from "postal-mime"
import { expect, test } from "vitest"
import { isDomainName, isEmailAddress, isLocalPart } from "../../../src/core/email/address.ts"
import { defaultEmailPolicy } from "../../../src/core/email/policy.ts"
import { senderAddress } from "../../../src/core/email/sender.ts"

const from = (name: string, emailDomain?: { domain: string; verified: boolean; localPart?: string }) =>
  senderAddress({ channel: { id: "acme", name, ...(emailDomain && { emailDomain }) } })

test("R14: mail comes from the channel's domain once it is verified, from the default until then", () => {
  const domain = "mail.acme.example"
  expect(from("Acme").address).toBe("chat@followup.example")
  expect(from("Acme", { domain, verified: false }).address).toBe("chat@followup.example")
  expect(from("Acme", { domain, verified: true }).address).toBe("chat@mail.acme.example")
  expect(from("Acme", { domain, verified: true, localPart: "help" }).address).toBe("help@mail.acme.example")
  expect(from("Acme", { domain, verified: false, localPart: "help" }).address).toBe("chat@followup.example")
})

test("R14: the default domain and local part are policy", () => {
  const policy = { ...defaultEmailPolicy, defaultDomain: "mail.example", localPart: "hello" }
  expect(senderAddress({ channel: { id: "a", name: "A" }, policy }).address).toBe("hello@mail.example")
})

test("R14: whatever a channel claims, the sender is one plain address and a harmless name", () => {
  const claim = fc.oneof(
    fc.constantFrom(
      "acme.example",
      "x\r\nBcc: evil@example.com",
      'a"<b@c.example>',
      "acme.example, b.example",
      "-a.example",
      "",
    ),
    fc.string({ unit: "binary" }),
  )
  fc.assert(
    fc.property(claim, claim, claim, (name, domain, localPart) => {
      const sender = from(name, { domain, verified: true, localPart })
      expect(isEmailAddress(sender.address)).toBe(true)
      expect(sender.name).toMatch(/^[^\p{Cc}"<>\\]+$/u)
      expect(sender.name.length).toBeLessThanOrEqual(defaultEmailPolicy.nameMaxCharacters)
    }),
  )
})

const addressesIn = (header: string) =>
  addressparser(header, { flatten: true }).flatMap(({ address }) => address || [])

test("R14: a parser that takes the quotes off a name finds no address in it", () => {
  const name = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "grapheme" }),
    fc
      .array(
        fc.constantFrom(
          "support@bank.example",
          "@",
          "Acme",
          "Inc.",
          ",",
          ";",
          ":",
          "(",
          ")",
          "[",
          "]",
          "'",
          '"',
          "<",
          ">",
          "\\",
          " ",
          "\n",
          "가",
        ),
      )
      .map((parts) => parts.join("")),
  )
  fc.assert(
    fc.property(name, (text) => {
      const sender = from(text)
      for (const found of addressesIn(`${sender.name} <${sender.address}>`))
        expect(found).toBe(sender.address)
    }),
    {
      examples: [
        ["support@bank.example, Acme"],
        ["@acme, Inc."],
        ["a @ b, c"],
        ["Acme: support@bank.example;"],
      ],
    },
  )
})

test.each(["Acme, Inc.", "Acme (Seoul)", "O'Neil & Sons; Ltd.", "아크메 [공식]: 상담"])(
  "R14: %s is a name",
  (name) => {
    expect(from(name).name).toBe(name)
  },
)

test("R14: a mail program decodes nothing in a name, so that no address comes to be there", async () => {
  const { name, address } = from("=?utf-8?Q?ceo=40bank.example?=")
  const parsed = await PostalMime.parse(`From: "${name}" <${address}>\r\n\r\n`)
  expect(parsed.from).toEqual({ name: "= ?utf-8?Q?ceo=40bank.example?=", address })
})

test("R14: a name is kept as it is, or becomes the domain when nothing is left of it", () => {
  expect(from("아크메 & Co. 💬").name).toBe("아크메 & Co. 💬")
  expect(from("@아크메").name).toBe("아크메")
  expect(from("support@bank.example, Acme").name).toBe("support bank.example, Acme")
  expect(from(' "<@>" \r\n').name).toBe("followup.example")
})

test("R14: local parts end at 64 characters, labels at 63, domains at 253", () => {
  expect([64, 65].map((count) => isLocalPart("a".repeat(count)))).toEqual([true, false])
  expect([63, 64].map((count) => isDomainName(`${"a".repeat(count)}.example`))).toEqual([true, false])
  const long = `${"a".repeat(60)}.`.repeat(4)
  expect([9, 10].map((count) => isDomainName(`${long}${"a".repeat(count)}`))).toEqual([true, false])
})
