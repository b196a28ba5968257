/**
 * The time by which objects and services run. Restate's own clock cannot be replaced, so instants travel with inputs,
 * and waits are translated.
 * @since 0.1.0
 */
import { badInputAt } from "../ports/error.ts"

/**
 * A clock as a host gives it, for tests, simulations and demonstrations. `now` is UTC epoch ms. `lasts` is how many ms
 * of the system's clock pass while `ms` pass on this one, for the waits that Restate keeps.
 * @since 0.1.0
 */
export interface RestateClock {
  now(): number
  lasts(ms: number): number
}

/**
 * A host's clock, told in whole ms as instants are.
 *
 * @throws FollowUpsError `bad-input` when it is asked and tells no instant.
 * @since 0.1.0
 */
export const wholeMs = (clock: RestateClock): RestateClock => ({
  now: () => {
    const nowMs = clock.now()
    if (!Number.isFinite(nowMs))
      throw badInputAt("followUpsOnRestate", [{ path: "clock.now", expected: "milliseconds since 1970" }])
    return Math.floor(nowMs)
  },
  lasts: (ms) => clock.lasts(ms),
})

/** The system's clock. @since 0.1.0 */
export const systemClock: RestateClock = { now: () => Date.now(), lasts: (ms) => ms }
