import { describe, expect, test } from "vitest"
import type { PostedDelivery } from "../../src/core/history/post-log.ts"
import { type RejectReason, rejectReasons } from "../../src/core/send-result.ts"
import { accepted, drivers, type Provider, type Reply, START_MS, uncertain } from "./engine-world.ts"
import { callsOf, customers, refused, type Story, texts, textTo, xms } from "./gateways.ts"
import { openStory, type StoryOptions } from "./story.ts"

const HOUR_MS = 3_600_000

/** Replies in their order, the last one ever after; counted over all messages. */
const inTurn = (...replies: ReadonlyArray<Reply>) => {
  let times = 0
  return (): Reply => replies[Math.min(times++, replies.length - 1)] ?? "hangs"
}

const deliveriesOf = async (story: Story, customerId = "cust-1"): Promise<ReadonlyArray<PostedDelivery>> =>
  (await story.world.call((engine) => engine.sentTo({ channelId: "acme", customerId }))).filter(
    (entry): entry is PostedDelivery => entry._tag === "Delivery",
  )

describe.each(drivers)("several providers over %s", (_, makeStore) => {
  const open = async (providers: ReadonlyArray<Provider>, more: StoryOptions = {}) => {
    const story = await openStory({ store: makeStore(), ...texts, providers, ...more })
    await story.asks(0)
    await story.replies(1_000)
    return story
  }

  const next: ReadonlyArray<RejectReason> = [
    "quota",
    "rate-limited",
    "sender-not-allowed",
    "auth",
    "config",
    "unreachable",
    "provider-error",
  ]
  test.each(rejectReasons)(
    "R9: refused because of %s: the next one only if it is the provider's",
    async (reason) => {
      const story = await open([xms("one", refused(reason)), xms("two", accepted), xms("three", accepted)])
      await story.world.at(HOUR_MS)
      const tried = next.includes(reason)
      expect(callsOf(story)).toEqual(tried ? ["one@1000", "two@1000"] : ["one@1000"])
      expect(await deliveriesOf(story)).toMatchObject([
        tried
          ? { outcome: "accepted", provider: "two", reason: null }
          : {
              outcome: ["blocked", "opted-out"].includes(reason) ? "blocked" : "failed",
              provider: "one",
              reason,
            },
      ])
    },
  )

  test("R9: when all refuse, it has failed, through the last one, and each was asked once", async () => {
    const story = await open([xms("one", refused("auth")), xms("two", refused("quota"))])
    await story.world.at(HOUR_MS)
    expect(callsOf(story)).toEqual(["one@1000", "two@1000"])
    expect(await deliveriesOf(story)).toMatchObject([{ outcome: "failed", provider: "two", reason: "quota" }])
    expect(await story.usedPu()).toEqual({ usedPu: 0, reservedPu: 0 })
  })

  test("R9: what may have been sent stays where it is", async () => {
    for (const then of [uncertain, "throws", "rejects", "raves"] as const) {
      const story = await open([xms("one", then), xms("two", accepted)])
      await story.world.at(HOUR_MS)
      expect(callsOf(story)).toEqual(["one@1000"])
      expect(await deliveriesOf(story)).toMatchObject([{ provider: "one", outcome: "uncertain" }])
    }
    const hangs = await open([xms("one", "hangs"), xms("two", accepted)])
    await hangs.world.jump(START_MS + 16_000)
    await hangs.world.jump(START_MS + 17_000)
    await hangs.world.at(HOUR_MS)
    expect(callsOf(hangs)).toEqual(["one@1000"])
  })

  test("R9: what may have been sent is repeated at its provider, however that refuses it then", async () => {
    for (const reason of next) {
      const then = inTurn(uncertain, refused(reason))
      const story = await open([xms("one", then, { idempotency: "key" }), xms("two", accepted)])
      await story.world.at(HOUR_MS)
      expect(new Set(callsOf(story).map((call) => call.split("@")[0]))).toEqual(new Set(["one"]))
      await story.world.at(48 * HOUR_MS)
      expect(await deliveriesOf(story)).toMatchObject([{ provider: "one", outcome: "uncertain" }])
    }
  })

  test("R9: what its provider knows not to have been sent goes to the next one", async () => {
    const lookup = () => refused("provider-error")
    const story = await open([xms("one", uncertain, { lookup }), xms("two", accepted)])
    await story.world.at(HOUR_MS)
    expect(callsOf(story)).toEqual(["one@1000", "one?@3000", "two@3000"])
    const blocked = await open([
      xms("one", uncertain, { lookup: () => refused("blocked") }),
      xms("two", accepted),
    ])
    await blocked.world.at(HOUR_MS)
    expect(callsOf(blocked)).toEqual(["one@1000", "one?@3000"])
  })

  test("R8: attempts count for a message, whoever is asked", async () => {
    const send = { timeoutMs: 1_000, graceMs: 1_000, maxAttempts: 3, backoffMs: 2_000 }
    const down = refused("provider-error", 0)
    const story = await open([xms("one", down), xms("two", down)], { engine: { send } })
    await story.world.at(HOUR_MS)
    // Neither is asked again before it said that it would, or before the pause between attempts is over.
    expect(callsOf(story)).toEqual(["one@1000", "two@1000", "one@3000"])
  })

  test("R8: one that asks for a rest gets one; the next one takes over at once", async () => {
    const story = await open([
      xms("one", inTurn(refused("rate-limited", 30_000), accepted)),
      xms("two", accepted),
    ])
    expect(callsOf(story)).toEqual(["one@1000", "two@1000"])
    await customers(story, ["a", "b"])
    await textTo(story, "a", 30_999)
    expect(callsOf(story).slice(2)).toEqual(["two@30999"])
    await textTo(story, "b", 31_000)
    expect(callsOf(story).slice(3)).toEqual(["one@31000"])
  })

  test("R8: with one provider that asks for a rest, all wait as told, and it costs no attempt", async () => {
    const story = await open([xms("one", inTurn(refused("rate-limited", 30_000), accepted))])
    await customers(story, ["a"])
    await textTo(story, "a", 10_000)
    await story.world.at(HOUR_MS)
    expect(callsOf(story)).toEqual(["one@1000", "one@31000", "one@31000"])
    const of = (customerId: string) =>
      story.world.sent
        .filter(({ context }) => context.deliveryId.includes(`/${customerId}/`))
        .map(({ context }) => context.attempt)
    expect([of("cust-1"), of("a")]).toEqual([[1, 2], [1]])
  })

  test("R8: a rest that lasts longer than the message is worth sending is not waited for", async () => {
    const story = await open([xms("one", refused("rate-limited", 14 * 60_000))], {
      policy: { autoText: { prefix: "", suffix: "" }, cascade: { sendWithinMs: 60_000 } },
    })
    expect(await deliveriesOf(story)).toMatchObject([{ outcome: "failed", reason: "rate-limited" }])
    await customers(story, ["a"])
    await textTo(story, "a", 2_000)
    expect(callsOf(story)).toEqual(["one@1000"])
    expect(await deliveriesOf(story, "a")).toMatchObject([
      { outcome: "failed", reason: "unreachable", provider: null, settledAtMs: START_MS + 2_000 },
    ])
  })

  test("R1: what waits for a provider is withdrawn at once when the customer has read the reply", async () => {
    const story = await open([xms("one", refused("rate-limited", 30_000))])
    await story.reads(2_000)
    await story.world.at(HOUR_MS)
    expect(callsOf(story)).toEqual(["one@1000"])
    expect(await story.outcomes()).toEqual(["xms withdrawn@2000"])
  })

  test("R9: SNS goes to its next provider before XMS takes over", async () => {
    const sns = (name: string, then: Reply): Provider => ({ via: "sns", name, then })
    const story = await openStory({
      store: makeStore(),
      customer: { pushTokens: [] },
      channel: { settings: { email: false } },
      providers: [sns("line", refused("auth")), sns("kakao", refused("blocked")), xms("gateway", accepted)],
    })
    await story.asks(0)
    await story.replies(1_000)
    expect(callsOf(story)).toEqual(["line@1000", "kakao@1000", "gateway@1000"])
  })

  test("R20: the log and the explanation name the provider; receipts leave it as it is", async () => {
    const receipts = { receipts: "handset" } as const
    const story = await open([xms("one", refused("auth"), receipts), xms("two", accepted, receipts)])
    expect(await deliveriesOf(story)).toMatchObject([{ provider: "two", outcome: "pending" }])
    await story.receipt(2_000, "xms")
    expect(await deliveriesOf(story)).toMatchObject([{ provider: "two", outcome: "delivered" }])
    const page = await story.world.call((engine) => engine.log({ channelId: "acme" }))
    expect(page.filter(({ _tag }) => _tag === "Delivery")).toMatchObject([{ provider: "two" }])
    const { steps } = await story.world.call((engine) =>
      engine.explain({ channelId: "acme", customerId: "cust-1", messageId: "m2" }),
    )
    expect(steps.map(({ what }) => what).join("\n")).toContain("an XMS was accepted by two")
  })
})

