/** What is due is done on time, whatever happens while the store is looked into. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect, test } from "vitest"
import { Store, StoreError, type StoreShape } from "../../src/engine/index.ts"
import { accepted, drivers, rejected, START_MS, type World } from "./engine-world.ts"
import { acme, jieun, openStory, type StoryOptions, whose } from "./story.ts"
import { openTwo } from "./two-processes.ts"

/** A change that leads to nothing but a look for what is due. */
const nudge = (world: World) => world.call((engine) => engine.channel(acme))

describe.each(drivers)("looks for what is due, over %s", (_, makeStore) => {
  const open = (change: (shape: StoreShape) => Partial<StoreShape>, options: StoryOptions = {}) => {
    const changed = Layer.effect(Store)(
      Store.useSync((shape): StoreShape => ({ ...shape, ...change(shape) })),
    )
    return openStory({ store: changed.pipe(Layer.provide(makeStore())), ...options })
  }

  test("R7: what falls due while a slow store looks for it is done as soon as it has", async () => {
    let pauseMs = 0
    const story = await open(({ due }) => ({
      due: (...args) => Effect.tap(due(...args), () => Effect.sleep(pauseMs)),
    }))
    await story.asks(0)
    await story.replies(1_000)
    await story.world.jump(START_MS + 30_500)
    pauseMs = 3_000
    await nudge(story.world)
    pauseMs = 0
    await story.world.jump(START_MS + 33_500)
    expect(await story.outcomes()).toContain("push timed-out@33500")
  })

  test("R7: what is written while the next instant is looked up is done at its own", async () => {
    let until = Promise.resolve()
    const story = await open(({ nextInstant }) => ({
      nextInstant: (afterMs) => Effect.tap(nextInstant(afterMs), () => Effect.promise(() => until)),
    }))
    const { world } = story
    await story.asks(0)
    const { promise, resolve } = Promise.withResolvers<void>()
    until = promise
    await nudge(world)
    await world.call((engine) =>
      engine.message({ ...whose, chatId: "c1", messageId: "m2", from: "manager", text: "Yes, it is." }),
    )
    resolve()
    await world.settle()
    await world.jump(START_MS + 30_000)
    expect(await story.outcomes()).toContain("push timed-out@30000")
  })

  test.each([
    ["due", 31_000, ["push@1000#1", "sns@32000#1", "sns@37000#2"]],
    ["claim", 36_000, ["push@1000#1", "sns@31000#1", "sns@37000#2"]],
  ] as const)(
    "R7, R8: a defect of the store's %s makes what is due a poll late, and is logged",
    async (call, brokenAtMs, calls) => {
      let isBroken = false
      const dies = <A>(works: Effect.Effect<A, StoreError>) =>
        Effect.suspend(() => (isBroken ? Effect.die(new Error("+821012345678")) : works))
      const story = await open(
        (shape) =>
          call === "due"
            ? { due: (...args) => dies(shape.due(...args)) }
            : { claim: (...args) => dies(shape.claim(...args)) },
        {
          vias: ["push", "sns"],
          scripts: {
            sns: { then: (_, times) => (times === 1 ? rejected("rate-limited", 5_000) : accepted) },
          },
          engine: { maxSends: 1, pollMs: 1_000 },
        },
      )
      const { world } = story
      await story.asks(0)
      await story.replies(1_000)
      for (let ms = 2_000; ms <= 37_000; ms += 1_000) {
        isBroken = ms === brokenAtMs
        await world.jump(START_MS + ms)
      }
      expect(story.calls()).toEqual(calls)
      const lines = world.logged.filter((line) => line.includes("failed unexpectedly"))
      expect(lines).toHaveLength(1)
      expect(lines.join()).not.toContain("821012345678")
    },
  )

  test("R20: of a store that answers with a failure of its own, the log says the kind only", async () => {
    const { world } = await open(() => ({
      due: () => Effect.fail(new StoreError({ reason: "corrupt", message: "+821012345678" })),
    }))
    const lines = world.logged.filter((line) => line.includes('"error.type":"corrupt"'))
    expect(lines).toHaveLength(1)
    expect(lines.join()).not.toContain("821012345678")
  })

  test("R7: what a process that ended leaves to be done is done by another one, on time", async () => {
    const { one, other, story, seconds } = await openTwo({ store: makeStore() })
    await one.call((engine) => engine.channel(acme))
    await one.call((engine) => engine.customer(jieun))
    await story.asks(0)
    await story.replies(1_000)
    await one.close()
    await seconds(31, [other])
    expect(other.sent.map(({ via, atMs }) => `${via}@${atMs - START_MS}`).toSorted()).toEqual([
      "email@31000",
      "sns@31000",
    ])
  })
})
