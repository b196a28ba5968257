/** R1: whoever has read, answered or come back is not called any further, at every stage of a follow-up. */
import { describe, expect, it } from "vitest"
import { evolveAll } from "../../../src/core/customer/evolve.ts"
import { followUpId, initialState } from "../../../src/core/customer/state.ts"
import { explain } from "../../../src/core/history/explain.ts"
import { of, story } from "./world.ts"

type Story = ReturnType<typeof story>

/** What makes a follow-up needless, and what it is called. */
const ends = {
  "a read": { because: "read", happens: (one: Story, second: number) => one.reads(second) },
  "a customer's message": {
    because: "returned",
    happens: (one: Story, second: number) => one.asks(second, "m9"),
  },
  "a return to the site": {
    because: "returned",
    happens: (one: Story, second: number) => one.signal(second, "active"),
  },
} as const

const called = (given: Parameters<typeof story>[0] = {}): Story => {
  const one = story(given)
  one.asks(0)
  one.replies(10)
  return one
}

const noPush = { channel: { integrations: { push: false, sns: true } } }

for (const [name, { because, happens }] of Object.entries(ends))
  describe(`after ${name}`, () => {
    it(`R1: before anything is sent, nothing is (${name})`, () => {
      const one = story({ policy: { digest: { quietMs: 60_000 } } })
      one.asks(0)
      one.replies(10)
      happens(one, 20)
      one.wakes(60)
      expect(one.asked()).toEqual([])
      expect(of(one.world.events, "FollowUpStarted")).toEqual([])
    })

    it(`R1: while the push is out, no text and no email follow (${name})`, () => {
      const one = called()
      happens(one, 20)
      one.wakes(3_600)
      expect(one.asked()).toEqual(["push@10"])
      expect(one.excluded()).toEqual([`text+email ${because}@20`])
      expect(of(one.world.events, "FollowUpCancelled")).toMatchObject([{ because }])
    })

    it(`R1: while the SNS is out, no XMS takes over (${name})`, () => {
      const one = called(noPush)
      happens(one, 20)
      one.answers(21, "sns", { _tag: "Rejected", reason: "blocked" })
      expect(one.asked()).toEqual(["sns@10", "email@10"])
      expect(one.excluded()).toEqual([`text ${because}@21`])
    })

    it(`R1: what is out already still settles as it is answered (${name})`, () => {
      const one = called(noPush)
      happens(one, 20)
      one.answers(21, "sns", { _tag: "Accepted" })
      one.answers(21, "email", { _tag: "Accepted" })
      one.receipt(22, "sns", "delivered")
      one.receipt(23, "email", "delivered")
      expect(one.settled()).toEqual(["sns delivered@22", "email delivered@23"])
      expect(one.excluded()).toEqual([])
      expect(of(one.world.events, "FollowUpClosed")).toMatchObject([{ atMs: 23_000 }])
    })

    it(`R1: after all is settled, nothing more is said of it (${name})`, () => {
      const one = called()
      one.receipt(12, "push", "received")
      happens(one, 20)
      expect(of(one.world.events, "FollowUpCancelled")).toEqual([])
      expect(one.excluded()).toEqual([])
    })
  })

