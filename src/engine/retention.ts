/**
 * Keeps the history for as long as policy says, and no longer. Rule R20.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { RetentionPolicy } from "../core/policy.ts"
import { Store } from "../ports/store.ts"
import { warn } from "./observer.ts"
import type { EnginePolicy } from "./setting.ts"

/**
 * Removes history that is older than policy allows, for ever: a bounded number of events at a time, others' work in
 * between. Ledger entries, notices, contacts and what is remembered of customers stay.
 * @since 0.1.0
 */
export const makeRetention = Effect.fnUntraced(function* (
  { historyMs }: RetentionPolicy,
  { pruneBatch, pruneEveryMs }: EnginePolicy,
) {
  const store = yield* Store
  const pruneOld = Effect.gen(function* () {
    const beforeMs = (yield* Clock.currentTimeMillis) - historyMs
    while ((yield* store.prune(beforeMs, pruneBatch)) === pruneBatch) yield* Effect.yieldNow
  })
  // What could not be removed now is older still the next time.
  return pruneOld.pipe(
    Effect.catch(({ reason }) => warn("pruneFailed", { "error.type": reason })),
    // A bug must not end it: history would be kept for ever.
    Effect.catchDefect(() => warn("pruneFailed", { "error.type": "defect" })),
    Effect.andThen(Effect.sleep(pruneEveryMs)),
    Effect.forever,
  )
})
