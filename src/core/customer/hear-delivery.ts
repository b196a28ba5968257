/**
 * A send's answer or a receipt reaches the customer's Decider. Rules R7, R9, R16.
 * @since 0.1.0
 */
import type { MessageEntry } from "../billing/ledger.ts"
import { deadlineAfterAnswer } from "../cascade.ts"
import type { RejectReason } from "../send-result.ts"
import { newsRule, settle } from "./follow-up.ts"
import type { InputOf } from "./input.ts"
import {
  aboutDelivery,
  type Delivery,
  type FollowUp,
  isOpen,
  type Outcome,
  parseDeliveryId,
  type Via,
} from "./state.ts"
import { emit, type Refusal, type Turn } from "./turn.ts"

const find = (turn: Turn, deliveryId: string): { followUp: FollowUp; delivery: Delivery } | undefined => {
  const id = parseDeliveryId(deliveryId)
  const followUp = id && turn.state.followUps[id.followUpId]
  const delivery = followUp?.deliveries[id?.via ?? "push"]
  return followUp && delivery && { followUp, delivery }
}

const rejected = (reason: RejectReason): Outcome =>
  reason === "blocked" || reason === "opted-out" ? "blocked" : "failed"

/**
 * Takes a send's answer. An answer to a delivery that is settled or answered already is stale and makes no event. Where
 * nothing more can be heard of a text or an email, the answer is how it ended. R7, R9, R16.
 * @since 0.1.0
 */
export const hearAnswer = (turn: Turn, input: InputOf<"SendAnswered">): Refusal | undefined => {
  const found = find(turn, input.deliveryId)
  if (found === undefined) return { _tag: "UnknownDelivery", deliveryId: input.deliveryId }
  const { followUp, delivery } = found
  if (delivery.status !== "requested" && delivery.status !== "unconfirmed") return undefined
  const { result } = input
  const from = input.provider === undefined ? {} : { provider: input.provider }
  const about = { ...aboutDelivery(followUp, delivery.via), ...from }
  const deadlineMs = deadlineAfterAnswer(delivery, turn.nowMs, turn.policy.cascade)
  // A push waits for its app even where its service tells nothing: accepted is not received.
  const tellsMore = input.receiptExpected || delivery.via === "push"
  if (result._tag === "Rejected")
    settle(turn, followUp, delivery, rejected(result.reason), {
      reason: result.reason,
      code: result.code ?? null,
      ...from,
    })
  else if (result._tag === "Withdrawn") {
    // What may have been sent cannot be taken back.
    if (delivery.status === "requested") settle(turn, followUp, delivery, "withdrawn")
  } else if (result._tag === "Uncertain") {
    if (delivery.status !== "requested") return undefined
    const code = result.code ?? null
    if (tellsMore)
      emit(turn, {
        _tag: "DeliveryUnconfirmed",
        atMs: turn.nowMs,
        rule: newsRule[delivery.via],
        ...about,
        deadlineMs,
        code,
      })
    else settle(turn, followUp, delivery, "uncertain", { code, ...from })
  } else if (tellsMore)
    emit(turn, {
      _tag: "DeliveryAccepted",
      atMs: turn.nowMs,
      rule: "R16",
      ...about,
      deadlineMs,
      entry: entryFor(delivery, "settle"),
    })
  else settle(turn, followUp, delivery, "accepted", from)
  return undefined
}

const entryFor = (delivery: Delivery, op: MessageEntry["op"]): MessageEntry | null =>
  delivery.reserve && { ...delivery.reserve, op }

const arrived = (delivery: Delivery): Outcome => (delivery.via === "push" ? "received" : "delivered")

const outcomeOf = (delivery: Delivery, input: InputOf<"Receipt">): Outcome =>
  input.status === "failed" ? rejected(input.reason ?? "unknown") : arrived(delivery)

// An SNS whose provider was to tell nothing more settled the text: should it be said to have failed all the same, no
// XMS is sent, since that would hang on whether the email keeps the follow-up open (R8).
const mayStillEnd = (delivery: Delivery, outcome: Outcome): boolean =>
  isOpen(delivery) ||
  (delivery.status === "accepted" && (delivery.via !== "sns" || outcome === arrived(delivery)))

const hasArrived = ({ status, late, failedLate }: Delivery): boolean =>
  status === "received" || status === "delivered" || (late && failedLate !== true)

// What is sent because a delivery did not arrive; text and email are never sent because of one another.
const fallbacks: Readonly<Record<Via, ReadonlyArray<Via>>> = {
  push: ["sns", "xms", "email"],
  sns: ["xms"],
  xms: [],
  email: [],
}

const fallbackCost = ({ deliveries }: FollowUp, via: Via): number =>
  fallbacks[via]
    .map((other) => deliveries[other])
    .reduce((sum, delivery) => sum + (delivery?.charge === "none" ? 0 : (delivery?.reserve?.milliPu ?? 0)), 0)

/**
 * Takes a receipt. News that comes twice, or after better news, makes no event; news of a settled delivery is
 * recorded as late, with what the legs sent meanwhile cost. R7, R9.
 * @since 0.1.0
 */
export const hearReceipt = (turn: Turn, input: InputOf<"Receipt">): Refusal | undefined => {
  const found = find(turn, input.deliveryId)
  if (found === undefined) return { _tag: "UnknownDelivery", deliveryId: input.deliveryId }
  const { followUp, delivery } = found
  const outcome = outcomeOf(delivery, input)
  if (mayStillEnd(delivery, outcome)) {
    settle(turn, followUp, delivery, outcome, { reason: input.reason ?? null, left: true })
    return undefined
  }
  const isKnown = delivery.status === outcome || (delivery.late && input.status === "failed")
  if (hasArrived(delivery) || isKnown) return undefined
  emit(turn, {
    _tag: "ReceiptCameLate",
    atMs: turn.nowMs,
    rule: newsRule[delivery.via],
    ...aboutDelivery(followUp, delivery.via),
    status: input.status,
    costMilli: fallbackCost(followUp, delivery.via),
    // A provider that says afterwards that it failed costs nothing after all.
    entry: input.status === "failed" && delivery.charge === "used" ? entryFor(delivery, "refund") : null,
  })
  return undefined
}
