/** Readers slower than the writer, and writers faster than the store: what is held is bounded, by count. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { expect, test } from "vitest"
import { FollowUps, Store, type StoreShape } from "../../src/engine/index.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { openStory } from "./story.ts"

/** A store in memory, some of whose calls the test takes over. */
const storeWith = (change: (store: StoreShape) => Partial<StoreShape>) =>
  Layer.effect(Store)(Store.use((store) => Effect.succeed({ ...store, ...change(store) }))).pipe(
    Layer.provide(memory()),
  )

test("R20: events wait in the store, not in memory: no page is read before its reader gets there", async () => {
  const pages: Array<number> = []
  const store = storeWith(({ eventsAfter }) => ({
    eventsAfter: (seq, limit) => {
      pages.push(limit)
      return eventsAfter(seq, limit)
    },
  }))
  const story = await openStory({ store })
  for (let index = 0; index < 450; index++) await story.asks(0, `q${index}`)
  const gates = [Deferred.makeUnsafe<void>(), Deferred.makeUnsafe<void>()]
  const seen: Array<number> = []
  const reading = story.world.run(
    FollowUps.use((engine) =>
      engine.events({ after: 0 }).pipe(
        Stream.take(450),
        Stream.runForEach(({ seq }) =>
          Effect.suspend(() => {
            seen.push(seq)
            const gate = gates[seen.length === 1 ? 0 : seen.length === 250 ? 1 : 2]
            return gate === undefined ? Effect.void : Deferred.await(gate)
          }),
        ),
      ),
    ),
  )
  await story.world.settle()
  expect([seen.length, pages]).toEqual([1, [100]])
  for (let index = 0; index < 50; index++) await story.asks(0, `more${index}`)
  expect(pages).toEqual([100])
  for (const [gate, read] of [
    [gates[0], 250],
    [gates[1], 450],
  ] as const) {
    if (gate !== undefined) Deferred.doneUnsafe(gate, Effect.void)
    await story.world.settle()
    expect(seen.length).toBe(read)
    expect(pages.length).toBe(Math.ceil(read / 100))
  }
  await reading
})

test("R1: callers faster than the store wait: it is handed one bounded batch at a time, and all are decided", async () => {
  const gate = Deferred.makeUnsafe<void>()
  const held = { now: 0, most: 0, batches: 0, largest: 0 }
  const store = storeWith(({ transact }) => ({
    transact: (keys, work, leases) =>
      Effect.gen(function* () {
        held.batches++
        held.now++
        held.most = Math.max(held.most, held.now)
        held.largest = Math.max(held.largest, keys.length)
        yield* Deferred.await(gate)
        const value = yield* transact(keys, work, leases)
        held.now--
        return value
      }),
  }))
  const story = await openStory({ store, engine: { maxBatch: 8, maxWaiting: 16 } })
  const ids = Array.from({ length: 200 }, (_, index) => `cust-${index}`)
  let done = 0
  const calls = ids.map((customerId) =>
    story.world
      .call((engine) =>
        engine.message({
          channelId: "acme",
          customerId,
          chatId: "c1",
          messageId: "m1",
          from: "customer",
          text: "Hi",
        }),
      )
      .then(() => done++),
  )
  await story.world.settle()
  expect([held.batches, held.now, done]).toEqual([1, 1, 0])
  Deferred.doneUnsafe(gate, Effect.void)
  await Promise.all(calls)
  expect([done, held.most]).toEqual([200, 1])
  expect(held.largest).toBe(8)
  expect(await story.world.store((kept) => kept.lastSeq)).toBe(200)
})

test("R16: notices wait in the store while the host is slow: no more are claimed than calls may be under way", async () => {
  const limits: Array<number> = []
  const store = storeWith(({ claimNotices }) => ({
    claimNotices: (nowMs, leaseUntilMs, limit) => {
      limits.push(limit)
      return claimNotices(nowMs, leaseUntilMs, limit)
    },
  }))
  let calls = 0
  const story = await openStory({
    store,
    onNotice: () => {
      calls++
      return new Promise(() => {})
    },
    engine: { notices: { timeoutMs: 1_000_000, backoffMs: 1_000, maxBackoffMs: 1_000, maxCalls: 3 } },
  })
  for (let index = 0; index < 10; index++) {
    const id = `channel-${index}`
    await story.world.call((engine) => engine.channel({ id, country: "KR", plan: { kind: "free" } }))
    await story.world.call((engine) => engine.recordUsage({ channelId: id, kind: "SMS", pu: 700 }))
  }
  expect(calls).toBe(3)
  expect(Math.max(...limits)).toBe(3)
})