describe("partly needless", () => {
  it("R1, R20: what is withheld from whoever came back is what they have not read", () => {
    const one = story()
    one.signal(0, "active")
    one.asks(1)
    one.replies(2, "m2")
    one.replies(3, "m3")
    one.signal(4, "left")
    one.reads(20, "m2")
    one.signal(25, "active")
    expect(of(one.world.events, "Excluded")).toMatchObject([{ reason: "returned", messageIds: ["m3"] }])
  })

  it("R1: of two replies one read leaves the other to be sent", () => {
    const one = story({ policy: { autoText: { prefix: "", suffix: "" } } })
    one.signal(0, "active")
    one.asks(1)
    one.replies(2, "m2", { text: "First." })
    one.replies(3, "m3", { text: "Second." })
    one.signal(4, "left")
    one.reads(5, "m2")
    one.wakes(34)
    expect(of(one.world.events, "DeliveryRequested").at(1)).toMatchObject({
      via: "sns",
      messageIds: ["m3"],
      content: { text: "Second." },
    })
  })

  it("R1: a read of a chat's beginning changes nothing", () => {
    const one = called()
    expect(one.reads(20, "m1")).toEqual([])
  })

  it("R1: a customer's message in one chat leaves another chat's follow-up alone while they are not on the site", () => {
    const one = called()
    one.asks(20, "m1", { chatId: "c2" })
    one.wakes(40)
    expect(one.asked()).toEqual(["push@10", "sns@40", "email@40"])
  })

  it("R1: a return to the site ends the follow-ups of every chat", () => {
    const one = called()
    one.asks(11, "m1", { chatId: "c2" })
    one.replies(12, "m2", { chatId: "c2" })
    one.signal(20, "active")
    expect(of(one.world.events, "FollowUpCancelled").map(({ chatId }) => chatId)).toEqual(["c1", "c2"])
  })

  it("R1: whoever comes back in the instant in which the push failed gets nothing more", () => {
    const one = called()
    const { context } = one.world.played[0] ?? expect.fail()
    one.world.take(
      { _tag: "PresenceSignal", sessionId: "tab-1", signal: "active", atMs: 40_000 },
      40_000,
      context.channel,
      context.contact,
    )
    expect(one.asked()).toEqual(["push@10"])
    expect(one.excluded()).toEqual(["text+email returned@40"])
  })

  it("R1: a reply read while the customer was online is excluded as read", () => {
    const one = story()
    one.signal(0, "active")
    one.asks(1)
    one.replies(2)
    one.reads(3)
    one.signal(4, "left")
    expect(one.asked()).toEqual([])
    expect(one.excluded()).toEqual([" read@3"])
  })

  it("R1: a customer's message is activity where they last were, if they are still there", () => {
    const one = story()
    one.signal(0, "active")
    one.asks(200)
    one.replies(300)
    expect(one.asked()).toEqual([])
    one.wakes(470)
    expect(one.asked()).toEqual(["push@470"])
  })

  it("R1: a tab opened behind the one in use is not where the customer last was", () => {
    const one = story()
    one.signal(0, "active", "tab-1")
    one.signal(5, "hidden", "tab-2")
    one.asks(10)
    one.replies(11)
    one.wakes(279.999)
    expect(one.asked()).toEqual([])
    one.wakes(280)
    expect(one.asked()).toEqual(["push@280"])
  })

  it("R1: of two tabs active at one instant the one heard later is where the customer last was", () => {
    for (const [first, second] of [
      ["tab-1", "tab-2"],
      ["tab-2", "tab-1"],
    ] as const) {
      const one = story()
      one.signal(0, "active", "tab-1")
      one.signal(20, "active", first)
      one.signal(20, "active", second)
      one.signal(25, "left", first)
      one.asks(30)
      one.replies(31)
      one.wakes(299.999)
      expect(one.asked()).toEqual([])
      one.wakes(300)
      expect(one.asked()).toEqual(["push@300"])
    }
  })

  it("R1: a tab that stays hidden is no return, however long it had been silent", () => {
    const one = story({ policy: { presence: { hiddenGraceMs: 30_000 } } })
    one.signal(0, "hidden", "tab-2")
    one.asks(1)
    one.signal(540, "active", "tab-1")
    one.replies(560)
    one.signal(570, "left", "tab-1")
    one.signal(571, "hidden", "tab-2")
    one.wakes(600)
    expect(one.asked()).toEqual(["push@570", "sns@600", "email@600"])
  })

  it("R1: where the customer last was is remembered, however long ago", () => {
    const there = story()
    there.signal(0, "active", "tab-2")
    there.signal(10, "active", "tab-1")
    there.signal(300, "left", "tab-2")
    there.asks(400)
    there.replies(401)
    expect(there.asked()).toEqual([])

    const gone = story()
    gone.signal(0, "active", "tab-1")
    gone.signal(10, "active", "tab-2")
    gone.signal(20, "left", "tab-2")
    gone.bot(300, "m0")
    gone.asks(400)
    gone.replies(401)
    expect(gone.asked()).toEqual(["push@401"])
  })

  it("R1: it is none in a session that was left, unless the message names it", () => {
    const one = story()
    one.signal(0, "active")
    one.signal(1, "left")
    one.asks(2)
    one.replies(3)
    expect(one.asked()).toEqual(["push@3"])
    one.asks(20, "m3", { sessionId: "tab-1" })
    one.replies(21, "m4")
    expect(one.asked()).toEqual(["push@3"])
  })
})

