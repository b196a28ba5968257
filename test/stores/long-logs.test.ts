/** R20: the post log of a channel with more lines than are looked through at a time. */

import * as Effect from "effect/Effect"
import { expect, test } from "vitest"
import { readLog } from "../../src/engine/log-page.ts"
import { Store, type StoreShape } from "../../src/ports/store.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { excluded, keyOf, write } from "../../src/testing/store-contract/fixture.ts"
import { turnsDuring } from "./host-turns.ts"

const LINES = 25_000

// One line a ms, of three customers in turn; a clock that is behind wrote every hundredth.
const atMsOf = (line: number): number => (line % 100 === 0 ? line - 5_000 : line)
const lines = Array.from({ length: LINES }, (_, line) => ({
  key: keyOf(`cust-${line % 3}`),
  event: excluded(`m${line}`, atMsOf(line)),
}))

const using = <A>(use: (store: StoreShape) => Effect.Effect<A, unknown>): Promise<A> =>
  Effect.runPromise(
    Store.use((store) => Effect.andThen(write(store, { events: lines }), use(store))).pipe(
      Effect.provide(sqlite(":memory:")),
    ),
  )

test("R20: a period is found however long ago it is, and in pages", () =>
  using((store) =>
    Effect.gen(function* () {
      const seqs = (query: object) =>
        Effect.map(store.log({ channelId: "acme", limit: 100_000, ...query }), (events) =>
          events.map(({ seq }) => seq),
        )
      const periods = [
        { fromMs: 0, toMs: 50 },
        { fromMs: 4_990, toMs: 5_010 },
        { fromMs: 9_000, toMs: 16_000 },
        { fromMs: LINES - 3 },
        { toMs: 3 },
        { fromMs: LINES },
      ]
      for (const { fromMs = -Infinity, toMs = Infinity, ...rest } of periods) {
        const period = { ...(fromMs > -Infinity && { fromMs }), ...(toMs < Infinity && { toMs }), ...rest }
        for (const customerId of [undefined, "cust-1"]) {
          const expected = lines.flatMap(({ key, event: { atMs } }, line) => {
            const isIn = atMs >= fromMs && atMs < toMs
            return isIn && (customerId ?? key.customerId) === key.customerId ? [line + 1] : []
          })
          const whose = customerId === undefined ? {} : { customerId }
          expect(yield* seqs({ ...period, ...whose })).toEqual(expected)
          const newest = yield* seqs({ ...period, ...whose, limit: 7 })
          expect(newest).toEqual(expected.slice(-7))
          const older = yield* seqs({ ...period, ...whose, limit: 7, beforeSeq: newest[0] ?? 1 })
          expect(older).toEqual(expected.slice(0, -7).slice(-7))
        }
      }
    }),
  ))

test.each([
  ["a period", { toMs: 3 }],
  ["a result", { result: "Failed" as const }],
])("R20: while %s is looked for, the host goes on", async (_, wanted) => {
  const turns = await using((store) =>
    turnsDuring(readLog(store, { channelId: "acme", limit: 10, ...wanted })),
  )
  expect(turns).toBeGreaterThan(2)
})
