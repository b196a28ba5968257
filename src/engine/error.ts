/**
 * What can go wrong for a host that uses the engine.
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type { Input } from "../core/customer/input.ts"
import { decodeInput, formatBadInput, type InputIssue } from "../core/decode.ts"
import { type CustomerKey, StoreError } from "../ports/store.ts"
import type { SubmissionRefusal } from "./batch.ts"

/**
 * Why the engine did not do it; nothing was written, so the call may be repeated once the reason is gone.
 * `bad-input`: see `issues`. `unknown-channel`: tell the engine of it first, with `channel()`. `unknown-message`: a read
 * up to a message that was never reported. `unknown-delivery`: a receipt of what was never asked for, or long ago.
 * `directory`: the host's directory did not answer. `store`: the store cannot be reached. `undecided`: this one input
 * cannot be decided, and will not be by repeating it: what is stored of its customer cannot be read, the database does
 * not take it, or the rules fail on it. `closed`: after `close()`.
 * @since 0.1.0
 */
export type FollowUpsErrorReason =
  | "bad-input"
  | "unknown-channel"
  | "unknown-message"
  | "unknown-delivery"
  | "directory"
  | "store"
  | "undecided"
  | "closed"

/** The engine's one expected failure. Its message names ids at most, never contacts or bodies. @since 0.1.0 */
export class FollowUpsError extends Data.TaggedError("FollowUpsError")<{
  readonly reason: FollowUpsErrorReason
  readonly message: string
  readonly issues?: ReadonlyArray<InputIssue>
  readonly cause?: unknown
}> {}

/** The failure of a call because of the store. Total. @since 0.1.0 */
export const storeFailed = (error: StoreError): FollowUpsError =>
  new FollowUpsError({ reason: "store", message: `the store: ${error.message}`, cause: error })

/**
 * Whether the store could not be reached, which is nobody's fault and passes for all at once; anything else may be due
 * to one input. Total.
 * @since 0.1.0
 */
export const isOutage = (error: unknown): boolean =>
  error instanceof FollowUpsError && error.cause instanceof StoreError && error.cause.reason === "unavailable"

/**
 * The failure of a call whose input cannot be decided: its channel and of which kind it is, without what it says. The
 * customer's id stays out, as hosts may make ids of addresses: the caller has it, and `quarantine()` tells it. Total.
 * @since 0.1.0
 */
export const undecided = ({ channelId }: CustomerKey, input: Input, cause: unknown): FollowUpsError => {
  const isTheStore = cause instanceof FollowUpsError && cause.reason === "store"
  const why = isTheStore ? cause.message : "the rules failed on it, which they should not"
  return new FollowUpsError({
    reason: "undecided",
    message: `${input._tag} of a customer of channel ${channelId} cannot be decided: ${why}`,
    cause: isTheStore ? cause.cause : cause,
  })
}

/** The failure of a call after `close()`. Total. @since 0.1.0 */
export const closedError = (): FollowUpsError =>
  new FollowUpsError({ reason: "closed", message: "followup was closed; open it again" })

/** The failure of a call that names a channel nobody told the engine of. Total. @since 0.1.0 */
export const unknownChannel = (channelId: string): FollowUpsError =>
  new FollowUpsError({
    reason: "unknown-channel",
    message: `channel ${channelId} is not known; tell followup of it with channel() first`,
  })

/** The failure of a call whose input the rules refused. Total. @since 0.1.0 */
export const refused = (refusal: SubmissionRefusal): FollowUpsError => {
  switch (refusal._tag) {
    case "UnknownChannel":
      return unknownChannel(refusal.channelId)
    case "UnknownMessage":
      return new FollowUpsError({
        reason: "unknown-message",
        message: `message ${refusal.messageId} of chat ${refusal.chatId} was never reported; report it before its read`,
      })
    case "UnknownDelivery":
      return new FollowUpsError({
        reason: "unknown-delivery",
        message: `delivery ${refusal.deliveryId} was never asked for, or was forgotten long after it closed`,
      })
  }
}

/** The failure of a call that makes no sense here; the message names the place and what was expected. @since 0.1.0 */
export const badInput = (message: string): FollowUpsError =>
  new FollowUpsError({ reason: "bad-input", message })

/** Decodes a call's input; what is wrong with it is named by its place. @since 0.1.0 */
export const decodeCall = <A, I>(
  schema: Schema.Codec<A, I>,
  input: unknown,
): Effect.Effect<A, FollowUpsError> => {
  const decoded = decodeInput(schema, input)
  return Result.isSuccess(decoded)
    ? Effect.succeed(decoded.success)
    : Effect.fail(
        new FollowUpsError({
          reason: "bad-input",
          message: formatBadInput(decoded.failure),
          issues: decoded.failure.issues,
        }),
      )
}
