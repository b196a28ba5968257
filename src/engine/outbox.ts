/**
 * The outbox: messages that the rules asked for are claimed under a lease, sent, and their answers handed in.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import { type ClaimedItem, Store, type StoreError } from "../ports/store.ts"
import type { Submission } from "./batch.ts"
import type { Inbox } from "./inbox.ts"
import { gauged, warn, watchSend } from "./observer.ts"
import { sendItem } from "./sender.ts"
import type { EngineSetting } from "./setting.ts"
import { sendsActive } from "./telemetry.ts"

/** How long an answer that could not be handed in waits before it is tried again. */
const ANSWER_RETRY_MS = 1_000

/** What sends. @since 0.1.0 */
export interface Outbox {
  /** Claims what may be sent at this instant, as far as there is room, and starts to send it; says how many. */
  readonly claim: (nowMs: number) => Effect.Effect<number, StoreError>
  /** Waits until no send is under way. */
  readonly idle: Effect.Effect<void>
}

/** Makes an outbox over the store in the context; `sent` runs after every send. @since 0.1.0 */
export const makeOutbox = Effect.fnUntraced(function* (
  { engine, transports }: EngineSetting,
  inbox: Pick<Inbox, "hand">,
  sent: Effect.Effect<void>,
) {
  const store = yield* Store
  const sends = yield* FiberSet.make()
  yield* gauged(sendsActive, () => Array.from(sends).length)

  // The answer is what keeps the message from being sent again: it is handed in until it is taken or the lease is over.
  const handAnswer = (
    item: ClaimedItem,
    leaseUntilMs: number,
    input: Submission["input"],
  ): Effect.Effect<void> =>
    inbox.hand(item.key, input).pipe(
      Effect.asVoid,
      Effect.catch(() =>
        Clock.currentTimeMillis.pipe(
          Effect.flatMap((nowMs) =>
            nowMs + ANSWER_RETRY_MS >= leaseUntilMs
              ? warn("answerLost", { "followup.via": item.via, "followup.channel.id": item.key.channelId })
              : Effect.sleep(ANSWER_RETRY_MS).pipe(Effect.andThen(handAnswer(item, leaseUntilMs, input))),
          ),
        ),
      ),
    )

  const dispatch = Effect.fnUntraced(function* (item: ClaimedItem, leaseUntilMs: number) {
    const outcome = yield* watchSend(sendItem(transports, item, engine.send), transports, item)
    const atMs = yield* Clock.currentTimeMillis
    const { deliveryId } = item
    if (outcome._tag === "Postpone")
      yield* store.postpone(deliveryId, outcome.notBeforeMs, outcome.interrupted).pipe(Effect.ignore)
    else {
      const { result, receiptExpected } = outcome
      yield* handAnswer(item, leaseUntilMs, {
        _tag: "SendAnswered",
        deliveryId,
        result,
        receiptExpected,
        atMs,
      })
    }
    yield* sent
  })

  // Uninterruptible, so that closing never leaves a claimed message that nobody sends.
  const claim = (nowMs: number): Effect.Effect<number, StoreError> =>
    Effect.gen(function* () {
      const free = engine.maxSends - (yield* FiberSet.size(sends))
      if (free <= 0) return 0
      const leaseUntilMs = nowMs + engine.leaseMs
      const items = yield* store.claim(nowMs, leaseUntilMs, free)
      for (const item of items) yield* FiberSet.run(sends, Effect.interruptible(dispatch(item, leaseUntilMs)))
      return items.length
    }).pipe(Effect.uninterruptible)

  return { claim, idle: FiberSet.awaitEmpty(sends) } satisfies Outbox
})
