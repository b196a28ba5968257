/** R9: a process that stood still until its lease was over leaves what it had to whoever has it by then. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { expect, test } from "vitest"
import { Store } from "../../src/engine/index.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { accepted, START_MS } from "./engine-world.ts"
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

test("R9: what it wrote for itself to send is not sent under a lease that is over", async () => {
  const { late, store } = heardLate()
  const providers = [xms("one", accepted)]
  const story = await openStory({ ...texts, providers, store })
  const { world } = story
  await story.asks(0)
  await world.at(1_000)
  const { promise, resolve } = Promise.withResolvers<void>()
  late.until = promise
  const replied = story.replies(1_000)
  await world.settle()
  await world.jump(START_MS + 120_000)
  const byAnother = await world.store((kept) => kept.claim(world.nowMs, world.nowMs + 60_000, 1))
  expect(byAnother).toHaveLength(1)
  resolve()
  await replied
  expect(story.calls()).toEqual([])
  // The clock stands still: what is left to another process keeps nobody waiting.
  await world.close()
})
