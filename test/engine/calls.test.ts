import type * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { FollowUpsError, FollowUpsShape } from "../../src/engine/index.ts"
import { drivers, START_MS } from "./engine-world.ts"
import { acme, jieun, openStory, whose } from "./story.ts"

const deliveryId = "acme/cust-1/c1/m2/push"
const marketing = { channelId: "acme", kind: "SMS", pu: 1 } as const

describe.each(drivers)("calls of the engine over %s", (_, makeStore) => {
  const open = () => openStory({ store: makeStore() })

  test("R1: a repeated call changes nothing, and sends nothing again", async () => {
    const story = await open()
    const { world } = story
    const lastSeq = () => world.store((store) => store.lastSeq)
    const message = { ...whose, chatId: "c1" }
    const calls: ReadonlyArray<(engine: FollowUpsShape) => ReturnType<FollowUpsShape["message"]>> = [
      (engine) => engine.channel(acme),
      (engine) => engine.customer(jieun),
      (engine) => engine.presence({ ...whose, sessionId: "tab-1", signal: "active" }),
      (engine) => engine.message({ ...message, messageId: "m1", from: "customer", text: "In stock?" }),
      (engine) => engine.presence({ ...whose, sessionId: "tab-1", signal: "left" }),
      (engine) => engine.message({ ...message, messageId: "m2", from: "manager", text: "Yes." }),
      (engine) => engine.receipt({ deliveryId, status: "received" }),
      (engine) => engine.read({ ...message, upTo: "m2" }),
    ]
    for (const call of calls) {
      await world.call(call)
      const before = await lastSeq()
      await world.call(call)
      expect(await lastSeq()).toBe(before)
    }
    for (const call of calls) await world.call(call)
    expect(story.calls()).toEqual(["push@0#1"])
    expect(await story.outcomes()).toEqual(["push received@0"])
  })

  test("R1: a call that is made many times at once counts once", async () => {
    const story = await open()
    await story.asks(0)
    await Promise.all(Array.from({ length: 20 }, () => story.replies(0)))
    expect(story.calls()).toEqual(["push@0#1"])
  })

  test("bad input is told by its places, and nothing is written", async () => {
    const { world } = await open()
    const bad: ReadonlyArray<
      readonly [string, (engine: FollowUpsShape) => ReturnType<FollowUpsShape["message"]>]
    > = [
      [
        "text",
        (engine) =>
          // @ts-expect-error: a host without types
          engine.message({ ...whose, chatId: "c1", messageId: "m1", from: "customer" }),
      ],
      [
        "signal",
        (engine) =>
          // @ts-expect-error: a host without types
          engine.presence({ ...whose, sessionId: "s", signal: "asleep" }),
      ],
      ["channelId", (engine) => engine.read({ ...whose, channelId: "", chatId: "c1", upTo: "m1" })],
      ["upTo", (engine) => engine.read({ ...whose, chatId: "c1", upTo: "m\ud800" })],
      ["customerId", (engine) => engine.read({ ...whose, customerId: "a\0b", chatId: "c1", upTo: "m1" })],
      ["atMs", (engine) => engine.receipt({ deliveryId, status: "received", atMs: -1 })],
      [
        "nickname",
        (engine) => {
          const call = { ...jieun, nickname: "J" }
          return engine.customer(call)
        },
      ],
      ["country", (engine) => engine.channel({ ...acme, country: "Korea" })],
      ["pu", (engine) => engine.topUp({ channelId: "acme", pu: -1 })],
      ["pu", (engine) => engine.recordUsage({ channelId: "acme", kind: "SMS", pu: 0.0001 })],
      ["messages", (engine) => engine.recordUsage({ ...marketing, messages: 1_000_000_001 })],
    ]
    for (const [path, call] of bad) {
      const error = await world.refusal(call)
      expect(error).toMatchObject({ _tag: "FollowUpsError", reason: "bad-input" })
      expect(error.issues?.map((issue) => issue.path)).toEqual([path])
      expect(error.message).toContain(`${path}: expected`)
    }
    expect(await world.store((store) => store.lastSeq)).toBe(0)
  })

  test("R2: instants in seconds are refused, where it is clear that they are none in milliseconds", async () => {
    const { world } = await open()
    const said = { ...whose, chatId: "c1", messageId: "m1", from: "customer", text: "Hi" } as const
    const tell = (
      atMs: number,
    ): ReadonlyArray<(engine: FollowUpsShape) => ReturnType<FollowUpsShape["message"]>> => [
      (engine) => engine.presence({ ...whose, sessionId: "tab-1", signal: "active", atMs }),
      (engine) => engine.message({ ...said, atMs }),
      (engine) => engine.read({ ...whose, chatId: "c1", upTo: "m1", atMs }),
      (engine) => engine.receipt({ deliveryId, status: "received", atMs }),
    ]
    for (const atMs of [1_000_000_000, 1_767_603_600, 9_999_999_999])
      for (const [index, call] of tell(atMs).entries())
        expect(await world.refusal(call)).toMatchObject({
          reason: "bad-input",
          message: `${["presence", "message", "read", "receipt"][index]}: atMs: expected milliseconds since 1970; this looks like seconds`,
          issues: [{ path: "atMs" }],
        })
    expect(await world.store((store) => store.lastSeq)).toBe(0)
    for (const atMs of [0, 999_999_999, 10_000_000_000, START_MS])
      await world.call((engine) => engine.message({ ...said, messageId: `m${atMs}`, atMs }))
  })

  test("R2: a small instant is one while the clock says a small one too", async () => {
    const { world } = await openStory({ store: makeStore(), startMs: 5_000_000_000 })
    await world.call((engine) =>
      engine.presence({ ...whose, sessionId: "tab-1", signal: "active", atMs: 4_999_999_000 }),
    )
    await world.close()
  })

  test("R20: what is wrong with a call is told by the call's name and the place", async () => {
    const { world } = await open()
    const nothing = (given: unknown) => given as never
    const calls = [
      "presence",
      "message",
      "read",
      "receipt",
      "customer",
      "channel",
      "optOut",
      "recordUsage",
      "forget",
      "domainCheck",
      "topUp",
      "resume",
      "revoke",
      "explain",
      "usage",
      "log",
      "sentTo",
      "notices",
    ] as const
    for (const name of calls) {
      const call = (engine: FollowUpsShape): Effect.Effect<unknown, FollowUpsError> =>
        engine[name](nothing(5))
      const { message } = await world.refusal(call)
      expect(message).toMatch(new RegExp(`^${name}: (?:channelId: )?expected `))
    }
    const { message } = await world.refusal((engine) => engine.read(nothing({ channelId: "acme" })))
    expect(message.split("\n")).toEqual(
      ["customerId", "chatId", "upTo"].map((path) => `read: ${path}: expected a value; it is missing`),
    )
  })

  test("R20: a field that may be left out may be undefined, as a host's own records have it", async () => {
    const { world } = await open()
    const row: { readonly phone: string | undefined } = { phone: undefined }
    const nothing = undefined
    const calls: ReadonlyArray<(engine: FollowUpsShape) => Effect.Effect<unknown, FollowUpsError>> = [
      (engine) => engine.customer({ channelId: "acme", id: "cust-2", phone: row.phone, optedOut: nothing }),
      (engine) => engine.channel({ ...acme, settings: { email: nothing }, usedPu: nothing }),
      (engine) => engine.presence({ ...whose, sessionId: "tab-1", signal: "active", atMs: nothing }),
      (engine) => engine.log({ channelId: "acme", customerId: nothing, limit: nothing }),
      (engine) => engine.usage("acme", { month: nothing }),
    ]
    for (const call of calls) await world.call(call)
    const holes: ReadonlyArray<(engine: FollowUpsShape) => Effect.Effect<unknown, FollowUpsError>> = [
      // @ts-expect-error: a customer has an id
      (engine) => engine.customer({ channelId: "acme", id: nothing }),
      // @ts-expect-error: a list has no holes
      (engine) => engine.customer({ channelId: "acme", id: "cust-2", pushTokens: [nothing] }),
    ]
    for (const call of holes) expect((await world.refusal(call)).reason).toBe("bad-input")
  })

  test("R19: usage stays exact with as many messages as a call may report", async () => {
    const { world } = await open()
    const most = { ...marketing, messages: 1_000_000_000 }
    for (let call = 0; call < 3; call++) await world.call((engine) => engine.recordUsage(most))
    expect((await world.call((engine) => engine.usage("acme"))).byKind.SMS.messages).toBe(3_000_000_000)
  })

  test("R19, R20: what a question needs is checked like what a call needs", async () => {
    const { world } = await open()
    const given = (value: unknown) => value as string
    const seqOf = (after: unknown) => ({ after: after as number })
    const nothing = given(undefined)
    const bad: ReadonlyArray<
      readonly [string, (engine: FollowUpsShape) => Effect.Effect<unknown, FollowUpsError>]
    > = [
      ["channelId", (engine) => engine.notices(nothing)],
      ["channelId", (engine) => engine.notices(given({}))],
      ["channelId", (engine) => engine.usage(nothing)],
      ["channelId", (engine) => engine.usage("")],
      ["month", (engine) => engine.usage("acme", { month: "2026-13" })],
      ["after", (engine) => Stream.runDrain(engine.events(seqOf("x")))],
      ["after", (engine) => Stream.runDrain(engine.events(seqOf(1.5)))],
      ["after", (engine) => Stream.runDrain(engine.events(seqOf(-1)))],
    ]
    for (const [path, call] of bad) {
      const error = await world.refusal(call)
      expect(error).toMatchObject({ reason: "bad-input", issues: [{ path }] })
      expect(error.message).toContain(`${path}: expected`)
    }
  })

  test("what is not known is told as such, and nothing is written", async () => {
    const { world } = await open()
    const reasonOf = async (call: (engine: FollowUpsShape) => ReturnType<FollowUpsShape["message"]>) =>
      (await world.refusal(call)).reason
    const stranger = { channelId: "nobody", customerId: "cust-1" }
    const text = { chatId: "c1", messageId: "m1", from: "customer", text: "Hi" } as const
    expect(await reasonOf((engine) => engine.message({ ...stranger, ...text }))).toBe("unknown-channel")
    expect(await reasonOf((engine) => engine.recordUsage({ channelId: "nobody", kind: "SMS", pu: 1 }))).toBe(
      "unknown-channel",
    )
    expect(await reasonOf((engine) => engine.topUp({ channelId: "nobody", pu: 1 }))).toBe("unknown-channel")
    expect((await world.refusal((engine) => engine.usage("nobody"))).reason).toBe("unknown-channel")
    expect(await reasonOf((engine) => engine.read({ ...whose, chatId: "c1", upTo: "m9" }))).toBe(
      "unknown-message",
    )
    for (const id of [deliveryId, "nothing of ours", "a/b/c/d/pigeon", "%/%/%/%/push"])
      expect(await reasonOf((engine) => engine.receipt({ deliveryId: id, status: "received" }))).toMatch(
        /^unknown-(delivery|channel)$/,
      )
    expect(await world.store((store) => store.lastSeq)).toBe(0)
  })

  test("R16: a channel told again keeps its usage; usage and prepayments count at once", async () => {
    const story = await open()
    const { world } = story
    await world.call((engine) => engine.recordUsage({ channelId: "acme", kind: "SMS", pu: 900 }))
    await world.call((engine) => engine.channel({ ...acme, usedPu: 5, name: "Acme Ltd" }))
    expect(await story.usedPu()).toEqual({ usedPu: 900, reservedPu: 0 })
    await world.call((engine) =>
      engine.recordUsage({ channelId: "acme", kind: "EMAIL", pu: 100, messages: 3 }),
    )
    const kinds = (await world.call((engine) => engine.notices("acme"))).map(({ kind }) => kind)
    expect(kinds).toEqual(["usage-90", "usage-exhausted"])
    expect(await world.call((engine) => engine.usage("acme"))).toMatchObject({
      byPurpose: { marketing: { pu: 1_000, messages: 4 } },
      byMonth: { "2026-01": { pu: 1_000, messages: 4 } },
    })
    await world.call((engine) => engine.channel({ ...acme, plan: { kind: "paid" } }))
    await world.call((engine) => engine.topUp({ channelId: "acme", pu: 50 }))
    expect(await world.call((engine) => engine.usage("acme"))).toMatchObject({ limitPu: null, prepaidPu: 50 })
  })

  test("R16, R17: a prepayment or usage under an id counts once, however often it is told", async () => {
    const { world } = await open()
    await world.call((engine) => engine.channel({ ...acme, plan: { kind: "paid" } }))
    const paid = { channelId: "acme", id: "order-7", pu: 50 }
    const used = { channelId: "acme", id: "order-7", kind: "SMS", pu: 8 } as const
    const calls: ReadonlyArray<(engine: FollowUpsShape) => ReturnType<FollowUpsShape["topUp"]>> = [
      (engine) => engine.topUp(paid),
      (engine) => engine.recordUsage(used),
      (engine) => engine.topUp({ ...paid, id: "order-8" }),
    ]
    for (const call of calls) await Promise.all([world.call(call), world.call(call), world.call(call)])
    for (const call of calls) await world.call(call)
    expect(await world.call((engine) => engine.usage("acme"))).toMatchObject({
      usedPu: 8,
      prepaidPu: 92,
      byPurpose: { marketing: { pu: 8, messages: 1 } },
    })
    await world.call((engine) => engine.topUp({ channelId: "acme", pu: 1 }))
    await world.call((engine) => engine.topUp({ channelId: "acme", pu: 1 }))
    expect((await world.call((engine) => engine.usage("acme"))).prepaidPu).toBe(94)
  })

  test("R17: a prepayment that failed under an id may be repeated under it", async () => {
    const { world } = await open()
    const paid = { channelId: "acme", id: "order-7", pu: 50 }
    expect((await world.refusal((engine) => engine.topUp({ ...paid, channelId: "late" }))).reason).toBe(
      "unknown-channel",
    )
    await world.call((engine) => engine.channel({ ...acme, id: "late", plan: { kind: "paid" } }))
    await world.call((engine) => engine.topUp({ ...paid, channelId: "late" }))
    expect((await world.call((engine) => engine.usage("late"))).prepaidPu).toBe(50)
  })

  test("R20: the post log is read page by page, newest first, and each message explained", async () => {
    const story = await open()
    await story.asks(0)
    await story.replies(1_000)
    await story.world.at(40_000)
    const { world } = story
    const all = await world.call((engine) => engine.log({ channelId: "acme" }))
    expect(all.map((entry) => (entry._tag === "Delivery" ? entry.via : entry.reason))).toEqual([
      "email",
      "sns",
      "push",
    ])
    const newest = await world.call((engine) => engine.log({ channelId: "acme", limit: 1 }))
    expect(newest).toEqual(all.slice(0, 1))
    const older = await world.call((engine) => engine.log({ channelId: "acme", before: all[0]?.seq ?? 0 }))
    expect(older).toEqual(all.slice(1))
    const [email, sns] = all
    const left = { channelId: "acme", result: "Sent" } as const
    expect(await world.call((engine) => engine.log(left))).toEqual([email, sns])
    expect(await world.call((engine) => engine.log({ ...left, before: email?.seq ?? 0 }))).toEqual([sns])
    const explanation = await world.call((engine) => engine.explain({ ...whose, messageId: "m2" }))
    expect(JSON.stringify(explanation)).toContain("R7")
    const sent = await world.call((engine) => engine.sentTo(whose))
    expect([...explanation.deliveries, ...explanation.exclusions]).toEqual(sent)
  })
})

test("R1: messages of many customers at once lose nothing under back-pressure", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ maxWaiting: fc.constantFrom(1, 2, 7), maxBatch: fc.constantFrom(1, 3, 256) }),
      async (engine) => {
        const story = await openStory({ engine, scripts: { push: { then: "hangs" } } })
        const ids = Array.from({ length: 60 }, (_, index) => `cust-${index % 20}`)
        await Promise.all(ids.map((customerId, index) => story.asks(0, `m${index}`, { customerId })))
        const events = await story.world.store((store) => store.eventsAfter(0, 1_000))
        const recorded = events.flatMap(({ event }) =>
          event._tag === "MessageRecorded" ? [event.messageId] : [],
        )
        expect(recorded.toSorted()).toEqual(ids.map((_, index) => `m${index}`).toSorted())
      },
    ),
    { numRuns: 5 },
  )
})
