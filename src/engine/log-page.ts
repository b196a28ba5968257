/**
 * Reads a part of the post log from a store, by result too, which only the whole line says. Rule R20.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { type LogEntry, numberedLog, type PostResult } from "../core/history/post-log.ts"
import type { LogQuery, StoreError, StoreShape } from "../ports/store.ts"

/** Which part of a channel's post log, and with which result only. R20. @since 0.1.0 */
export interface LogQuestion extends LogQuery {
  readonly result?: PostResult
}

/** How many lines are looked at together for those with a result. */
const SEARCHED = 500

const page = (store: Pick<StoreShape, "log">, query: LogQuery) =>
  store
    .log(query)
    .pipe(
      Effect.map((events) =>
        numberedLog(
          events.map(({ seq, key, event }) => ({ seq, customerId: key.customerId, event })),
        ).toReversed(),
      ),
    )

/**
 * Up to `limit` lines, newest first; fewer only when there are no more. With a result, lines are looked at a few hundred
 * at a time until there are enough. R20.
 * @since 0.1.0
 */
export const readLog = Effect.fnUntraced(function* (
  store: Pick<StoreShape, "log">,
  { result, ...query }: LogQuestion,
): Effect.fn.Return<ReadonlyArray<LogEntry>, StoreError> {
  if (result === undefined) return yield* page(store, query)
  const found: Array<LogEntry> = []
  let { beforeSeq } = query
  for (;;) {
    const looked = yield* page(store, {
      ...query,
      limit: SEARCHED,
      ...(beforeSeq !== undefined && { beforeSeq }),
    })
    found.push(...looked.filter((entry) => entry.result === result))
    if (found.length >= query.limit || looked.length < SEARCHED) return found.slice(0, query.limit)
    beforeSeq = looked.at(-1)?.seq
    // Others have their turn: on SQLite each look holds the event loop.
    yield* Effect.yieldNow
  }
})
