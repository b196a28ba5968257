/** The edges of the Decider: what one chat, one reply, one session or one delivery must not do to another. */
import { describe, expect, it } from "vitest"
import { dueAt } from "../../../src/core/customer/decide.ts"
import { REMEMBERED_MESSAGES } from "../../../src/core/customer/evolve.ts"
import { of, story } from "./world.ts"

const noPush = { channel: { integrations: { push: false, sns: true } } }

describe("reads", () => {
  it("R1: a read covers what was written up to it, and nothing after", () => {
    const one = story()
    one.signal(0, "active")
    one.asks(1)
    one.replies(2, "m2")
    one.replies(3, "m3")
    one.reads(4, "m2")
    one.signal(10, "left")
    expect(
      of(one.world.events, "FollowUpStarted").map(({ replies }) => replies.map((r) => r.messageId)),
    ).toEqual([["m3"]])
    expect(of(one.world.events, "Excluded").map(({ messageIds }) => messageIds)).toEqual([["m2"]])
  })

  it("R1: a read up to a chat's first message is a read", () => {
    const one = story()
    one.asks(0)
    one.reads(1, "m1")
    expect(one.world.played.at(-1)?.refusal).toBeNull()
    one.reads(2, "m9")
    expect(one.world.played.at(-1)?.refusal).toEqual({
      _tag: "UnknownMessage",
      chatId: "c1",
      messageId: "m9",
    })
  })

  it("R1: a read in one chat leaves another chat's follow-up and waiting replies alone", () => {
    const one = story()
    for (const chatId of ["c1", "c2"]) one.asks(0, `${chatId}-m1`, { chatId })
    one.replies(1, "c1-m2", { chatId: "c1" })
    one.replies(1, "c2-m2", { chatId: "c2" })
    one.reads(2, "c1-m2", "c1")
    expect(of(one.world.events, "FollowUpCancelled").map(({ chatId }) => chatId)).toEqual(["c1"])
    one.wakes(31)
    expect(one.asked().toSorted()).toEqual(["email@31", "push@1", "push@1", "sns@31"])
  })

  it("R1: a follow-up that is partly read goes on with what is unread", () => {
    const one = story()
    one.signal(0, "active")
    one.asks(1)
    one.replies(2, "m2", { text: "First." })
    one.replies(3, "m3", { text: "Second." })
    one.signal(10, "left")
    one.reads(20, "m2")
    one.wakes(40)
    const sns = of(one.world.events, "DeliveryRequested").find(({ via }) => via === "sns")
    expect(sns).toMatchObject({ messageIds: ["m3"], content: { text: "Second." } })
  })

  it("R1: a read covers every reply before it, however many those are", () => {
    const one = story()
    one.signal(0, "active")
    one.asks(1)
    for (let index = 0; index <= REMEMBERED_MESSAGES; index++) one.replies(2, `r${index}`)
    one.reads(3, `r${REMEMBERED_MESSAGES}`)
    one.signal(4, "left")
    expect(one.asked()).toEqual([])
  })

  it("R1: replies without number that wait are followed up together, and read together", () => {
    const one = story()
    one.signal(0, "active")
    one.asks(1)
    const waiting = Array.from({ length: 130_000 }, (_, index) => ({
      messageId: `r${index}`,
      text: "Yes.",
      atMs: 2,
    }))
    one.world.state = {
      ...one.world.state,
      chats: { c1: { customerWrote: true, messageIds: ["m1", "r129999"], waiting } },
    }
    one.signal(10, "left")
    expect(of(one.world.events, "FollowUpStarted").map(({ replies }) => replies.length)).toEqual([130_000])
    one.reads(11, "m1")
    one.reads(12, "r129999")
    expect(of(one.world.events, "RepliesRead").map(({ messageIds }) => messageIds.length)).toEqual([
      129_999, 1,
    ])
    expect(of(one.world.events, "FollowUpCancelled").map(({ because }) => because)).toEqual(["read"])
  })

  it("R1: one event says what a read covered, of waiting and of called replies alike", () => {
    const one = story()
    one.asks(0)
    one.replies(1, "m2")
    one.signal(2, "active")
    one.replies(3, "m3")
    one.reads(4, "m3")
    expect(of(one.world.events, "RepliesRead").map(({ messageIds }) => messageIds)).toEqual([["m2", "m3"]])
    expect(one.excluded()).toEqual(["text+email returned@2", " read@4"])
  })
})

