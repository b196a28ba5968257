import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect, test } from "vitest"
import { Store, type StoreShape } from "../../src/engine/index.ts"
import {
  accepted,
  type Behaviour,
  drivers,
  type Reply,
  rejected,
  type Script,
  START_MS,
  uncertain,
} from "./engine-world.ts"
import { jieun, openStory, type StoryOptions } from "./story.ts"

const HOUR_MS = 3_600_000

/** Replies in their order, the last one ever after. */
const inTurn =
  (...replies: ReadonlyArray<Reply>): Behaviour =>
  (_, times) =>
    replies[Math.min(times, replies.length) - 1] ?? "hangs"

describe.each(drivers)("sending over %s", (_, makeStore) => {
  const open = async (options: StoryOptions) => {
    const story = await openStory({ store: makeStore(), customer: { pushTokens: [] }, ...options })
    await story.asks(0)
    await story.replies(1_000)
    return story
  }
  const ofSns = (calls: ReadonlyArray<string>) => calls.filter((call) => call.startsWith("sns"))
  const withSns = (sns: Script, more: StoryOptions = {}) => open({ scripts: { sns }, ...more })

  test("R8: what is rejected for now is sent again, under the same key", async () => {
    const story = await withSns({ then: inTurn(rejected("rate-limited", 5_000), accepted) })
    await story.receipt(7_000, "sns")
    await story.world.at(HOUR_MS)
    expect(ofSns(story.calls())).toEqual(["sns@1000#1", "sns@6000#2"])
    const keys = story.world.sent
      .filter(({ via }) => via === "sns")
      .map(({ context }) => context.idempotencyKey)
    expect(new Set(keys).size).toBe(1)
    expect(await story.outcomes()).toContain("sns delivered@7000")
    expect(story.calls().filter((call) => call.startsWith("email"))).toEqual(["email@1000#1"])
  })

  test("R9: attempts end, each twice as long after the one before; then XMS", async () => {
    const story = await withSns({ then: rejected("rate-limited", 0) })
    await story.world.at(HOUR_MS)
    expect(ofSns(story.calls())).toEqual([
      "sns@1000#1",
      "sns@3000#2",
      "sns@7000#3",
      "sns@15000#4",
      "sns@31000#5",
    ])
    expect(story.calls()).toContain("xms@31000#1")
  })

  test("R9: there are no more attempts than the pace allows", async () => {
    for (const then of [rejected("rate-limited", 0), uncertain]) {
      const send = { timeoutMs: 1_000, graceMs: 1_000, maxAttempts: 2, backoffMs: 2_000 }
      const story = await withSns({ then, idempotency: "key" }, { engine: { send } })
      await story.world.at(HOUR_MS)
      expect(ofSns(story.calls())).toEqual(["sns@1000#1", "sns@3000#2"])
    }
  })

  test("R9: nothing is sent at or after its expiry", async () => {
    const last = await withSns({ then: rejected("rate-limited", 59_999) })
    await last.world.at(HOUR_MS)
    expect(ofSns(last.calls())).toEqual(["sns@1000#1", "sns@60999#2"])
    const late = await withSns({ then: rejected("rate-limited", 60_000) })
    await late.world.at(HOUR_MS)
    expect(ofSns(late.calls())).toEqual(["sns@1000#1"])
    expect(late.calls()).toContain("xms@1000#1")
  })

  test("R9: what may have been sent is not repeated where nobody can tell, and no XMS follows", async () => {
    for (const then of [uncertain, "throws", "rejects", "raves"] as const) {
      const story = await withSns({ then })
      await story.world.at(HOUR_MS)
      expect(story.calls().toSorted()).toEqual(["email@1000#1", "sns@1000#1"])
      expect(await story.outcomes()).toContain("sns uncertain@61000")
    }
  })

  test("R9: nor is it waited for where nothing more can be heard", async () => {
    for (const via of ["xms", "email"] as const) {
      const scripts = { [via]: { then: uncertain, receipts: "none" } as const }
      const story = await open({ channel: { integrations: {} }, scripts })
      expect(await story.outcomes()).toContain(`${via} uncertain@1000`)
      expect(await story.usedPu()).toMatchObject({ reservedPu: 0 })
    }
  })

  test("R9: what may have been sent is repeated under the same key where keys are honoured", async () => {
    const story = await withSns({ then: inTurn(uncertain, "throws", accepted), idempotency: "key" })
    await story.receipt(8_000, "sns")
    await story.world.at(HOUR_MS)
    expect(ofSns(story.calls())).toEqual(["sns@1000#1", "sns@3000#2", "sns@7000#3"])
    const keys = story.world.sent
      .filter(({ via }) => via === "sns")
      .map(({ context }) => context.idempotencyKey)
    expect(new Set(keys).size).toBe(1)
    expect(await story.outcomes()).toContain("sns delivered@8000")
  })

  test("R9: refused for now after it may have been sent stays uncertain: no XMS", async () => {
    const story = await withSns({
      then: inTurn(uncertain, rejected("rate-limited", 1_000)),
      idempotency: "key",
    })
    await story.world.at(HOUR_MS)
    expect(ofSns(story.calls()).length).toBeGreaterThan(2)
    expect(story.calls().filter((call) => call.startsWith("xms"))).toEqual([])
    expect((await story.outcomes()).find((line) => line.startsWith("sns"))).toMatch(/^sns uncertain@/)
  })

  test("R1, R9: refused for now after it may have been sent is not taken back", async () => {
    const story = await withSns({
      then: inTurn(uncertain, rejected("rate-limited", 20_000)),
      idempotency: "key",
    })
    await story.reads(10_000)
    await story.world.at(HOUR_MS)
    expect((await story.outcomes()).find((line) => line.startsWith("sns"))).not.toMatch(/withdrawn/)
  })

  test("R9: what may have been sent is asked for at the provider, and never sent again", async () => {
    const lookup = (reply: Reply) => inTurn(uncertain, reply)
    const found = await withSns({ then: uncertain, lookup: lookup(accepted) })
    await found.world.at(60_000)
    expect(ofSns(found.calls())).toEqual(["sns@1000#1", "sns?@3000#2", "sns?@7000#3"].slice(0, 2))
    const gone = await withSns({ then: uncertain, lookup: lookup(rejected("provider-error")) })
    await gone.world.at(60_000)
    expect(ofSns(gone.calls())).toEqual(["sns@1000#1", "sns?@3000#2"])
    expect(gone.calls()).toContain("xms@3000#1")
    const mute = await withSns({ then: uncertain, lookup: () => uncertain })
    await mute.world.at(HOUR_MS)
    expect(
      ofSns(mute.calls())
        .slice(1)
        .every((call) => call.startsWith("sns?")),
    ).toBe(true)
    expect(ofSns(mute.calls())).toHaveLength(5)
  })

  test("R9: a send that hangs is aborted at its time-out, and uncertain after its grace", async () => {
    const story = await withSns({ then: "hangs" })
    const [send] = story.world.sent.filter(({ via }) => via === "sns")
    await story.world.jump(story.world.nowMs + 14_999)
    expect(send?.context.signal.aborted).toBe(false)
    await story.world.jump(story.world.nowMs + 1)
    expect(send?.context.signal.aborted).toBe(true)
    await story.world.jump(story.world.nowMs + 1_000)
    send?.answer(rejected("provider-error"))
    await story.world.at(HOUR_MS)
    expect(story.calls().toSorted()).toEqual(["email@1000#1", "sns@1000#1"])
    expect(await story.outcomes()).toContain("sns uncertain@77000")
  })

  test("R9: an aborted send that says that nothing left gives way to XMS", async () => {
    const story = await withSns({ then: "hangs" })
    const [send] = story.world.sent.filter(({ via }) => via === "sns")
    await story.world.jump(story.world.nowMs + 15_000)
    send?.answer({ _tag: "Rejected", reason: "unreachable" })
    await story.world.settle()
    expect(story.calls()).toContain("xms@16000#1")
  })

  test("R8: one leg that throws, hangs or is refused does not touch the other", async () => {
    for (const then of ["throws", "rejects", "hangs", rejected("provider-error")] as const)
      for (const via of ["sns", "email"] as const) {
        const story = await open({ scripts: { [via]: { then } } })
        const other = via === "sns" ? "email" : "sns"
        await story.receipt(2_000, other)
        await story.world.at(HOUR_MS)
        expect(await story.outcomes()).toContain(`${other} delivered@2000`)
        expect(story.calls().filter((call) => call.startsWith(`${other}@`))).toEqual([`${other}@1000#1`])
      }
  })

  test("R9: an answer that finds the store down is handed in once it is back", async () => {
    const story = await withSns({ then: "hangs" })
    const { world } = story
    world.faults.store = "down"
    world.sent.find(({ via }) => via === "sns")?.answer(rejected("blocked"))
    await world.jump(world.nowMs + 2_500)
    world.faults.store = "up"
    await world.jump(world.nowMs + 500)
    expect(story.calls()).toContain("xms@4000#1")
    expect(await story.outcomes()).toContain("sns blocked@4000")
  })

  test("R7: while a message waits for room, what falls due falls due within a second, however seldom it polls", async () => {
    const story = await openStory({
      store: makeStore(),
      scripts: { sns: { then: "hangs" }, email: { then: "hangs" } },
      engine: { maxSends: 1, send: { timeoutMs: 60_000 } },
    })
    await story.world.call((engine) => engine.customer({ ...jieun, id: "cust-2", pushTokens: [] }))
    await story.asks(0)
    await story.replies(0)
    await story.asks(1_000, "m1", { customerId: "cust-2" })
    await story.replies(1_000, "m2", { customerId: "cust-2" })
    for (let second = 2; second <= 31; second++) await story.world.jump(START_MS + second * 1_000)
    expect(story.calls()).toHaveLength(2)
    expect(await story.outcomes()).toEqual([
      expect.stringMatching(/^push timed-out@30/),
      "sns pending",
      "email pending",
    ])
  })

  test("R7: a store that is slow for a while makes nothing late that falls due after that", async () => {
    let pauseMs = 3_000
    const store = Layer.effect(Store)(
      Store.useSync(
        (shape): StoreShape => ({
          ...shape,
          due: (nowMs, limit) => shape.due(nowMs, limit).pipe(Effect.tap(() => Effect.sleep(pauseMs))),
        }),
      ),
    ).pipe(Layer.provide(makeStore()))
    const story = await openStory({ store })
    await story.asks(0)
    await story.replies(1_000)
    await story.world.jump(START_MS + 5_000)
    pauseMs = 0
    await story.world.jump(START_MS + 31_000)
    expect(await story.outcomes()).toContain("push timed-out@31000")
  })

  test("R8: no more sends are under way at once than asked for, and those that wait lose nothing", async () => {
    const story = await openStory({
      store: makeStore(),
      channel: { settings: { email: false }, integrations: {} },
      scripts: { xms: { then: "hangs" } },
      engine: { maxSends: 2 },
    })
    const { world } = story
    const ids = Array.from({ length: 5 }, (_one, index) => `cust-${index}`)
    for (const customerId of ids) {
      await world.call((engine) =>
        engine.customer({ channelId: "acme", id: customerId, phone: "010-1234-5678" }),
      )
      await story.asks(0, "m1", { customerId })
      await story.replies(1_000, "m2", { customerId })
    }
    for (const underWay of [2, 3, 4, 5, 5]) {
      expect(story.calls()).toHaveLength(underWay)
      world.sent[underWay - 2]?.answer(accepted)
      await world.settle()
    }
    expect(new Set(world.sent.map(({ context }) => context.deliveryId)).size).toBe(5)
  })

  test("R1, R16: what is cancelled before it is sent is withdrawn, and its PU are released", async () => {
    const story = await withSns({ then: inTurn(rejected("rate-limited", 30_000), accepted) })
    expect(await story.usedPu()).toEqual({ usedPu: 0, reservedPu: 8 })
    await story.reads(10_000)
    expect(await story.usedPu()).toEqual({ usedPu: 0, reservedPu: 0 })
    expect(await story.outcomes()).toContain("sns withdrawn@10000")
    await story.world.at(HOUR_MS)
    expect(story.calls().toSorted()).toEqual(["email@1000#1", "sns@1000#1"])
  })
})

