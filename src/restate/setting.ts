/**
 * What the objects and services run with.
 * @since 0.1.0
 */
import type { Via } from "../core/customer/state.ts"
import type { Policy } from "../core/policy.ts"
import type { OnNotice } from "../ports/notice.ts"
import type { EmailMessage, PushMessage, SnsMessage, Transport, XmsMessage } from "../ports/transport.ts"
import type { RestateClock } from "./clock.ts"

/** A transport for any of the four legs. @since 0.1.0 */
export type AnyTransport =
  | Transport<PushMessage>
  | Transport<SnsMessage>
  | Transport<XmsMessage>
  | Transport<EmailMessage>

/** One transport at most for each leg. @since 0.1.0 */
export interface Transports {
  readonly push?: Transport<PushMessage>
  readonly sns?: Transport<SnsMessage>
  readonly xms?: Transport<XmsMessage>
  readonly email?: Transport<EmailMessage>
}

/**
 * How sending is paced. `timeoutMs`: how long one attempt may take. `graceMs`: how long an aborted attempt may take to
 * say what it did. `maxAttempts`: attempts at most, 1 or more. `backoffMs`: wait before the second attempt, doubled for
 * each further one, where the provider names none. Times in ms.
 * @since 0.1.0
 */
export interface SendPolicy {
  readonly timeoutMs: number
  readonly graceMs: number
  readonly maxAttempts: number
  readonly backoffMs: number
}

/** The product's pace, as the engine's. @since 0.1.0 */
export const defaultSend: SendPolicy = { timeoutMs: 15_000, graceMs: 1_000, maxAttempts: 5, backoffMs: 2_000 }

/** What the objects and services run with. @since 0.1.0 */
export interface RestateSetting {
  readonly policy: Policy
  readonly transports: Transports
  /** The legs for which a transport is there. */
  readonly carriers: ReadonlySet<Via>
  readonly send: SendPolicy
  readonly onNotice: OnNotice | undefined
  readonly clock: RestateClock
}
