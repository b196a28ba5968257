/**
 * What the Restate objects and services of followup are called, and what their handlers take and give. Hosts in other
 * languages may call those that are not private through Restate's ingress, with the same JSON.
 * @since 0.1.0
 */
import { iface, type Serde, serde, TerminalError } from "@restatedev/restate-sdk"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { MessageEntry } from "../core/billing/ledger.ts"
import type { UsageReport } from "../core/billing/usage.ts"
import type { FollowUpEvent } from "../core/customer/event.ts"
import { InputSchema } from "../core/customer/input.ts"
import { decodeInput, formatBadInput, formatIssue, InstantMs } from "../core/decode.ts"
import { CustomerInputSchema } from "../core/directory.ts"
import {
  ChannelCallSchema,
  TopUpCallSchema,
  UsageCallSchema,
  UsagePeriodSchema,
  WhoseSchema,
} from "../ports/calls.ts"
import type { CallRefusal } from "../ports/error.ts"
import { looksLikeSeconds, notSeconds } from "../ports/instant.ts"
import type { NoticeCall } from "../ports/notice.ts"
import type { ChannelRecord, CustomerKey, Notice, OutboxItem } from "../ports/store.ts"

/** What came of an input: it was taken, which includes one heard before, or why not. @since 0.1.0 */
export type Heard = { readonly _tag: "Taken" } | CallRefusal

/** A movement in the ledger, and when it was decided. R16. @since 0.1.0 */
export interface DatedEntry {
  readonly atMs: number
  readonly entry: MessageEntry
}

/**
 * What the ledger says to the movements of one decision: all are entered, or none, because it was decided on a ledger
 * that has changed since; then it is decided again on the one given. R16.
 * @since 0.1.0
 */
export type Entered =
  | { readonly _tag: "Entered" }
  | { readonly _tag: "Stale"; readonly record: ChannelRecord }

const json = <A>(): Serde<A> => ({
  contentType: serde.json.contentType,
  serialize: (value) => serde.json.serialize(value),
  deserialize: (bytes) => serde.json.deserialize(bytes),
})

// What JSON itself says of what is none repeats it, and both Restate and its SDK write that down.
const parsed = (bytes: Uint8Array): unknown => {
  try {
    return serde.json.deserialize(bytes)
  } catch {
    throw new TypeError("input: expected JSON")
  }
}

// Whoever calls through the ingress is told what is wrong with the input, and where.
const checked = <A, I>(schema: Schema.Codec<A, I>): Serde<A> => ({
  ...json<A>(),
  deserialize: (bytes) => {
    const decoded = decodeInput(schema, parsed(bytes))
    // The SDK answers 400 with these words.
    if (Result.isFailure(decoded)) throw new TypeError(formatBadInput(decoded.failure))
    return decoded.success
  },
})

// A handler that the ingress may call, with what it takes checked.
const open =
  <O>() =>
  <A, I>(schema: Schema.Codec<A, I>) =>
    iface.serdes<Serde<A>, Serde<O>>({ input: checked(schema), output: json<O>() })

/** Schema of usage that happened elsewhere, with the instant at which the host told of it. R5, R16. @since 0.1.0 */
export const RecordSchema = Schema.Struct({ call: UsageCallSchema, atMs: InstantMs })

/** Schema of an input on its way to its customer's object, with the instant at which it reached the host. @since 0.1.0 */
export const ToldSchema = Schema.Struct({ input: InputSchema, nowMs: InstantMs }).check(
  Schema.makeFilter(({ input, nowMs }) =>
    looksLikeSeconds(input.atMs, nowMs) ? { path: ["input", "atMs"], issue: notSeconds } : undefined,
  ),
)

/** Schema of the instant at which a host asked for a customer to be forgotten. @since 0.1.0 */
export const ForgetSchema = Schema.Struct({ nowMs: InstantMs })

/** Schema of a question for a channel's usage at an instant; the sums of one month if named. R19. @since 0.1.0 */
export const UsageAskedSchema = Schema.Struct({ ...UsagePeriodSchema.fields, atMs: InstantMs })

