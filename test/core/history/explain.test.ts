/** R20: every reply can be explained, and what would have made it otherwise is true. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { FollowUpEvent } from "../../../src/core/customer/event.ts"
import { disabledCauses } from "../../../src/core/disabled.ts"
import { type Explanation, explain } from "../../../src/core/history/explain.ts"
import { type PostedDelivery, postLog } from "../../../src/core/history/post-log.ts"
import { anyCustomerHistory } from "../../../src/testing/history-arbitraries.ts"
import { of, play, story } from "../customer/world.ts"

type Given = Parameters<typeof story>[0]
type Telling = (one: ReturnType<typeof story>) => void

const told = (given: Given, tell: Telling) => {
  const one = story(given)
  tell(one)
  return one
}

const away: Telling = (one) => {
  one.asks(0)
  one.replies(10)
}
const online: Telling = (one) => {
  one.signal(0, "active")
  one.asks(1)
  one.replies(10)
}
const saying =
  (more: object): Telling =>
  (one) => {
    one.asks(0)
    one.replies(10, "m2", more)
  }

const textOnly = { integrations: { push: false, sns: false }, settings: { phoneNumber: true, email: false } }
const nothing = { integrations: { push: false, sns: false }, settings: { phoneNumber: false, email: false } }

/** Why a reply was not followed up, and the same story with only what the explanation names changed. */
const counterfactuals: ReadonlyArray<
  readonly [reason: string, says: RegExp, was: [Given, Telling], otherwise: [Given, Telling]]
> = [
  ["manager-initiated", /customer written in this chat first/, [{}, (one) => one.replies(10)], [{}, away]],
  ["marketing", /ordinary reply/, [{}, saying({ purpose: "marketing" })], [{}, away]],
  ["automatic", /a manager written it/, [{}, saying({ from: "bot" })], [{}, away]],
  [
    "read",
    /not seen it/,
    [
      {},
      (one) => {
        online(one)
        one.reads(11)
        one.signal(12, "left")
      },
    ],
    [
      {},
      (one) => {
        online(one)
        one.signal(12, "left")
      },
    ],
  ],
  [
    "disabled",
    /Were the channel's setting 'Phone number' on/,
    [{ channel: nothing }, away],
    [{ channel: textOnly }, away],
  ],
  [
    "disabled",
    /Had the channel not blocked this customer/,
    [{ channel: textOnly, contact: { blocked: true } }, away],
    [{ channel: textOnly }, away],
  ],
  [
    "disabled",
    /Were XMS set up/,
    [{ channel: { ...textOnly, integrations: { push: false, sns: false, xms: false } } }, away],
    [{ channel: textOnly }, away],
  ],
  [
    "no-contact",
    /usable contact/,
    [
      {
        channel: { ...textOnly, settings: { phoneNumber: true, email: true } },
        contact: { phone: null, email: null },
      },
      away,
    ],
    [
      { channel: { ...textOnly, settings: { phoneNumber: true, email: true } }, contact: { email: null } },
      away,
    ],
  ],
  [
    "quota-exhausted",
    /enough PU left/,
    [{ channel: textOnly, policy: { freeLimitPu: 9 } }, away],
    [{ channel: textOnly, policy: { freeLimitPu: 10 } }, away],
  ],
  [
    "country-not-allowed",
    /country allowed and priced/,
    [{ channel: textOnly, policy: { allowedCountries: ["JP"] } }, away],
    [{ channel: textOnly, policy: { allowedCountries: ["JP", "KR"] } }, away],
  ],
  [
    "too-long",
    /text shorter/,
    [{ channel: textOnly, policy: { onTooLong: "refuse" } }, saying({ text: "가".repeat(1_001) })],
    [{ channel: textOnly, policy: { onTooLong: "refuse" } }, saying({ text: "가".repeat(1_000) })],
  ],
  [
    "unencodable",
    /Without the characters/,
    [{ channel: textOnly }, saying({ text: "네 😀" })],
    [{ channel: textOnly }, saying({ text: "네 " })],
  ],
  [
    "opted-out",
    /not opted out/,
    [{ channel: textOnly, contact: { optedOut: ["text"] } }, away],
    [{ channel: textOnly }, away],
  ],
]

describe("why a reply was not followed up", () => {
  it.each(counterfactuals)(
    "R20: %s has its sentence, and the change that it names is enough",
    (reason, says, was, otherwise) => {
      const explanation = explain(told(...was).world.events, "m2")
      expect(explanation.verdict).toBe("excluded")
      expect(explanation.exclusions[0]?.reason).toBe(reason)
      expect(explanation.rule).toBe(explanation.exclusions[0]?.rule)
      expect(explanation.sentence).toContain(explanation.exclusions[0]?.detail)
      expect(explanation.otherwise).toMatch(says)
      expect(explain(told(...otherwise).world.events, "m2").verdict).toBe("followed-up")
    },
  )
})

