/**
 * A host's own clock in place of the system's: for tests, simulations and demonstrations.
 * @since 0.1.0
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * A clock as a host gives it. `now` is UTC epoch ms; `sleep` resolves once `ms` have passed on this
 * clock, or soon after the signal aborts.
 * @since 0.1.0
 */
export interface HostClock {
  now(): number
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

const NANOS_PER_MS = 1_000_000n

/** The host's clock as Effect's. Total. @since 0.1.0 */
export const fromHostClock = (host: HostClock): Clock.Clock => {
  const nanos = () => BigInt(Math.round(host.now())) * NANOS_PER_MS
  return {
    currentTimeMillisUnsafe: () => host.now(),
    currentTimeMillis: Effect.sync(() => host.now()),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: (duration) => Effect.promise((signal) => host.sleep(Duration.toMillis(duration), signal)),
  }
}
