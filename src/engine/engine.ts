/**
 * The engine: one loop decides what has come in, one wakes what is due and sends what is asked for. All time is
 * Effect's Clock.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { type CustomerKey, Store, type StoreError } from "../ports/store.ts"
import { makeCircuits } from "./circuits.ts"
import { closedError, type FollowUpsError, isOutage, refused } from "./error.ts"
import { type Inbox, makeInbox } from "./inbox.ts"
import { makeNotifier } from "./notifier.ts"
import { makeSay, warn } from "./observer.ts"
import { makeOutbox, type Outbox } from "./outbox.ts"
import { makeQuarantine, type Quarantine } from "./quarantine.ts"
import { makeRetention } from "./retention.ts"
import type { EnginePolicy, EngineSetting } from "./setting.ts"
import { type ChangeSignal, makeSignal } from "./signal.ts"

/** A running engine. @since 0.1.0 */
export interface Engine extends Pick<ChangeSignal, "nudge" | "listen"> {
  /** Hands an input in; succeeds once what it led to is committed. */
  readonly submit: Inbox["hand"]
  /** Customers of whom something is due that this process could not decide. */
  readonly quarantined: Quarantine["list"]
  /** Whether the engine takes inputs; false once it began to close. */
  readonly isOpen: Effect.Effect<boolean>
}

// One round of the second loop: wake, send, or sleep until there is something to do.
const makeRound = Effect.fnUntraced(function* (
  { maxBatch, pollMs }: EnginePolicy,
  inbox: Inbox,
  outbox: Outbox,
  signal: ChangeSignal,
  quarantine: Quarantine,
) {
  const store = yield* Store

  const wake = Effect.fnUntraced(function* (key: CustomerKey, nowMs: number) {
    const outcome = yield* Effect.result(inbox.hand(key, { _tag: "WakeUp", atMs: nowMs }))
    const result = Result.flatMap(outcome, Result.mapError(refused))
    if (Result.isFailure(result) && !isOutage(result.failure)) quarantine.take(key, result.failure, nowMs)
    return result
  })

  return Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis
    // Those who are left alone are the most overdue: however many they are, they take nobody's place.
    const overdue = yield* store.due(nowMs, maxBatch + quarantine.size())
    const ready = quarantine.ready(overdue, nowMs).slice(0, maxBatch)
    const woken = yield* Effect.forEach(ready, (key) => wake(key, nowMs), { concurrency: "unbounded" })
    yield* quarantine.report
    const claimed = yield* outbox.claim(nowMs)
    const outage = woken.find((one) => Result.isFailure(one) && isOutage(one.failure))
    if (outage !== undefined) return yield* Effect.fromResult(outage)
    if (woken.some(Result.isSuccess) || claimed > 0) return
    const next = yield* store.nextInstant
    const idleMs = next === null || next <= nowMs ? pollMs : Math.min(pollMs, next - nowMs)
    yield* Effect.raceFirst(Effect.sleep(idleMs), signal.take)
  })
})

// Why a store cannot be reached is in our own words; what else goes wrong in one may repeat what is in it.
const storeTrouble = (error: StoreError | FollowUpsError): Readonly<Record<string, string>> => ({
  "error.type": error.reason,
  ...(isOutage(error) && { "error.message": error.message }),
})

/**
 * Starts an engine in the current scope; closing the scope stops it, after the sends under way had `closeTimeoutMs` to
 * finish.
 * @since 0.1.0
 */
export const makeEngine = Effect.fnUntraced(function* (setting: EngineSetting) {
  const { pollMs, closeTimeoutMs } = setting.engine
  const signal = yield* makeSignal(pollMs)
  const say = yield* makeSay
  const circuits = makeCircuits(setting.engine.circuit, say)
  // They need one another: the inbox gives messages to the outbox, the outbox answers to the inbox.
  const answers: Pick<Inbox, "hand" | "offer"> = {
    hand: (key, input) => inbox.hand(key, input),
    offer: (key, input, told) => inbox.offer(key, input, told),
  }
  const outbox = yield* makeOutbox(setting, circuits, answers, signal, say)
  const inbox: Inbox = yield* makeInbox(setting, circuits, outbox, signal.nudge)
  const quarantine = makeQuarantine()
  const round = yield* makeRound(setting.engine, inbox, outbox, signal, quarantine)
  const retention = yield* makeRetention(setting.policy.retention, setting.engine)
  const { onNotice } = setting
  const notifier = onNotice && (yield* makeNotifier(onNotice, setting.engine, signal))
  let open = true

  // Said when it begins and when it ends, not at every try in between.
  let isDown = false
  const sayOnce = (down: boolean, what: Effect.Effect<void>): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (isDown === down) return Effect.void
      isDown = down
      return what
    })
  const ticking = round.pipe(
    Effect.andThen(sayOnce(false, warn("storeBack", {}))),
    Effect.catch((error) =>
      sayOnce(true, warn("storeAway", storeTrouble(error))).pipe(Effect.andThen(Effect.sleep(pollMs))),
    ),
    // A bug must not end what wakes and sends: it is said, and what is due is tried again.
    Effect.catchDefect(() => warn("roundFailed", {}).pipe(Effect.andThen(Effect.sleep(pollMs)))),
    Effect.forever,
  )
  const decider = yield* Effect.forkScoped(inbox.deciding)
  const ticker = yield* Effect.forkScoped(ticking)
  const teller = yield* Effect.forkScoped(notifier?.telling ?? Effect.void)
  yield* Effect.forkScoped(retention)

  // Runs before the loops are interrupted: sends under way finish, and their answers are decided.
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      open = false
      yield* outbox.stop
      yield* signal.nudge
      yield* Fiber.interruptAll([ticker, teller])
      const idle = Effect.all([outbox.idle, notifier?.idle ?? Effect.void], { concurrency: "unbounded" })
      yield* idle.pipe(Effect.timeoutOption(closeTimeoutMs))
      yield* Fiber.interrupt(decider)
      yield* inbox.turnAway
    }),
  )

  return {
    submit: (key, input) => (open ? inbox.hand(key, input) : Effect.fail(closedError())),
    quarantined: quarantine.list,
    isOpen: Effect.sync(() => open),
    nudge: signal.nudge,
    listen: signal.listen,
  } satisfies Engine
})
