/**
 * A host's own clock in place of the system's: for tests, simulations and demonstrations.
 * @since 0.1.0
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { badInputAt } from "./error.ts"

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

/**
 * The host's clock as Effect's, which throws a `FollowUpsError` (`bad-input`) when it is told no instant.
 * @since 0.1.0
 */
export const fromHostClock = (host: HostClock): Clock.Clock => {
  const now = (): number => {
    const ms = host.now()
    if (Number.isFinite(ms)) return ms
    throw badInputAt("FollowUps.open", [{ path: "clock.now", expected: "milliseconds since 1970" }])
  }
  const nanos = () => BigInt(Math.round(now())) * NANOS_PER_MS
  return {
    currentTimeMillisUnsafe: now,
    currentTimeMillis: Effect.sync(now),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: (duration) => Effect.promise((signal) => host.sleep(Duration.toMillis(duration), signal)),
  }
}