describe("a message that comes late", () => {
  it("R1: says nothing of a reply that was written after it, whether that one was called for or waits", () => {
    const gone = story()
    gone.signal(0, "active")
    gone.asks(1)
    gone.signal(9, "left")
    gone.replies(20, "m2")
    gone.asks(21, "m1b", { atMs: 5_000 })
    gone.wakes(50)
    expect(gone.asked()).toEqual(["push@20", "sns@50", "email@50"])
    const there = story()
    there.signal(0, "active")
    there.asks(1)
    there.replies(20, "m2")
    there.asks(21, "m1b", { atMs: 5_000, sessionId: "tab-1" })
    there.signal(30, "left")
    expect(there.asked()).toEqual(["push@30"])
    expect(there.excluded()).toEqual([])
  })

  it("R1: has seen a reply that a process whose clock is ahead recorded", () => {
    const one = called(noPush)
    const { context } = one.world.played.at(-1) ?? expect.fail()
    const input = {
      _tag: "Message",
      chatId: "c1",
      messageId: "m3",
      from: "customer",
      purpose: "chat",
      text: "OK",
    } as const
    const heard = one.world.take({ ...input, atMs: 9_500 }, 9_500, context.channel, context.contact)
    expect(of(heard, "RepliesRead")).toMatchObject([{ messageIds: ["m2"] }])
  })

  it("R1: has seen what was written before it, and of one follow-up maybe a part only", () => {
    const one = story({ policy: { digest: { quietMs: 5_000 } } })
    one.asks(0)
    one.replies(10, "m2")
    one.replies(12, "m3")
    one.wakes(17)
    one.asks(18, "m4", { atMs: 11_000 })
    one.wakes(47)
    expect(one.asked()).toEqual(["push@17", "sns@47", "email@47"])
    expect(of(one.world.events, "DeliveryRequested").map(({ messageIds }) => messageIds)).toEqual([
      ["m2", "m3"],
      ["m3"],
      ["m3"],
    ])
  })
})

