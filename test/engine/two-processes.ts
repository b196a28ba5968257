/** Two engines on one store, each with its own clock and its own providers, as two processes have them. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { Store } from "../../src/engine/index.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { World, type WorldOptions } from "./engine-world.ts"
import { storyIn } from "./story.ts"

/** Two processes on one store, that look into it one after the other, second by second. */
export const openTwo = async ({ store: over = memory(), ...options }: WorldOptions) => {
  const scope = Effect.runSync(Scope.make())
  const store = Layer.succeedContext(
    Context.pick(Store)(await Effect.runPromise(Layer.buildWithScope(over, scope))),
  )
  const policy = { autoText: { prefix: "", suffix: "" }, ...options.policy }
  const engine = { pollMs: 1_000, ...options.engine }
  const one = await World.open({ ...options, store, policy, engine })
  const other = await World.open({ ...options, store, policy, engine })
  const seconds = async (count: number, order: ReadonlyArray<World>, each = () => {}) => {
    for (let second = 1; second <= count; second++) {
      for (const world of order) await world.jump(world.nowMs + 1_000)
      each()
    }
  }
  return { one, other, story: storyIn(one), seconds }
}
