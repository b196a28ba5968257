/**
 * What hosts tell the engine, as they tell it. An instant that is left out is now. Rules R1, R2, R4, R5, R7, R14, R16, R17.
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { priceKinds } from "../core/billing/price-book.ts"
import { PuSchema } from "../core/billing/pu.ts"
import { CountryKey } from "../core/countries/country-rule.ts"
import { Message, PresenceSignal, Read, Receipt } from "../core/customer/input.ts"
import { Id, InstantMs } from "../core/decode.ts"
import { ChannelInputSchema, CustomerInputSchema } from "../core/directory.ts"

const optionalKey = Schema.optionalKey
const whose = { channelId: Id, customerId: Id }
const atMs = optionalKey(InstantMs)

/** Schema of a presence signal: what a customer's browser or app reports of one session. R2. @since 0.1.0 */
export const PresenceCallSchema = Schema.Struct({
  ...whose,
  sessionId: PresenceSignal.fields.sessionId,
  signal: PresenceSignal.fields.signal,
  atMs,
})

/** Schema of a message; `purpose` is `"chat"` unless given. R1, R4, R5. @since 0.1.0 */
export const MessageCallSchema = Schema.Struct({
  ...whose,
  chatId: Message.fields.chatId,
  messageId: Message.fields.messageId,
  from: Message.fields.from,
  purpose: optionalKey(Message.fields.purpose),
  text: Message.fields.text,
  authorName: Message.fields.authorName,
  sessionId: Message.fields.sessionId,
  atMs,
})

/** Schema of a read: the customer has seen a chat up to and including a message. R1. @since 0.1.0 */
export const ReadCallSchema = Schema.Struct({
  ...whose,
  chatId: Read.fields.chatId,
  upTo: Read.fields.upTo,
  atMs,
})

/** Schema of news of a delivery, from an app's acknowledgement or a provider's webhook. R7. @since 0.1.0 */
export const ReceiptCallSchema = Schema.Struct({
  deliveryId: Receipt.fields.deliveryId,
  status: Receipt.fields.status,
  reason: Receipt.fields.reason,
  atMs,
})

/** Schema of a customer's contacts, for hosts that let the engine keep them. @since 0.1.0 */
export const CustomerCallSchema = Schema.Struct({ channelId: Id, ...CustomerInputSchema.fields })

/**
 * Schema of a channel, for hosts that let the engine keep it. `usedPu` is what it had used before the engine first
 * heard of it; later it changes nothing.
 * @since 0.1.0
 */
export const ChannelCallSchema = Schema.Struct({
  ...ChannelInputSchema.fields,
  usedPu: optionalKey(PuSchema),
})

// Every store takes it, and their sums stay integers that a number holds exactly.
const MAX_MESSAGES = 1_000_000_000

/**
 * Schema of usage that happened outside the engine, such as a marketing campaign; it counts against the same quota.
 * `id` names
 * the call: repeated under it, it counts once. `messages`: 1 to 1,000,000,000, 1 unless given. R5, R16.
 * @since 0.1.0
 */
export const UsageCallSchema = Schema.Struct({
  channelId: Id,
  id: optionalKey(Id),
  kind: Schema.Literals(priceKinds),
  country: optionalKey(CountryKey),
  pu: PuSchema,
  messages: optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: MAX_MESSAGES }))),
  purpose: optionalKey(Schema.Literals(["marketing", "other"])),
})

/**
 * Schema of PU that a channel prepaid. `id` names the call: repeated under it, it counts once. R17.
 * @since 0.1.0
 */
export const TopUpCallSchema = Schema.Struct({ channelId: Id, id: optionalKey(Id), pu: PuSchema })

/**
 * Schema of what a check of a channel's linked domain came to: `domain` and `result` of the report that `checkDomain` of
 * `followup/domain` gives. R14.
 * @since 0.1.0
 */
export const DomainCheckCallSchema = Schema.Struct({
  channelId: Id,
  domain: Schema.String.check(Schema.isMaxLength(500)),
  result: Schema.Literals(["passed", "failed", "unknown"]),
})

/** Schema of an opt-out: what the customer wants no more of; `"text"` is SNS and XMS. R15. @since 0.1.0 */
export const OptOutCallSchema = Schema.Struct({
  ...whose,
  via: Schema.Literals(["push", "sns", "xms", "email", "text"]),
})

