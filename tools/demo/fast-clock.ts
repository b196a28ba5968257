/**
 * A clock that runs faster than the wall: 30 s of the product's time pass in one.
 */
import type { HostClock } from "../../src/engine/index.ts"

/** A clock that starts now and runs `factor` times as fast. */
export const fastClock = (factor: number): HostClock => {
  const startsMs = Date.now()
  const now = () => Math.floor(startsMs + (performance.now() - startedAt) * factor)
  const startedAt = performance.now()
  return {
    now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms / factor)
        signal.addEventListener("abort", () => {
          clearTimeout(timer)
          resolve()
        })
      }),
  }
}
