import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as fc from "fast-check"
import { expect, test } from "vitest"
import { makeTurns } from "../../src/stores/postgres/turns.ts"

/** What happens to a call: it ends of itself, or is interrupted, waiting or not. */
const call = fc.record({ index: fc.nat(19), isInterrupted: fc.boolean() })

test("no more than there are places at a time, in their order, and a place is never lost", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(call, { maxLength: 40 }), (places, ends) =>
      Effect.runPromise(
        Effect.gen(function* () {
          const turn = makeTurns(places)
          const begun: Array<number> = []
          let active = 0
          let most = 0
          const latches = yield* Effect.forEach(Array.from({ length: 20 }), () => Deferred.make<void>())
          const calls = yield* Effect.forEach(latches, (latch, index) =>
            Effect.forkChild(
              turn(
                Effect.sync(() => {
                  begun.push(index)
                  most = Math.max(most, ++active)
                }).pipe(Effect.andThen(Deferred.await(latch)), Effect.ensuring(Effect.sync(() => active--))),
              ),
            ),
          )
          yield* Effect.yieldNow
          for (const { index, isInterrupted } of ends) {
            const [latch, fiber] = [latches[index], calls[index]]
            if (latch === undefined || fiber === undefined) continue
            yield* isInterrupted ? Fiber.interrupt(fiber) : Deferred.succeed(latch, undefined)
          }
          for (const latch of latches) yield* Deferred.succeed(latch, undefined)
          yield* Effect.forEach(calls, Fiber.await)
          expect(most).toBe(places)
          expect(begun).toEqual(begun.toSorted((a, b) => a - b))
          expect(
            yield* Effect.forEach(Array.from({ length: places }), () => turn(Effect.succeed("free"))),
          ).toHaveLength(places)
        }),
      ),
    ),
  )
})

test("a call that fails gives its place to the next", async () => {
  const turn = makeTurns(1)
  const failures = Effect.forEach(["one", "two"], (name) => Effect.flip(turn(Effect.fail(name))), {
    concurrency: "unbounded",
  })
  expect(await Effect.runPromise(failures)).toEqual(["one", "two"])
})
