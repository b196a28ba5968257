/** R9: a process that stood still until its lease was over leaves what it had to whoever has it by then. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { expect, test } from "vitest"
import { Store } from "../../src/engine/index.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { START_MS } from "./engine-world.ts"
import { texts, xms } from "./gateways.ts"
import { openStory } from "./story.ts"

/** A store whose transactions are heard of only once `until` is over. */
const heardLate = () => {
  const late = { until: Promise.resolve() }
  const store = Layer.effect(Store)(
    Store.use((kept) =>
      Effect.succeed({
        ...kept,
        transact: (...args) => Effect.tap(kept.transact(...args), () => Effect.promise(() => late.until)),
      }),
    ),
  ).pipe(Layer.provide(memory()))
  return { late, store }
}

/** A text that is written at 1 s, under a lease until 26 s, of which its process hears so late. */
const heardAt = async (ms: number) => {
  const { late, store } = heardLate()
  const story = await openStory({ ...texts, providers: [xms("one", "hangs")], store })
  const { world } = story
  await story.asks(0)
  await world.at(1_000)
  const { promise, resolve } = Promise.withResolvers<void>()
  late.until = promise
  const replied = story.replies(1_000)
  await world.settle()
  await world.jump(START_MS + ms)
  const goesOn = async () => {
    resolve()
    await replied
  }
  return { story, world, goesOn }
}

test("R9: what it wrote for itself to send is not sent under a lease that is over", async () => {
  const { story, world, goesOn } = await heardAt(120_000)
  const byAnother = await world.store((kept) => kept.claim(world.nowMs, world.nowMs + 60_000, 1))
  expect(byAnother).toHaveLength(1)
  await goesOn()
  expect(story.calls()).toEqual([])
  // The clock stands still: what is left to another process keeps nobody waiting.
  await world.close()
})

test("R9: what is sent late is aborted in time to hear of it before its lease is over", async () => {
  const { story, world, goesOn } = await heardAt(20_000)
  await goesOn()
  expect(story.calls()).toEqual(["xms@20000#1"])
  await world.jump(START_MS + 24_999)
  expect(world.sent[0]?.context.signal.aborted).toBe(false)
  await world.jump(START_MS + 25_000)
  expect(world.sent[0]?.context.signal.aborted).toBe(true)
})

test("R9: what there is no time for is given back, and has a whole attempt under a lease of its own", async () => {
  const { story, world, goesOn } = await heardAt(25_000)
  await goesOn()
  await world.settle()
  expect(story.calls()).toEqual(["xms@25000#1"])
  await world.jump(START_MS + 39_999)
  expect(world.sent[0]?.context.signal.aborted).toBe(false)
})
