/**
 * The engine's two loops: one decides what has come in, batch by batch; one wakes what is due and sends what is asked
 * for. All time is Effect's Clock.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Queue from "effect/Queue"
import type { Policy } from "../core/policy.ts"
import type { Directory } from "../ports/directory.ts"
import { type ClaimedItem, type CustomerKey, Store } from "../ports/store.ts"
import { type Answers, decideBatch, keyText, type Submission, type SubmissionResult } from "./batch.ts"
import { FollowUpsError, storeFailed } from "./error.ts"
import { carriersOf, type SendPolicy, sendItem, type Transports } from "./sender.ts"

/**
 * How the engine works, apart from the product's rules. `maxBatch`: inputs decided in one transaction at most.
 * `maxWaiting`: inputs that may wait for their turn before callers are made to. `maxSends`: sends under way at most.
 * `leaseMs`: how long a claimed message is left to the process that claimed it; longer than an attempt with its grace.
 * `pollMs`: how often other processes' work is looked for. `directoryTimeoutMs`: how long the host's directory may
 * take. `closeTimeoutMs`: how long closing waits for sends under way. Times in ms.
 * @since 0.1.0
 */
export interface EnginePolicy {
  readonly maxBatch: number
  readonly maxWaiting: number
  readonly maxSends: number
  readonly leaseMs: number
  readonly pollMs: number
  readonly directoryTimeoutMs: number
  readonly closeTimeoutMs: number
  readonly send: SendPolicy
}

/** What an engine runs with. @since 0.1.0 */
export interface EngineSetting {
  readonly policy: Policy
  readonly engine: EnginePolicy
  readonly transports: Transports
  readonly directory: Directory | undefined
}

interface Pending {
  readonly submission: Submission
  readonly done: Deferred.Deferred<SubmissionResult, FollowUpsError>
}

/** A running engine. @since 0.1.0 */
export interface Engine {
  /** Hands an input in; succeeds once what it led to is committed. */
  readonly submit: (
    key: CustomerKey,
    input: Submission["input"],
  ) => Effect.Effect<SubmissionResult, FollowUpsError>
  /** Lets the loops look again, because something was written beside them. */
  readonly nudge: Effect.Effect<void>
  /** Starts to listen, and gives what to wait on until something may have been written since. */
  readonly listen: Effect.Effect<Effect.Effect<void>>
}

const closed = new FollowUpsError({ reason: "closed", message: "followup was closed; open it again" })

// Asks the host's directory for everything that a batch needs, each thing once.
const ask = (directory: Directory, keys: ReadonlyArray<CustomerKey>, timeoutMs: number) =>
  Effect.tryPromise({
    try: async (): Promise<Answers> => {
      const channelIds = [...new Set(keys.map((key) => key.channelId))]
      const [channels, customers] = await Promise.all([
        Promise.all(channelIds.map(async (id) => [id, await directory.channel(id)] as const)),
        Promise.all(
          keys.map(
            async (key) => [keyText(key), await directory.customer(key.channelId, key.customerId)] as const,
          ),
        ),
      ])
      const channelOf = new Map(channels)
      const customerOf = new Map(customers)
      return { channel: (id) => channelOf.get(id), customer: (key) => customerOf.get(keyText(key)) }
    },
    catch: (cause) => new FollowUpsError({ reason: "directory", message: "the directory failed", cause }),
  }).pipe(
    Effect.timeoutOrElse({
      duration: timeoutMs,
      orElse: () =>
        Effect.fail(
          new FollowUpsError({
            reason: "directory",
            message: `the directory did not answer in ${timeoutMs} ms`,
          }),
        ),
    }),
  )

const distinct = (keys: ReadonlyArray<CustomerKey>): ReadonlyArray<CustomerKey> => [
  ...new Map(keys.map((key) => [keyText(key), key])).values(),
]

/**
 * Starts an engine in the current scope; closing the scope stops it, after the sends under way had `closeTimeoutMs` to
 * finish.
 * @since 0.1.0
 */
