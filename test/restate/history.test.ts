import fc from "fast-check"
import { expect, test } from "vitest"
import { emptyHistory, expiresAt, extended, numbersOf, tidied } from "../../src/restate/history.ts"

const DAY_MS = 86_400_000
const START_MS = Date.UTC(2026, 0, 5, 9)

const taken = (instants: ReadonlyArray<number>) =>
  instants.reduce((index, ms) => extended(index, START_MS + ms), emptyHistory)

test("R20: a customer's history has a number for each decision", () => {
  expect(numbersOf(emptyHistory)).toEqual([])
  expect(numbersOf(taken([0, 1, DAY_MS, DAY_MS]))).toEqual([0, 1, 2, 3])
})

test("R20: a day goes once it is as old as the history may get, counted from the day's end", () => {
  const index = taken([0, 1, DAY_MS, 2 * DAY_MS])
  const dayEndsMs = Date.UTC(2026, 0, 6)
  expect(expiresAt(emptyHistory, 0)).toBeNull()
  expect(expiresAt(index, 5)).toBe(dayEndsMs + 5)
  expect(tidied(index, dayEndsMs - 1).gone).toEqual([])
  const after = tidied(index, dayEndsMs)
  expect(after.gone).toEqual([0, 1])
  expect(numbersOf(after.index)).toEqual([2, 3])
  expect(expiresAt(after.index, 0)).toBe(dayEndsMs + DAY_MS)
})

test("R20: what goes and what stays are the whole history, and its numbers are never used again", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 10 * DAY_MS })),
      fc.nat({ max: 11 * DAY_MS }),
      (instants, beforeMs) => {
        // Instants of different hosts may go back a little; a day never does.
        const index = taken(instants)
        const { index: left, gone } = tidied(index, START_MS + beforeMs)
        expect([...gone, ...numbersOf(left)]).toEqual(numbersOf(index))
        expect(left.next).toBe(index.next)
      },
    ),
  )
})
