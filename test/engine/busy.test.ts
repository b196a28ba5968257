/** What was asked for before is sent in time, however busy the engine is with what comes in. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { expect, test } from "vitest"
import { Store } from "../../src/engine/index.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { accepted, rejected, START_MS } from "./engine-world.ts"
import { openStory } from "./story.ts"

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
