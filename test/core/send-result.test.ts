import * as Schema from "effect/Schema"
import { expect, test } from "vitest"
import { rejectReasons, SendResultSchema } from "../../src/core/send-result.ts"

const isSendResult = Schema.is(SendResultSchema)

test("R9: every reason of the closed list is a result, no other is", () => {
  expect(new Set(rejectReasons).size).toBe(15)
  for (const reason of rejectReasons) expect(isSendResult({ _tag: "Rejected", reason })).toBe(true)
  expect(isSendResult({ _tag: "Rejected", reason: "tired" })).toBe(false)
  expect(isSendResult({ _tag: "Rejected" })).toBe(false)
})

test("R9: a wait is whole milliseconds, 0 included", () => {
  const after = (retryAfterMs: number) => isSendResult({ _tag: "Rejected", reason: "quota", retryAfterMs })
  expect([0, 1, -1, 0.5, Number.NaN].map(after)).toEqual([true, true, false, false, false])
})

test("R9: accepted and uncertain are results", () => {
  expect(isSendResult({ _tag: "Accepted", providerId: "p1" })).toBe(true)
  expect(isSendResult({ _tag: "Uncertain", code: "ETIMEDOUT" })).toBe(true)
  expect(isSendResult({ _tag: "Delivered" })).toBe(false)
})
