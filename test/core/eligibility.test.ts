/** R4, R5, R8, R15: each gate on its own, as a rule and through the Decider. */
import { describe, expect, it } from "vitest"
import {
  type Channel,
  type Contact,
  emailObstacle,
  messageObstacle,
  pushReadiness,
  snsIsOpen,
  textObstacle,
  xmsObstacle,
} from "../../src/core/eligibility.ts"
import { parsePhone } from "../../src/core/text/phone.ts"
import { acme, korean, of, story } from "./customer/world.ts"

const wrote = { customerWrote: true }
const reply = { from: "manager", purpose: "chat" } as const

describe("which messages can become a follow-up", () => {
  it("R1: a manager's reply in a chat in which the customer has written can", () => {
    expect(messageObstacle(reply, wrote)).toBeUndefined()
  })

  it("R4: none in a chat that a manager started, until the customer writes in it", () => {
    expect(messageObstacle(reply, { customerWrote: false })).toMatchObject({
      reason: "manager-initiated",
      rule: "R4",
    })
    const one = story()
    one.replies(1, "m1")
    one.replies(2, "m2")
    expect(one.asked()).toEqual([])
    expect(one.excluded()).toEqual([" manager-initiated@1", " manager-initiated@2"])
    one.asks(3, "m3")
    one.replies(4, "m4")
    expect(one.asked()).toEqual(["push@4"])
    expect(of(one.world.events, "DeliveryRequested")[0]?.messageIds).toEqual(["m4"])
  })

  it("R4: having written in another chat does not count", () => {
    const one = story()
    one.asks(1, "m1", { chatId: "c2" })
    one.replies(2, "m2")
    expect(one.asked()).toEqual([])
  })

  it("R5: a marketing message never is, whoever started the chat", () => {
    for (const chat of [wrote, { customerWrote: false }])
      expect(messageObstacle({ from: "manager", purpose: "marketing" }, chat)).toMatchObject({
        reason: "marketing",
        rule: "R5",
      })
    const one = story()
    one.asks(0)
    one.replies(1, "m2", { purpose: "marketing" })
    one.wakes(1_000)
    expect(one.asked()).toEqual([])
    expect(one.excluded()).toEqual([" marketing@1"])
  })

  it("R1: an automatic message is not a manager's reply", () => {
    const one = story()
    one.asks(0)
    one.bot(1, "m2")
    one.wakes(1_000)
    expect(one.asked()).toEqual([])
    expect(one.excluded()).toEqual([" automatic@1"])
  })
})

const off = (settings: Partial<Channel["settings"]>): Channel => ({
  ...acme,
  settings: { ...acme.settings, ...settings },
})
const without = (integrations: Partial<Channel["integrations"]>): Channel => ({
  ...acme,
  integrations: { ...acme.integrations, ...integrations },
})
const who = (contact: Partial<Contact>): Contact => ({ ...korean, ...contact })

describe("which legs a customer can get", () => {
  it("R15: with everything set up and no objection nothing stands against any of them", () => {
    expect(textObstacle(acme, korean)).toBeUndefined()
    expect(xmsObstacle(acme, korean)).toBeUndefined()
    expect(emailObstacle(acme, korean)).toBeUndefined()
    expect(snsIsOpen(acme, korean)).toBe(true)
    expect(pushReadiness(acme, korean)).toBe("first")
  })

  it("R15: each setting switches its own leg, and push is not one of them", () => {
    const noText = off({ phoneNumber: false })
    expect(textObstacle(noText, korean)).toMatchObject({ reason: "disabled", rule: "R15" })
    expect(emailObstacle(noText, korean)).toBeUndefined()
    const noEmail = off({ email: false })
    expect(emailObstacle(noEmail, korean)).toMatchObject({ reason: "disabled", rule: "R15" })
    expect(textObstacle(noEmail, korean)).toBeUndefined()
    expect(pushReadiness(off({ phoneNumber: false, email: false }), korean)).toBe("first")
  })

  it.each([
    ["no number", null],
    ["a landline", parsePhone("02-312-3456", "KR")],
    ["an extension", parsePhone("+82 10-1234-5678 ext. 3", "KR")],
    ["nonsense", parsePhone("call me", "KR")],
  ])("R8: %s is no contact for a text, and none of the email's business", (_, phone) => {
    expect(textObstacle(acme, who({ phone }))).toMatchObject({ reason: "no-contact" })
    expect(emailObstacle(acme, who({ phone }))).toBeUndefined()
  })

  it("R8: without an address there is no email, and the text is none the worse", () => {
    expect(emailObstacle(acme, who({ email: null }))).toMatchObject({ reason: "no-contact" })
    expect(textObstacle(acme, who({ email: null }))).toBeUndefined()
  })

  it("R15: what is not integrated is not sent", () => {
    expect(pushReadiness(without({ push: false }), korean)).toBe("not-integrated")
    expect(pushReadiness(acme, who({ pushTokens: [] }))).toBe("no-device")
    expect(snsIsOpen(without({ sns: false }), korean)).toBe(false)
    expect(xmsObstacle(without({ xms: false }), korean)).toMatchObject({ reason: "disabled" })
    expect(emailObstacle(without({ email: false }), korean)).toMatchObject({ reason: "disabled" })
  })

  it("R15: an opt-out closes what it names; from texts it closes both carriers", () => {
    const opted = (medium: "push" | "sns" | "xms" | "email" | "text") => {
      const contact = who({ optedOut: [medium] })
      return [
        pushReadiness(acme, contact) === "opted-out" && "push",
        textObstacle(acme, contact)?.reason === "opted-out" && "text",
        !snsIsOpen(acme, contact) && "sns",
        xmsObstacle(acme, contact)?.reason === "opted-out" && "xms",
        emailObstacle(acme, contact)?.reason === "opted-out" && "email",
      ].filter(Boolean)
    }
    for (const medium of ["push", "sns", "xms", "email", "text"] as const)
      expect(opted(medium)).toEqual([medium])
  })

  it("R15: a blocked customer gets nothing at all", () => {
    const one = story({ contact: { blocked: true } })
    one.asks(0)
    one.replies(1)
    one.wakes(10_000)
    expect(one.asked()).toEqual([])
    expect(one.excluded()).toEqual(["text disabled@1", "email disabled@1"])
  })

  it("R15: what is disabled is told apart by its words: a switch, a carrier that is not set up, a blocked customer", () => {
    const details = [
      textObstacle(off({ phoneNumber: false }), korean),
      emailObstacle(off({ email: false }), korean),
      xmsObstacle(without({ xms: false }), korean),
      emailObstacle(without({ email: false }), korean),
      textObstacle(acme, who({ blocked: true })),
    ].map((found) => found?.detail)
    expect(details).toEqual([
      "the channel's setting 'Phone number' is off",
      "the channel's setting 'Email' is off",
      "XMS is not set up",
      "email is not set up",
      "the channel blocked this customer",
    ])
    expect(emailObstacle(acme, who({ blocked: true }))?.detail).toBe(details[4])
  })

  it("R20: no obstacle's words carry a contact", () => {
    const contacts = [
      who({ phone: null }),
      who({ email: null }),
      who({ blocked: true }),
      who({ optedOut: ["text", "email"] }),
    ]
    for (const contact of contacts)
      for (const found of [textObstacle(acme, contact), emailObstacle(acme, contact)])
        expect(found?.detail ?? "").not.toMatch(/@|\d{4}/)
  })
})