export const makeEngine = Effect.fnUntraced(function* (setting: EngineSetting) {
  const store = yield* Store
  const { policy, engine, transports, directory } = setting
  const carriers = carriersOf(transports)
  const waiting = yield* Queue.bounded<Pending>(engine.maxWaiting)
  const signal = yield* Queue.sliding<void>(1)
  const listeners = new Set<Deferred.Deferred<void>>()
  const sends = yield* FiberSet.make()
  // Customers whose wake-up failed, and when to try them again: one that cannot be decided must not stop the others.
  const stuckUntil = new Map<string, number>()
  let open = true

  const nudge = Effect.sync(() => {
    Queue.offerUnsafe(signal, undefined)
    // A listener that is told may listen again at once: those are told next time.
    const told = [...listeners]
    listeners.clear()
    for (const listener of told) Deferred.doneUnsafe(listener, Effect.void)
  })

  // Other processes on the same database do not nudge this one: looking again now and then covers them.
  const listen = Effect.sync(() => {
    const listener = Deferred.makeUnsafe<void>()
    listeners.add(listener)
    return Effect.raceFirst(Deferred.await(listener), Effect.sleep(engine.pollMs)).pipe(
      Effect.ensuring(Effect.sync(() => listeners.delete(listener))),
    )
  })

  const hand = Effect.fnUntraced(function* (key: CustomerKey, input: Submission["input"]) {
    const nowMs = yield* Clock.currentTimeMillis
    const done = yield* Deferred.make<SubmissionResult, FollowUpsError>()
    yield* Queue.offer(waiting, { submission: { key, input, nowMs }, done })
    return yield* Deferred.await(done)
  })

  const decide = Effect.fnUntraced(function* (batch: ReadonlyArray<Submission>) {
    const keys = distinct(batch.map((submission) => submission.key))
    const answers =
      directory === undefined ? undefined : yield* ask(directory, keys, engine.directoryTimeoutMs)
    return yield* store
      .transact(keys, decideBatch({ policy, carriers, answers }, batch))
      .pipe(Effect.mapError(storeFailed))
  })

  // A batch that fails is not decided at all: every caller is told, and may repeat.
  const answer = (batch: ReadonlyArray<Pending>) =>
    decide(batch.map((pending) => pending.submission)).pipe(
      Effect.match({
        onFailure: (error) => {
          for (const { done } of batch) Deferred.doneUnsafe(done, Effect.fail(error))
        },
        onSuccess: (results) => {
          for (const [index, result] of results.entries()) {
            const done = batch[index]?.done
            if (done !== undefined) Deferred.doneUnsafe(done, Effect.succeed(result))
          }
        },
      }),
      Effect.andThen(nudge),
    )

  // What was taken from the queue is answered, even while the engine closes.
  const deciding = Effect.uninterruptibleMask((restore) =>
    restore(Queue.takeBetween(waiting, 1, engine.maxBatch)).pipe(Effect.flatMap(answer)),
  ).pipe(Effect.forever)

  const wake = Effect.fnUntraced(function* (key: CustomerKey, nowMs: number) {
    const outcome = yield* Effect.exit(hand(key, { _tag: "WakeUp", atMs: nowMs }))
    const taken = outcome._tag === "Success" && outcome.value._tag === "Success"
    if (taken) stuckUntil.delete(keyText(key))
    else stuckUntil.set(keyText(key), nowMs + 60_000)
    return taken
  })

  // The answer is what keeps the message from being sent again: it is handed in until it is taken or the lease is over.
  const handAnswer = (
    item: ClaimedItem,
    leaseUntilMs: number,
    input: Submission["input"],
  ): Effect.Effect<void> =>
    hand(item.key, input).pipe(
      Effect.asVoid,
      Effect.catch(() =>
        Clock.currentTimeMillis.pipe(
          Effect.flatMap((nowMs) =>
            nowMs + 1_000 >= leaseUntilMs
              ? Effect.void
              : Effect.sleep(1_000).pipe(Effect.andThen(handAnswer(item, leaseUntilMs, input))),
          ),
        ),
      ),
    )

  const dispatch = Effect.fnUntraced(function* (item: ClaimedItem, leaseUntilMs: number) {
    const sent = yield* sendItem(transports, item, engine.send)
    const atMs = yield* Clock.currentTimeMillis
    if (sent._tag === "Postpone")
      yield* store.postpone(item.deliveryId, sent.notBeforeMs, sent.interrupted).pipe(Effect.ignore)
    else {
      const { result, receiptExpected } = sent
      const { deliveryId } = item
      yield* handAnswer(item, leaseUntilMs, {
        _tag: "SendAnswered",
        deliveryId,
        result,
        receiptExpected,
        atMs,
      })
    }
    yield* nudge
  })

  // Uninterruptible, so that closing never leaves a claimed message that nobody sends.
  const claim = (nowMs: number) =>
    Effect.gen(function* () {
      const free = engine.maxSends - (yield* FiberSet.size(sends))
      if (free <= 0) return 0
      const leaseUntilMs = nowMs + engine.leaseMs
      const items = yield* store.claim(nowMs, leaseUntilMs, free)
      for (const item of items) yield* FiberSet.run(sends, Effect.interruptible(dispatch(item, leaseUntilMs)))
      return items.length
    }).pipe(Effect.uninterruptible)

  const round = Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis
    const overdue = yield* store.due(nowMs, engine.maxBatch)
    const ready = overdue.filter((key) => (stuckUntil.get(keyText(key)) ?? 0) <= nowMs)
    const woken = yield* Effect.forEach(ready, (key) => wake(key, nowMs), { concurrency: "unbounded" })
    const claimed = yield* claim(nowMs)
    if (woken.includes(true) || claimed > 0) return
    // Nothing could be done now: sleep until something is due, or until somebody says that something changed.
    const next = yield* store.nextInstant
    const idleMs = next === null || next <= nowMs ? engine.pollMs : Math.min(engine.pollMs, next - nowMs)
    yield* Effect.raceFirst(Effect.sleep(idleMs), Queue.take(signal))
  })

  const ticking = round.pipe(
    Effect.catch((error) =>
      Effect.logWarning("followup: the store cannot be reached; trying again", error.reason).pipe(
        Effect.andThen(Effect.sleep(Math.min(1_000, engine.pollMs))),
      ),
    ),
    Effect.forever,
  )

  const decider = yield* Effect.forkScoped(deciding)
  const ticker = yield* Effect.forkScoped(ticking)

  // Runs before the loops are interrupted: sends under way finish, and their answers are decided.
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      open = false
      yield* Fiber.interrupt(ticker)
      yield* FiberSet.awaitEmpty(sends).pipe(Effect.timeoutOption(engine.closeTimeoutMs))
      yield* Fiber.interrupt(decider)
      for (const { done } of yield* Queue.clear(waiting)) Deferred.doneUnsafe(done, Effect.fail(closed))
    }),
  )

  return {
    submit: (key, input) => (open ? hand(key, input) : Effect.fail(closed)),
    nudge,
    listen,
  } satisfies Engine
})
