/**
 * Loops over the store: each does what there is to do, and sleeps until there may be something again.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Store, type StoreError } from "../ports/store.ts"
import { type FollowUpsError, isOutage } from "./error.ts"
import { warn } from "./observer.ts"
import type { ChangeSignal } from "./signal.ts"

/** What a loop does for an instant (UTC epoch ms); says whether it did anything. @since 0.1.0 */
export type Step = (nowMs: number) => Effect.Effect<boolean, StoreError | FollowUpsError>

// Why a store cannot be reached is in our own words; what else goes wrong in one may repeat what is in it.
const storeTrouble = (error: StoreError | FollowUpsError): Readonly<Record<string, string>> => ({
  "error.type": error.reason,
  ...(isOutage(error) && { "error.message": error.message }),
})

/**
 * Makes loops that never end. One that fails tries again after `pollMs`; it is logged when the first one begins to fail,
 * and when none does any more, not at every try in between.
 * @since 0.1.0
 */
export const makeLoops = Effect.fnUntraced(function* (
  pollMs: number,
  { taking }: Pick<ChangeSignal, "taking">,
) {
  const store = yield* Store
  const failing = new Set<Step>()
  const goesOn = (step: Step): Effect.Effect<void> =>
    Effect.suspend(() => (failing.delete(step) && failing.size === 0 ? warn("storeBack", {}) : Effect.void))
  const fails = (step: Step, error: StoreError | FollowUpsError): Effect.Effect<void> =>
    Effect.suspend(() => {
      const isFirst = failing.size === 0
      failing.add(step)
      return isFirst ? warn("storeAway", storeTrouble(error)) : Effect.void
    })
  const pause = Effect.sleep(pollMs)

  return Effect.fnUntraced(function* (step: Step) {
    const changed = yield* taking
    const round = Effect.gen(function* () {
      const nowMs = yield* Clock.currentTimeMillis
      const didSomething = yield* step(nowMs)
      if (didSomething) return
      const next = (yield* store.nextInstant(nowMs)) ?? Number.POSITIVE_INFINITY
      const laterMs = yield* Clock.currentTimeMillis
      yield* Effect.raceFirst(Effect.sleep(Math.min(pollMs, Math.max(0, next - laterMs))), changed)
    })
    return round.pipe(
      Effect.andThen(goesOn(step)),
      Effect.catch((error) => fails(step, error).pipe(Effect.andThen(pause))),
      // A bug must not end what wakes and sends: it is said, and what is due is tried again.
      Effect.catchDefect(() => warn("roundFailed", {}).pipe(Effect.andThen(pause))),
      Effect.forever,
    )
  })
})