describe.each(drivers)("a push to several devices over %s", (_, makeStore) => {
  const open = async (push: Behaviour, more: Script = {}) => {
    const story = await openStory({
      store: makeStore(),
      customer: { pushTokens: ["t1", "t2", "t3"] },
      scripts: { push: { then: push, ...more } },
    })
    await story.asks(0)
    await story.replies(1_000)
    return story
  }
  const tokenOf = (message: unknown): unknown =>
    typeof message === "object" && message !== null && "token" in message ? message.token : undefined

  test("R6: goes to each device once, each under a key of its own", async () => {
    const story = await open(() => accepted)
    expect(story.world.sent.map(({ message }) => tokenOf(message))).toEqual(["t1", "t2", "t3"])
    expect(new Set(story.world.sent.map(({ context }) => context.idempotencyKey)).size).toBe(3)
    expect(new Set(story.world.sent.map(({ context }) => context.deliveryId)).size).toBe(1)
  })

  test("R7: one device that may have it is enough to wait, the others may fail", async () => {
    for (const one of [accepted, uncertain, "throws"] as const) {
      const story = await open(({ message }) => (tokenOf(message) === "t2" ? one : rejected("blocked")))
      expect(story.calls()).toHaveLength(3)
      await story.world.at(30_999)
      expect(story.calls()).toHaveLength(3)
      await story.world.at(31_000)
      expect(story.calls().slice(3).toSorted()).toEqual(["email@31000#1", "sns@31000#1"])
    }
  })

  test("R7: all devices refused falls through at once", async () => {
    const story = await open(() => rejected("blocked"))
    expect(story.calls().slice(3).toSorted()).toEqual(["email@1000#1", "sns@1000#1"])
  })
})
