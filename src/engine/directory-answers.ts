/**
 * What the host's directory answers to the questions of a batch, understood and within time.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import { decodeInput, formatBadInput } from "../core/decode.ts"
import { type ChannelInput, ChannelInputSchema, CustomerInputSchema } from "../core/directory.ts"
import { unsignedToken } from "../ports/customer-links.ts"
import type { Directory } from "../ports/directory.ts"
import type { Links } from "../ports/links.ts"
import { type CustomerKey, keyText } from "../ports/store.ts"
import type { Answers } from "./batch.ts"
import { FollowUpsError } from "./error.ts"

const directoryFailed = (message: string, cause?: unknown): FollowUpsError =>
  new FollowUpsError({ reason: "directory", message, ...(cause !== undefined && { cause }) })

const notUnderstood = (why: string) => directoryFailed(`the directory's answer: ${why}`)

interface Named {
  readonly id: string
}

// What the host's data holds besides is its own affair; what is ours in it must make sense.
const understood = <A extends Named, I>(
  schema: Schema.Codec<A, I>,
  id: string,
  answer: unknown,
): Effect.Effect<A | undefined, FollowUpsError> => {
  if (answer === undefined) return Effect.undefined
  const decoded = decodeInput(schema, answer, "ignore")
  if (Result.isFailure(decoded)) return Effect.fail(notUnderstood(formatBadInput(decoded.failure)))
  // Taken for whom it names, state and outbox would be kept of two; and whoever is called may be somebody else.
  return decoded.success.id === id
    ? Effect.succeed(decoded.success)
    : Effect.fail(notUnderstood("id: expected the id that was asked for"))
}

const question = <A extends Named, I>(
  schema: Schema.Codec<A, I>,
  id: string,
  asked: () => Promise<unknown>,
  timeoutMs: number,
): Effect.Effect<Answer<A | undefined>> =>
  Effect.tryPromise({ try: asked, catch: (cause) => directoryFailed("the directory failed", cause) }).pipe(
    Effect.timeoutOrElse({
      duration: timeoutMs,
      orElse: () => Effect.fail(directoryFailed(`the directory did not answer in ${timeoutMs} ms`)),
    }),
    Effect.flatMap((answer) => understood(schema, id, answer)),
    Effect.result,
  )

type Answer<A> = Result.Result<A, FollowUpsError>

const valueOf = <A>(answer: Answer<A> | undefined): A | undefined =>
  answer !== undefined && Result.isSuccess(answer) ? answer.success : undefined

const failureOf = <A>(answer: Answer<A> | undefined): FollowUpsError | undefined =>
  answer !== undefined && Result.isFailure(answer) ? answer.failure : undefined

const signable =
  (links: Links | undefined) =>
  (answer: Answer<ChannelInput | undefined>): Answer<ChannelInput | undefined> => {
    const unsigned = unsignedToken(valueOf(answer)?.chatUrl, links)
    return unsigned === undefined ? answer : Result.fail(notUnderstood(unsigned))
  }

/** What the directory answered, and what it did not. @since 0.1.0 */
export interface Asked {
  readonly answers: Answers
  /** Why nothing is known of this customer or their channel; undefined when there is an answer. */
  readonly failure: (key: CustomerKey) => FollowUpsError | undefined
}

const atOnce = { concurrency: "unbounded" } as const

/**
 * Asks the host's directory for everything that a batch needs, each thing once. A question without an answer fails
 * only those inputs that need it.
 * @since 0.1.0
 */
export const askDirectory = Effect.fnUntraced(function* (
  directory: Directory,
  keys: ReadonlyArray<CustomerKey>,
  timeoutMs: number,
  links: Links | undefined,
) {
  const channelIds = [...new Set(keys.map((key) => key.channelId))]
  const [channels, customers] = yield* Effect.all(
    [
      Effect.forEach(
        channelIds,
        (id) =>
          Effect.map(
            question(ChannelInputSchema, id, () => directory.channel(id), timeoutMs),
            signable(links),
          ),
        atOnce,
      ),
      Effect.forEach(
        keys,
        (key) =>
          question(
            CustomerInputSchema,
            key.customerId,
            () => directory.customer(key.channelId, key.customerId),
            timeoutMs,
          ),
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
