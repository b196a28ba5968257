import fc from "fast-check"
import { expect, test } from "vitest"
import { formatOffset } from "../../src/cli/offset.ts"
import { durationMs, isDuration } from "../../src/testing/simulator/duration.ts"

test("R20: an offset is written as scenario files write durations, and reads back the same", () => {
  const around = (ms: number) => fc.integer({ min: ms - 1, max: ms + 1 })
  const ms = fc.oneof(fc.nat(), around(1_000), around(60_000), around(3_600_000), around(86_400_000))
  fc.assert(
    fc.property(ms, (offsetMs) => {
      const text = formatOffset(offsetMs)
      expect(isDuration(text)).toBe(true)
      expect(durationMs(text)).toBe(offsetMs)
    }),
  )
})
