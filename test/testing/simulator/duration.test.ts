/** Durations as scenario files write them. */
import { describe, expect, it } from "vitest"
import { durationMs, isDuration } from "../../../src/testing/simulator/duration.ts"

describe("durations", () => {
  it.each([
    ["0s", 0],
    ["250ms", 250],
    ["270s", 270_000],
    ["4m30s", 270_000],
    ["1h", 3_600_000],
    ["1d2h3m4s5ms", 93_784_005],
  ])("R20: %s", (text, expected) => {
    expect(isDuration(text)).toBe(true)
    expect(durationMs(text)).toBe(expected)
  })

  it.each(["", "5", "s", "5 s", "-5s", "1.5s", "30s4m", "5S", "5s ", "1e3ms"])("R20: %o is none", (text) => {
    expect(isDuration(text)).toBe(false)
    expect(durationMs(text)).toBe(0)
  })
})
