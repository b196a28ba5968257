/**
 * What happens outside and reaches a customer's Decider, each with its instant. Rules R1, R2, R4, R5, R7.
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Id, InstantMs } from "../decode.ts"
import { RejectReasonSchema, SendResultSchema } from "../send-result.ts"

/** A browser or app reports about one of the customer's sessions; `atMs` is when it happened there. R2. @since 0.1.0 */
export const PresenceSignal = Schema.TaggedStruct("PresenceSignal", {
  sessionId: Id,
  signal: Schema.Literals(["active", "hidden", "visible", "left"]),
  atMs: InstantMs,
})

/**
 * Somebody wrote in a chat. `from: "bot"` is anything automatic; it never triggers a follow-up. `purpose` is `"chat"`
 * unless it is `"marketing"` (R5). `sessionId` is where a customer wrote it, when known. At most 100 000 UTF-16 units.
 * @since 0.1.0
 */
export const Message = Schema.TaggedStruct("Message", {
  chatId: Id,
  messageId: Id,
  from: Schema.Literals(["customer", "manager", "bot"]),
  purpose: Schema.Literals(["chat", "marketing"]),
  text: Schema.String.check(Schema.isMaxLength(100_000)),
  authorName: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(200))),
  sessionId: Schema.optionalKey(Id),
  atMs: InstantMs,
})

/** The customer has seen a chat's messages up to and including `upTo`. R1. @since 0.1.0 */
export const Read = Schema.TaggedStruct("Read", { chatId: Id, upTo: Id, atMs: InstantMs })

/** Time has passed: the instant that `dueAt` named has come. @since 0.1.0 */
export const WakeUp = Schema.TaggedStruct("WakeUp", { atMs: InstantMs })

/**
 * A send came back. `receiptExpected` says whether the transport can still tell more; without it "accepted", or that
 * nobody knows, is the best that will ever be known. `Withdrawn`: the engine took it back before anything left.
 * `provider` is the name of the transport that answered, if one did.
 * @since 0.1.0
 */
export const SendAnswered = Schema.TaggedStruct("SendAnswered", {
  deliveryId: Schema.String,
  result: Schema.Union([SendResultSchema, Schema.TaggedStruct("Withdrawn", {})]),
  receiptExpected: Schema.Boolean,
  provider: Schema.optionalKey(Schema.String),
  atMs: InstantMs,
})

/**
 * News of a delivery after it was accepted: `received` by the app, `delivered` to the handset or mailbox, or `failed`
 * with a reason. R7.
 * @since 0.1.0
 */
export const Receipt = Schema.TaggedStruct("Receipt", {
  deliveryId: Schema.String,
  status: Schema.Literals(["received", "delivered", "failed"]),
  reason: Schema.optionalKey(RejectReasonSchema),
  atMs: InstantMs,
})

/** Schema of everything that a customer's Decider takes. @since 0.1.0 */
export const InputSchema = Schema.Union([
  PresenceSignal,
  Message,
  Read,
  WakeUp,
  SendAnswered,
  Receipt,
]).annotate({
  expected:
    'an input whose _tag is "PresenceSignal", "Message", "Read", "WakeUp", "SendAnswered" or "Receipt"',
})

/** Everything that a customer's Decider takes. @since 0.1.0 */
export type Input = typeof InputSchema.Type

/** One kind of input by its tag. @since 0.1.0 */
export type InputOf<Tag extends Input["_tag"]> = Extract<Input, { readonly _tag: Tag }>
