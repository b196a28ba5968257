/**
 * Deadlines of what is under way: one sleeper for all of them, however many there are. Almost all are called off before
 * they come, so that none has a fiber or a timer of its own.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { Deadlines } from "../sending/steps.ts"

/** What happens at an instant, unless it is called off. */
interface Deadline {
  readonly atMs: number
  readonly come: () => void
}

/** Makes deadlines; they end with the current scope. @since 0.1.0 */
export const makeDeadlines = Effect.gen(function* () {
  const clock = yield* Clock.Clock
  const waiting = new Set<Deadline>()
  // While somebody sleeps: until when, and how to wake them for one that comes before.
  let wakesAtMs = Number.POSITIVE_INFINITY
  let changed = Deferred.makeUnsafe<void>()

  const sleeping = Effect.gen(function* () {
    const nowMs = clock.currentTimeMillisUnsafe()
    for (const deadline of waiting)
      if (deadline.atMs <= nowMs) {
        waiting.delete(deadline)
        deadline.come()
      }
    wakesAtMs = Number.POSITIVE_INFINITY
    for (const { atMs } of waiting) wakesAtMs = Math.min(wakesAtMs, atMs)
    changed = Deferred.makeUnsafe<void>()
    const woken = Deferred.await(changed)
    yield* Number.isFinite(wakesAtMs) ? Effect.raceFirst(Effect.sleep(wakesAtMs - nowMs), woken) : woken
  })
  yield* Effect.forkScoped(Effect.forever(sleeping))

  return {
    at: (atMs, come) => {
      const deadline = { atMs, come }
      waiting.add(deadline)
      if (atMs < wakesAtMs) Deferred.doneUnsafe(changed, Effect.void)
      return () => {
        waiting.delete(deadline)
      }
    },
  } satisfies Deadlines
})
