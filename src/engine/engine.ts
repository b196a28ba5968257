/**
 * The engine: one loop decides what has come in, one wakes what is due and sends what is asked for. All time is
 * Effect's Clock.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { type CustomerKey, keyText, Store } from "../ports/store.ts"
import { makeCircuits } from "./circuits.ts"
import { closedError, isOutage } from "./error.ts"
import { type Inbox, makeInbox } from "./inbox.ts"
import { makeNotifier } from "./notifier.ts"
import { warn, warnOfWakeUp } from "./observer.ts"
import { makeOutbox, type Outbox } from "./outbox.ts"
import { makeRetention } from "./retention.ts"
import type { EnginePolicy, EngineSetting } from "./setting.ts"
import { type ChangeSignal, makeSignal } from "./signal.ts"

/** How long a customer whose wake-up failed is left alone, so that one who cannot be decided does not stop the others. */
const STUCK_MS = 60_000

/** A running engine. @since 0.1.0 */
export interface Engine extends Pick<ChangeSignal, "nudge" | "listen"> {
  /** Hands an input in; succeeds once what it led to is committed. */
  readonly submit: Inbox["hand"]
  /** Whether the engine takes inputs; false once it began to close. */
  readonly isOpen: Effect.Effect<boolean>
}

// One round of the second loop: wake, send, or sleep until there is something to do.
const makeRound = Effect.fnUntraced(function* (
  { maxBatch, pollMs }: EnginePolicy,
  inbox: Inbox,
  outbox: Outbox,
  signal: ChangeSignal,
) {
  const store = yield* Store
  const stuckUntil = new Map<string, number>()

  const wake = Effect.fnUntraced(function* (key: CustomerKey, nowMs: number) {
    const outcome = yield* Effect.exit(inbox.hand(key, { _tag: "WakeUp", atMs: nowMs }))
    if (outcome._tag === "Success" && outcome.value._tag === "Success") return true
    const isStuck = outcome._tag === "Success" || !isOutage(outcome.cause)
    if (isStuck) {
      stuckUntil.set(keyText(key), nowMs + STUCK_MS)
      yield* warnOfWakeUp(key, outcome)
    }
    return false
  })

  return Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis
    for (const [key, untilMs] of stuckUntil) if (untilMs <= nowMs) stuckUntil.delete(key)
    // Those who are left alone are the most overdue: however many they are, they take nobody's place.
    const overdue = yield* store.due(nowMs, maxBatch + stuckUntil.size)
    const ready = overdue.filter((key) => !stuckUntil.has(keyText(key))).slice(0, maxBatch)
    const woken = yield* Effect.forEach(ready, (key) => wake(key, nowMs), { concurrency: "unbounded" })
    const claimed = yield* outbox.claim(nowMs)
    if (woken.includes(true) || claimed > 0) return
    const next = yield* store.nextInstant
    const idleMs = next === null || next <= nowMs ? pollMs : Math.min(pollMs, next - nowMs)
    yield* Effect.raceFirst(Effect.sleep(idleMs), signal.take)
  })
})

/**
 * Starts an engine in the current scope; closing the scope stops it, after the sends under way had `closeTimeoutMs` to
 * finish.
 * @since 0.1.0
 */
export const makeEngine = Effect.fnUntraced(function* (setting: EngineSetting) {
  const { pollMs, closeTimeoutMs } = setting.engine
  const signal = yield* makeSignal(pollMs)
  const circuits = makeCircuits(setting.engine.circuit)
  const inbox = yield* makeInbox(setting, circuits, signal.nudge)
  const outbox = yield* makeOutbox(setting, circuits, inbox, signal.nudge)
  const round = yield* makeRound(setting.engine, inbox, outbox, signal)
  const retention = yield* makeRetention(setting.policy.retention, setting.engine)
  const { onNotice } = setting
  const notifier = onNotice && (yield* makeNotifier(onNotice, setting.engine, signal))
  let open = true

  const ticking = round.pipe(
    Effect.catch((error) =>
      warn("storeAway", { "error.type": error.reason }).pipe(Effect.andThen(Effect.sleep(pollMs))),
    ),
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
    isOpen: Effect.sync(() => open),
    nudge: signal.nudge,
    listen: signal.listen,
  } satisfies Engine
})
