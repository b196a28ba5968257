/**
 * The outbox as the store keeps it: messages on their way out, who may have them, and how they are given back. Part of
 * the store port. Rules R6–R9.
 * @since 0.1.0
 */
import type { Via } from "../core/customer/state.ts"
import type { CustomerKey } from "./store.ts"
import type { EmailMessage, PushMessage, SnsMessage, XmsMessage } from "./transport.ts"

/**
 * A message on its way out, by carrier. A push goes to every token. `unreadable`: what the store kept of it cannot be
 * read, so that it can only be given up.
 * @since 0.1.0
 */
export type OutboxMessage =
  | { readonly via: "unreadable" }
  | ({ readonly via: "push"; readonly tokens: ReadonlyArray<string> } & Omit<PushMessage, "token">)
  | ({ readonly via: "sns" } & SnsMessage)
  | ({ readonly via: "xms" } & XmsMessage)
  | ({ readonly via: "email" } & EmailMessage)

/**
 * A message that is to be sent. After `expiresAtMs` it is not worth sending any more. `providers` are the names of
 * those that it goes to: one, or for a push those of its devices' services; empty while nobody has said. `leaseUntilMs`:
 * whoever writes it sends it at once, and has it under lease until then; `null` where it waits to be claimed. R9.
 * @since 0.1.0
 */
export interface OutboxItem {
  readonly deliveryId: string
  readonly followUpId: string
  readonly key: CustomerKey
  readonly via: Via
  readonly message: OutboxMessage
  readonly notBeforeMs: number
  readonly expiresAtMs: number
  readonly providers: ReadonlyArray<string>
  readonly leaseUntilMs: number | null
}

/**
 * A provider that refused a message, so that it is certain not to have sent it, until when (UTC epoch ms) it is not to
 * be asked again; `null` for never again. R9.
 * @since 0.1.0
 */
export interface RefusedBy {
  readonly provider: string
  readonly untilMs: number | null
}

/**
 * An outbox item under lease. `attempt` counts from 1. `interrupted`: an attempt before ended without an answer
 * (its lease ran out, or nobody knows), so its `providers` may have sent it. `cancelled`: its follow-up was cancelled
 * since. R9.
 * @since 0.1.0
 */
export interface ClaimedItem extends Omit<OutboxItem, "notBeforeMs" | "leaseUntilMs"> {
  readonly attempt: number
  readonly interrupted: boolean
  readonly cancelled: boolean
  readonly refused: ReadonlyArray<RefusedBy>
}

/** A message that is somebody's until then (UTC epoch ms), or until another one claims it. R9. @since 0.1.0 */
export interface Lease {
  readonly deliveryId: string
  readonly untilMs: number
}

/** The providers that a claimed message is about to go to. R9. @since 0.1.0 */
export interface Assignment {
  readonly deliveryId: string
  readonly providers: ReadonlyArray<string>
}

/**
 * How a claimed message is given back: to be claimed again from `notBeforeMs` on, after so many `attempts` that count;
 * `interrupted` if its `providers` may have sent it. R9.
 * @since 0.1.0
 */
export interface Postponement extends Assignment {
  readonly notBeforeMs: number
  readonly attempts: number
  readonly interrupted: boolean
  readonly refused: ReadonlyArray<RefusedBy>
}
