/**
 * The inbox: inputs wait here for their turn and are decided together, batch by batch. A caller goes on once what
 * their input led to is committed.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type { Directory } from "../ports/directory.ts"
import { type CustomerKey, Store } from "../ports/store.ts"
import { type Answers, decideBatch, keyText, type Submission, type SubmissionResult } from "./batch.ts"
import type { EngineSetting } from "./engine.ts"
import { closedError, FollowUpsError, storeFailed } from "./error.ts"
import { carriersOf } from "./sender.ts"

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

// A batch that fails is not decided at all: every caller is told, and may repeat.
const tellFailure = (batch: ReadonlyArray<Pending>, error: FollowUpsError): void => {
  for (const { done } of batch) Deferred.doneUnsafe(done, Effect.fail(error))
}

const tellResults = (batch: ReadonlyArray<Pending>, results: ReadonlyArray<SubmissionResult>): void => {
  for (const [index, result] of results.entries()) {
    const done = batch[index]?.done
    if (done !== undefined) Deferred.doneUnsafe(done, Effect.succeed(result))
  }
}

/** Makes an inbox over the store in the context; `decided` runs after every batch. @since 0.1.0 */
export const makeInbox = Effect.fnUntraced(function* (setting: EngineSetting, decided: Effect.Effect<void>) {
  const store = yield* Store
  const { policy, engine, transports, directory } = setting
  const carriers = carriersOf(transports)
  const waiting = yield* Queue.bounded<Pending>(engine.maxWaiting)

  const decide = Effect.fnUntraced(function* (batch: ReadonlyArray<Submission>) {
    const keys = distinct(batch.map((submission) => submission.key))
    const answers =
      directory === undefined ? undefined : yield* ask(directory, keys, engine.directoryTimeoutMs)
    return yield* store
      .transact(keys, decideBatch({ policy, carriers, answers }, batch))
      .pipe(Effect.mapError(storeFailed))
  })

  const answer = (batch: ReadonlyArray<Pending>) =>
    decide(batch.map((pending) => pending.submission)).pipe(
      Effect.match({
        onFailure: (error) => tellFailure(batch, error),
        onSuccess: (results) => tellResults(batch, results),
      }),
      Effect.andThen(decided),
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
    turnAway: Queue.clear(waiting).pipe(Effect.map((left) => tellFailure(left, closedError()))),
  } satisfies Inbox
})
