import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { afterAll, describe, expect, test } from "vitest"
import { FollowUps, type FollowUpsError, type FollowUpsShape } from "../../src/engine/index.ts"
import { Store, type StoreShape } from "../../src/ports/store.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { accepted, type Behaviour, drivers, rejected, START_MS, World } from "./engine-world.ts"
import { acme, jieun, openStory, type StoryOptions, storyIn, whose } from "./story.ts"

const folder = mkdtempSync(join(tmpdir(), "followup-close-"))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0

describe("closing an engine that sends", () => {
  const closing = async (options: StoryOptions = {}) => {
    const file = join(folder, `${++files}.sqlite`)
    const story = await openStory({
      store: sqlite(file),
      scripts: { push: { then: "hangs" } },
      engine: { closeTimeoutMs: 5_000, leaseMs: 20_000 },
      ...options,
    })
    await story.asks(0)
    await story.replies(1_000)
    const state = { closed: false }
    const close = async () => {
      await story.world.close()
      state.closed = true
    }
    const closed = close()
    await story.world.settle()
    const again = async (ms: number) =>
      storyIn(await World.open({ store: sqlite(file), startMs: START_MS + ms }))
    return { story, state, closed, again }
  }

  test("R7: waits for the answer and keeps it", async () => {
    const { story, state, closed, again } = await closing()
    expect(state.closed).toBe(false)
    story.world.sent[0]?.answer(accepted)
    await closed
    const after = await again(2_000)
    const events = await after.world.store((store) => store.eventsAfter(0, 100))
    expect(events.map(({ event }) => event._tag)).toContain("DeliveryAccepted")
    await after.world.at(25_000)
    expect(after.calls()).toEqual([])
  })

  test("R9: calls off what is under way, and nothing that was answered before", async () => {
    const then: Behaviour = ({ context }) => (context.deliveryId.includes("/cust-2/") ? "hangs" : accepted)
    const { world, asks, replies } = await openStory({
      scripts: { push: { then } },
      engine: { closeTimeoutMs: 0 },
    })
    await world.call((engine) => engine.customer({ ...jieun, id: "cust-2" }))
    for (const customerId of ["cust-1", "cust-2"]) {
      await asks(0, "m1", { customerId })
      await replies(0, "m2", { customerId })
    }
    await world.close()
    expect(world.sent.map(({ context }) => context.signal.aborted)).toEqual([false, true])
  })

  test("R9: gives up after `closeTimeoutMs`, aborts the send, and leaves it to the next one as uncertain", async () => {
    const { story, state, closed, again } = await closing()
    await story.world.jump(START_MS + 1_000 + 4_999)
    expect([state.closed, story.world.sent[0]?.context.signal.aborted]).toEqual([false, false])
    await story.world.jump(START_MS + 1_000 + 5_000)
    await closed
    expect(story.world.sent[0]?.context.signal.aborted).toBe(true)
    const after = await again(7_000)
    await after.world.at(30_999)
    expect(after.calls()).toEqual([])
    const events = await after.world.store((store) => store.eventsAfter(0, 100))
    expect(events.map(({ event }) => event._tag)).toContain("DeliveryUnconfirmed")
  })
})

test("R9: what a batch asks for that is being committed when the engine closes is sent, and its answer is kept", async () => {
  let committed = Promise.resolve()
  const slow = Layer.effect(Store)(
    Store.use((store) =>
      Effect.succeed({
        ...store,
        transact: (...args) =>
          store.transact(...args).pipe(Effect.tap(() => Effect.promise(() => committed))),
      } satisfies StoreShape),
    ),
  )
  const file = join(folder, `${++files}.sqlite`)
  const story = await openStory({
    store: slow.pipe(Layer.provide(sqlite(file))),
    scripts: { push: { then: "hangs" } },
  })
  await story.asks(0)
  const { promise, resolve } = Promise.withResolvers<void>()
  committed = promise
  const replied = story.replies(0)
  await story.world.settle()
  const closed = story.world.close()
  await story.world.settle()
  expect(story.calls()).toEqual([])
  resolve()
  await replied
  expect(story.calls()).toEqual(["push@0#1"])
  expect(story.world.sent[0]?.context.signal.aborted).toBe(false)
  story.world.sent[0]?.answer(accepted)
  await closed
  const after = storyIn(await World.open({ store: sqlite(file), startMs: START_MS + 1_000 }))
  const events = await after.world.store((store) => store.eventsAfter(0, 100))
  expect(events.map(({ event }) => event._tag)).toContain("DeliveryAccepted")
})

