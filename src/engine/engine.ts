/**
 * The engine: one loop decides what has come in, one wakes what is due, and one sends what is asked for. All time is
 * Effect's Clock.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Semaphore from "effect/Semaphore"
import type { StoreError } from "../ports/store.ts"
import { makeMistaken } from "../sending/mistakes.ts"
import { makeCircuits } from "./circuits.ts"
import { closedError, type FollowUpsError, storeFailed } from "./error.ts"
import { type Inbox, makeInbox } from "./inbox.ts"
import { makeLoops } from "./loops.ts"
import { makeWarnRarely } from "./mistakes.ts"
import { makeNotifier } from "./notifier.ts"
import { makeSay } from "./observer.ts"
import { makeOutbox } from "./outbox.ts"
import { makeQuarantine, type Quarantine } from "./quarantine.ts"
import { makeRetention } from "./retention.ts"
import type { EngineSetting } from "./setting.ts"
import { type ChangeSignal, makeSignal } from "./signal.ts"
import { makeWaker } from "./waker.ts"

/** A running engine. @since 0.1.0 */
export interface Engine extends Pick<ChangeSignal, "nudge" | "listen"> {
  /** Hands an input in; succeeds once what it led to is committed. */
  readonly submit: Inbox["hand"]
  /** Asks the store for a host; `closed` once the engine began to close, which waits for those that are under way. */
  readonly ask: <A>(call: Effect.Effect<A, StoreError>) => Effect.Effect<A, FollowUpsError>
  /** Customers of whom something is due that this process could not decide. */
  readonly quarantined: Quarantine["list"]
}

/** Calls of hosts that may ask the store at a time: all of them. Who takes as many waits for those under way. */
const MOST_ASKED = Number.MAX_SAFE_INTEGER

/**
 * Starts an engine in the current scope; closing the scope stops it, after the sends under way had `closeTimeoutMs` to
 * finish.
 * @since 0.1.0
 */
export const makeEngine = Effect.fnUntraced(function* (setting: EngineSetting) {
  const { pollMs, closeTimeoutMs } = setting.engine
  const signal = makeSignal(pollMs)
  const say = yield* makeSay
  const circuits = makeCircuits(setting.engine.circuit, say)
  const warnRarely = makeWarnRarely()
  const mistaken = makeMistaken((line, about) => say(warnRarely(line, about)))
  // They need one another: the inbox gives messages to the outbox, the outbox answers to the inbox.
  const answers: Pick<Inbox, "hand" | "offer"> = {
    hand: (...answer) => inbox.hand(...answer),
    offer: (...answer) => inbox.offer(...answer),
  }
  const outbox = yield* makeOutbox(setting, circuits, answers, signal, say, mistaken)
  const inbox: Inbox = yield* makeInbox(setting, circuits, outbox, signal.nudge, mistaken)
  const quarantine = makeQuarantine()
  const wake = yield* makeWaker(setting.engine, inbox, quarantine)
  const loop = yield* makeLoops(pollMs, signal)
  const retention = yield* makeRetention(setting.policy.retention, setting.engine)
  const { onNotice } = setting
  const notifier = onNotice && (yield* makeNotifier(onNotice, setting.engine, signal))
  let open = true
  const asked = Semaphore.makeUnsafe(MOST_ASKED)

  const decider = yield* Effect.forkScoped(inbox.deciding)
  const waker = yield* Effect.forkScoped(yield* loop(wake))
  const sender = yield* Effect.forkScoped(
    yield* loop((nowMs) => Effect.map(outbox.claim(nowMs), (sent) => sent > 0)),
  )
  const teller = yield* Effect.forkScoped(notifier?.telling ?? Effect.void)
  yield* Effect.forkScoped(retention)

  // Runs before the loops are interrupted: sends under way finish, and their answers are decided.
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      open = false
      yield* outbox.stop
      yield* signal.nudge
      yield* Fiber.interruptAll([waker, sender, teller])
      const parts = [outbox.idle, notifier?.idle ?? Effect.void, asked.take(MOST_ASKED)]
      const idle = Effect.all(parts, { concurrency: "unbounded" })
      yield* idle.pipe(Effect.timeoutOption(closeTimeoutMs))
      yield* Fiber.interrupt(decider)
      yield* inbox.turnAway
    }),
  )

  return {
    submit: (key, input) => (open ? inbox.hand(key, input) : Effect.fail(closedError())),
    ask: (call) =>
      Effect.suspend(() =>
        open
          ? // What fails once it closes may have lost its store to that.
            asked.withPermit(Effect.mapError(call, (error) => (open ? storeFailed(error) : closedError())))
          : Effect.fail(closedError()),
      ),
    quarantined: quarantine.list,
    nudge: signal.nudge,
    listen: signal.listen,
  } satisfies Engine
})
