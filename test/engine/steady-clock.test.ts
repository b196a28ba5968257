import * as Effect from "effect/Effect"
import { expect, test } from "vitest"
import { steadyClock } from "../../src/engine/steady-clock.ts"

/** A machine's clock that goes on by a millisecond each time that somebody looks. */
const tickingAtEachLook = () => {
  let nowMs = 1_000
  let pace = 0n
  const currentTimeMillisUnsafe = () => nowMs++
  const monotonicTimeNanosUnsafe = () => (pace += 1_000_000n)
  return {
    currentTimeMillisUnsafe,
    currentTimeMillis: Effect.sync(currentTimeMillisUnsafe),
    currentTimeNanosUnsafe: () => BigInt(currentTimeMillisUnsafe()) * 1_000_000n,
    currentTimeNanos: Effect.sync(() => 0n),
    monotonicTimeNanosUnsafe,
    monotonicTimeNanos: Effect.sync(monotonicTimeNanosUnsafe),
    sleep: () => Effect.void,
  }
}

/** A machine's clock, and a process that stands still for 100 ms after each time that it looked at either of them. */
const standingStill = () => {
  let nowMs = 1_000
  const look = () => {
    const seenMs = nowMs
    nowMs += 100
    return seenMs
  }
  const currentTimeMillisUnsafe = look
  const monotonicTimeNanosUnsafe = () => BigInt(look()) * 1_000_000n
  return { ...tickingAtEachLook(), currentTimeMillisUnsafe, monotonicTimeNanosUnsafe }
}

test("is not ahead of a clock that went on while the process stood still between two looks", () => {
  const clock = steadyClock(standingStill())
  for (let look = 0; look < 100; look++) expect(clock.aheadMs()).toBe(0)
})

test("is not behind or ahead of a clock that goes on while it is looked at", () => {
  const clock = steadyClock(tickingAtEachLook())
  for (let look = 0; look < 100; look++) expect(clock.aheadMs()).toBe(0)
})
