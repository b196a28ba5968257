import { describe, expect, test } from "vitest"
import { torture } from "../../tools/torture/torture.ts"

const TIMEOUT_MS = 90_000

describe.concurrent("engine processes that are killed while they work", () => {
  test.each([
    { store: "sqlite", processes: 1, kills: 3, seed: 4 },
    { store: "postgres", processes: 2, kills: 2, seed: 1 },
  ] as const)(
    "R1, R7, R9, R16, R20: lose, double and miscount nothing on $store",
    async (options) => {
      const report = await torture(options)
      expect(report.violations).toEqual([])
      expect(report.followUps).toBeGreaterThan(20)
      expect(report.inputs.acknowledged).toBeGreaterThan(100)
    },
    TIMEOUT_MS,
  )
})
