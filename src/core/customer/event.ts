/**
 * What a customer's Decider decided, in the past tense. Each event names the rule that made it, so that the history
 * is the explanation. Rule R20.
 * @since 0.1.0
 */
import type { MessageEntry } from "../billing/ledger.ts"
import type { OfflineReason, TrackedSession } from "../presence.ts"
import type { RuleId } from "../rule.ts"
import type { RejectReason } from "../send-result.ts"
import type { CancelReason, Leg, Outcome, Reply, Via } from "./state.ts"

/** Why something was not sent; the list is closed. @since 0.1.0 */
export type ExclusionReason =
  | "manager-initiated"
  | "marketing"
  | "automatic"
  | "read"
  | "returned"
  | "disabled"
  | "no-contact"
  | "quota-exhausted"
  | "country-not-allowed"
  | "too-long"
  | "unencodable"
  | "opted-out"

interface Happened {
  /** When it was decided, UTC epoch ms. */
  readonly atMs: number
  readonly rule: RuleId
}

interface OfFollowUp extends Happened {
  readonly followUpId: string
  readonly chatId: string
}

interface OfDelivery extends OfFollowUp {
  readonly deliveryId: string
  readonly via: Via
}

/** A session is now as given. R2. @since 0.1.0 */
export interface SessionChanged extends Happened {
  readonly _tag: "SessionChanged"
  readonly sessionId: string
  readonly session: TrackedSession
}

/** Sessions that can no longer matter were dropped. R2. @since 0.1.0 */
export interface SessionsForgotten extends Happened {
  readonly _tag: "SessionsForgotten"
  readonly sessionIds: ReadonlyArray<string>
}

/** Somebody wrote; a reply that may be followed up comes with its text. R1, R4. @since 0.1.0 */
export interface MessageRecorded extends Happened {
  readonly _tag: "MessageRecorded"
  readonly chatId: string
  readonly messageId: string
  readonly from: "customer" | "manager" | "bot"
  readonly purpose: "chat" | "marketing"
  readonly reply: Reply | null
  /** When the reply is due if nothing changes: the customer's offline instant, or the end of the quiet period. */
  readonly dueMs: number | null
}

/** The customer has seen these messages. R1. @since 0.1.0 */
export interface RepliesRead extends Happened {
  readonly _tag: "RepliesRead"
  readonly chatId: string
  readonly messageIds: ReadonlyArray<string>
}

/**
 * Something was not sent, and why. `legs` are the parts withheld, empty when the messages are no follow-up at all;
 * `carrier` is given when only that carrier of the text is withheld. `detail` says more in words, without contacts.
 * @since 0.1.0
 */
export interface Excluded extends Happened {
  readonly _tag: "Excluded"
  readonly followUpId: string | null
  readonly chatId: string
  readonly messageIds: ReadonlyArray<string>
  readonly legs: ReadonlyArray<Leg>
  readonly carrier: Via | null
  readonly reason: ExclusionReason
  readonly detail: string
  readonly entry: MessageEntry | null
}

/** The customer is offline with something to read: a follow-up begins. R1, R6, R8. @since 0.1.0 */
export interface FollowUpStarted extends OfFollowUp {
  readonly _tag: "FollowUpStarted"
  readonly replies: ReadonlyArray<Reply>
  readonly offlineSinceMs: number
  readonly offlineReason: OfflineReason
  /** Whether push goes first, or why it does not. */
  readonly push: "first" | "not-integrated" | "no-device" | "opted-out"
  /** Push is not integrated, and would have gone first if it were. */
  readonly missesPush?: true
}

/** What is really sent, text added automatically included. R12, R13. @since 0.1.0 */
export type Content =
  | { readonly via: "push"; readonly title: string; readonly text: string }
  | { readonly via: "sns"; readonly text: string; readonly cut: boolean }
  | {
      readonly via: "xms"
      readonly kind: "SMS" | "LMS"
      readonly segments: number
      readonly text: string
      readonly cut: boolean
    }
  | { readonly via: "email"; readonly subject: string; readonly text: string; readonly html: string }

/** A message was asked for. `expiresAtMs`: after it, it is not worth sending any more. R6–R9. @since 0.1.0 */
export interface DeliveryRequested extends OfDelivery {
  readonly _tag: "DeliveryRequested"
  readonly messageIds: ReadonlyArray<string>
  readonly content: Content
  /** Country of the number, or of the channel. ISO 3166-1 alpha-2. */
  readonly country: string
  readonly deadlineMs: number | null
  readonly expiresAtMs: number
  readonly entry: MessageEntry | null
}

interface Answered extends OfDelivery {
  /** The provider whose answer it follows from, by its transport's name; absent where none answered. R20. */
  readonly provider?: string
}

/** A provider took the message over; a receipt is awaited until `deadlineMs`. It is not delivered yet. @since 0.1.0 */
export interface DeliveryAccepted extends Answered {
  readonly _tag: "DeliveryAccepted"
  readonly deadlineMs: number | null
  readonly entry: MessageEntry | null
}

/** Nobody knows whether the message was sent; news is awaited until `deadlineMs`. R9. @since 0.1.0 */
export interface DeliveryUnconfirmed extends Answered {
  readonly _tag: "DeliveryUnconfirmed"
  readonly deadlineMs: number | null
  readonly code: string | null
}

/** How a delivery ended. R7, R9, R20. @since 0.1.0 */
export interface DeliverySettled extends Answered {
  readonly _tag: "DeliverySettled"
  readonly outcome: Outcome
  readonly reason: RejectReason | null
  readonly code: string | null
  readonly entry: MessageEntry | null
  /** A receipt said so, however it ended: it had left. */
  readonly left?: true
}

/** A receipt came after the outcome was settled; `costMilli` is what the legs sent meanwhile cost. R7. @since 0.1.0 */
export interface ReceiptCameLate extends OfDelivery {
  readonly _tag: "ReceiptCameLate"
  readonly status: "received" | "delivered" | "failed"
  readonly costMilli: number
  readonly entry: MessageEntry | null
}

/** What is not yet sent of a follow-up will not be. R1. @since 0.1.0 */
export interface FollowUpCancelled extends OfFollowUp {
  readonly _tag: "FollowUpCancelled"
  readonly because: CancelReason
}

/**
 * Nothing more is awaited of a follow-up. `waitAgain`: replies of which nothing has left, and that the customer has not
 * seen; they wait for the customer to be offline once more. R1.
 * @since 0.1.0
 */
export interface FollowUpClosed extends OfFollowUp {
  readonly _tag: "FollowUpClosed"
  readonly waitAgain?: ReadonlyArray<string>
}

/** Follow-ups closed long ago were dropped from the customer's memory (the history keeps them). @since 0.1.0 */
export interface FollowUpsForgotten extends Happened {
  readonly _tag: "FollowUpsForgotten"
  readonly followUpIds: ReadonlyArray<string>
}

/** Everything that a customer's Decider can decide. @since 0.1.0 */
export type FollowUpEvent =
  | SessionChanged
  | SessionsForgotten
  | MessageRecorded
  | RepliesRead
  | Excluded
  | FollowUpStarted
  | DeliveryRequested
  | DeliveryAccepted
  | DeliveryUnconfirmed
  | DeliverySettled
  | ReceiptCameLate
  | FollowUpCancelled
  | FollowUpClosed
  | FollowUpsForgotten

/** One kind of event by its tag. @since 0.1.0 */
export type EventOf<Tag extends FollowUpEvent["_tag"]> = Extract<FollowUpEvent, { readonly _tag: Tag }>
