/**
 * The inbox: inputs wait here for their turn and are decided together, batch by batch. A caller goes on once what
 * their input led to is committed.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import type { Directory } from "../ports/directory.ts"
import { type CustomerKey, Store } from "../ports/store.ts"
import { type Answers, decideBatch, keyText, type Submission, type SubmissionResult } from "./batch.ts"
import type { EngineSetting } from "./engine.ts"
import { closedError, FollowUpsError, isOutage, storeFailed } from "./error.ts"
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

const directoryFailed = (message: string, cause?: unknown): FollowUpsError =>
  new FollowUpsError({ reason: "directory", message, ...(cause !== undefined && { cause }) })

const question = <A>(asked: () => Promise<A>, timeoutMs: number): Effect.Effect<Answer<A>> =>
  Effect.tryPromise({ try: asked, catch: (cause) => directoryFailed("the directory failed", cause) }).pipe(
    Effect.timeoutOrElse({
      duration: timeoutMs,
      orElse: () => Effect.fail(directoryFailed(`the directory did not answer in ${timeoutMs} ms`)),
    }),
    Effect.result,
  )

type Answer<A> = Result.Result<A, FollowUpsError>

const valueOf = <A>(answer: Answer<A> | undefined): A | undefined =>
  answer !== undefined && Result.isSuccess(answer) ? answer.success : undefined

const failureOf = <A>(answer: Answer<A> | undefined): FollowUpsError | undefined =>
  answer !== undefined && Result.isFailure(answer) ? answer.failure : undefined

interface Asked {
  readonly answers: Answers
  /** Why nothing is known of this customer or their channel; undefined when there is an answer. */
  readonly failure: (key: CustomerKey) => FollowUpsError | undefined
}

const atOnce = { concurrency: "unbounded" } as const

// Asks the host's directory for everything that a batch needs, each thing once. A question without an answer keeps
// only those inputs waiting that need it.
const ask = Effect.fnUntraced(function* (
  directory: Directory,
  keys: ReadonlyArray<CustomerKey>,
  timeoutMs: number,
) {
  const channelIds = [...new Set(keys.map((key) => key.channelId))]
  const [channels, customers] = yield* Effect.all(
    [
      Effect.forEach(channelIds, (id) => question(() => directory.channel(id), timeoutMs), atOnce),
      Effect.forEach(
        keys,
        (key) => question(() => directory.customer(key.channelId, key.customerId), timeoutMs),
        atOnce,
      ),
    ],
    atOnce,
  )
  const channelOf = new Map(channelIds.map((id, index) => [id, channels[index]]))
  const customerOf = new Map(keys.map((key, index) => [keyText(key), customers[index]]))
  return {
    answers: {
      channel: (id) => valueOf(channelOf.get(id)),
      customer: (key) => valueOf(customerOf.get(keyText(key))),
    },
    failure: (key) => failureOf(channelOf.get(key.channelId)) ?? failureOf(customerOf.get(keyText(key))),
  } satisfies Asked
})

const keysOf = (batch: ReadonlyArray<Pending>): ReadonlyArray<CustomerKey> => [
  ...new Map(batch.map(({ submission: { key } }) => [keyText(key), key])).values(),
]

const tell = ({ done }: Pending, outcome: Effect.Effect<SubmissionResult, FollowUpsError>): void => {
  Deferred.doneUnsafe(done, outcome)
}

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
  // decided stops nobody else. A defect is told to its caller, and the inbox goes on.
  const decideOrTell = (batch: ReadonlyArray<Pending>, answers: Answers | undefined): Effect.Effect<void> =>
    batch.length === 0
      ? Effect.void
      : decide(batch, answers).pipe(
          Effect.andThen(decided),
          Effect.catchCause((cause) =>
            batch.length > 1 && !isOutage(cause)
              ? Effect.forEach(batch, (pending) => decideOrTell([pending], answers), { discard: true })
              : Effect.sync(() => {
                  for (const pending of batch) tell(pending, Effect.failCause(cause))
                }),
          ),
        )

  const answer = Effect.fnUntraced(function* (batch: ReadonlyArray<Pending>) {
    const asked =
      directory === undefined ? undefined : yield* ask(directory, keysOf(batch), engine.directoryTimeoutMs)
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
