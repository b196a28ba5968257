/**
 * The outbox: messages that the rules asked for are claimed under a lease, sent, and their answers handed in.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Latch from "effect/Latch"
import { type ClaimedItem, Store, type StoreError } from "../ports/store.ts"
import type { Circuits } from "./circuits.ts"
import { waitsUntil } from "./conclusion.ts"
import { attemptMs, type Dispatch, makeDispatch, type Routed, routing, writtenBy } from "./dispatch.ts"
import type { Inbox } from "./inbox.ts"
import { gauged } from "./observer.ts"
import { makeRoom, type Room } from "./room.ts"
import type { EngineSetting } from "./setting.ts"
import { sendsActive } from "./telemetry.ts"

/** What sends. @since 0.1.0 */
export interface Outbox {
  /** Claims what may be sent at this instant, as far as there is room, and starts to send it; says how many. */
  readonly claim: (nowMs: number) => Effect.Effect<number, StoreError>
  /** Keeps all the room there is, for messages that are about to be written; says for how many. */
  readonly reserve: () => number
  /** Starts to send what was written under lease, in the room that was kept, and gives back that room. */
  readonly take: (
    items: ReadonlyArray<ClaimedItem>,
    leaseUntilMs: number,
    reserved: number,
  ) => Effect.Effect<void>
  /** Takes nothing more. */
  readonly stop: Effect.Effect<void>
  /** Waits until no send is under way or about to be written, and every answer is handed in. */
  readonly idle: Effect.Effect<void>
}

const isElsewhere = ({ item, route }: Routed): boolean =>
  route._tag === "Go" && route.providers.join("\n") !== item.providers.join("\n")

// What waits is given back together, and who gets what is written together: one call each, however many they are.
const makeStart = Effect.fnUntraced(function* (
  { engine }: EngineSetting,
  dispatch: Dispatch,
  room: Room,
  sends: FiberSet.FiberSet,
  sent: Effect.Effect<void>,
) {
  const store = yield* Store
  const run = (sending: Effect.Effect<void>) => FiberSet.run(sends, Effect.interruptible(sending))
  const attempted = Effect.suspend(() => {
    room.end()
    return sent
  })
  return Effect.fnUntraced(function* (batch: ReadonlyArray<Routed>, leaseUntilMs: number) {
    const waiting = batch.flatMap(({ item, route }) =>
      route._tag === "Wait" ? [waitsUntil(item, route.untilMs)] : [],
    )
    if (waiting.length > 0) yield* run(dispatch.giveBack(waiting, leaseUntilMs))
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
      room.begin()
      yield* run(dispatch.send({ ...one, route }, leaseUntilMs, written, attempted))
    }
  })
})

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
  const room = makeRoom(engine.maxSends)
  // Closed from keeping room until what was written for it is taken: those sends are under way as well.
  const taken = Latch.makeUnsafe(true)
  yield* gauged(sendsActive, room.active)
  const dispatch = yield* makeDispatch(setting, circuits, inbox, sent)
  const start = yield* makeStart(setting, dispatch, room, sends, sent)
  const routed = routing(setting, circuits)
  // An answer that waits to be decided takes no room; but there are no more of them than may wait.
  const roomForAnswers = Effect.map(FiberSet.size(sends), (all) => engine.maxWaiting - (all - room.active()))

  // Uninterruptible, so that closing never leaves a claimed message that nobody sends.
  const claim = (nowMs: number): Effect.Effect<number, StoreError> =>
    Effect.gen(function* () {
      const free = Math.min(room.free(), yield* roomForAnswers)
      if (free <= 0) return 0
      const leaseUntilMs = nowMs + engine.leaseMs
      room.keep(free)
      const items = yield* store
        .claim(nowMs, leaseUntilMs, free)
        .pipe(Effect.ensuring(Effect.sync(() => room.giveBack(free))))
      yield* start(yield* Effect.forEach(items, (item) => routed(item, nowMs)), leaseUntilMs)
      return items.length
    }).pipe(Effect.uninterruptible)

  return {
    claim,
    reserve: () => {
      const free = room.free()
      room.keep(free)
      if (free > 0) taken.closeUnsafe()
      return free
    },
    take: Effect.fnUntraced(function* (items, leaseUntilMs, reserved) {
      room.giveBack(reserved)
      const nowMs = yield* Clock.currentTimeMillis
      yield* start(yield* Effect.forEach(items, (item) => routed(item, nowMs)), leaseUntilMs)
    }, Effect.ensuring(taken.open)),
    stop: Effect.sync(room.close),
    idle: Effect.andThen(taken.await, FiberSet.awaitEmpty(sends)),
  } satisfies Outbox
})