describe("what is withheld is logged with its leg", () => {
  const noPush = { integrations: { push: false, sns: false } }
  it.each([
    [
      "R15: the setting 'Email' off",
      { channel: { ...noPush, settings: { phoneNumber: true, email: false } } },
      ["xms@1"],
      ["email disabled@1"],
    ],
    [
      "R15: the setting 'Phone number' off",
      { channel: { ...noPush, settings: { phoneNumber: false, email: true } } },
      ["email@1"],
      ["text disabled@1"],
    ],
    [
      "R15: XMS not set up",
      { channel: { integrations: { push: false, sns: false, xms: false } } },
      ["email@1"],
      ["text disabled@1"],
    ],
    [
      "R8: no phone number",
      { channel: noPush, contact: { phone: null } },
      ["email@1"],
      ["text no-contact@1"],
    ],
    [
      "R8: no email address",
      { channel: noPush, contact: { email: null } },
      ["xms@1"],
      ["email no-contact@1"],
    ],
    [
      "R15: opted out of the phone network",
      { channel: noPush, contact: { optedOut: ["xms" as const] } },
      ["email@1"],
      ["text opted-out@1"],
    ],
    [
      "R10: a country that policy does not allow",
      { channel: noPush, policy: { allowedCountries: ["JP"] } },
      ["email@1"],
      ["text country-not-allowed@1"],
    ],
    [
      "R19: a country without a price",
      { channel: noPush, policy: { prices: [{ kind: "SMS" as const, country: "JP", pu: 1 }] } },
      ["email@1"],
      ["text country-not-allowed@1"],
    ],
    [
      "R18: email without a price",
      {
        channel: noPush,
        policy: {
          prices: [{ kind: "EMAIL" as const, country: "*", pu: 0, validUntil: "1970-01-01T00:00:01Z" }],
        },
      },
      ["xms@1"],
      ["email country-not-allowed@1"],
    ],
    [
      "R16: too few PU",
      { channel: noPush, policy: { freeLimitPu: 9 } },
      ["email@1"],
      ["text quota-exhausted@1"],
    ],
    ["R10: an emoji to Korea", { channel: noPush, text: "😀" }, ["email@1"], ["text unencodable@1"]],
    [
      "R10: more than an LMS holds",
      { channel: noPush, policy: { onTooLong: "refuse" as const }, text: "가".repeat(1_001) },
      ["email@1"],
      ["text too-long@1"],
    ],
  ])("%s", (_, given, asked, excluded) => {
    const one = story(given)
    one.asks(0)
    one.replies(1, "m2", { text: "text" in given ? given.text : "Yes." })
    expect(one.asked()).toEqual(asked)
    expect(one.excluded()).toEqual(excluded)
  })

  it("R18: an email without a price is said to have none, of no country", () => {
    const prices = [{ kind: "EMAIL" as const, country: "*", pu: 0, validUntil: "1970-01-01T00:00:01Z" }]
    const one = story({ channel: noPush, policy: { prices } })
    one.asks(0)
    one.replies(1)
    expect(of(one.world.events, "Excluded").map(({ detail }) => detail)).toEqual([
      "there is no price for EMAIL",
    ])
  })
})
