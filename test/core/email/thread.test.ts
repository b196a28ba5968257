import fc from "fast-check"
import { expect, test } from "vitest"
import { mailDeliveryId, type ThreadInput, threadHeaders } from "../../../src/core/email/thread.ts"

const thread = (change: Partial<ThreadInput> = {}) =>
  threadHeaders({ deliveryId: "d1", channelId: "acme", chatId: "c1", ...change })

test("R13: a mail's Message-ID is its delivery's, whatever else changes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (first, second) => {
      const id = thread({ deliveryId: first }).messageId
      expect(id).toMatch(/^<[\w!#$%&'*+/=?^`{|}~-]*@followup\.example>$/)
      expect(thread({ deliveryId: first, chatId: second }).messageId).toBe(id)
      const same = first.toWellFormed() === second.toWellFormed()
      expect(thread({ deliveryId: second }).messageId === id).toBe(same)
    }),
    {
      examples: [
        ["a.b", "a%2Eb"],
        ["(", "%28"],
      ],
    },
  )
})

test("R20: a Message-ID tells its delivery, and only an email's", () => {
  const part = fc.string({ unit: "grapheme", minLength: 1 })
  fc.assert(
    fc.property(part, part, part, part, (...parts) => {
      const followUp = parts.map((one) => encodeURIComponent(one.toWellFormed())).join("/")
      const of = (via: string) => thread({ deliveryId: `${followUp}/${via}` }).messageId
      expect(mailDeliveryId(of("email"))).toBe(`${followUp}/email`)
      expect(mailDeliveryId(` ${of("email").replace("@followup.example", "@acme.example")} `)).toBe(
        `${followUp}/email`,
      )
      expect(mailDeliveryId(of("sns"))).toBeUndefined()
    }),
  )
  for (const other of [
    "",
    "acme%2Fu%2Fc%2Fm%2Femail",
    "<@x>",
    "<a%2@x>",
    "<a@b@c>",
    "<acme%2Fu%2Fc%2Fm%2Femail@a> <b@c>",
  ])
    expect(mailDeliveryId(other)).toBeUndefined()
})

test("R13: mails of one conversation refer to one root, those of another conversation or channel to another", () => {
  const root = (change: Partial<ThreadInput>) => thread(change).headers["References"]
  expect(root({ deliveryId: "d2" })).toBe(root({ deliveryId: "d1" }))
  expect(thread().headers["In-Reply-To"]).toBe(root({}))
  expect(root({ chatId: "c2" })).not.toBe(root({}))
  expect(root({ channelId: "other" })).not.toBe(root({}))
  expect(root({ channelId: "a", chatId: "bc" })).not.toBe(root({ channelId: "ab", chatId: "c" }))
})

test("R13: a conversation's id does not show", () => {
  expect(JSON.stringify(thread({ chatId: "mina@customer.example" }))).not.toContain("mina")
})

test("R13: machines are told not to answer", () => {
  expect(thread().headers).toMatchObject({
    "Auto-Submitted": "auto-generated",
    "X-Auto-Response-Suppress": "OOF, AutoReply",
  })
})

test("R13: one click unsubscribes, over https only", () => {
  expect(thread({ unsubscribeUrl: "https://acme.example/u?t=1" }).headers).toMatchObject({
    "List-Unsubscribe": "<https://acme.example/u?t=1>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
  })
  for (const unsubscribeUrl of ["http://acme.example/u", "mailto:u@acme.example", "javascript:x", null]) {
    expect(thread({ unsubscribeUrl }).headers).not.toHaveProperty("List-Unsubscribe")
    expect(thread({ unsubscribeUrl }).headers).not.toHaveProperty("List-Unsubscribe-Post")
  }
})

test("R13: an answer goes where it was asked to, if that is one address", () => {
  expect(thread({ replyTo: "c1@reply.acme.example" }).headers["Reply-To"]).toBe("c1@reply.acme.example")
  for (const replyTo of ["a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example", "nobody"])
    expect(thread({ replyTo }).headers).not.toHaveProperty("Reply-To")
})

test("R13: no input breaks a header", () => {
  const nasty = fc.oneof(
    fc.constantFrom(
      "x\r\nBcc: evil@example.com",
      "https://a.example/>\r\nBcc: x",
      "https://a.example/<,>;\u0000",
    ),
    fc.string({ unit: "binary" }),
  )
  fc.assert(
    fc.property(nasty, nasty, nasty, nasty, (deliveryId, chatId, replyTo, unsubscribeUrl) => {
      const { messageId, headers } = thread({ deliveryId, chatId, replyTo, unsubscribeUrl })
      for (const value of [messageId, ...Object.values(headers)]) {
        expect(value).toMatch(/^[\x20-\x7e]+$/)
        expect(value).not.toMatch(/<[^>]*</)
      }
    }),
  )
})
