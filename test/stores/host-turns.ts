import { setImmediate } from "node:timers/promises"
import * as Effect from "effect/Effect"

/** How many turns the host's event loop takes while a call is under way: one, where the call holds it. */
export const turnsDuring = <A, E>(call: Effect.Effect<A, E>): Effect.Effect<number, E> =>
  Effect.suspend(() => {
    const over = new AbortController()
    const host = async () => {
      let turns = 0
      for (; !over.signal.aborted; turns++) await setImmediate()
      return turns
    }
    const calling = Effect.ensuring(
      call,
      Effect.sync(() => over.abort()),
    )
    return Effect.map(Effect.all([Effect.promise(host), calling], { concurrency: 2 }), ([turns]) => turns)
  })
