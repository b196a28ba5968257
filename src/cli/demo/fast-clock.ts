/**
 * A clock that runs faster than the wall, so that what takes a minute is seen in seconds.
 * @since 0.1.0
 */
import { setTimeout as sleepMs } from "node:timers/promises"
import type { HostClock } from "../../engine/index.ts"

/** A clock that starts at an instant (UTC epoch ms) and runs `factor` times as fast as the wall. @since 0.1.0 */
export const fastClock = (factor: number, startsMs: number): HostClock => {
  const startedMs = performance.now()
  return {
    now: () => Math.floor(startsMs + (performance.now() - startedMs) * factor),
    // A wait that is given up is over.
    sleep: (ms, signal) => sleepMs(ms / factor, undefined, { signal }).catch(() => undefined),
  }
}