describe.each(drivers)("a push to devices of several services over %s", (_, makeStore) => {
  const tokenOf = (message: unknown): string =>
    typeof message === "object" && message !== null && "token" in message ? String(message.token) : ""
  const isFor = (prefix: string) => (message: unknown) => tokenOf(message).startsWith(prefix)
  const service = (name: string, then: Provider["then"], more: Partial<Provider> = {}): Provider => ({
    via: "push",
    name,
    handles: isFor(name),
    ...(then !== undefined && { then }),
    ...more,
  })
  const open = async (providers: ReadonlyArray<Provider>, pushTokens: ReadonlyArray<string>, more = {}) => {
    const story = await openStory({
      store: makeStore(),
      customer: { pushTokens: [...pushTokens] },
      providers: [...providers, xms("gateway", accepted)],
      channel: { settings: { email: false }, integrations: { push: true } },
      ...more,
    })
    await story.asks(0)
    await story.replies(1_000)
    return story
  }
  const tokensOf = (story: Story) =>
    story.world.sent.map(
      ({ provider, message, context }) =>
        `${provider}:${tokenOf(message)}#${context.idempotencyKey.split("/").at(-1)}`,
    )

  test("R6: each device's token goes to its own service, each under a key of its own", async () => {
    const story = await open(
      [service("fcm", accepted), service("apns", accepted), service("web", accepted)],
      ["apns-1", "fcm-1", "web-1", "fcm-2"],
    )
    expect(tokensOf(story)).toEqual(["apns:apns-1#0", "fcm:fcm-1#1", "web:web-1#2", "fcm:fcm-2#3"])
  })

  test("R7: one device that may have it is enough, whatever the other services say", async () => {
    for (const one of [accepted, uncertain]) {
      const story = await open(
        [service("fcm", refused("gone")), service("apns", one), service("web", refused("auth"))],
        ["fcm-1", "apns-1", "web-1"],
      )
      await story.world.at(30_999)
      expect(callsOf(story)).toEqual(["fcm@1000", "apns@1000", "web@1000"])
      expect(await deliveriesOf(story)).toMatchObject([{ via: "push", provider: "apns" }])
      await story.world.at(31_000)
      expect(callsOf(story).at(-1)).toBe("gateway@31000")
    }
  })

  test("R7: tokens that no service takes are refused at once, as badly set up", async () => {
    const story = await open([service("fcm", accepted)], ["apns-1"])
    expect(callsOf(story)).toEqual(["gateway@1000"])
    expect((await deliveriesOf(story))[0]).toMatchObject({ via: "push", outcome: "failed", reason: "config" })
    const mixed = await open([service("fcm", accepted)], ["apns-1", "fcm-1"])
    expect(callsOf(mixed)).toEqual(["fcm@1000"])
  })

  test("R7: one that throws instead of saying whether it takes a token does not take it", async () => {
    const handles = () => {
      throw new Error("apns-1")
    }
    const story = await open([service("fcm", accepted, { handles }), service("apns", accepted)], ["apns-1"])
    expect(callsOf(story)).toEqual(["apns@1000"])
  })

  test("R7: one service that rests keeps the others from nothing", async () => {
    const story = await open(
      [service("fcm", refused("rate-limited", 10_000)), service("apns", refused("gone"))],
      ["fcm-1", "apns-1"],
    )
    await story.world.at(HOUR_MS)
    // Its device may still be reached: the text waits for it, as far as the 30 s go.
    expect(callsOf(story).filter((call) => call.startsWith("fcm"))).toEqual([
      "fcm@1000",
      "fcm@11000",
      "fcm@21000",
    ])
    expect(callsOf(story).at(-1)).toBe("gateway@21000")
  })

  test("R9: after what may have been sent, each token goes back to the service that it was with", async () => {
    const keyed = { idempotency: "key" } as const
    const story = await open(
      [service("fcm", inTurn(uncertain, accepted), keyed), service("apns", uncertain)],
      ["apns-1", "fcm-1"],
    )
    await story.world.at(20_000)
    expect(tokensOf(story)).toEqual(["apns:apns-1#0", "fcm:fcm-1#1", "fcm:fcm-1#1"])
    expect(await deliveriesOf(story)).toMatchObject([{ via: "push", provider: "fcm" }])
  })
})

