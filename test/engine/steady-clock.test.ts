import * as Effect from "effect/Effect"
import fc from "fast-check"
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

/** A machine's clock, and a process that stands still after each look at either of them, for so many ms in turn. */
const standingStill = (stillMs: ReadonlyArray<number>) => {
  let nowMs = 1_000
  let looks = 0
  const look = () => {
    const seenMs = nowMs
    nowMs += stillMs[looks++ % stillMs.length] ?? 0
    return seenMs
  }
  const currentTimeMillisUnsafe = () => Math.floor(look())
  const monotonicTimeNanosUnsafe = () => BigInt(Math.floor(look() * 1_000_000))
  return { ...tickingAtEachLook(), currentTimeMillisUnsafe, monotonicTimeNanosUnsafe }
}

test("is not ahead of a clock that went on while the process stood still, wherever and for however long", () => {
  const pauses = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 500, noNaN: true })), {
    minLength: 1,
  })
  fc.assert(
    fc.property(pauses, (stillMs) => {
      const clock = steadyClock(standingStill(stillMs))
      for (let look = 0; look < 100; look++) expect(clock.aheadMs()).toBe(0)
    }),
    { examples: [[[100]], [[0, 0, 100]], [[0, 100, 0]], [[100, 0, 0]]] },
  )
})

test("is not behind or ahead of a clock that goes on while it is looked at", () => {
  const clock = steadyClock(tickingAtEachLook())
  for (let look = 0; look < 100; look++) expect(clock.aheadMs()).toBe(0)
})