describe("why a reply was followed up", () => {
  it("R20: says since when the customer was offline and why, and what it cost", () => {
    const one = told({ channel: textOnly }, (it) => {
      online(it)
      it.wakes(271)
      it.answers(272, "xms", { _tag: "Accepted" })
    })
    const explanation = explain(one.world.events, "m2")
    expect(explanation).toMatchObject({ verdict: "followed-up", rule: "R1", costPu: 10 })
    expect(explanation.sentence).toBe(
      "The customer had not seen it and was offline, because they showed no activity (offline since 1970-01-01 00:04:31 UTC), so it was followed up with an SMS at 1970-01-01 00:04:31 UTC, which is on its way (10 PU); push was not sent because push is not integrated, though the customer has a device for it; and email was not sent because the channel's setting 'Email' is off.",
    )
    expect(explanation.steps.map(({ rule }) => rule)).toContain("R9")
  })

  it("R20: a read at the instant it names would have spared it, as it says", () => {
    const otherwise = explain(told({}, away).world.events, "m2").otherwise
    expect(otherwise).toContain(
      "Had the customer read it, or been active on the site, at 1970-01-01 00:00:10 UTC",
    )
    const spared = told({}, (one) => {
      online(one)
      one.reads(270)
      one.wakes(1_000)
    })
    expect(spared.asked()).toEqual([])
  })

  it("R20: of a push it says nothing where none was sent, nor where nothing else was sent after it", () => {
    const both = { integrations: { push: false, sns: false } }
    const texted = told({ channel: both }, (one) => {
      away(one)
      for (const via of ["xms", "email"] as const) one.answers(11, via, { _tag: "Accepted" }, false)
    })
    const alone = told({ channel: { ...nothing, integrations: { push: true, sns: false } } }, (one) => {
      away(one)
      one.wakes(40)
    })
    for (const { world } of [texted, alone])
      expect(explain(world.events, "m2").otherwise).toContain("Had the customer read it")
  })

  it("R20: of a push received in time it says that text and email would have been tried, and they are", () => {
    const received = told({}, (one) => {
      away(one)
      one.receipt(12, "push", "received")
    })
    expect(explain(received.world.events, "m2").otherwise).toContain(
      "a text and an email would have been tried",
    )
    const silent = told({}, (one) => {
      away(one)
      one.wakes(40)
    })
    expect(silent.asked()).toEqual(["push@10", "sns@40", "email@40"])
    expect(explain(silent.world.events, "m2").otherwise).toContain(
      "Had the push been received before 1970-01-01 00:00:40 UTC, only the push would have been sent.",
    )
  })
})

describe("how what was sent ended", () => {
  it("R10: a long text is said to be an LMS", () => {
    const long = told({ channel: textOnly }, saying({ text: "가".repeat(71) }))
    expect(explain(long.world.events, "m2").sentence).toContain("followed up with an LMS at")
  })

  const texted = (
    ...answer: readonly [result: Parameters<ReturnType<typeof story>["answers"]>[2], more?: boolean]
  ) =>
    told({ channel: textOnly, contact: { pushTokens: [] } }, (one) => {
      away(one)
      one.answers(11, "xms", ...answer)
    })
  const endOf = (one: ReturnType<typeof story>) =>
    /, which (.*); email was not sent/.exec(explain(one.world.events, "m2").sentence)?.[1]

  it("R20: a refusal is told with its reason and the provider's own code", () => {
    expect(endOf(texted({ _tag: "Rejected", reason: "content", code: "E42" }))).toBe("failed (content, E42)")
    expect(endOf(texted({ _tag: "Rejected", reason: "filtered" }))).toBe("failed (filtered)")
    expect(endOf(texted({ _tag: "Rejected", reason: "blocked", code: "21610" }))).toBe(
      "was blocked by the recipient (21610)",
    )
  })

  it("R20: what may have been sent is not said to be on its way, but until when news of it is awaited", () => {
    const one = texted({ _tag: "Uncertain", code: "503" })
    expect(endOf(one)).toBe(
      "may or may not have been sent (503, 10 PU), with news awaited until 1970-01-02 00:00:11 UTC",
    )
    one.wakes(86_411)
    expect(endOf(one)).toBe("may or may not have been sent (503, 10 PU)")
    expect(endOf(texted({ _tag: "Uncertain" }, false))).toBe("may or may not have been sent (10 PU)")
  })
})

