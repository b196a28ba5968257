/** R8: what room there is for sends, and what is kept of it. */
import * as Effect from "effect/Effect"
import fc from "fast-check"
import { expect, test } from "vitest"
import { makeRoom } from "../../src/engine/room.ts"

test("R8: room that is kept or taken is not free, until it is given back", () => {
  const room = makeRoom(10)
  room.keep(3)
  room.begin()
  room.begin()
  expect(room.free()).toBe(5)
  room.end()
  expect(room.free()).toBe(6)
  room.leave()
  room.giveBack(3)
  expect(room.free()).toBe(10)
})

test("R8: new messages never get all the room that is free, and others at least an eighth of it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.nat(1_000), (maxSends, taken) => {
      const room = makeRoom(maxSends)
      room.keep(Math.min(taken, maxSends - 1))
      const free = room.free()
      const forNew = room.keepForNew()
      expect(room.free()).toBe(free - forNew)
      expect(room.free()).toBeGreaterThanOrEqual(Math.max(1, free / 8))
      expect(room.free()).toBeLessThan(free / 8 + 1)
    }),
  )
})

test("R8: that there was no room is said once, when the next send ends", () => {
  const room = makeRoom(2)
  room.begin()
  room.begin()
  room.want()
  expect([room.end(), room.end()]).toEqual([true, false])
})

test("R8: where fewer may be sent than are under way there is no room, and none once it is closed", () => {
  const room = makeRoom(1)
  for (let sends = 0; sends < 3; sends++) room.begin()
  expect([room.free(), room.keepForNew()]).toEqual([0, 0])
  const closed = makeRoom(1)
  closed.close()
  expect([closed.free(), closed.keepForNew()]).toEqual([0, 0])
})

test.each(["a send", "an answer", "kept room"])("R7: %s is waited for, and nothing else", async (what) => {
  const room = makeRoom(4)
  if (what === "kept room") room.keep(1)
  else room.begin()
  if (what === "an answer") room.end()
  let isIdle = false
  const waits = async () => {
    await Effect.runPromise(room.idle)
    isIdle = true
  }
  const idle = waits()
  await new Promise<void>((resolve) => setImmediate(resolve))
  expect(isIdle).toBe(false)
  if (what === "kept room") room.giveBack(1)
  else if (what === "an answer") room.answered()
  else room.leave()
  await idle
  await Effect.runPromise(room.idle)
})