/** Schema of a revocation: all resume links of a customer, or those of one chat. @since 0.1.0 */
export const RevokeCallSchema = Schema.Struct({ ...whose, chatId: optionalKey(Id) })

/** Schema of one customer of one channel. @since 0.1.0 */
export const WhoseSchema = Schema.Struct(whose)

/** Schema of a question about one message; `chatId` where message ids are unique within a chat only. R20. @since 0.1.0 */
export const ExplainCallSchema = Schema.Struct({ ...whose, chatId: optionalKey(Id), messageId: Id })

/**
 * Schema of a question for the post log: the newest `limit` entries (1 to 1 000, 100 unless given) before the one with
 * the `seq` `before`; of one customer, with one result, or asked for from `fromMs` on and before `toMs`. R20.
 * @since 0.1.0
 */
export const LogCallSchema = Schema.Struct({
  channelId: Id,
  customerId: optionalKey(Id),
  result: optionalKey(Schema.Literals(["Sent", "Failed", "Pending", "Excluded"])),
  fromMs: optionalKey(InstantMs),
  toMs: optionalKey(InstantMs),
  limit: optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000 }))),
  before: optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))),
})

/** Schema of what usage is summed up over: all of it, or one month of UTC, such as `"2026-01"`. R19. @since 0.1.0 */
export const UsagePeriodSchema = Schema.Struct({
  month: optionalKey(
    Schema.String.check(
      Schema.isPattern(/^\d{4}-(0[1-9]|1[0-2])$/, { expected: 'a month such as "2026-01"' }),
    ),
  ),
})

/** Schema of where events are to go on: after the one with this `seq`; from now on if it is left out. R20. @since 0.1.0 */
export const EventsCallSchema = Schema.Struct({
  after: optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
})

/**
 * What is decoded, as a host may give it: a field that may be left out may be `undefined` as well.
 * @since 0.1.0
 */
export type Given<A> =
  A extends ReadonlyArray<infer E>
    ? ReadonlyArray<Given<E>>
    : A extends object
      ? {
          readonly [K in keyof A]: Pick<A, K> extends Required<Pick<A, K>>
            ? Given<A[K]>
            : Given<A[K]> | undefined
        }
      : A

/** A presence signal as a host gives it. @since 0.1.0 */
export type PresenceCall = Given<typeof PresenceCallSchema.Type>
/** A message as a host gives it. @since 0.1.0 */
export type MessageCall = Given<typeof MessageCallSchema.Type>
/** A read as a host gives it. @since 0.1.0 */
export type ReadCall = Given<typeof ReadCallSchema.Type>
/** A receipt as a host gives it. @since 0.1.0 */
export type ReceiptCall = Given<typeof ReceiptCallSchema.Type>
/** A customer's contacts as a host gives them. @since 0.1.0 */
export type CustomerCall = Given<typeof CustomerCallSchema.Type>
/** A channel as a host gives it. @since 0.1.0 */
export type ChannelCall = Given<typeof ChannelCallSchema.Type>
/** Usage from elsewhere as a host gives it. @since 0.1.0 */
export type UsageCall = Given<typeof UsageCallSchema.Type>
/** A prepayment as a host gives it. @since 0.1.0 */
export type TopUpCall = Given<typeof TopUpCallSchema.Type>
/** A check of a channel's linked domain as a host gives it. @since 0.1.0 */
export type DomainCheckCall = Given<typeof DomainCheckCallSchema.Type>
/** An opt-out as a host gives it. @since 0.1.0 */
export type OptOutCall = Given<typeof OptOutCallSchema.Type>
/** A revocation of resume links as a host gives it. @since 0.1.0 */
export type RevokeCall = Given<typeof RevokeCallSchema.Type>
/** One customer of one channel. @since 0.1.0 */
export type Whose = Given<typeof WhoseSchema.Type>
/** A question about one message. @since 0.1.0 */
export type ExplainCall = Given<typeof ExplainCallSchema.Type>
/** A question for the post log. @since 0.1.0 */
export type LogCall = Given<typeof LogCallSchema.Type>
/** What usage is summed up over. @since 0.1.0 */
export type UsagePeriod = Given<typeof UsagePeriodSchema.Type>
