/**
 * The store in memory: it is opened once, so that what it holds outlives an engine.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { noChanges, Store } from "../../../src/ports/store.ts"
import { memory } from "../../../src/stores/memory/index.ts"
import { channelIds } from "../work.ts"
import type { Database } from "./database.ts"
import { historyOf } from "./history.ts"

const PAGE = 10_000

/** A new store. */
export const openMemory = (): Database => {
  const store = Effect.runSync(Store.use(Effect.succeed).pipe(Effect.provide(memory())))
  const layer = Layer.succeed(Store)(store)
  let seen = { closed: 0, seq: 0 }
  return {
    layer,
    multiply: (template, name, copies) =>
      Effect.runPromise(
        store.transact([], (loaded) => ({
          changes: {
            ...noChanges,
            customers: channelIds.flatMap((channelId) => {
              const record = loaded.customer({ channelId, customerId: template })
              if (record === undefined) return []
              const text = JSON.stringify(record)
              return Array.from({ length: copies }, (_, number) => ({
                key: { channelId, customerId: `${name}-${number}` },
                record: JSON.parse(text.replaceAll(template, `${name}-${number}`)),
                dueAtMs: null,
              }))
            }),
          },
          value: undefined,
        })),
      ),
    closed: async () => {
      for (;;) {
        const page = await Effect.runPromise(store.eventsAfter(seen.seq, PAGE))
        const closed = page.filter(({ event }) => event._tag === "FollowUpClosed").length
        seen = { closed: seen.closed + closed, seq: page.at(-1)?.seq ?? seen.seq }
        if (page.length < PAGE) return seen.closed
      }
    },
    history: () => historyOf(layer),
    close: async () => {},
  }
}
