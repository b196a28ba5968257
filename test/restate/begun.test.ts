import { expect, test } from "vitest"
import { makeBegun } from "../../src/restate/begun.ts"

const HOUR_MS = 3_600_000

test("R9: a send runs for the first time once, where it was begun", () => {
  const here = makeBegun()
  const elsewhere = makeBegun()
  const token = here.draw()
  expect([elsewhere.isFirst(token), here.isFirst(token), here.isFirst(token)]).toEqual([false, true, false])
})

test("R9: one that begins while another is under way is no repetition of it", () => {
  const begun = makeBegun(() => 0)
  const [first, second] = [begun.draw(), begun.draw()]
  expect([begun.isFirst(first), begun.isFirst(second)]).toEqual([true, true])
})

test("R9: one that is not run here within the hour is forgotten, and would count as a repetition", () => {
  let nowMs = 0
  const begun = makeBegun(() => nowMs)
  const [early, inTime] = [begun.draw(), begun.draw()]
  nowMs = HOUR_MS - 1
  expect(begun.isFirst(inTime)).toBe(true)
  const late = begun.draw()
  nowMs = HOUR_MS
  expect([begun.isFirst(early), begun.isFirst(late)]).toEqual([false, true])
})
