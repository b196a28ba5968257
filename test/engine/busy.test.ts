/** What was asked for before is sent in time, however busy the engine is with what comes in. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { expect, test } from "vitest"
import { type Directory, Store } from "../../src/engine/index.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { accepted, rejected, START_MS } from "./engine-world.ts"
import { refused } from "./gateways.ts"
import { acme, openStory } from "./story.ts"

/** Refused for five seconds, then taken. */
const refusedAtFirst = {
  then: (_: unknown, times: number) => (times === 1 ? rejected("rate-limited", 5_000) : accepted),
}

test("R8: what is to be sent again goes out while the store writes something else", async () => {
  const gate = Deferred.makeUnsafe<void>()
  let isBusy = false
  const busy = Layer.effect(Store)(
    Store.use((store) =>
      Effect.succeed({
        ...store,
        transact: (...args) =>
          isBusy ? Effect.andThen(Deferred.await(gate), store.transact(...args)) : store.transact(...args),
      } satisfies typeof store),
    ),
  ).pipe(Layer.provide(memory()))
  const story = await openStory({
    store: busy,
    customer: { pushTokens: [] },
    scripts: { sns: refusedAtFirst },
  })
  await story.asks(0)
  await story.replies(1_000)
  isBusy = true
  await story.world.jump(START_MS + 2_000)
  const others = story.asks(2_000, "m1", { customerId: "cust-2" })
  await story.world.settle()
  await story.world.jump(START_MS + 6_000)
  expect(story.calls().filter((call) => call.startsWith("sns"))).toEqual(["sns@1000#1", "sns@6000#2"])
  Deferred.doneUnsafe(gate, Effect.void)
  await others
})

/** A directory that goes away and comes back; meanwhile it fails, or says nothing. */
const leaving = (how: string) => {
  const { promise: back, resolve } = Promise.withResolvers<void>()
  let isUp = true
  const directory: Directory = {
    channel: async (id) => ({ ...acme, id }),
    customer: async (_channelId, id) => {
      if (!isUp && how === "fails") throw new Error("down")
      if (!isUp) await back
      return { id, phone: "010-1234-5678" }
    },
  }
  const goes = () => {
    isUp = false
  }
  const comesBack = () => {
    isUp = true
    resolve()
  }
  return { directory, goes, comesBack }
}

test.each(["fails", "says nothing"])(
  "R8: while the directory %s, no more is claimed than answers may wait; the others lose nothing",
  async (how) => {
    const { directory, goes, comesBack } = leaving(how)
    const story = await openStory({
      directory,
      vias: ["sns"],
      scripts: {
        sns: {
          then: (_, times) => (times === 1 ? refused("unreachable", 5_000) : accepted),
          receipts: "none",
        },
      },
      engine: { maxWaiting: 2, directoryTimeoutMs: 60_000, pollMs: 1_000 },
    })
    const customers = Array.from({ length: 4 }, (_, index) => `cust-${index}`)
    for (const customerId of customers) await story.asks(0, "m1", { customerId })
    for (const customerId of customers) await story.replies(1_000, "m2", { customerId })
    goes()
    const seconds = async (count: number) => {
      for (let second = 1; second <= count; second++) await story.world.jump(story.world.nowMs + 1_000)
    }
    await seconds(20)
    expect(story.calls().filter((call) => call.endsWith("#2"))).toEqual(["sns@6000#2", "sns@6000#2"])
    comesBack()
    await seconds(20)
    expect(story.calls().filter((call) => call.endsWith("#2"))).toHaveLength(4)
    for (const id of customers)
      expect(await story.outcomes(id)).toEqual([expect.stringMatching(/^sns accepted/)])
  },
)

test("R8: who waits for room is sent to as soon as a send ends, although what it came to cannot be written yet", async () => {
  const { directory, goes, comesBack } = leaving("says nothing")
  const story = await openStory({
    directory,
    vias: ["sns"],
    scripts: { sns: { then: "hangs", receipts: "none" } },
    engine: { maxSends: 1 },
  })
  const customers = ["cust-1", "cust-2"]
  for (const customerId of customers) await story.asks(0, "m1", { customerId })
  for (const customerId of customers) await story.replies(1_000, "m2", { customerId })
  expect(story.calls()).toEqual(["sns@1000#1"])
  goes()
  story.world.sent[0]?.answer(accepted)
  await story.world.settle()
  expect(story.calls()).toEqual(["sns@1000#1", "sns@1000#1"])
  comesBack()
})