/**
 * One object a customer. `hear` takes an input; `keep` their contacts, in place of what was kept before; `forget` all
 * that is known of them away. Private: `wake` at the instant that was waited for, `tidy` old history away, and whether
 * a delivery is `wanted` any more.
 * @since 0.1.0
 */
export const customerObject = iface.object("FollowUpCustomer", {
  hear: open<Heard>()(ToldSchema),
  keep: open<void>()(CustomerInputSchema),
  forget: open<void>()(ForgetSchema),
  history: iface.shared.json<void, ReadonlyArray<FollowUpEvent>>(),
  wake: iface.json<{ readonly dueAtMs: number }>(),
  tidy: iface.json<{ readonly beforeMs: number }>(),
  wanted: iface.shared.json<{ readonly deliveryId: string }, boolean>(),
})

/**
 * One object a channel: what its host said of it, and its ledger. `keep`, `topUp` and `record` change it as the calls
 * of the same meaning do; `null` stands for a channel that nobody told of. Private: `enter` the movements of a decision.
 * @since 0.1.0
 */
export const channelObject = iface.object("FollowUpChannel", {
  keep: open<void>()(ChannelCallSchema),
  topUp: open<boolean>()(TopUpCallSchema),
  record: open<boolean>()(RecordSchema),
  read: iface.shared.json<void, ChannelRecord | null>(),
  usage: iface.shared.serdes<Serde<typeof UsageAskedSchema.Type>, Serde<UsageReport | null>>({
    input: checked(UsageAskedSchema),
    output: json(),
  }),
  notices: iface.shared.json<void, ReadonlyArray<Notice>>(),
  enter: iface.json<ReadonlyArray<DatedEntry>, Entered>(),
})

/**
 * One object a call that counts once, under the name that its host gave it. Private: `take` it, which is true for the
 * first time, and `forget` it.
 * @since 0.1.0
 */
export const callObject = iface.object("FollowUpCall", {
  take: iface.json<void, boolean>(),
  forget: iface.json(),
})

/**
 * What leaves for the outside, beside the objects, so that nobody's inputs wait behind a send. Private: `send` one
 * message, `tell` the host one notice.
 * @since 0.1.0
 */
export const senderService = iface.service("FollowUpSender", {
  send: iface.json<OutboxItem>(),
  tell: iface.json<NoticeCall>(),
})

/** The key of a customer's object: both ids, escaped, so that no two customers share one. Total for well-formed ids. @since 0.1.0 */
export const customerKey = ({ channelId, customerId }: CustomerKey): string =>
  `${encodeURIComponent(channelId)}/${encodeURIComponent(customerId)}`

/** The key of a call's object: its channel's id and its name, escaped. Total for well-formed ids. @since 0.1.0 */
export const callKey = (channelId: string, name: string): string =>
  `${encodeURIComponent(channelId)}/${encodeURIComponent(name)}`

/** The code of an invocation that failed since its input cannot be decided, and will not be by repeating it. @since 0.1.0 */
export const UNDECIDED = 422

/** The refusal of what was posted to an object; the same again would be refused again. Total. @since 0.1.0 */
export const refusedPost = (path: string, expected: string): TerminalError =>
  new TerminalError(formatIssue({ path, expected }), { errorCode: 400 })

const unescaped = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

/**
 * Whose object a key names.
 *
 * @throws TerminalError for a key that `customerKey` would not have made: it would be one more object of the same customer.
 * @since 0.1.0
 */
export const keyOf = (key: string): CustomerKey => {
  const [channelId, customerId] = key.split("/").map(unescaped)
  const whose = decodeInput(WhoseSchema, { channelId, customerId })
  if (Result.isSuccess(whose) && customerKey(whose.success) === key) return whose.success
  throw refusedPost("the object's key", "both ids, each escaped as encodeURIComponent does, joined by /")
}

/**
 * Makes sure that what is told of one customer, or channel, is told to its own object.
 *
 * @throws TerminalError if it is not.
 * @since 0.1.0
 */
export const checkOwn = (id: string, ownId: string): void => {
  if (id !== ownId) throw refusedPost("id", "the id that is in the object's key")
}
