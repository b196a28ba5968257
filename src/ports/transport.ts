/**
 * The transport port: how a message leaves for one provider. Rules R6–R9, R13, R14, R20.
 *
 * An adapter is a plain object with one asynchronous function; no Effect is needed to write one. The engine calls
 * `send` outside any transaction, feeds the result back to the rules and keeps it in the post log. Three things make
 * an adapter safe to use:
 *
 * 1. **Only `Rejected` means that nothing was sent.** It lets the next carrier take over (XMS after SNS), so a wrong
 *    `Rejected` delivers twice. After the provider may have read the whole message, anything but its clear answer
 *    (a time-out, a lost connection, a body that cannot be read) is `Uncertain`. When in doubt: `Uncertain`.
 * 2. **`ctx.signal` is honoured.** When it aborts, `send` settles soon after: `Rejected` with `unreachable` while it
 *    is certain that nothing left, `Uncertain` otherwise.
 * 3. **`code` stays clean.** No phone number, address, token, text or credential goes into `code` or into an error.
 *
 * Expected failures are results, not exceptions. A promise that rejects is treated as `Uncertain`.
 *
 * @since 0.1.0
 */
import type { Via } from "../core/customer/state.ts"
import type { SendResult } from "../core/send-result.ts"

export type { Via } from "../core/customer/state.ts"

export {
  type RejectReason,
  RejectReasonSchema,
  rejectReasons,
  type SendResult,
  SendResultSchema,
} from "../core/send-result.ts"

/**
 * What the engine tells an adapter about one attempt, besides the message.
 *
 * @since 0.1.0
 */
export interface SendContext {
  /** Names this delivery; the same on every attempt, opaque, and safe to hand to the provider (a custom field, a callback's path). */
  readonly deliveryId: string
  /** The same on every attempt that must not send twice; pass it on where the provider honours such keys. */
  readonly idempotencyKey: string
  /** 1 for the first attempt, then 2, 3, …; an attempt at a provider that is out of order is not counted. */
  readonly attempt: number
  /** Aborts when the engine stops waiting: at the deadline of the attempt, or when the process shuts down. */
  readonly signal: AbortSignal
}

/**
 * One provider, for one kind of message.
 *
 * @since 0.1.0
 */
export interface Transport<M> {
  /** Names the provider in the post log and in logs, such as `"smtp"`; unique among those of its leg, for good. */
  readonly name: string
  /** Which leg it serves. */
  readonly via: Via
  /**
   * Best evidence of arrival that it can give: none at all, the provider's word that it passed the message on, the
   * handset's confirmation, or the app's own acknowledgement.
   */
  readonly receipts: "none" | "provider" | "handset" | "app"
  /** `"key"` when the provider sends once for one `idempotencyKey`; an uncertain send is repeated only then. */
  readonly idempotency: "key" | "none"
  /**
   * Whether this provider can take the message at all, such as a token of its own push service; left out, it takes
   * any. It is passed over for what it does not take. It answers at once, the same for the same message, for good.
   */
  handles?(message: M): boolean
  /** Tries once, without retries of its own; see {@link SendResult} for what to answer. */
  send(message: M, ctx: SendContext): Promise<SendResult>
  /**
   * Asks the provider what became of a delivery whose result was `Uncertain`. `undefined` means that the provider
   * cannot tell yet; leave the function out where the provider cannot be asked. `Rejected` only when the provider
   * states that the delivery does not exist or failed.
   */
  lookup?(deliveryId: string, ctx: SendContext): Promise<SendResult | undefined>
}

/**
 * Whom a message is for; ids are the host's own.
 *
 * @since 0.1.0
 */
export interface Addressee {
  /** The tenant in whose name it is sent. */
  readonly channelId: string
  /** The person it is sent to. */
  readonly customerId: string
  /** The conversation it resumes. */
  readonly chatId: string
}

/**
 * A mobile-SDK push to one device. R6.
 *
 * @since 0.1.0
 */
export interface PushMessage extends Addressee {
  /** The device's registration token or subscription, as the push service issued it. A secret: never log it. */
  readonly token: string
  /** First line of the banner. */
  readonly title: string
  /** Text of the banner, plain. */
  readonly body: string
  /** What a tap opens; `null` opens the app. */
  readonly link: string | null
  /**
   * What the app sends back once it has the push, so that nothing else is sent (R7): goes into the push's data, never
   * into what the customer sees. Left out where followup was opened without `links`.
   */
  readonly receiptToken?: string
}

/**
 * A text through a messaging app, such as Kakao AlimTalk, LINE or WhatsApp. R9.
 *
 * @since 0.1.0
 */
export interface SnsMessage extends Addressee {
  /** The customer's number, E.164 (`+821012345678`). */
  readonly to: string
  /** Country of the number, ISO 3166-1 alpha-2 in capitals. */
  readonly country: string
  /** Text exactly as it is to be read, automatically added text included (R12). */
  readonly text: string
  /** Where the conversation goes on, for a button beside the text; `null` for none. */
  readonly link: string | null
}

/**
 * A text through the phone network. R9–R12.
 *
 * @since 0.1.0
 */
export interface XmsMessage extends Addressee {
  /** The customer's number, E.164 (`+821012345678`). */
  readonly to: string
  /** Country of the number, ISO 3166-1 alpha-2 in capitals. */
  readonly country: string
  /** Short or long message, as decided; the adapter does not decide again. */
  readonly kind: "SMS" | "LMS"
  /** Messages that the provider will count, at least 1; an LMS is 1. */
  readonly segments: number
  /** Text exactly as it is to be read, automatically added text included (R12). */
  readonly text: string
}

/**
 * A mail, rendered. R13, R14.
 *
 * @since 0.1.0
 */
export interface EmailMessage extends Addressee {
  /** The customer's address, without a display name. */
  readonly to: string
  /** The channel's display name and the address it may send from. */
  readonly from: { readonly name: string; readonly address: string }
  /** One line, without control characters. */
  readonly subject: string
  /** The mail as a complete HTML document. */
  readonly html: string
  /** The same mail as plain text. */
  readonly text: string
  /** Further headers by their names, such as `In-Reply-To`; one line each. */
  readonly headers: Readonly<Record<string, string>>
  /** The `Message-ID` with its angle brackets; the same on every attempt, so a mail sent twice shows once. */
  readonly messageId: string
}

/** What a transport of each leg takes. R6, R8, R9. @since 0.1.0 */
export interface TransportVia {
  readonly push: Transport<PushMessage>
  readonly sns: Transport<SnsMessage>
  readonly xms: Transport<XmsMessage>
  readonly email: Transport<EmailMessage>
}

/** A transport for any of the four legs. @since 0.1.0 */
export type AnyTransport = TransportVia[Via]
