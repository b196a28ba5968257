/**
 * The cascade: push first, then text and email, each on its own; in a text SNS first, then XMS. Rules R6–R9.
 * @since 0.1.0
 */
import {
  type CancelReason,
  type Delivery,
  type FollowUp,
  isOpen,
  type Leg,
  type Outcome,
  type Via,
} from "./customer/state.ts"

/**
 * The waits of the cascade. `pushTimeoutMs`: from asking for the push; at exactly that age it has failed (R7).
 * `snsDeadlineMs`: from the provider's acceptance to the receipt; then XMS takes over (R9). `receiptDeadlineMs`: how
 * long a receipt of an XMS or email is awaited. `sendWithinMs`: how long a text or email is worth sending after it
 * was asked for. `onUncertain`: what becomes of the XMS when nobody knows whether the SNS was sent, by its deadline or,
 * where its provider tells nothing more, at once: `"give-up"` rather than deliver twice, or `"fall-back"` rather than
 * deliver nothing. `rememberClosedMs`: how long a closed follow-up can still take late receipts.
 * @since 0.1.0
 */
export interface CascadePolicy {
  readonly pushTimeoutMs: number
  readonly snsDeadlineMs: number
  readonly receiptDeadlineMs: number
  readonly sendWithinMs: number
  readonly onUncertain: "give-up" | "fall-back"
  readonly rememberClosedMs: number
}

/** The product's values: 30 s for push (R7), 60 s for SNS, 24 h for other receipts, 1 h to send. @since 0.1.0 */
export const defaultCascade: CascadePolicy = {
  pushTimeoutMs: 30_000,
  snsDeadlineMs: 60_000,
  receiptDeadlineMs: 86_400_000,
  sendWithinMs: 3_600_000,
  onUncertain: "give-up",
  rememberClosedMs: 604_800_000,
}

/**
 * What a follow-up needs next. `Start`: ask for that carrier. `Withhold`: what would have been sent no longer is.
 * `Close`: nothing more is awaited.
 * @since 0.1.0
 */
export type Step =
  | { readonly _tag: "Start"; readonly leg: "text" | "email" }
  | { readonly _tag: "StartXms" }
  | {
      readonly _tag: "Withhold"
      readonly legs: ReadonlyArray<Leg>
      readonly carrier: Via | null
      readonly because: CancelReason
    }
  | { readonly _tag: "Close" }

// XMS takes over only from an SNS of which it is settled that it did not arrive.
const handsOver = (outcome: Delivery["status"], policy: CascadePolicy): boolean =>
  outcome === "failed" ||
  outcome === "blocked" ||
  outcome === "timed-out" ||
  outcome === "withdrawn" ||
  (outcome === "uncertain" && policy.onUncertain === "fall-back")

const begun = (followUp: FollowUp, leg: "text" | "email"): boolean =>
  followUp.withheld.includes(leg) ||
  (leg === "email"
    ? followUp.deliveries.email !== undefined
    : followUp.deliveries.sns !== undefined || followUp.deliveries.xms !== undefined)

const xmsIsDue = (followUp: FollowUp, policy: CascadePolicy): boolean => {
  const { sns, xms } = followUp.deliveries
  return (
    sns !== undefined &&
    xms === undefined &&
    !followUp.withheld.includes("text") &&
    handsOver(sns.status, policy)
  )
}

/**
 * What an open follow-up needs next, undefined while it waits for something. Doing the step leads to another one, or
 * to waiting. Total. R6–R9.
 *
 * - Push received: nothing else is sent (R7). Push open: nothing else yet (R6).
 * - Otherwise text and email are started, neither looking at the other (R8).
 * - An SNS that failed, was blocked, timed out or was withdrawn hands over to XMS (R9).
 * - A cancelled follow-up withholds instead of starting (R1).
 * @since 0.1.0
 */
export const nextStep = (followUp: FollowUp, policy: CascadePolicy = defaultCascade): Step | undefined => {
  if (followUp.closedAtMs !== null) return undefined
  const { push } = followUp.deliveries
  const received = push?.status === "received"
  const idle = received ? [] : (["text", "email"] as const).filter((leg) => !begun(followUp, leg))
  if (idle.length > 0 && followUp.cancelled !== null)
    return { _tag: "Withhold", legs: idle, carrier: null, because: followUp.cancelled }
  if (push !== undefined && isOpen(push)) return undefined
  const [leg] = idle
  if (leg !== undefined) return { _tag: "Start", leg }
  if (xmsIsDue(followUp, policy))
    return followUp.cancelled === null
      ? { _tag: "StartXms" }
      : { _tag: "Withhold", legs: ["text"], carrier: "xms", because: followUp.cancelled }
  return Object.values(followUp.deliveries).some(isOpen) ? undefined : { _tag: "Close" }
}

/**
 * How a delivery ends when its deadline passes without news. A push that was not received has timed out, however far
 * it came (R7). What was accepted by a mail provider counts as accepted: no bounce is good news. What nobody can
 * vouch for stays uncertain. Total.
 * @since 0.1.0
 */
export const outcomeAtDeadline = (delivery: Delivery): Outcome => {
  if (delivery.via === "push") return "timed-out"
  if (delivery.status !== "waiting") return "uncertain"
  return delivery.via === "email" ? "accepted" : "timed-out"
}

/**
 * When waiting for news of a delivery ends, once the provider has answered; the boundary itself is too late. A push
 * keeps the deadline that it was asked for with. Total. R7, R9.
 * @since 0.1.0
 */
export const deadlineAfterAnswer = (delivery: Delivery, nowMs: number, policy: CascadePolicy): number =>
  delivery.via === "push"
    ? delivery.requestedAtMs + policy.pushTimeoutMs
    : nowMs + (delivery.via === "sns" ? policy.snsDeadlineMs : policy.receiptDeadlineMs)
