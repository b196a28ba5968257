/**
 * The whole history of a store, read page by page.
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { Store, type StoredEvent, type StoreError } from "../../../src/ports/store.ts"

const PAGE = 1_000

/** Every event there is, oldest first. */
export const historyOf = (layer: Layer.Layer<Store, StoreError>): Promise<ReadonlyArray<StoredEvent>> =>
  Effect.runPromise(
    Store.use(
      Effect.fnUntraced(function* (store) {
        const events: Array<StoredEvent> = []
        for (;;) {
          const page = yield* store.eventsAfter(events.at(-1)?.seq ?? 0, PAGE)
          events.push(...page)
          if (page.length < PAGE) return events
        }
      }),
    ).pipe(Effect.provide(layer)),
  )
