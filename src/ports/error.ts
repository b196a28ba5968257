/**
 * What can go wrong for a host that calls followup, whatever runs it.
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type { Refusal } from "../core/customer/decide.ts"
import { decodeInput, formatIssue, type InputIssue } from "../core/decode.ts"

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

const inspectCustom = Symbol.for("nodejs.util.inspect.custom")

/**
 * The engine's one expected failure. Its message names a channel at most, never contacts or bodies, nor any other id, as
 * hosts may make ids of addresses: the caller knows what it asked with.
 * @since 0.1.0
 */
export class FollowUpsError extends Data.TaggedError("FollowUpsError")<{
  readonly reason: FollowUpsErrorReason
  readonly message: string
  readonly issues?: ReadonlyArray<InputIssue>
  readonly cause?: unknown
}> {
  /** As Node prints any error, with its stack. */
  [inspectCustom](
    _depth: number,
    options: object,
    inspect: (value: unknown, options: object) => string,
  ): string {
    return inspect(this, { ...options, customInspect: false })
  }
}

/** Why an input was not taken: the rules refused it, or nobody knows its channel. @since 0.1.0 */
export type CallRefusal = Refusal | { readonly _tag: "UnknownChannel"; readonly channelId: string }

/** The failure of a call that names a channel nobody told the engine of. Total. @since 0.1.0 */
export const unknownChannel = (channelId: string): FollowUpsError =>
  new FollowUpsError({
    reason: "unknown-channel",
    message: `channel ${channelId} is not known; tell followup of it with channel() first`,
  })

/** The failure of a call whose input the rules refused. Total. @since 0.1.0 */
export const refused = (refusal: CallRefusal): FollowUpsError => {
  switch (refusal._tag) {
    case "UnknownChannel":
      return unknownChannel(refusal.channelId)
    case "UnknownMessage":
      return new FollowUpsError({
        reason: "unknown-message",
        message: "the message up to which it was read was never reported; report it before its read",
      })
    case "UnknownDelivery":
      return new FollowUpsError({
        reason: "unknown-delivery",
        message: "the delivery was never asked for, or was forgotten long after it closed",
      })
  }
}

/** Why an input cannot be decided that the rules threw over: they are to be total. @since 0.1.0 */
export const rulesFailed = "the rules failed on it, which they should not"

/** How long a customer who could not be decided is left alone before the next try. @since 0.1.0 */
export const UNDECIDED_WAIT_MS = 60_000

/** The failure of a call that makes no sense here; the message names the place and what was expected. Total. @since 0.1.0 */
export const badInput = (message: string): FollowUpsError =>
  new FollowUpsError({ reason: "bad-input", message })

/** The issues as lines for a person, each of which names what was called. Total. @since 0.1.0 */
export const issueLines = (call: string, issues: ReadonlyArray<InputIssue>): string =>
  issues.map((issue) => `${call}: ${formatIssue(issue)}`).join("\n")

/** The failure of a call that was given something wrong; the message names the call and every place. Total. @since 0.1.0 */
export const badInputAt = (call: string, issues: ReadonlyArray<InputIssue>): FollowUpsError =>
  new FollowUpsError({ reason: "bad-input", message: issueLines(call, issues), issues })

/** Decodes what a call was given; what is wrong with it is named by the call and its place. @since 0.1.0 */
export const decodeCall = <A, I>(
  call: string,
  schema: Schema.Codec<A, I>,
  input: unknown,
): Effect.Effect<A, FollowUpsError> => {
  const decoded = decodeInput(schema, input)
  return Result.isSuccess(decoded)
    ? Effect.succeed(decoded.success)
    : Effect.fail(badInputAt(call, decoded.failure.issues))
}
