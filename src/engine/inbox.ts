/**
 * The inbox: inputs wait here for their turn and are decided together, batch by batch. A caller goes on once what
 * their input led to is committed.
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import {
  type ClaimedItem,
  type CustomerKey,
  keyText,
  type Lease,
  type Loaded,
  Store,
} from "../ports/store.ts"
import { handlesMistaken, type Mistaken } from "../sending/mistakes.ts"
import { carriersOf, partsOf } from "../sending/providers.ts"
import { firstProviders } from "../sending/route.ts"
import {
  type Answers,
  type BatchSetting,
  claimedBy,
  decideBatch,
  type Submission,
  type SubmissionResult,
} from "./batch.ts"
import type { Circuits } from "./circuits.ts"
import { askDirectory } from "./directory-answers.ts"
import { closedError, FollowUpsError, isOutage, storeFailed, undecided } from "./error.ts"
import { countFailed, gauged, watchBatch, watchDirectory, watchTransaction } from "./observer.ts"
import type { Outbox } from "./outbox.ts"
import type { EngineSetting } from "./setting.ts"
import { inboxWaiting } from "./telemetry.ts"

/** Hears what came of an input, once it is committed or will not be. @since 0.1.0 */
export type Told = (outcome: Exit.Exit<SubmissionResult, FollowUpsError>) => void

interface Pending {
  readonly submission: Submission
  readonly told: Told
}

/** Where inputs wait for their turn. @since 0.1.0 */
export interface Inbox {
  /** Hands an input in; succeeds once what it led to is committed. Waits while the inbox is full. */
  readonly hand: (
    key: CustomerKey,
    input: Submission["input"],
    lease?: Lease,
  ) => Effect.Effect<SubmissionResult, FollowUpsError>
  /** Hands an input in where there is room, which it says: nothing else happens where there is none. */
  readonly offer: (key: CustomerKey, input: Submission["input"], told: Told, lease?: Lease) => boolean
  /** Decides what has come in, for ever. */
  readonly deciding: Effect.Effect<never>
  /** Tells those who still wait that the engine closed. */
  readonly turnAway: Effect.Effect<void>
}

const keysOf = (batch: ReadonlyArray<Pending>): ReadonlyArray<CustomerKey> => [
  ...new Map(batch.map(({ submission: { key } }) => [keyText(key), key])).values(),
]

const whyNot = ({ submission: { key, input } }: Pending, failure: unknown): FollowUpsError =>
  failure instanceof FollowUpsError && isOutage(failure) ? failure : undecided(key, input, failure)

// Room in the queue lets in those who waited for it: it is cleared until it stays empty.
const turnAway = (waiting: Queue.Queue<Pending>): Effect.Effect<void> =>
  Queue.clear(waiting).pipe(
    Effect.flatMap((left) => {
      for (const pending of left) pending.told(Exit.fail(closedError()))
      return left.length === 0 ? Effect.void : turnAway(waiting)
    }),
  )

const tellFailed = (batch: ReadonlyArray<Pending>, failure: unknown): void => {
  for (const pending of batch) pending.told(Exit.fail(whyNot(pending, failure)))
}

// Only the first word counts: a defect after it changes nothing of what a caller was told.
const once = (told: Told): Told => {
  let isTold = false
  return (outcome) => {
    if (isTold) return
    isTold = true
    told(outcome)
  }
}

const tellEach = (batch: ReadonlyArray<Pending>, results: ReadonlyArray<SubmissionResult>): void => {
  for (const [index, pending] of batch.entries()) {
    const result = results[index]
    if (result !== undefined) pending.told(Exit.succeed(result))
  }
}

// Who gets a message is said with what asks for it, so that it costs no writing of its own once it is claimed.
const decidedWith = (
  { policy, transports, links }: EngineSetting,
  circuits: Circuits,
  mistaken: Mistaken,
): Omit<BatchSetting, "answers" | "lease"> => ({
  policy,
  links,
  carriers: carriersOf(transports),
  providersFor: ({ message, notBeforeMs }) =>
    firstProviders(partsOf(transports, message, handlesMistaken(mistaken)), circuits.readyAtMs, notBeforeMs),
})