describe("what an engine with several providers is opened with", () => {
  test("R15: two of one leg need names that differ; of two legs they need not", async () => {
    const twice = [xms("one", accepted), xms("one", accepted)]
    await expect(openStory({ ...texts, providers: twice })).rejects.toMatchObject({
      reason: "bad-input",
      message:
        "FollowUps.layer: transports: expected names that differ within a leg, but two for xms are named one",
    })
    const apart: ReadonlyArray<Provider> = [xms("one", accepted), { via: "sns", name: "one" }]
    await expect(openStory({ ...texts, providers: apart })).resolves.toBeDefined()
  })

  test("R8: a lease must be longer than an attempt with its grace", async () => {
    await expect(openStory({ engine: { leaseMs: 16_000 } })).rejects.toMatchObject({
      reason: "bad-input",
      message: expect.stringMatching(/^FollowUps\.layer: engine\.leaseMs: expected more than .*16000/),
    })
    await expect(openStory({ engine: { leaseMs: 16_001 } })).resolves.toBeDefined()
  })

  test.each(["maxFaults", "pauseMs", "maxPauseMs"])("R8: a circuit's %s is 1 or more", async (name) => {
    const circuit = { maxFaults: 5, pauseMs: 60_000, maxPauseMs: 900_000, [name]: 0 }
    await expect(openStory({ engine: { circuit } })).rejects.toMatchObject({
      reason: "bad-input",
      message: `FollowUps.layer: engine.circuit.${name}: expected 1 or more, but it is 0`,
    })
  })
})
