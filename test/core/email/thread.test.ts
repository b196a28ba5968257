import fc from "fast-check"
import { expect, test } from "vitest"
import { deliveryIdOf, followUpId } from "../../../src/core/customer/state.ts"
import { defaultEmailPolicy } from "../../../src/core/email/policy.ts"
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

// Ids as hosts have them, letters of three bytes among them, and what an atom of RFC 5322 may not hold.
const hostId = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom("a", ".", "%", "/", "(", "!", "'", "*", "+", "2", "가", " "),
    minLength: 1,
  }),
  fc.emailAddress(),
)
const mailId = fc
  .tuple(hostId, hostId, hostId, hostId, fc.integer({ min: 1, max: 12 }))
  .map(([channel, customer, chat, message, round]) =>
    deliveryIdOf(followUpId(channel, customer, chat, message, round), "email"),
  )
const room = `<@${defaultEmailPolicy.defaultDomain}>`.length

/** As the first version wrote it: what was escaped already, escaped again. */
const writtenTwice = (deliveryId: string): string =>
  `<${encodeURIComponent(deliveryId).replace(/[!'()*.]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)}@followup.example>`

test("R20: a Message-ID tells its delivery, and only an email's", () => {
  fc.assert(
    fc.property(mailId, (deliveryId) => {
      const { messageId } = thread({ deliveryId })
      fc.pre(deliveryId.replace(/[!'()*.]/g, "%21").length + room <= 950)
      expect(mailDeliveryId(messageId)).toBe(deliveryId)
      expect(mailDeliveryId(` ${messageId.replace("@followup.example", "@acme.example")} `)).toBe(deliveryId)
      expect(
        mailDeliveryId(thread({ deliveryId: deliveryId.replace(/email$/, "sns") }).messageId),
      ).toBeUndefined()
    }),
  )
  for (const other of [
    "",
    "acme%2Fu%2Fc%2Fm%2Femail",
    "<@x>",
    "<a%2@x>",
    "<a@b@c>",
    "<acme%2Fu%2Fc%2Fm%2Femail@a> <b@c>",
    "<b@c> <acme%2Fu%2Fc%2Fm%2Femail@a>",
  ])
    expect(mailDeliveryId(other)).toBeUndefined()
})

test("R20: a Message-ID that an earlier version wrote still tells its delivery", () => {
  fc.assert(
    fc.property(mailId, (deliveryId) => {
      expect(mailDeliveryId(writtenTwice(deliveryId))).toBe(deliveryId)
    }),
  )
})

const idOfHangul = (letters: number) => {
  const id = "가".repeat(letters)
  return deliveryIdOf(followUpId("acme", id, id, id), "email")
}

test("R13: a Message-ID is no longer than a line that cannot be folded, and another for another delivery", () => {
  const long = fc
    .tuple(fc.constantFrom("가", "a", "."), fc.integer({ min: 300, max: 1_100 }))
    .map(([letter, count]) => letter.repeat(count))
  fc.assert(
    fc.property(
      fc.oneof(
        mailId,
        long,
        long.map((id) => deliveryIdOf(followUpId("acme", id, "c", "m"), "email")),
      ),
      fc.boolean(),
      (deliveryId, isLong) => {
        const policy = {
          ...defaultEmailPolicy,
          ...(isLong && { defaultDomain: `${"a".repeat(60)}.`.repeat(4) + "example" }),
        }
        const ids = [deliveryId, `${deliveryId}!`].map(
          (one) => threadHeaders({ deliveryId: one, channelId: "acme", chatId: "c" }, policy).messageId,
        )
        // RFC 5322, 2.1.1 and 2.2.3: 998 characters, the header's name with them.
        for (const id of ids) expect(id.length).toBeLessThanOrEqual(950)
        expect(ids[0]).not.toBe(ids[1])
      },
    ),
  )
})

test("R20: a Message-ID has room for three ids of 30 Hangul; one too long to be found again is no delivery's", () => {
  const [fits, tooLong] = [30, 35].map((letters) => thread({ deliveryId: idOfHangul(letters) }).messageId)
  expect(mailDeliveryId(fits ?? "")).toBe(idOfHangul(30))
  expect(mailDeliveryId(tooLong ?? "")).toBeUndefined()
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