// Decides a batch, and sends what it asks for as soon as it is committed: claiming it would write it once more.
const makeDecide = Effect.fnUntraced(function* (
  setting: EngineSetting,
  circuits: Circuits,
  outbox: Pick<Outbox, "reserve" | "take">,
  mistaken: Mistaken,
) {
  const store = yield* Store
  const given = decidedWith(setting, circuits, mistaken)
  return Effect.fnUntraced(function* (batch: ReadonlyArray<Pending>, answers: Answers | undefined) {
    const submissions = batch.map((pending) => pending.submission)
    const leases = submissions.flatMap(({ lease }) => lease ?? [])
    const reserved = outbox.reserve()
    const untilMs = (yield* Clock.currentTimeMillis) + setting.engine.leaseMs
    let claimed: ReadonlyArray<ClaimedItem> = []
    const work = (loaded: Loaded) => {
      const lease = { messages: reserved, untilMs }
      const decided = decideBatch({ ...given, answers, lease }, submissions)(loaded)
      claimed = claimedBy(decided.changes)
      return decided
    }
    const results = yield* watchTransaction(given.policy, submissions, work, (watched) =>
      store.transact(keysOf(batch), watched, leases).pipe(Effect.mapError(storeFailed)),
    ).pipe(Effect.onError(() => outbox.take([], untilMs, reserved)))
    // Callers first: transports may take their time before they let go of it.
    tellEach(batch, results)
    yield* outbox.take(claimed, untilMs, reserved)
  })
})

/** Makes an inbox over the store in the context; `decided` runs after every batch that is committed. @since 0.1.0 */
export const makeInbox = Effect.fnUntraced(function* (
  setting: EngineSetting,
  circuits: Circuits,
  outbox: Pick<Outbox, "reserve" | "take">,
  decided: Effect.Effect<void>,
  mistaken: Mistaken,
) {
  const { engine, directory, links } = setting
  const clock = yield* Clock.Clock
  const waiting = yield* Queue.bounded<Pending>(engine.maxWaiting)
  yield* gauged(inboxWaiting, () => Queue.sizeUnsafe(waiting))
  const pendingOf = (key: CustomerKey, input: Submission["input"], told: Told, lease?: Lease): Pending => ({
    submission: { key, input, nowMs: clock.currentTimeMillisUnsafe(), lease },
    told,
  })
  const decide = yield* makeDecide(setting, circuits, outbox, mistaken)

  // A batch that fails is not decided at all. Where one input may be why, each is decided alone: one that cannot be
  // decided stops nobody else, is told to its caller, and the inbox goes on.
  const decideOrTell = (batch: ReadonlyArray<Pending>, answers: Answers | undefined): Effect.Effect<void> =>
    batch.length === 0
      ? Effect.void
      : decide(batch, answers).pipe(
          Effect.andThen(decided),
          Effect.catchCause((cause) => {
            const failure = Cause.squash(cause)
            if (batch.length > 1 && !isOutage(failure))
              return Effect.forEach(batch, (pending) => decideOrTell([pending], answers), { discard: true })
            return Effect.sync(() => tellFailed(batch, failure))
          }),
        )

  const answer = Effect.fnUntraced(function* (batch: ReadonlyArray<Pending>) {
    const keys = keysOf(batch)
    const asked =
      directory === undefined
        ? undefined
        : yield* watchDirectory(keys, askDirectory(directory, keys, engine.directoryTimeoutMs, links))
    const known = batch.filter((pending) => {
      const failure = asked?.failure(pending.submission.key)
      if (failure !== undefined) pending.told(Exit.fail(failure))
      return failure === undefined
    })
    yield* decideOrTell(known, asked?.answers)
  })

  return {
    hand: (key, input, lease?) =>
      Effect.gen(function* () {
        const done = yield* Deferred.make<SubmissionResult, FollowUpsError>()
        const told: Told = (outcome) => void Deferred.doneUnsafe(done, outcome)
        yield* Queue.offer(waiting, pendingOf(key, input, told, lease))
        return yield* Deferred.await(done).pipe(Effect.tapCause(countFailed(input)))
      }),
    offer: (key, input, told, lease?) => Queue.offerUnsafe(waiting, pendingOf(key, input, once(told), lease)),
    // What was taken from the queue is answered, even while the engine closes. A bug on the way must not end what decides:
    // those who were told nothing yet are told that, and the next batch is taken.
    deciding: Effect.uninterruptibleMask((restore) =>
      restore(Queue.takeBetween(waiting, 1, engine.maxBatch)).pipe(
        Effect.flatMap((batch) =>
          watchBatch(answer(batch), batch.length).pipe(
            Effect.catchCause((cause) => Effect.sync(() => tellFailed(batch, Cause.squash(cause)))),
          ),
        ),
      ),
    ).pipe(Effect.forever),
    turnAway: turnAway(waiting),
  } satisfies Inbox
})
