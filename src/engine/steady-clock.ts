/**
 * A clock that never goes back, over one that may: NTP corrects a machine's clock, a virtual machine wakes up.
 * @since 0.1.0
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** A clock that never goes back, and how far it is ahead of the one that it follows, in ms. @since 0.1.0 */
export interface SteadyClock extends Clock.Clock {
  readonly aheadMs: () => number
}

/** How fast time passes, of the real pace, until the other clock has caught up. */
const CATCHING_UP = 0.5

const NANOS_PER_MS = 1_000_000

/**
 * A clock that follows another one forward at once. When the other one is set back, it goes on at half the pace until
 * the other one has caught up, so that nothing that waits is left waiting for as long as the clock was set back. Total.
 * @since 0.1.0
 */
export const steadyClock = (clock: Clock.Clock): SteadyClock => {
  const paceMs = () => Number(clock.monotonicTimeNanosUnsafe()) / NANOS_PER_MS
  let lastMs = clock.currentTimeMillisUnsafe()
  let lastPaceMs = paceMs()
  // Both clocks in one look: between two the other one may have gone on.
  const look = (): { readonly nowMs: number; readonly aheadMs: number } => {
    // The process may stand still anywhere: what passes between these two looks at the pace is never counted, so that
    // time that the other clock has told, or is about to tell, does not pass once more.
    const passedMs = Math.max(0, paceMs() - lastPaceMs)
    const followedMs = clock.currentTimeMillisUnsafe()
    lastPaceMs = paceMs()
    lastMs = Math.max(followedMs, lastMs + passedMs * CATCHING_UP)
    const nowMs = Math.floor(lastMs)
    return { nowMs, aheadMs: nowMs - Math.floor(followedMs) }
  }
  const nowMs = (): number => look().nowMs
  const nanos = () => BigInt(nowMs()) * BigInt(NANOS_PER_MS)
  return {
    currentTimeMillisUnsafe: nowMs,
    currentTimeMillis: Effect.sync(nowMs),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: clock.monotonicTimeNanos,
    sleep: (duration) => clock.sleep(duration),
    aheadMs: () => look().aheadMs,
  }
}

const isSteady = (clock: Clock.Clock): clock is SteadyClock => "aheadMs" in clock

/** An instant of the machine's clock (UTC epoch ms), as a host says it, on the engine's clock. Total. @since 0.1.0 */
export const fromMachine = (clock: Clock.Clock, atMs: number): number =>
  isSteady(clock) ? atMs + clock.aheadMs() : atMs
