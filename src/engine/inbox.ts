/**
 * The inbox: inputs wait here for their turn and are decided together, batch by batch. A caller goes on once what
 * their input led to is committed.
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { type CustomerKey, keyText, Store } from "../ports/store.ts"
import { type Answers, decideBatch, type Submission, type SubmissionResult } from "./batch.ts"
import { askDirectory } from "./directory-answers.ts"
import { closedError, FollowUpsError, isOutage, storeFailed, undecided } from "./error.ts"
import { carriersOf } from "./sender.ts"
import type { EngineSetting } from "./setting.ts"

interface Pending {
  readonly submission: Submission
  readonly done: Deferred.Deferred<SubmissionResult, FollowUpsError>
}

/** Where inputs wait for their turn. @since 0.1.0 */
export interface Inbox {
  /** Hands an input in; succeeds once what it led to is committed. Waits while the inbox is full. */
  readonly hand: (
    key: CustomerKey,
    input: Submission["input"],
  ) => Effect.Effect<SubmissionResult, FollowUpsError>
  /** Decides what has come in, for ever. */
  readonly deciding: Effect.Effect<never>
  /** Tells those who still wait that the engine closed. */
  readonly turnAway: Effect.Effect<void>
}

const keysOf = (batch: ReadonlyArray<Pending>): ReadonlyArray<CustomerKey> => [
  ...new Map(batch.map(({ submission: { key } }) => [keyText(key), key])).values(),
]

const tell = ({ done }: Pending, outcome: Effect.Effect<SubmissionResult, FollowUpsError>): void => {
  Deferred.doneUnsafe(done, outcome)
}

const whyNot = ({ submission: { key, input } }: Pending, failure: unknown): FollowUpsError =>
  failure instanceof FollowUpsError && isOutage(failure) ? failure : undecided(key, input, failure)

/** Makes an inbox over the store in the context; `decided` runs after every batch that is committed. @since 0.1.0 */
export const makeInbox = Effect.fnUntraced(function* (setting: EngineSetting, decided: Effect.Effect<void>) {
  const store = yield* Store
  const { policy, engine, transports, directory } = setting
  const carriers = carriersOf(transports)
  const waiting = yield* Queue.bounded<Pending>(engine.maxWaiting)

  const decide = Effect.fnUntraced(function* (batch: ReadonlyArray<Pending>, answers: Answers | undefined) {
    const submissions = batch.map((pending) => pending.submission)
    const results = yield* store
      .transact(keysOf(batch), decideBatch({ policy, carriers, answers }, submissions))
      .pipe(Effect.mapError(storeFailed))
    for (const [index, pending] of batch.entries()) {
      const result = results[index]
      if (result !== undefined) tell(pending, Effect.succeed(result))
    }
  })

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
            return Effect.sync(() => {
              for (const pending of batch) tell(pending, Effect.fail(whyNot(pending, failure)))
            })
          }),
        )

  const answer = Effect.fnUntraced(function* (batch: ReadonlyArray<Pending>) {
    const asked =
      directory === undefined
        ? undefined
        : yield* askDirectory(directory, keysOf(batch), engine.directoryTimeoutMs)
    const known = batch.filter((pending) => {
      const failure = asked?.failure(pending.submission.key)
      if (failure !== undefined) tell(pending, Effect.fail(failure))
      return failure === undefined
    })
    yield* decideOrTell(known, asked?.answers)
  })

  // Room in the queue lets in those who waited for it: it is cleared until it stays empty.
  const turnAway: Effect.Effect<void> = Queue.clear(waiting).pipe(
    Effect.flatMap((left) => {
      for (const pending of left) tell(pending, Effect.fail(closedError()))
      return left.length === 0 ? Effect.void : turnAway
    }),
  )

  return {
    hand: Effect.fnUntraced(function* (key: CustomerKey, input: Submission["input"]) {
      const nowMs = yield* Clock.currentTimeMillis
      const done = yield* Deferred.make<SubmissionResult, FollowUpsError>()
      yield* Queue.offer(waiting, { submission: { key, input, nowMs }, done })
      return yield* Deferred.await(done)
    }),
    // What was taken from the queue is answered, even while the engine closes.
    deciding: Effect.uninterruptibleMask((restore) =>
      restore(Queue.takeBetween(waiting, 1, engine.maxBatch)).pipe(Effect.flatMap(answer)),
    ).pipe(Effect.forever),
    turnAway,
  } satisfies Inbox
})