describe("whoever came back before anything left", () => {
  const withdraws = (one: Story, second: number, vias: ReadonlyArray<"push" | "sns" | "email">) => {
    for (const via of vias) one.answers(second, via, { _tag: "Withdrawn" })
  }

  it("R1, R6: is called once they leave again, under a new id, if they still have not seen it", () => {
    const one = called()
    one.signal(20, "active")
    withdraws(one, 21, ["push"])
    expect(one.world.state.chats["c1"]?.waiting).toMatchObject([
      { messageId: "m2", text: expect.stringMatching(/./) },
    ])
    one.signal(30, "left")
    expect(one.asked()).toEqual(["push@10", "push@30"])
    expect(of(one.world.events, "DeliveryRequested").map(({ deliveryId }) => deliveryId)).toEqual([
      followUpId("acme", "cust 1/한", "c1", "m2") + "/push",
      followUpId("acme", "cust 1/한", "c1", "m2", 2) + "/push",
    ])
  })

  it("R1: is called where providers refused what was not withdrawn, however often, and nothing is kept of it", () => {
    const one = called()
    for (const [index, second] of [20, 40, 60].entries()) {
      one.signal(second, "active")
      one.answers(second + 1, "push", { _tag: "Rejected", reason: "rate-limited" })
      expect(one.world.state.followUps).toEqual({})
      one.signal(second + 2, "left")
      expect(Object.keys(one.world.state.followUps)).toEqual([
        followUpId("acme", "cust 1/한", "c1", "m2", index + 2),
      ])
    }
    expect(one.asked()).toEqual(["push@10", "push@22", "push@42", "push@62"])
    expect(one.excluded()).toHaveLength(3)
  })

  it("R1: is not called again where a provider had taken anything over, even if it failed then", () => {
    const one = called(noPush)
    one.signal(20, "active")
    one.answers(21, "email", { _tag: "Withdrawn" })
    one.answers(21, "sns", { _tag: "Accepted" })
    one.receipt(22, "sns", "failed")
    one.signal(30, "left")
    expect(of(one.world.events, "FollowUpStarted")).toHaveLength(1)
  })

  it("R1: is not called again by the history of a version whose receipts did not say that it had left", () => {
    const one = called(noPush)
    one.signal(20, "active")
    one.answers(21, "sns", { _tag: "Accepted" })
    one.receipt(22, "sns", "failed")
    const older = one.world.events.map((event) => {
      if (event._tag !== "DeliverySettled") return event
      const { left: _, ...settled } = event
      return settled
    })
    expect(evolveAll(initialState, older)).toEqual(one.world.state)
  })

  it("R1: is called at once where they had left again before it was taken back", () => {
    const one = called()
    one.signal(20, "active")
    one.signal(25, "left")
    expect(one.asked()).toEqual(["push@10"])
    withdraws(one, 26, ["push"])
    expect(one.asked()).toEqual(["push@10", "push@26"])
  })

  it("R1: is called for all that waits together, the oldest first", () => {
    const one = called(noPush)
    one.signal(20, "active")
    one.replies(21, "m3")
    withdraws(one, 22, ["sns", "email"])
    one.signal(30, "left")
    expect(
      of(one.world.events, "FollowUpStarted")
        .at(-1)
        ?.replies.map(({ messageId }) => messageId),
    ).toEqual(["m2", "m3"])
  })

  it("R1: is called for all of several follow-ups in one, the oldest reply first, whichever ended last", () => {
    const one = called()
    one.replies(11, "m3")
    const [first = "", second = ""] = of(one.world.events, "FollowUpStarted").map(({ followUpId: id }) => id)
    one.signal(20, "active")
    for (const id of [first, second]) one.answersTo(21, `${id}/push`, { _tag: "Withdrawn" })
    one.signal(30, "left")
    const again = of(one.world.events, "FollowUpStarted").at(-1)
    expect(again?.replies.map(({ messageId }) => messageId)).toEqual(["m2", "m3"])
    expect(again?.followUpId).toBe(followUpId("acme", "cust 1/한", "c1", "m2", 2))
  })

  it("R1: is not called again where a receipt told that it had left before the provider's answer did", () => {
    const one = called(noPush)
    one.signal(20, "active")
    one.answers(21, "email", { _tag: "Withdrawn" })
    one.receipt(22, "sns", "failed")
    one.signal(30, "left")
    expect(of(one.world.events, "FollowUpStarted")).toHaveLength(1)
  })

  it("R1: is not called again for what they have seen, or for what left by one way at least", () => {
    const wrote = called()
    wrote.asks(20, "m9")
    withdraws(wrote, 21, ["push"])
    const read = called()
    read.signal(20, "active")
    read.reads(20.5)
    withdraws(read, 21, ["push"])
    const mailed = called(noPush)
    mailed.signal(20, "active")
    withdraws(mailed, 21, ["sns"])
    mailed.answers(21, "email", { _tag: "Accepted" }, false)
    for (const one of [wrote, read, mailed]) {
      one.signal(30, "left")
      expect(of(one.world.events, "FollowUpStarted")).toHaveLength(1)
    }
  })

  it("R20: says so when asked why", () => {
    const one = called()
    one.signal(20, "active")
    withdraws(one, 21, ["push"])
    expect(explain(one.world.events, "m2")).toMatchObject({
      verdict: "waiting",
      sentence:
        "It waits for the customer to be offline again: they came back before anything of it had left.",
    })
    one.signal(30, "left")
    one.receipt(31, "push", "received")
    expect(explain(one.world.events, "m2").verdict).toBe("followed-up")
  })

  it("R20: of what they read while it waited again it is said that it was read, not that it was sent", () => {
    const one = called({ policy: { digest: { quietMs: 2_000 } } })
    one.replies(11, "m3")
    one.wakes(13)
    one.signal(20, "active")
    one.reads(20.2, "m2")
    withdraws(one, 21, ["push"])
    one.reads(22, "m3")
    const explanation = explain(one.world.events, "m3")
    expect(explanation).toMatchObject({
      verdict: "excluded",
      rule: "R1",
      sentence:
        "It was not followed up: nothing was sent because the customer read it before they went offline.",
    })
    expect(explanation.deliveries.map(({ outcome }) => outcome)).toEqual(["withdrawn"])
    expect(explain(one.world.events, "m2")).toMatchObject({
      verdict: "followed-up",
      sentence: expect.stringContaining("a push at 1970-01-01 00:00:13 UTC, which was taken back"),
    })
  })
})
