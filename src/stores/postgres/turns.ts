/**
 * Turns: of those who come, so many at a time, in their order.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"

/** Runs an effect when its turn has come. @since 0.1.0 */
export type Turns = <A, E>(call: Effect.Effect<A, E>) => Effect.Effect<A, E>

interface Turn {
  hasCome: boolean
  begin: () => void
}

/**
 * Turns for `places` at a time. Whoever waits costs the others nothing, also when thousands do: Effect's Semaphore looks
 * through all of them each time that one leaves.
 * @since 0.1.0
 */
export const makeTurns = (places: number): Turns => {
  const waiting = new Set<Turn>()
  let free = places
  const come = (turn: Turn): void => {
    turn.hasCome = true
    waiting.delete(turn)
    turn.begin()
  }
  const leave = (turn: Turn): void => {
    if (!turn.hasCome) {
      waiting.delete(turn)
      return
    }
    const [next] = waiting
    if (next === undefined) free++
    else come(next)
  }
  const wait = (turn: Turn): Effect.Effect<void> =>
    Effect.callback((resume) => {
      turn.begin = () => resume(Effect.void)
      if (free === 0) {
        waiting.add(turn)
        return
      }
      free--
      come(turn)
    })
  return (call) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const turn: Turn = { hasCome: false, begin: () => {} }
        return restore(Effect.andThen(wait(turn), call)).pipe(Effect.ensuring(Effect.sync(() => leave(turn))))
      }),
    )
}
