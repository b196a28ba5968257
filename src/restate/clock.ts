/**
 * The time by which objects and services run. Restate's own clock cannot be replaced, so instants travel with inputs,
 * and waits are translated.
 * @since 0.1.0
 */

/**
 * A clock as a host gives it, for tests, simulations and demonstrations. `now` is UTC epoch ms. `lasts` is how many ms
 * of the system's clock pass while `ms` pass on this one, for the waits that Restate keeps.
 * @since 0.1.0
 */
export interface RestateClock {
  now(): number
  lasts(ms: number): number
}

/** The system's clock. @since 0.1.0 */
export const systemClock: RestateClock = { now: () => Date.now(), lasts: (ms) => ms }
