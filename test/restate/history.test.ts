import fc from "fast-check"
import { expect, test } from "vitest"
import type { FollowUpEvent } from "../../src/core/customer/event.ts"
import {
  emptyHistory,
  expiresAt,
  extended,
  forHistory,
  numbersOf,
  tidied,
} from "../../src/restate/history.ts"

const DAY_MS = 86_400_000
const START_MS = Date.UTC(2026, 0, 5, 9)

const taken = (instants: ReadonlyArray<number>) =>
  instants.reduce((index, ms) => extended(index, START_MS + ms), emptyHistory)

test("R20: a customer's history has a number for each decision", () => {
  expect(numbersOf(emptyHistory)).toEqual([])
  expect(numbersOf(taken([0, 1, DAY_MS, DAY_MS]))).toEqual([0, 1, 2, 3])
})

test("R20: a day is noted once, from midnight on, however much is decided in it", () => {
  expect(taken([0, 1, 15 * 3_600_000 - 1, 15 * 3_600_000]).days).toEqual([
    { startsMs: Date.UTC(2026, 0, 5), first: 0 },
    { startsMs: Date.UTC(2026, 0, 6), first: 3 },
  ])
  expect(extended(emptyHistory, 0).days).toEqual([{ startsMs: 0, first: 0 }])
})

test("R20: of a mail the history keeps the words without their form, and of all else everything", () => {
  const asked = (content: object) =>
    ({ _tag: "DeliveryRequested", deliveryId: "d1", content }) as FollowUpEvent
  const mail = { via: "email", subject: "New reply", html: "<p>It is.</p>", text: "It is." }
  expect(forHistory(asked(mail))).toEqual(asked({ ...mail, html: "" }))
  const others = [
    asked({ via: "xms", text: "It is." }),
    { _tag: "PresenceNoted" } as unknown as FollowUpEvent,
  ]
  expect(others.map(forHistory)).toEqual(others)
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