describe("sessions", () => {
  it("R2: a message without a session is activity in the one that was active last", () => {
    const one = story()
    one.signal(0, "active", "tab-1")
    one.signal(100, "active", "tab-2")
    one.signal(110, "hidden", "tab-3")
    one.signal(111, "active", "tab-1")
    one.signal(112, "active", "tab-2")
    one.asks(150)
    const activity = Object.entries(one.world.state.sessions).map(([id, session]) => [
      id,
      session.lastActiveAtMs,
    ])
    expect(Object.fromEntries(activity)).toEqual({ "tab-1": 111_000, "tab-2": 150_000, "tab-3": -1 })
  })

  it("R2: hiding the page is no activity on it", () => {
    const one = story()
    one.signal(0, "active")
    one.signal(5, "hidden")
    expect(one.world.state.sessions["tab-1"]).toMatchObject({
      page: "OtherPage",
      sinceMs: 5_000,
      lastActiveAtMs: 0,
    })
  })

  it("R2: a signal that says the same again, later, is remembered as heard", () => {
    const one = story()
    one.signal(0, "hidden")
    expect(one.signal(5, "hidden")).toHaveLength(1)
    expect(one.world.state.sessions["tab-1"]).toMatchObject({ sinceMs: 0, lastSignalAtMs: 5_000 })
    expect(one.signal(5, "hidden")).toEqual([])
  })

  it("R2: sessions that no longer matter are forgotten, in an event", () => {
    const one = story()
    one.signal(0, "left", "old")
    one.signal(1_000, "active", "new")
    expect(of(one.world.events, "SessionsForgotten").map(({ sessionIds }) => sessionIds)).toEqual([["old"]])
    expect(Object.keys(one.world.state.sessions)).toEqual(["new"])
  })
})