describe("what the outbox is about to write down when the engine closes", () => {
  /** An SNS under way, over a store that says late what was claimed, and takes its time with what is given back. */
  const underWay = async () => {
    let until = Promise.resolve()
    const held = Effect.promise(() => until)
    const slow = Layer.effect(Store)(
      Store.useSync(
        (store): StoreShape => ({
          ...store,
          claim: (...args) => Effect.tap(store.claim(...args), held),
          postpone: (...args) => Effect.andThen(held, store.postpone(...args)),
        }),
      ),
    )
    const file = join(folder, `${++files}.sqlite`)
    const story = await openStory({
      store: slow.pipe(Layer.provide(sqlite(file))),
      customer: { pushTokens: [] },
      vias: ["sns"],
      scripts: { sns: { then: "hangs" } },
    })
    await story.asks(0)
    await story.replies(1_000)
    const hold = () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      until = promise
      return resolve
    }
    const again = async (ms: number) => {
      const scripts = { sns: { receipts: "none" } } as const
      return storyIn(
        await World.open({ store: sqlite(file), startMs: START_MS + ms, vias: ["sns"], scripts }),
      )
    }
    return { story, world: story.world, hold, again }
  }

  test("R9: what is claimed by then is sent, and its answer is kept", async () => {
    const { story, world, hold, again } = await underWay()
    world.sent[0]?.answer(rejected("rate-limited", 5_000))
    await world.settle()
    const release = hold()
    await world.jump(START_MS + 6_000)
    const closed = world.close()
    await world.settle()
    expect(story.calls()).toEqual(["sns@1000#1"])
    release()
    await world.settle()
    expect(story.calls()).toEqual(["sns@1000#1", "sns@6000#2"])
    world.sent[1]?.answer(accepted)
    await closed
    const after = await again(7_000)
    expect(await after.outcomes()).toEqual(["sns pending"])
    await after.world.at(60_000)
    expect(after.calls()).toEqual([])
  })

  test("R9: what is given back by then is sent later, and not taken for interrupted", async () => {
    const { world, hold, again } = await underWay()
    const closed = world.close()
    await world.settle()
    const release = hold()
    world.sent[0]?.answer(rejected("rate-limited", 5_000))
    await world.settle()
    release()
    await closed
    const after = await again(2_000)
    await after.world.at(30_000)
    expect(after.calls()).toEqual(["sns@6000#2"])
    expect(await after.outcomes()).toEqual(["sns accepted@6000"])
  })
})

test("R9: what is asked for while it closes is left to the next one", async () => {
  const file = join(folder, `${++files}.sqlite`)
  const story = await openStory({
    store: sqlite(file),
    vias: ["sns", "xms"],
    channel: { integrations: { sns: true } },
    scripts: { sns: { then: "hangs" } },
  })
  await story.asks(0)
  await story.replies(0)
  const closed = story.world.close()
  await story.world.settle()
  story.world.sent[0]?.answer(rejected("blocked"))
  await closed
  expect(story.calls()).toEqual(["sns@0#1"])
  const after = storyIn(await World.open({ store: sqlite(file), startMs: START_MS + 1_000 }))
  expect(after.calls()).toEqual(["xms@1000#1"])
})

test("R9: a batch that sends nothing, and is being committed when the engine closes, is waited for no longer", async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  let committed = Promise.resolve()
  const slow = Layer.effect(Store)(
    Store.useSync(
      (store): StoreShape => ({
        ...store,
        transact: (...args) =>
          store.transact(...args).pipe(Effect.tap(() => Effect.promise(() => committed))),
      }),
    ),
  ).pipe(Layer.provide(memory()))
  const story = await openStory({ store: slow, engine: { closeTimeoutMs: 5_000 } })
  committed = promise
  const asked = story.asks(0)
  await story.world.settle()
  const closed = story.world.close()
  await story.world.settle()
  resolve()
  // The clock stands still: nothing but the batch can be what closing waited for.
  await Promise.all([asked, closed])
})

test("R9: a batch that could not be written is waited for no longer", async () => {
  const story = await openStory({ engine: { closeTimeoutMs: 5_000 } })
  story.world.faults.store = "busy"
  await expect(story.asks(0)).rejects.toMatchObject({ reason: "store" })
  // The clock stands still: room that the batch still kept would be waited for.
  await story.world.close()
})

