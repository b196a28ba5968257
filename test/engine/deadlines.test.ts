import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import fc from "fast-check"
import { expect, test } from "vitest"
import { makeDeadlines } from "../../src/engine/deadlines.ts"

/** Instants of the test, 0 to 9. */
const TICKS = 10

const anyDeadline = fc.record({
  madeAt: fc.nat(TICKS / 2),
  atMs: fc.nat(TICKS - 1),
  calledOffAt: fc.nat(2 * TICKS),
})

const settle = Effect.repeat(Effect.yieldNow, { times: 10 })

test("R9: each comes at its instant, or as soon as it is made, unless it was called off before", async () => {
  const property = fc.asyncProperty(fc.array(anyDeadline, { maxLength: 8 }), (all) =>
    Effect.gen(function* () {
      const deadlines = yield* makeDeadlines
      const came: Array<string> = []
      const callOffs = new Map<number, () => void>()
      let tick = 0
      for (; tick < TICKS; tick++) {
        yield* TestClock.setTime(tick)
        yield* settle
        for (const [index, { madeAt, atMs, calledOffAt }] of all.entries()) {
          if (calledOffAt === tick) callOffs.get(index)?.()
          if (madeAt === tick)
            callOffs.set(
              index,
              deadlines.at(atMs, () => came.push(`${index} at ${tick}`)),
            )
        }
        yield* settle
      }
      const due = all.flatMap(({ madeAt, atMs, calledOffAt }, index) => {
        const dueAt = Math.max(madeAt, atMs)
        return calledOffAt > madeAt && calledOffAt < dueAt ? [] : [`${index} at ${dueAt}`]
      })
      expect(came.toSorted()).toEqual(due.toSorted())
    }).pipe(Effect.scoped, Effect.provide(TestClock.layer()), Effect.runPromise),
  )
  await fc.assert(property)
})
