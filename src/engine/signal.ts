/**
 * How the engine's parts, and those who follow it, learn that something may have changed.
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"

/** A signal that something may have changed: loops take it, any number may listen. @since 0.1.0 */
export interface ChangeSignal {
  /** Gives the signal. */
  readonly nudge: Effect.Effect<void>
  /** Gives the signal, outside of any effect. */
  readonly nudgeUnsafe: () => void
  /** Makes what waits for the signal, or finds that it was given since the last time; for one loop. */
  readonly taking: Effect.Effect<Effect.Effect<void>>
  /** Starts to listen, and gives what to wait on until the next signal, or for `pollMs` at most. */
  readonly listen: Effect.Effect<Effect.Effect<void>>
}

/** Makes a signal. Processes on the same database do not signal one another: `pollMs` covers them. @since 0.1.0 */
export const makeSignal = (pollMs: number): ChangeSignal => {
  const given: Array<Queue.Queue<void>> = []
  const listeners = new Set<Deferred.Deferred<void>>()
  const nudgeUnsafe = (): void => {
    for (const one of given) Queue.offerUnsafe(one, undefined)
    // A listener that is told may listen again at once: those are told next time.
    const told = [...listeners]
    listeners.clear()
    for (const listener of told) Deferred.doneUnsafe(listener, Effect.void)
  }
  const listen = Effect.sync(() => {
    const listener = Deferred.makeUnsafe<void>()
    listeners.add(listener)
    return Effect.raceFirst(Deferred.await(listener), Effect.sleep(pollMs)).pipe(
      Effect.ensuring(Effect.sync(() => listeners.delete(listener))),
    )
  })
  return {
    nudge: Effect.sync(nudgeUnsafe),
    nudgeUnsafe,
    taking: Effect.map(Queue.sliding<void>(1), (one) => {
      given.push(one)
      return Queue.take(one)
    }),
    listen,
  }
}
