/**
 * The webhook port: what a provider tells afterwards, as a function of a web-standard request. Rules R7, R9, R20.
 *
 * A webhook verifies that the request is the provider's, on the bytes as they came; reads events out of it; and says
 * what to answer. It changes nothing itself: the events are applied first, and only then is the response sent, so that
 * a provider whose news could not be kept tells them again. Events may come twice and in any order.
 * @since 0.1.0
 */
import type { Via } from "../core/customer/state.ts"
import type { RejectReason } from "../core/send-result.ts"

interface SenderNews {
  readonly via: Via
  readonly recipientId: string
  /** When it happened by the provider's clock, UTC epoch ms; left out, now. */
  readonly atMs?: number
}

/**
 * What a provider tells afterwards.
 *
 * - `Receipt`: what became of a delivery: `received` by the app, `delivered` to the handset or mailbox, or `failed`.
 * - `OptedOut`: a customer wants no more of what comes this way.
 * - `SenderBlocked`, `SenderUnblocked`: somebody, whom only the provider's own id names, blocked the channel's account
 *   or let it write again. The host knows whose id it is. They may come late and out of order, so the one with the newest
 *   `atMs` wins.
 * @since 0.1.0
 */
export type WebhookEvent =
  | {
      readonly _tag: "Receipt"
      readonly deliveryId: string
      readonly status: "received" | "delivered" | "failed"
      /** Why it failed. */
      readonly reason?: RejectReason
      /** When it happened by the provider's clock, UTC epoch ms; left out, now. */
      readonly atMs?: number
    }
  | {
      readonly _tag: "OptedOut"
      readonly channelId: string
      readonly customerId: string
      readonly via: Via | "text"
    }
  | (SenderNews & { readonly _tag: "SenderBlocked" })
  | (SenderNews & { readonly _tag: "SenderUnblocked" })

/** One kind of webhook event by its tag. @since 0.1.0 */
export type WebhookEventOf<Tag extends WebhookEvent["_tag"]> = Extract<WebhookEvent, { readonly _tag: Tag }>

/** What a request amounts to: events to apply, then the response to send. A refused request has no events. @since 0.1.0 */
export interface WebhookAnswer {
  readonly events: ReadonlyArray<WebhookEvent>
  readonly response: Response
}

/**
 * Reads a provider's request. It never rejects for what a stranger may send: a bad signature is answered with 401, a
 * body that is too large with 413, anything else that cannot be understood with 400, another method with 405. News that
 * could not be verified yet, because the provider had to be asked and did not answer, get 503 and come again.
 * @since 0.1.0
 */
export type Webhook = (request: Request) => Promise<WebhookAnswer>