describe("why no push went first", () => {
  const missed = /push was not sent because (.*?); (?:and )?(?:text|email)/
  const why = (given: Given) => missed.exec(explain(told(given, away).world.events, "m2").sentence)?.[1]
  const integrated = { ...textOnly, integrations: { push: true, sns: false } }

  it("R6: of a customer with a device it is said that push is not integrated, whether anything else went out or not", () => {
    for (const channel of [textOnly, nothing])
      expect(why({ channel })).toBe("push is not integrated, though the customer has a device for it")
  })

  it("R6: nothing is said of it where push would not have gone first, or did", () => {
    for (const contact of [{ pushTokens: [] }, { optedOut: ["push" as const] }, { blocked: true }])
      expect(why({ channel: textOnly, contact })).toBeUndefined()
    expect(why({ channel: integrated })).toBeUndefined()
    expect(why({ channel: integrated, contact: { pushTokens: [] } })).toBeUndefined()
  })
})

describe("a message id that is in several chats", () => {
  const twice = told({ channel: textOnly }, (one) => {
    for (const chatId of ["c1", "c9"]) {
      one.asks(0, "m1", { chatId })
      one.replies(10, "m2", { chatId })
    }
  }).world.events

  it("R20: without a chat it is asked which is meant, and nothing is told or summed up", () => {
    expect(explain(twice, "m2")).toEqual({
      messageId: "m2",
      verdict: "ambiguous",
      rule: null,
      deliveries: [],
      exclusions: [],
      steps: [],
      costPu: 0,
      sentence: "The customer has messages with this id in 2 chats, so say which is meant: c1, c9.",
      otherwise: "",
    })
    for (const chatId of ["c1", "c9"])
      expect(explain(twice, "m2", chatId)).toMatchObject({ verdict: "followed-up", costPu: 10 })
  })

  it("R20: it is asked also where a chat's message itself has left the history, and names five chats at most", () => {
    const old = twice.filter((event) => !(event._tag === "MessageRecorded" && event.chatId === "c1"))
    expect(explain(old, "m2").verdict).toBe("ambiguous")
    const many = told({ channel: textOnly }, (one) => {
      for (let nth = 1; nth <= 7; nth++) one.bot(nth, "m2", { chatId: `c${nth}` })
    }).world.events
    expect(explain(many, "m2").sentence).toContain(
      "in 7 chats, so say which is meant: c1, c2, c3, c4, c5, ….",
    )
  })
})

describe("what else became of a message", () => {
  it("R20: a reply to a customer who is online waits, and it says until when", () => {
    const explanation = explain(told({}, online).world.events, "m2")
    expect(explanation.verdict).toBe("waiting")
    expect(explanation.sentence).toContain("1970-01-01 00:04:31 UTC")
    expect(explanation.otherwise).not.toBe("")
  })

  it("R15: of an email alone it says which of its two switches would have to be on; of a cause it does not know, what is true of all", () => {
    const withheld = (detail: string): FollowUpEvent => ({
      _tag: "Excluded",
      atMs: 10_000,
      rule: "R15",
      followUpId: null,
      chatId: "c1",
      messageIds: ["m2"],
      legs: ["email"],
      carrier: null,
      reason: "disabled",
      detail,
      entry: null,
    })
    const recorded = of(told({}, online).world.events, "MessageRecorded")
    const otherwise = (detail: string) => explain([...recorded, withheld(detail)], "m2").otherwise
    expect(otherwise(disabledCauses.emailOff.detail)).toMatch(/setting 'Email' on/)
    expect(otherwise(disabledCauses.noEmail.detail)).toMatch(/email set up/)
    expect(otherwise("the carrier rests")).toMatch(/set up, and switched on for this customer/)
  })

  it("R20: a customer's own message is no reply, and an unheard one is unknown", () => {
    const { events } = told({}, away).world
    expect(explain(events, "m1").verdict).toBe("not-a-reply")
    expect(explain(events, "m9")).toMatchObject({ verdict: "unknown", steps: [], costPu: 0 })
  })
})

