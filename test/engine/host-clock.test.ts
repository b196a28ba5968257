import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { expect, test } from "vitest"
import { fromHostClock } from "../../src/engine/host-clock.ts"

test("a host's clock may tell parts of a millisecond; how time passes is told in nanoseconds", () => {
  const clock = fromHostClock({ now: () => 1_500.75, sleep: async () => {} })
  expect(clock.currentTimeMillisUnsafe()).toBe(1_500.75)
  expect(clock.currentTimeNanosUnsafe()).toBe(1_501_000_000n)
  expect(clock.monotonicTimeNanosUnsafe()).toBe(1_501_000_000n)
})

test("a host's clock hears that nobody sleeps any more", async () => {
  const asked: Array<{ readonly ms: number; readonly signal: AbortSignal }> = []
  const clock = fromHostClock({
    now: () => 0,
    sleep: (ms, signal) => {
      asked.push({ ms, signal })
      return new Promise(() => {})
    },
  })
  const sleeper = Effect.runFork(clock.sleep(Duration.seconds(2)))
  const signals = () => asked.map(({ ms, signal }) => [ms, signal.aborted])
  expect(signals()).toEqual([[2_000, false]])
  await Effect.runPromise(Fiber.interrupt(sleeper))
  expect(signals()).toEqual([[2_000, true]])
})
