import { setTimeout as pause } from "node:timers/promises"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import {
  type AnyTransport,
  FollowUpsError,
  followUpsOnRestate,
  type NoticeCall,
  type OnRestateOptions,
  type SendContext,
  type SendResult,
  type Via,
} from "../../src/restate/index.ts"
import { type Endpoint, openEndpoint } from "./endpoint.ts"
import { noServerBecause, type RestateServer, STARTS_WITHIN_MS, startRestate } from "./restate-server.ts"

const WITHIN_MS = 20_000

/** Waits for something that comes by itself. */
const until = async <A>(look: () => Promise<A | undefined> | A | undefined): Promise<A> => {
  for (const deadlineMs = Date.now() + WITHIN_MS; Date.now() < deadlineMs; await pause(20)) {
    const found = await look()
    if (found !== undefined) return found
  }
  throw new Error("it did not come")
}

type Send = (context: SendContext) => Promise<SendResult>

const transport = (via: Via, send: Send, more: Partial<AnyTransport> = {}): AnyTransport => ({
  name: via,
  via,
  receipts: "handset",
  idempotency: "none",
  ...more,
  send: (_: unknown, context: SendContext) => send(context),
})

const accepts: Send = async () => ({ _tag: "Accepted" })

describe.skipIf(noServerBecause !== undefined)(`followup on Restate ${noServerBecause ?? ""}`, () => {
  let server: RestateServer
  let endpoint: Endpoint | undefined
  let worlds = 0
  beforeAll(async () => {
    server = await startRestate()
  }, STARTS_WITHIN_MS)
  afterEach(() => endpoint?.close())
  afterAll(() => server.close())

  /** A channel that no test before had, over the transports given, with customers who may be told of. */
  const open = async ({ channel = {}, ...options }: OnRestateOptions & { readonly channel?: object }) => {
    const channelId = `acme-${++worlds}`
    const logged: unknown[][] = []
    endpoint = await openEndpoint(server, options, {}, ({ replaying }, ...said) => {
      if (!replaying) logged.push(said)
    })
    const { followUps } = endpoint
    await followUps.channel({
      id: channelId,
      country: "KR",
      plan: { kind: "free" },
      settings: { email: false },
      ...channel,
    })
    const whose = (customerId = "cust-1") => ({ channelId, customerId })
    return {
      followUps,
      channelId,
      logged,
      whose,
      knows: (id = "cust-1") =>
        followUps.customer({ channelId, id, phone: "010-1234-5678", pushTokens: ["t1"] }),
      asks: (id?: string) =>
        followUps.message({
          ...whose(id),
          chatId: "c1",
          messageId: "m1",
          from: "customer",
          text: "Is it in stock?",
        }),
      replies: (id?: string) =>
        followUps.message({ ...whose(id), chatId: "c1", messageId: "m2", from: "manager", text: "It is." }),
      signals: (signal: "active" | "left") => followUps.presence({ ...whose(), sessionId: "s1", signal }),
      deliveryId: (via: Via, id = "cust-1") => `${channelId}/${id}/c1/m2/${via}`,
      outcomes: async () =>
        (await followUps.sentTo(whose())).flatMap((line) =>
          line._tag === "Delivery" ? [`${line.via} ${line.outcome}`] : [],
        ),
    }
  }

  test("R16: of 50 customers at once on PU for 3 texts exactly 3 are sent one, and the channel is told once", async () => {
    const sent: string[] = []
    const told: NoticeCall[] = []
    const world = await open({
      transports: [transport("xms", async ({ deliveryId }) => (sent.push(deliveryId), { _tag: "Accepted" }))],
      policy: { autoText: { prefix: "", suffix: "" }, freeLimitPu: 30 },
      onNotice: (call) => void told.push(call),
    })
    const ids = Array.from({ length: 50 }, (_, index) => `cust-${index}`)
    await Promise.all(ids.map((id) => world.knows(id)))
    await Promise.all(ids.map((id) => world.asks(id)))
    await Promise.all(ids.map((id) => world.replies(id)))
    const usage = await until(async () => {
      const report = await world.followUps.usage(world.channelId)
      return report.usedPu === 30 ? report : undefined
    })
    expect(usage).toMatchObject({ reservedPu: 0, leftPu: 0, byKind: { SMS: { pu: 30, messages: 3 } } })
    const lines = (
      await Promise.all(ids.map((customerId) => world.followUps.sentTo({ ...world.whose(customerId) })))
    ).flat()
    const refused = lines.filter((line) => line._tag === "Exclusion" && line.reason === "quota-exhausted")
    expect([sent.length, new Set(sent).size, refused.length]).toEqual([3, 3, 47])
    expect(await world.followUps.notices(world.channelId)).toMatchObject([{ kind: "usage-exhausted" }])
    await until(() => (told.length > 0 ? true : undefined))
    expect(told).toMatchObject([{ id: `${world.channelId}/1`, channelId: world.channelId }])
  })

  test("R7: a receipt does not wait behind the send that it is of", async () => {
    const sending = Promise.withResolvers<SendResult>()
    const world = await open({
      transports: [transport("push", () => sending.promise), transport("xms", accepts)],
      // Longer than the test may take.
      send: { timeoutMs: 3_600_000 },
      channel: { integrations: { push: true } },
    })
    await world.knows()
    await world.asks()
    await world.replies()
    await world.followUps.receipt({ deliveryId: world.deliveryId("push"), status: "received" })
    expect(await world.outcomes()).toEqual(["push received"])
    sending.resolve({ _tag: "Uncertain" })
    const history = await world.followUps.history(world.whose())
    expect(history.at(-1)?._tag).toBe("FollowUpClosed")
  })

  describe("a send that is broken off", () => {
    const brokenOff = async (more: Partial<AnyTransport>) => {
      const calls: SendContext[] = []
      // The first call never comes back.
      const send: Send = (context) =>
        calls.push(context) === 1 ? new Promise(() => {}) : Promise.resolve({ _tag: "Accepted" })
      const world = await open({ transports: [transport("xms", send, more)] })
      await world.knows()
      await world.asks()
      await world.replies()
      await until(() => calls[0])
      endpoint?.disconnect()
      const answer = await until(async () =>
        (await world.followUps.history(world.whose())).find(
          ({ _tag }) => _tag === "DeliveryUnconfirmed" || _tag === "DeliveryAccepted",
        ),
      )
      return { answer: answer._tag, keys: calls.map(({ idempotencyKey }) => idempotencyKey), world }
    }

    test("R9: is not sent again where keys are not honoured, but uncertain", async () => {
      const { answer, keys } = await brokenOff({})
      expect([answer, keys.length]).toEqual(["DeliveryUnconfirmed", 1])
    })

    test("R9: is sent again under the same key where keys are honoured", async () => {
      const { answer, keys, world } = await brokenOff({ idempotency: "key" })
      expect(answer).toBe("DeliveryAccepted")
      expect(keys).toEqual([world.deliveryId("xms"), world.deliveryId("xms")])
    })
  })

  test("R9: what was refused for now is sent again, later", async () => {
    const attempts: number[] = []
    const world = await open({
      transports: [
        transport(
          "xms",
          async ({ attempt }) => {
            attempts.push(attempt)
            return attempt === 1
              ? { _tag: "Rejected", reason: "rate-limited", retryAfterMs: 1 }
              : { _tag: "Accepted" }
          },
          { receipts: "none" },
        ),
      ],
      send: { backoffMs: 50 },
    })
    await world.knows()
    await world.asks()
    await world.replies()
    await until(async () => ((await world.outcomes())[0] === "xms accepted" ? true : undefined))
    expect(attempts).toEqual([1, 2])
  })

  test("R9, R20: what a transport throws is in the SDK's log", async () => {
    const world = await open({
      transports: [transport("xms", () => Promise.reject(new TypeError("+821012345678")))],
    })
    await world.knows()
    await world.asks()
    await world.replies()
    expect(await until(() => world.logged.find(([line]) => String(line).startsWith("followup: ")))).toEqual([
      "followup: a transport threw, where it should have answered",
      expect.objectContaining({ "followup.transport": "xms", "exception.type": "TypeError" }),
    ])
  })

  test("R1: what waits to be sent again is taken back when the customer returns", async () => {
    const attempts: number[] = []
    const world = await open({
      transports: [
        transport("xms", async ({ attempt }) => {
          attempts.push(attempt)
          return { _tag: "Rejected", reason: "rate-limited", retryAfterMs: 500 }
        }),
      ],
      send: { backoffMs: 500 },
    })
    await world.knows()
    await world.asks()
    await world.replies()
    await until(() => attempts[0])
    await world.signals("active")
    await until(async () => ((await world.outcomes())[0] === "xms withdrawn" ? true : undefined))
    expect(attempts).toEqual([1])
    expect(await world.followUps.usage(world.channelId)).toMatchObject({ usedPu: 0, reservedPu: 0 })
  })

  test("R1: a timer that found nothing to do does not keep the next one from being set", async () => {
    let looks = 0
    const world = await open({
      transports: [transport("xms", accepts)],
      policy: { presence: { inactivityMs: 400 } },
      clock: { now: () => (looks++, Date.now()), lasts: (ms) => ms },
    })
    await world.knows()
    await world.signals("active")
    await world.asks()
    await world.replies()
    await world.followUps.read({ ...world.whose(), chatId: "c1", upTo: "m2" })
    const before = looks
    // Woken, they look at the clock.
    await until(() => (looks > before ? true : undefined))
    await world.signals("active")
    const next = { ...world.whose(), chatId: "c1", messageId: "m3", from: "manager", text: "It is." } as const
    await world.followUps.message(next)
    await until(async () => ((await world.outcomes()).length > 0 ? true : undefined))
  })

  test.each([
    ["fails", () => Promise.reject(new Error("down"))],
    ["stays silent", () => new Promise<never>(() => {})],
  ])("R16: a host that %s is told of the same notice again", async (_, first) => {
    const told: string[] = []
    const world = await open({
      transports: [transport("xms", accepts)],
      policy: { freeLimitPu: 1 },
      onNotice: ({ id }) => (told.includes(id) ? void told.push(id) : (told.push(id), first())),
      notices: { timeoutMs: 50 },
    })
    await world.knows()
    await world.asks()
    await world.replies()
    // These services hear what is left of the channels of other tests too, by a policy with a smaller limit.
    const ours = () => told.filter((id) => id.startsWith(`${world.channelId}/`))
    await until(() => (ours().length > 1 ? true : undefined))
    expect(ours()).toEqual([`${world.channelId}/1`, `${world.channelId}/1`])
  })

  test("R1: the same input twice changes nothing", async () => {
    const world = await open({ transports: [transport("xms", accepts)] })
    await world.knows()
    for (const _ of [1, 2, 3]) await world.asks()
    for (const _ of [1, 2, 3]) await world.replies()
    const history = await world.followUps.history(world.whose())
    const requested = history.filter((event) => event._tag === "DeliveryRequested")
    expect(requested).toHaveLength(1)
    expect(history.filter((event) => event._tag === "MessageRecorded")).toHaveLength(2)
  })

  test("R5, R17: usage from elsewhere and prepayments count once each", async () => {
    const world = await open({ channel: { plan: { kind: "paid" } } })
    await world.followUps.topUp({ channelId: world.channelId, pu: 100 })
    await world.followUps.recordUsage({ channelId: world.channelId, kind: "LMS", pu: 30, messages: 3 })
    const usage = await world.followUps.usage(world.channelId)
    expect(usage).toMatchObject({
      usedPu: 30,
      prepaidPu: 70,
      byPurpose: { marketing: { pu: 30, messages: 3 } },
    })
    expect((await world.followUps.usage(world.channelId, { month: "2001-01" })).byKind.LMS.messages).toBe(0)
  })

  test("R5, R17: under one id they count once; prepayments and usage have ids of their own", async () => {
    const world = await open({ channel: { plan: { kind: "paid" } } })
    const { channelId, followUps } = world
    const unknown = `${channelId}-later`
    await expect(followUps.topUp({ channelId: unknown, id: "7", pu: 1 })).rejects.toThrow(FollowUpsError)
    await followUps.channel({ id: unknown, country: "KR", plan: { kind: "paid" } })
    for (const id of [channelId, channelId, unknown]) {
      await Promise.all([
        followUps.topUp({ channelId: id, id: "7", pu: 500 }),
        followUps.topUp({ channelId: id, id: "8", pu: 100 }),
      ])
      // After them: what was used before there were prepaid PU is not taken from these.
      await followUps.recordUsage({ channelId: id, id: "7", kind: "LMS", pu: 10 })
    }
    const sums = await Promise.all(
      [channelId, unknown].map(async (id) => {
        const { usedPu, prepaidPu } = await followUps.usage(id)
        return [usedPu, prepaidPu]
      }),
    )
    expect(sums).toEqual([
      [10, 590],
      [10, 590],
    ])
  })

  test("R17, R20: an id is remembered as long as the history", async () => {
    const historyMs = 86_400_000
    const asked: number[] = []
    const world = await open({
      channel: { plan: { kind: "paid" } },
      clock: { now: () => Date.now(), lasts: (ms) => (asked.push(ms), 2_000) },
      policy: { retention: { historyMs } },
    })
    const prepaid = async () => {
      await world.followUps.topUp({ channelId: world.channelId, id: "7", pu: 1 })
      return (await world.followUps.usage(world.channelId)).prepaidPu
    }
    expect([await prepaid(), await prepaid(), asked[0]]).toEqual([1, 1, historyMs])
    await until(async () => ((await prepaid()) > 1 ? true : undefined))
  })

  test("R9, R20: a carrier without a transport is not integrated, and why a reply was followed up can be asked", async () => {
    const channel = { integrations: { push: true, sns: true } }
    const world = await open({ channel, transports: [transport("xms", accepts)] })
    await world.knows()
    await world.asks()
    await world.replies()
    const explanation = await world.followUps.explain({ ...world.whose(), messageId: "m2" })
    expect(explanation.sentence).toMatch(/never been seen on the site.*SMS/)
  })

  test("R16, R20: a customer who is forgotten leaves nothing but what was paid", async () => {
    const sending = Promise.withResolvers<SendResult>()
    const world = await open({ transports: [transport("xms", () => sending.promise)] })
    await world.knows()
    await world.asks()
    await world.replies()
    await world.followUps.forget(world.whose())
    expect(await world.followUps.history(world.whose())).toEqual([])
    expect(await world.followUps.usage(world.channelId)).toMatchObject({ usedPu: 10, reservedPu: 0 })
    sending.resolve({ _tag: "Accepted" })
    await world.followUps.forget(world.whose())
    await world.asks()
    expect(await world.followUps.history(world.whose())).toHaveLength(1)
  })

  test("R20: history goes by itself once it is too old", async () => {
    let nowMs = Date.UTC(2026, 0, 5, 9)
    const dayMs = 86_400_000
    const world = await open({
      // A day passes in half a second, so that the timer of the first day ends within the test.
      clock: { now: () => nowMs, lasts: (ms) => ms / (2 * dayMs) },
      policy: { retention: { historyMs: 365 * dayMs } },
    })
    await world.asks()
    nowMs += 365 * dayMs
    await world.replies()
    await until(async () =>
      (await world.followUps.history(world.whose())).some(({ atMs }) => atMs < nowMs) ? undefined : true,
    )
    const left = await world.followUps.history(world.whose())
    expect(left.map(({ _tag }) => _tag)).toContain("MessageRecorded")
  })

  test("says what is wrong with a call, or with what it names", async () => {
    const world = await open({})
    const { followUps, whose, channelId } = world
    const reasonOf = (call: Promise<unknown>) =>
      call.then(
        () => "done",
        (error: FollowUpsError) => error.reason,
      )
    expect(await reasonOf(followUps.read({ ...whose(), chatId: "c1", upTo: "m9" }))).toBe("unknown-message")
    expect(await reasonOf(followUps.receipt({ deliveryId: "elsewhere", status: "received" }))).toBe(
      "unknown-delivery",
    )
    expect(
      await reasonOf(followUps.receipt({ deliveryId: world.deliveryId("xms"), status: "received" })),
    ).toBe("unknown-delivery")
    const elsewhere = { ...whose(), channelId: "nowhere", sessionId: "s1", signal: "active" } as const
    expect(await reasonOf(followUps.presence(elsewhere))).toBe("unknown-channel")
    expect(await reasonOf(followUps.usage("nowhere"))).toBe("unknown-channel")
    expect(await reasonOf(followUps.topUp({ channelId: "nowhere", pu: 1 }))).toBe("unknown-channel")
    expect(await reasonOf(followUps.topUp({ channelId, pu: -1 }))).toBe("bad-input")
  })

  test("says what is wrong with what other hosts post, and keeps its own handlers to itself", async () => {
    await open({})
    const post = async (path: string, body: unknown) => {
      const response = await fetch(`${server.ingress}/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      })
      return `${response.status} ${await response.text()}`
    }
    const wrong = { input: { _tag: "WakeUp", atMs: "now" }, nowMs: 0 }
    expect(await post("FollowUpCustomer/a%2Fb/hear", wrong)).toMatch(/^400 .*input\.atMs: expected/)
    for (const path of ["FollowUpCustomer/a%2Fb/wake", "FollowUpChannel/a/enter", "FollowUpSender/send"])
      expect(await post(path, {}), path).toMatch(/^400 .*not public/)
  })

  test("takes ids of every shape", async () => {
    const world = await open({})
    const strange = world.whose("a/b %2F 고객?#")
    const message = { ...strange, chatId: "c/1", messageId: "m 1", from: "customer", text: "?" } as const
    await world.followUps.message(message)
    expect(await world.followUps.history(strange)).toMatchObject([{ _tag: "MessageRecorded", chatId: "c/1" }])
    expect(await world.followUps.history(world.whose("a/b %252F 고객?#"))).toEqual([])
  })
})

test("options that make no sense are refused with their place", () => {
  const twice = [transport("xms", accepts), transport("xms", accepts)]
  expect(() => followUpsOnRestate({ transports: twice })).toThrow(/one a leg, but several are for xms/)
  expect(() => followUpsOnRestate({ policy: { cascade: { pushTimeoutMs: -1 } } })).toThrow(FollowUpsError)
  expect(() => followUpsOnRestate({ policy: { cascade: { pushTimeoutMs: -1 } } })).toThrow(
    /cascade\.pushTimeoutMs/,
  )
})

test.each([
  ["transport", { transport: [] }],
  ["transports[0].via", { transports: [{ ...transport("xms", accepts), via: "sms" }] }],
  ["send.timeoutMs", { send: { timeoutMs: Number.NaN } }],
  ["send.maxAttempt", { send: { maxAttempt: 3 } }],
  ["onNotice", { onNotice: "mail" }],
  ["notices.timeoutMs", { notices: { timeoutMs: 0 } }],
  ["clock.lasts", { clock: { now: () => 0 } }],
])("R20: refuses a bad %s, and names it", (path, options) => {
  expect(() => followUpsOnRestate(options as OnRestateOptions)).toThrow(`${path}: expected `)
})

test.each([
  ["url", { url: "" }],
  ["timeoutMs", { url: "http://127.0.0.1:8080", timeoutMs: 0 }],
  ["maxInflight", { url: "http://127.0.0.1:8080", maxInflight: 3 }],
])("R20: does not connect with a bad %s, and names it", (path, options) => {
  expect(() => followUpsOnRestate().connect(options)).toThrow(`connect.${path}: expected `)
})