describe("deliveries", () => {
  it("R6 R7 R8 R9: each names the rule that it was asked for, and settled, by", () => {
    const one = story()
    one.asks(0)
    one.replies(1)
    one.wakes(31)
    one.answers(32, "sns", { _tag: "Rejected", reason: "blocked" })
    one.answers(33, "xms", { _tag: "Accepted" })
    one.receipt(34, "xms", "delivered")
    one.answers(35, "email", { _tag: "Accepted" }, false)
    one.receipt(36, "push", "received")
    one.receipt(37, "sns", "delivered")
    const rulesOf = (tag: "DeliveryRequested" | "DeliverySettled" | "ReceiptCameLate") =>
      of(one.world.events, tag).map(({ via, rule }) => `${via} ${rule}`)
    expect(rulesOf("DeliveryRequested")).toEqual(["push R6", "sns R9", "email R8", "xms R9"])
    expect(rulesOf("DeliverySettled")).toEqual(["push R7", "sns R9", "xms R9", "email R8"])
    expect(rulesOf("ReceiptCameLate")).toEqual(["push R7", "sns R9"])
  })

  it("R8: what nobody knows of an email, or hears too late, is said by the email's own rule", () => {
    const one = story()
    one.asks(0)
    one.replies(1)
    one.wakes(31)
    one.answers(32, "email", { _tag: "Uncertain" })
    one.wakes(32 + 86_400)
    one.receipt(32 + 86_401, "email", "delivered")
    expect(of(one.world.events, "DeliveryUnconfirmed")).toMatchObject([{ via: "email", rule: "R8" }])
    expect(of(one.world.events, "ReceiptCameLate")).toMatchObject([{ via: "email", rule: "R8" }])
  })

  it("R7 R9: each says until when it is worth sending", () => {
    const one = story()
    one.asks(0)
    one.replies(1)
    one.wakes(31)
    one.answers(32, "sns", { _tag: "Rejected", reason: "blocked" })
    expect(
      of(one.world.events, "DeliveryRequested").map(
        ({ via, atMs, expiresAtMs }) => `${via} ${(expiresAtMs - atMs) / 1_000}`,
      ),
    ).toEqual(["push 30", "sns 60", "email 3600", "xms 3600"])
  })

  it("R16: what is withdrawn, or refused, gives its PU back, and what is accepted uses them", () => {
    for (const [result, used, reserved] of [
      [{ _tag: "Withdrawn" }, 0, 0],
      [{ _tag: "Rejected", reason: "filtered" }, 0, 0],
      [{ _tag: "Accepted" }, 10_000, 0],
      [{ _tag: "Uncertain" }, 0, 10_000],
    ] as const) {
      const one = story({ channel: { integrations: { push: false, sns: false } }, contact: { email: null } })
      one.asks(0)
      one.replies(1)
      one.answers(2, "xms", result)
      expect(one.world.ledger).toMatchObject({ usedMilli: used, reservedMilli: reserved })
    }
  })

  it("R20: a refusal keeps its reason and the provider's word for it", () => {
    const one = story(noPush)
    one.asks(0)
    one.replies(1)
    one.answers(2, "sns", { _tag: "Rejected", reason: "filtered", code: "30007" })
    expect(of(one.world.events, "DeliverySettled")).toMatchObject([{ reason: "filtered", code: "30007" }])
  })

  it("R9: good news twice, or bad news after good, changes nothing", () => {
    const one = story(noPush)
    one.asks(0)
    one.replies(1)
    one.answers(2, "sns", { _tag: "Accepted" })
    one.receipt(3, "sns", "delivered")
    expect(one.receipt(4, "sns", "delivered")).toEqual([])
    expect(one.receipt(5, "sns", "failed")).toEqual([])
  })

  it("R18: an email is entered under every country, a text under its own", () => {
    const one = story(noPush)
    one.asks(0)
    one.replies(1)
    expect(
      of(one.world.events, "DeliveryRequested").map(({ entry }) => entry && `${entry.kind} ${entry.country}`),
    ).toEqual(["SNS KR", "EMAIL *"])
  })
})

describe("memory", () => {
  it("R1: the next wake-up is the earliest of all", () => {
    const one = story(noPush)
    one.asks(0)
    one.replies(1)
    one.answers(2, "sns", { _tag: "Accepted" })
    one.answers(3, "email", { _tag: "Accepted" })
    expect(dueAt(one.world.policy, one.world.state)).toBe(62_000)
    one.receipt(4, "sns", "delivered")
    expect(dueAt(one.world.policy, one.world.state)).toBe(3_000 + 86_400_000)
  })

  it("R20: a closed follow-up keeps no words", () => {
    const one = story()
    one.asks(0)
    one.replies(1)
    one.receipt(2, "push", "received")
    expect(JSON.stringify(one.world.state.followUps)).not.toContain("Yes.")
    expect(Object.values(one.world.state.followUps)).toMatchObject([
      { replies: [{ messageId: "m2", text: "" }] },
    ])
  })

  it("R1: a chat remembers its newest messages, not all of them", () => {
    const one = story()
    for (let index = 0; index < REMEMBERED_MESSAGES + 5; index++) one.asks(index, `m${index}`)
    expect(one.world.state.chats["c1"]?.messageIds).toHaveLength(REMEMBERED_MESSAGES)
    expect(one.world.state.chats["c1"]?.messageIds.at(-1)).toBe(`m${REMEMBERED_MESSAGES + 4}`)
  })

  it("R7: a follow-up closed a week ago is forgotten when something else happens, and not before", () => {
    const weekSeconds = 7 * 86_400
    const one = story()
    one.asks(0)
    one.replies(1)
    one.receipt(2, "push", "received")
    one.signal(weekSeconds + 1, "left", "tab-8")
    expect(Object.keys(one.world.state.followUps)).toHaveLength(1)
    one.signal(weekSeconds + 2, "left", "tab-9")
    expect(one.world.state.followUps).toEqual({})
  })
})
