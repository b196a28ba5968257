/**
 * Wakes customers of whom something is due: a wave at a time, each of whom waits for their turn in the inbox.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type CustomerKey, Store } from "../ports/store.ts"
import { isOutage, refused } from "./error.ts"
import type { Inbox } from "./inbox.ts"
import type { Step } from "./loops.ts"
import type { Quarantine } from "./quarantine.ts"
import type { EnginePolicy } from "./setting.ts"

/**
 * Makes what wakes those who are due by an instant; it has done something once it tried one of them: who cannot be decided
 * is left alone after that, and those who are due after them wait for nothing.
 * @since 0.1.0
 */
export const makeWaker = Effect.fnUntraced(function* (
  { maxBatch }: Pick<EnginePolicy, "maxBatch">,
  inbox: Pick<Inbox, "hand">,
  quarantine: Quarantine,
) {
  const store = yield* Store

  const wake = Effect.fnUntraced(function* (key: CustomerKey, nowMs: number) {
    const outcome = yield* Effect.result(inbox.hand(key, { _tag: "WakeUp", atMs: nowMs }))
    const result = Result.flatMap(outcome, Result.mapError(refused))
    if (Result.isFailure(result) && !isOutage(result.failure)) quarantine.take(key, result.failure, nowMs)
    return result
  })

  const step: Step = Effect.fnUntraced(function* (nowMs) {
    // Those who are left alone are the most overdue: however many they are, they take nobody's place.
    const overdue = yield* store.due(nowMs, maxBatch + quarantine.size())
    const ready = quarantine.ready(overdue, nowMs).slice(0, maxBatch)
    const woken = yield* Effect.forEach(ready, (key) => wake(key, nowMs), { concurrency: "unbounded" })
    yield* quarantine.report
    const outage = woken.find((one) => Result.isFailure(one) && isOutage(one.failure))
    if (outage !== undefined) yield* Effect.fromResult(outage)
    return woken.length > 0
  })
  return step
})
