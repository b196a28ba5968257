/**
 * The outbox: messages that the rules asked for are claimed under a lease, sent, and their answers handed in.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import { attemptMs } from "../ports/attempt.ts"
import { type ClaimedItem, Store, type StoreError } from "../ports/store.ts"
import { waitsUntil } from "../sending/conclusion.ts"
import type { Mistaken } from "../sending/mistakes.ts"
import type { Routed } from "../sending/route.ts"
import type { Circuits } from "./circuits.ts"
import { type Dispatch, makeDispatch, routing } from "./dispatch.ts"
import type { Inbox } from "./inbox.ts"
import { gauged, type Say, warn } from "./observer.ts"
import { makeRoom, type Room } from "./room.ts"
import type { EngineSetting } from "./setting.ts"
import type { ChangeSignal } from "./signal.ts"
import { sendsActive } from "./telemetry.ts"
import { type Run, WRITE_RETRY_MS, writtenBy } from "./write-down.ts"

/** What sends. @since 0.1.0 */
export interface Outbox {
  /** Claims what may be sent at this instant, which is now, as far as there is room, and starts to send it; says how many. */
  readonly claim: (nowMs: number) => Effect.Effect<number, StoreError>
  /** Keeps room for messages that are about to be written; says for how many. */
  readonly reserve: Room["keepForNew"]
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
  run: Run,
  nudge: () => void,
) {
  const store = yield* Store
  const clock = yield* Clock.Clock
  const attempted = () => {
    if (room.end()) nudge()
  }
  const send = ({ item, parts, route }: Routed, leaseUntilMs: number): void => {
    if (route._tag !== "Wait") dispatch.send({ item, parts, route }, leaseUntilMs, attempted, room.answered)
  }

  // Nothing leaves before it is written down who gets it: a process that dies leaves it to the same provider. Only while
  // there is time left to send within the lease.
  const assign = Effect.fnUntraced(function* (routed: ReadonlyArray<Routed>, leaseUntilMs: number) {
    const assignments = routed.flatMap(({ item: { deliveryId }, route }) =>
      route._tag === "Go" ? [{ deliveryId, providers: route.providers }] : [],
    )
    const inTime = { untilMs: leaseUntilMs - attemptMs(engine.send) }
    const ours = yield* writtenBy(inTime, store.assign(leaseUntilMs, assignments)).pipe(
      // A bug must not keep their room for good.
      Effect.catchDefect(() => Effect.as(warn("roundFailed", {}), undefined)),
    )
    const nowMs = clock.currentTimeMillisUnsafe()
    for (const one of routed)
      if (ours?.includes(one.item.deliveryId) === true) send(one, leaseUntilMs)
      else room.leave()
    nudge()
    // Not at once: what the store refuses would be claimed and refused over and over.
    if (ours === undefined)
      yield* dispatch.giveBack(
        routed.map(({ item }) => waitsUntil(item, nowMs + WRITE_RETRY_MS)),
        leaseUntilMs,
      )
  })

  return (batch: ReadonlyArray<Routed>, leaseUntilMs: number): void => {
    const waiting = batch.flatMap(({ item, route }) =>
      route._tag === "Wait" ? [waitsUntil(item, route.untilMs)] : [],
    )
    if (waiting.length > 0) run(dispatch.giveBack(waiting, leaseUntilMs))
    const going = batch.filter(({ route }) => route._tag !== "Wait")
    for (const _ of going) room.begin()
    const elsewhere = going.filter(isElsewhere)
    if (elsewhere.length > 0) run(assign(elsewhere, leaseUntilMs))
    for (const one of going) if (!isElsewhere(one)) send(one, leaseUntilMs)
  }
})

// Whatever comes of it: room that is kept for good lets nothing more be sent.
const givingBack = (room: Room, kept: number) => Effect.ensuring(Effect.sync(() => room.giveBack(kept)))

/** Makes an outbox over the store in the context; it gives the signal after every send. @since 0.1.0 */
export const makeOutbox = Effect.fnUntraced(function* (
  setting: EngineSetting,
  circuits: Circuits,
  inbox: Pick<Inbox, "hand" | "offer">,
  { nudge, nudgeUnsafe }: Pick<ChangeSignal, "nudge" | "nudgeUnsafe">,
  say: Say,
  mistaken: Mistaken,
) {
  const { engine } = setting
  const store = yield* Store
  const writing = yield* FiberSet.make()
  const fork = yield* FiberSet.runtime(writing)()
  const run: Run = (effect) => void fork(effect)
  const room = makeRoom(engine.maxSends)
  yield* gauged(sendsActive, room.active)
  const dispatch = yield* makeDispatch(setting, circuits, inbox, run, nudge, mistaken)
  const start = yield* makeStart(setting, dispatch, room, run, nudgeUnsafe)
  const routed = routing(setting, circuits, say, mistaken)
  // An answer that waits to be decided takes no room; but there are no more of them than may wait. Those that wait beyond
  // their leases keep nothing else back.
  const roomForAnswers = Effect.map(
    FiberSet.size(writing),
    (others) => engine.maxWaiting - room.answering() - others + dispatch.insisting(),
  )
  const startAll = (items: ReadonlyArray<ClaimedItem>, nowMs: number, leaseUntilMs: number): void =>
    start(
      items.map((item) => routed(item, nowMs)),
      leaseUntilMs,
    )

  // Uninterruptible, so that closing never leaves a claimed message that nobody sends.
  const claim = (nowMs: number): Effect.Effect<number, StoreError> =>
    Effect.gen(function* () {
      const free = Math.min(room.free(), yield* roomForAnswers)
      if (free <= 0) {
        room.want()
        return 0
      }
      const leaseUntilMs = nowMs + engine.leaseMs
      room.keep(free)
      return yield* store.claim(nowMs, leaseUntilMs, free).pipe(
        Effect.map((items) => {
          const others = items.filter((item) => !dispatch.keeps(item, leaseUntilMs))
          startAll(others, nowMs, leaseUntilMs)
          return items.length
        }),
        givingBack(room, free),
      )
    }).pipe(Effect.uninterruptible)

  // What is sent may lead to something to write, and the other way round.
  const idle: Effect.Effect<void> = Effect.gen(function* () {
    yield* FiberSet.awaitEmpty(writing)
    yield* room.idle
    if ((yield* FiberSet.size(writing)) > 0) yield* idle
  })

  return {
    claim,
    reserve: room.keepForNew,
    take: (items, leaseUntilMs, reserved) =>
      Clock.currentTimeMillis.pipe(
        Effect.map((nowMs) => startAll(items, nowMs, leaseUntilMs)),
        givingBack(room, reserved),
      ),
    stop: Effect.sync(room.close),
    idle,
  } satisfies Outbox
})
