/** R20: the history is kept for as long as policy says; ledger and counts for good. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect, test } from "vitest"
import { defaultPolicy } from "../../src/core/policy.ts"
import { defaultEngine, Store, type StoreShape } from "../../src/engine/index.ts"
import { makeRetention } from "../../src/engine/retention.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { drivers } from "./engine-world.ts"
import { openStory, whose } from "./story.ts"

const DAY_MS = 86_400_000

describe.each(drivers)("history over %s", (_, makeStore) => {
  const sent = async (options: object = {}) => {
    const scripts = { sns: { receipts: "none" }, email: { receipts: "none" } } as const
    const story = await openStory({ store: makeStore(), scripts, ...options })
    await story.asks(0)
    await story.replies(1_000)
    await story.world.at(40_000)
    return story
  }
  const linesAt = async (story: Awaited<ReturnType<typeof sent>>, ms: number) => {
    await story.world.at(ms)
    return (await story.world.call((engine) => engine.log({ channelId: "acme" }))).length
  }

  test("R20: goes after 365 days; usage, counts and contacts stay", async () => {
    const story = await sent({ engine: { pollMs: DAY_MS, pruneEveryMs: DAY_MS } })
    const usage = await story.world.call((engine) => engine.usage("acme"))
    expect(usage.usedPu).toBeGreaterThan(0)
    expect(await linesAt(story, 365 * DAY_MS)).toBe(3)
    expect(await linesAt(story, 366 * DAY_MS)).toBe(0)
    expect(await story.world.call((engine) => engine.sentTo(whose))).toEqual([])
    expect(await story.world.call((engine) => engine.usage("acme"))).toEqual(usage)
    await story.replies(366 * DAY_MS + 1_000, "m3")
    expect(story.calls().at(-1)).toMatch(/^push@/)
  })

  test("R20: policy says how long, and a small batch removes it all the same", async () => {
    const story = await sent({
      policy: { retention: { historyMs: DAY_MS } },
      engine: { pollMs: DAY_MS, pruneEveryMs: 3_600_000, pruneBatch: 1 },
    })
    expect(await linesAt(story, DAY_MS)).toBe(3)
    expect(await linesAt(story, DAY_MS + 3_600_000)).toBe(0)
    expect(await story.world.store((store) => store.eventsAfter(0, 10))).toEqual([])
  })

  test("R20: a store that fails is asked again", async () => {
    const story = await sent({ policy: { retention: { historyMs: DAY_MS } }, engine: { pollMs: DAY_MS } })
    story.world.faults.store = "down"
    await story.world.jump(story.world.nowMs + 2 * DAY_MS)
    story.world.faults.store = "up"
    await story.world.jump(story.world.nowMs + 3_600_000)
    expect(await story.world.store((store) => store.eventsAfter(0, 10))).toEqual([])
  })
})

test("R20: a defect of the store is logged, and old history goes the next time", async () => {
  let isBroken = true
  const breaking = Layer.effect(Store)(
    Store.useSync(
      (shape): StoreShape => ({
        ...shape,
        prune: (...args) => (isBroken ? Effect.die(new Error("+821012345678")) : shape.prune(...args)),
      }),
    ),
  )
  const { world, asks } = await openStory({
    store: breaking.pipe(Layer.provide(memory())),
    policy: { retention: { historyMs: DAY_MS } },
  })
  await asks(0)
  isBroken = false
  await world.jump(world.nowMs + DAY_MS + 3_600_000)
  expect(await world.store((store) => store.eventsAfter(0, 10))).toEqual([])
  const lines = world.logged.filter((line) => line.includes("could not be removed"))
  expect(lines).toEqual([expect.stringContaining('"error.type":"defect"')])
  expect(lines.join()).not.toContain("821012345678")
})

test("R20: however much there is to remove, others have their turn in between", async () => {
  const turns: Array<string> = []
  const prune = () =>
    Effect.sync(() => {
      turns.push("prune")
      return turns.length < 100 ? 1 : 0
    })
  await Effect.gen(function* () {
    const kept = yield* Store
    const engine = { ...defaultEngine, pruneBatch: 1 }
    const retention = makeRetention(defaultPolicy.retention, engine)
    yield* Effect.forkScoped(yield* Effect.provideService(retention, Store, { ...kept, prune }))
    yield* Effect.forkScoped(Effect.sync(() => turns.push("another")))
    while (turns.length < 100) yield* Effect.yieldNow
  }).pipe(Effect.scoped, Effect.provide(memory()), Effect.runPromise)
  expect(turns.indexOf("another")).toBeLessThan(3)
})
