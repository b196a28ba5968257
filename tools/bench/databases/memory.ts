/**
 * The store in memory: made once, so that what it holds outlives an engine.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type CustomerRecord, noChanges, Store } from "../../../src/ports/store.ts"
import { memory } from "../../../src/stores/memory/index.ts"
import { channelIds } from "../work.ts"
import { counter, type Database } from "./database.ts"
import { historyOf } from "./history.ts"

const EVERYTHING = Number.MAX_SAFE_INTEGER

const renamed = (record: CustomerRecord, from: string, to: string): CustomerRecord =>
  JSON.parse(JSON.stringify(record).replaceAll(from, to))

/** A new store. */
export const openMemory = (): Database => {
  const store = Effect.runSync(Store.use(Effect.succeed).pipe(Effect.provide(memory())))
  const layer = Layer.succeed(Store)(store)
  return {
    layer,
    multiply: (template, name, copies) =>
      Effect.runPromise(
        store.transact(
          channelIds.map((channelId) => ({ channelId, customerId: template })),
          (loaded) => {
            const customers = channelIds.flatMap((channelId) => {
              const record = loaded.customer({ channelId, customerId: template })
              if (record === undefined) return []
              return Array.from({ length: copies }, (_, number) => ({
                key: { channelId, customerId: `${name}-${number}` },
                record: renamed(record, template, `${name}-${number}`),
                dueAtMs: null,
              }))
            })
            return { changes: { ...noChanges, customers }, value: undefined }
          },
        ),
      ),
    counting: (kind) =>
      counter(async (seq) => {
        const news = await Effect.runPromise(store.eventsAfter(seq, EVERYTHING))
        const counted = news.filter(({ event }) => event._tag === kind).length
        return { counted, lastSeq: news.at(-1)?.seq ?? 0 }
      }),
    history: () => historyOf(layer),
    close: async () => {},
  }
}