describe("explanations of whatever happened", () => {
  it("R20: each verdict is what the state says, and comes with a sentence and an otherwise", () => {
    fc.assert(
      fc.property(anyCustomerHistory(), fc.boolean(), (history, punctual) => {
        const world = play(history, { punctual })
        // An id is a chat's own; explanations are asked for within one chat.
        const events = world.events.filter((event) => !("chatId" in event) || event.chatId === "c1")
        const waiting = (world.state.chats["c1"]?.waiting ?? []).map(({ messageId }) => messageId)
        const gaveBack = (id: string, messageId: string) =>
          of(events, "FollowUpClosed").some(
            ({ followUpId, waitAgain }) => followUpId === id && waitAgain?.includes(messageId),
          )
        const asked = of(events, "DeliveryRequested").flatMap(({ followUpId, messageIds }) =>
          messageIds.filter((messageId) => !gaveBack(followUpId, messageId)),
        )
        for (const { messageId, from } of of(events, "MessageRecorded")) {
          const { verdict, sentence, otherwise, steps, rule } = explain(events, messageId)
          expect(verdict === "waiting").toBe(waiting.includes(messageId))
          expect(verdict === "followed-up").toBe(asked.includes(messageId) && !waiting.includes(messageId))
          if (verdict === "not-a-reply") expect(from).toBe("customer")
          expect(verdict).not.toBe("unknown")
          expect(sentence).toMatch(/^[A-Z].*\.$/)
          expect(otherwise === "").toBe(verdict === "not-a-reply")
          expect(rule).toMatch(/^R\d+$/)
          expect(steps.length).toBeGreaterThan(0)
        }
      }),
      { numRuns: 400 },
    )
  })

  const ends: Readonly<Record<string, ReadonlyArray<string>>> = {
    "was received": ["received"],
    "was delivered": ["delivered"],
    "was taken over by the provider": ["accepted"],
    failed: ["failed"],
    "was blocked by the recipient": ["blocked"],
    "was not confirmed in time": ["timed-out"],
    "was taken back before it left": ["withdrawn"],
    "may or may not have been sent": ["uncertain", "pending"],
    "is on its way": ["pending"],
  }
  const named = "(?:a push|an SNS message|an XMS|an SMS|an LMS|an email) at ([-\\d]+ [:.\\d]+ UTC), which "
  const awaited = ", with news awaited until ([^;]+? UTC)"
  const clauses = new RegExp(`${named}([a-z ]+?)(?: \\(([^)]+)\\))?(?:${awaited})?(?=[;.])`, "g")
  const instant = (atMs: number) =>
    new Date(atMs)
      .toISOString()
      .replace("T", " ")
      .replace(/(\.000)?Z$/, " UTC")
  const names = { push: "a push", sns: "an SNS message", xms: "an XMS", email: "an email" }

  const agrees = (
    [, at, words = "", aside, until]: ReadonlyArray<string | undefined>,
    entry: PostedDelivery,
    steps: Explanation["steps"],
  ) => {
    const { outcome, result, reason, code, pu, unconfirmedUntilMs, settledAtMs } = entry
    expect(at).toBe(instant(entry.atMs))
    expect(ends[words]).toContain(outcome)
    expect(aside?.split(", ") ?? []).toEqual(
      [reason === outcome ? null : reason, code, pu === 0 ? null : `${pu} PU`].filter(
        (part) => part !== null,
      ),
    )
    expect(until).toBe(unconfirmedUntilMs === null ? undefined : instant(unconfirmedUntilMs))
    expect(until !== undefined).toBe(words === "may or may not have been sent" && outcome === "pending")
    if (until !== undefined) expect(result).toBe("Pending")
    const why = reason === null || reason === outcome ? "" : ` (${reason}`
    const endings = steps.filter(
      ({ atMs, what }) =>
        atMs === settledAtMs &&
        what.startsWith(`${names[entry.via]} ${words}${why}`) &&
        !what.includes("with news awaited"),
    )
    expect(endings).toHaveLength(outcome === "pending" ? 0 : 1)
  }

  it("R20: the sentence and the steps say of each message what the post log has of it, whenever it is asked", () => {
    fc.assert(
      fc.property(anyCustomerHistory(), fc.boolean(), (history, punctual) => {
        const { events: all } = play(history, { punctual })
        for (const [index, now] of all.entries()) {
          if (!("deliveryId" in now)) continue
          const events = all.slice(0, index + 1)
          const log = postLog(events.map((event) => ({ customerId: "", event })))
          const asked = of(events, "MessageRecorded").filter(({ chatId }) => chatId === now.chatId)
          for (const { messageId, chatId } of asked) {
            const { verdict, sentence, deliveries, steps, costPu } = explain(events, messageId, chatId)
            for (const entry of deliveries) expect(log).toContainEqual(entry)
            expect(costPu).toBeCloseTo(deliveries.reduce((sum, { pu }) => sum + pu, 0))
            const last = deliveries.filter(({ followUpId }) => followUpId === deliveries.at(-1)?.followUpId)
            const told = [...sentence.matchAll(clauses)]
            expect(told).toHaveLength(verdict === "followed-up" ? last.length : 0)
            for (const [nth, words] of told.entries()) agrees(words, last[nth] ?? expect.fail(), steps)
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  it("R20: neither sentences nor steps carry contacts or what anybody wrote", () => {
    fc.assert(
      fc.property(anyCustomerHistory(), (history) => {
        const { events } = play(history, { punctual: true })
        for (const { messageId } of of(events, "MessageRecorded")) {
          const { sentence, otherwise, steps } = explain(events, messageId)
          const words = [sentence, otherwise, ...steps.map(({ what }) => what)].join("\n")
          expect(words).not.toMatch(/@|\+8[12]|가가|Yes\.|Hello/)
        }
      }),
    )
  })
})