test("those who wait when the engine closes are told so, those whose turn it is get their answer", async () => {
  const asked: Array<() => void> = []
  const story = await openStory({
    engine: { maxBatch: 1, maxWaiting: 1, closeTimeoutMs: 1 },
    directory: {
      channel: () =>
        new Promise((resolve) => {
          asked.push(() => resolve(acme))
        }),
      customer: async () => undefined,
    },
  })
  const { world } = story
  const said: Array<string> = []
  const waiting = Promise.all(
    Array.from({ length: 5 }, (_, index) =>
      world
        .call((engine) =>
          engine.message({ ...whose, chatId: "c1", messageId: `m${index}`, from: "customer", text: "Hi" }),
        )
        .then(
          () => said.push("done"),
          (error) => said.push(error.reason),
        ),
    ),
  )
  await world.settle()
  const closed = world.close()
  await world.settle()
  for (const answer of asked) answer()
  await Promise.all([closed, waiting])
  expect(said.toSorted()).toEqual(["closed", "closed", "closed", "closed", "done"])
})

test("a call after it closed is told so", async () => {
  const { world } = await openStory()
  await world.close()
  const error = await world.refusal((engine) =>
    engine.message({ ...whose, chatId: "c1", messageId: "m1", from: "customer", text: "Hi" }),
  )
  expect(error.reason).toBe("closed")
})

describe("a call that writes or reads by itself", () => {
  const calls = {
    channel: (engine) => engine.channel({ ...acme, name: "Acme anew" }),
    customer: (engine) => engine.customer(jieun),
    optOut: (engine) => engine.optOut({ ...whose, via: "text" }),
    recordUsage: (engine) => engine.recordUsage({ channelId: "acme", kind: "SMS", pu: 10 }),
    topUp: (engine) => engine.topUp({ channelId: "acme", pu: 100 }),
    domainCheck: (engine) =>
      engine.domainCheck({ channelId: "acme", domain: "mail.acme.example", result: "passed" }),
    forget: (engine) => engine.forget(whose),
    revoke: (engine) => engine.revoke(whose),
    usage: (engine) => engine.usage("acme"),
    log: (engine) => engine.log({ channelId: "acme" }),
    sentTo: (engine) => engine.sentTo(whose),
    explain: (engine) => engine.explain({ ...whose, messageId: "m2" }),
    notices: (engine) => engine.notices("acme"),
  } satisfies Record<string, (engine: FollowUpsShape) => Effect.Effect<unknown, FollowUpsError>>

  /** The call is under way while it closes: its first word with the store begins once the gate is open. */
  const closing = async (makeStore: () => ReturnType<typeof sqlite>, call: keyof typeof calls) => {
    const gate = { isShut: false, ...Promise.withResolvers<void>() }
    const held = <A, E>(asked: Effect.Effect<A, E>) =>
      Effect.suspend(() =>
        gate.isShut
          ? Effect.andThen(
              Effect.promise(() => gate.promise),
              asked,
            )
          : asked,
      )
    const slow = Layer.effect(Store)(
      Store.useSync(
        (store): StoreShape => ({
          ...store,
          changeChannel: (...args) => held(store.changeChannel(...args)),
          putCustomer: (...args) => held(store.putCustomer(...args)),
          optOut: (...args) => held(store.optOut(...args)),
          forget: (...args) => held(store.forget(...args)),
          revokeLinks: (...args) => held(store.revokeLinks(...args)),
          usage: (...args) => held(store.usage(...args)),
          log: (...args) => held(store.log(...args)),
          history: (...args) => held(store.history(...args)),
          notices: (...args) => held(store.notices(...args)),
        }),
      ),
    ).pipe(Layer.provide(makeStore()))
    const { world } = await openStory({ store: slow, engine: { closeTimeoutMs: 5_000 } })
    gate.isShut = true
    const said = world.call<unknown>(calls[call]).then(
      () => "done",
      (error) => error.reason,
    )
    await world.settle()
    const closed = world.close()
    await world.settle()
    return { world, said, closed, open: gate.resolve }
  }

  describe.each(drivers)("over %s", (_, makeStore) => {
    test.each(Object.keys(calls) as ReadonlyArray<keyof typeof calls>)(
      "%s is waited for when it is under way, and refused as closed afterwards",
      async (call) => {
        const { world, said, closed, open } = await closing(makeStore, call)
        const reasonOf = () =>
          world.run(FollowUps.use<unknown, FollowUpsError, never>(calls[call])).then(
            () => "done",
            ({ reason }) => reason,
          )
        const meanwhile = reasonOf()
        await world.settle()
        open()
        expect([await said, await meanwhile]).toEqual(["done", "closed"])
        await closed
        expect(await reasonOf()).toBe("closed")
      },
    )

    test("is refused as closed where it takes longer than `closeTimeoutMs` and the store is gone", async () => {
      const { world, said, closed, open } = await closing(makeStore, "topUp")
      await world.jump(START_MS + 5_000)
      await closed
      open()
      expect(await said).toBe(makeStore === memory ? "done" : "closed")
    })
  })
})
