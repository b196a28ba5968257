/**
 * The outbox: messages that the rules asked for are claimed under a lease, sent, and their answers handed in.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import { Store, type StoreError } from "../ports/store.ts"
import type { Circuits } from "./circuits.ts"
import { waitsUntil } from "./conclusion.ts"
import { attemptMs, makeDispatch, type Routed, routing, writtenBy } from "./dispatch.ts"
import type { Inbox } from "./inbox.ts"
import { gauged } from "./observer.ts"
import type { EngineSetting } from "./setting.ts"
import { sendsActive } from "./telemetry.ts"

/** What sends. @since 0.1.0 */
export interface Outbox {
  /** Claims what may be sent at this instant, as far as there is room, and starts to send it; says how many. */
  readonly claim: (nowMs: number) => Effect.Effect<number, StoreError>
  /** Waits until no send is under way. */
  readonly idle: Effect.Effect<void>
}

const isElsewhere = ({ item, route }: Routed): boolean =>
  route._tag === "Go" && route.providers.join("\n") !== item.providers.join("\n")

/** Makes an outbox over the store in the context; `sent` runs after every send. @since 0.1.0 */
export const makeOutbox = Effect.fnUntraced(function* (
  setting: EngineSetting,
  circuits: Circuits,
  inbox: Pick<Inbox, "hand">,
  sent: Effect.Effect<void>,
) {
  const { engine } = setting
  const store = yield* Store
  const sends = yield* FiberSet.make()
  yield* gauged(sendsActive, () => Array.from(sends).length)
  const dispatch = yield* makeDispatch(setting, circuits, inbox, sent)
  const routed = routing(setting, circuits)

  // What waits is given back together, and who gets what is written together: one call each, however many they are.
  const start = Effect.fnUntraced(function* (batch: ReadonlyArray<Routed>, leaseUntilMs: number) {
    const waiting = batch.flatMap(({ item, route }) =>
      route._tag === "Wait" ? [waitsUntil(item, route.untilMs)] : [],
    )
    if (waiting.length > 0)
      yield* FiberSet.run(sends, Effect.interruptible(dispatch.giveBack(waiting, leaseUntilMs)))
    const assignments = batch
      .filter(isElsewhere)
      .flatMap(({ item: { deliveryId }, route }) =>
        route._tag === "Go" ? [{ deliveryId, providers: route.providers }] : [],
      )
    // Only while there is time left to send within the lease.
    const assigned = yield* Effect.cached(
      writtenBy(leaseUntilMs - attemptMs(engine), store.assign(leaseUntilMs, assignments)),
    )
    for (const one of batch) {
      const { route } = one
      if (route._tag === "Wait") continue
      const written = isElsewhere(one) ? assigned : Effect.succeed([one.item.deliveryId])
      yield* FiberSet.run(
        sends,
        Effect.interruptible(dispatch.send({ ...one, route }, leaseUntilMs, written)),
      )
    }
  })

  // Uninterruptible, so that closing never leaves a claimed message that nobody sends.
  const claim = (nowMs: number): Effect.Effect<number, StoreError> =>
    Effect.gen(function* () {
      const free = engine.maxSends - (yield* FiberSet.size(sends))
      if (free <= 0) return 0
      const leaseUntilMs = nowMs + engine.leaseMs
      const items = yield* store.claim(nowMs, leaseUntilMs, free)
      yield* start(yield* Effect.forEach(items, (item) => routed(item, nowMs)), leaseUntilMs)
      return items.length
    }).pipe(Effect.uninterruptible)

  return { claim, idle: FiberSet.awaitEmpty(sends) } satisfies Outbox
})
