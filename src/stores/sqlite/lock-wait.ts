/**
 * Waiting for a lock that another process holds, without keeping this process from anything else. SQLite's own way to
 * wait holds the event loop, and with it the whole host.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** How soon a lock is tried again: at first, doubled each time, and at the latest. */
const FIRST_RETRY_MS = 1
const LAST_RETRY_MS = 20

/** For how long nobody may have met the lock before the next one counts as another one. */
const FORGOTTEN_MS = 1_000

const NANOS_PER_MS = 1_000_000

/** Makes an attempt again while its failure says that the lock is held; the last failure is told. @since 0.1.0 */
export type LockWait = <A, E>(
  attempt: Effect.Effect<A, E>,
  isHeld: (error: E) => boolean,
) => Effect.Effect<A, E>

/**
 * Waits `timeoutMs` for one lock, however many attempts meet it: those that come later fail at once until it is gone, or
 * a long lock would keep each of them waiting in its turn. Other processes keep real time, whatever clock the
 * engine runs on.
 * @since 0.1.0
 */
export const makeLockWait = (
  timeoutMs: number,
  clock: Clock.Clock = Clock.Clock.defaultValue(),
): LockWait => {
  let sinceMs = 0
  let metMs = Number.NEGATIVE_INFINITY
  const pauseOr = <E>(error: E, pauseMs: number): Effect.Effect<void, E> =>
    Effect.suspend(() => {
      const nowMs = Number(clock.monotonicTimeNanosUnsafe()) / NANOS_PER_MS
      if (nowMs - metMs > FORGOTTEN_MS) sinceMs = nowMs
      metMs = nowMs
      return nowMs - sinceMs < timeoutMs ? clock.sleep(Duration.millis(pauseMs)) : Effect.fail(error)
    })
  const isGone = Effect.sync(() => {
    metMs = Number.NEGATIVE_INFINITY
  })
  return (attempt, isHeld) => {
    const after = (pauseMs: number): typeof attempt =>
      attempt.pipe(
        Effect.catchIf(isHeld, (error) =>
          pauseOr(error, pauseMs).pipe(
            Effect.andThen(after(Math.min(LAST_RETRY_MS, pauseMs * 2))),
            Effect.tap(isGone),
          ),
        ),
      )
    return after(FIRST_RETRY_MS)
  }
}
