/**
 * The post log: everything sent and everything not sent, with its outcome, as it follows from the history. Rule R20.
 * @since 0.1.0
 */
import { milliToPu } from "../billing/pu.ts"
import type { EventOf, ExclusionReason, FollowUpEvent } from "../customer/event.ts"
import type { Leg, Outcome, Via } from "../customer/state.ts"
import type { RuleId } from "../rule.ts"
import type { RejectReason } from "../send-result.ts"

/**
 * What became of a message: `Sent` (a provider took it), `Failed` (it was refused, or nobody vouches for it),
 * `Pending` (no answer yet, or one that leaves it open), `Excluded` (it was never asked for). R20.
 * @since 0.1.0
 */
export type PostResult = "Sent" | "Failed" | "Pending" | "Excluded"

interface Posted {
  /** When it was asked for, or excluded; UTC epoch ms. */
  readonly atMs: number
  readonly customerId: string
  readonly chatId: string
  readonly followUpId: string | null
  readonly messageIds: ReadonlyArray<string>
  readonly rule: RuleId
}

/**
 * A message that was asked for. `pu` is what it costs: 0 once a carrier refused it. `provider` names the transport of
 * the provider that had it last, `null` while none has answered. R20.
 * @since 0.1.0
 */
export interface PostedDelivery extends Posted {
  readonly _tag: "Delivery"
  readonly deliveryId: string
  readonly result: Exclude<PostResult, "Excluded">
  readonly via: Via
  readonly kind: "SMS" | "LMS" | null
  readonly segments: number | null
  readonly country: string
  readonly provider: string | null
  readonly text: string
  readonly pu: number
  readonly outcome: Outcome | "pending"
  readonly reason: RejectReason | null
  /** The provider's own word for why it failed, or for why nobody knows, such as "21610". */
  readonly code: string | null
  /** While it may or may not have been sent: until when news of it is awaited, UTC epoch ms. */
  readonly unconfirmedUntilMs: number | null
  readonly settledAtMs: number | null
  /** When a receipt came after the outcome was settled. */
  readonly lateAtMs: number | null
  /** What the legs cost that were sent before the late receipt came. */
  readonly latePu: number
}

/** Something that was not sent, and why. `legs` is empty when the messages are no follow-up at all. R20. @since 0.1.0 */
export interface PostedExclusion extends Posted {
  readonly _tag: "Exclusion"
  readonly result: "Excluded"
  readonly legs: ReadonlyArray<Leg>
  readonly carrier: Via | null
  readonly reason: ExclusionReason
  readonly detail: string
}

/** One line of the post log. R20. @since 0.1.0 */
export type PostLogEntry = PostedDelivery | PostedExclusion

/** A line of a channel's post log; `seq` is where the log goes on, as `before` of the next question. R20. @since 0.1.0 */
export type LogEntry = PostLogEntry & { readonly seq: number }

const aboutOf = (customerId: string, event: EventOf<"DeliveryRequested" | "Excluded">): Posted => ({
  atMs: event.atMs,
  customerId,
  chatId: event.chatId,
  followUpId: event.followUpId,
  messageIds: event.messageIds,
  rule: event.rule,
})

const posted = (customerId: string, event: EventOf<"DeliveryRequested">): PostedDelivery => ({
  _tag: "Delivery",
  ...aboutOf(customerId, event),
  deliveryId: event.deliveryId,
  result: "Pending",
  via: event.via,
  kind: event.content.via === "xms" ? event.content.kind : null,
  segments: event.content.via === "xms" ? event.content.segments : null,
  country: event.country,
  provider: null,
  text: event.content.text,
  pu: milliToPu(event.entry?.milliPu ?? 0),
  outcome: "pending",
  reason: null,
  code: null,
  unconfirmedUntilMs: null,
  settledAtMs: null,
  lateAtMs: null,
  latePu: 0,
})

const excluded = (customerId: string, event: EventOf<"Excluded">): PostedExclusion => ({
  _tag: "Exclusion",
  ...aboutOf(customerId, event),
  result: "Excluded",
  legs: event.legs,
  carrier: event.carrier,
  reason: event.reason,
  detail: event.detail,
})

const resultOf: Readonly<Record<Outcome, PostedDelivery["result"]>> = {
  received: "Sent",
  delivered: "Sent",
  accepted: "Sent",
  "timed-out": "Failed",
  failed: "Failed",
  blocked: "Failed",
  uncertain: "Failed",
  withdrawn: "Failed",
}

const givesBack = (op: string | undefined): boolean => op === "release" || op === "refund"

type Change = EventOf<"DeliveryAccepted" | "DeliveryUnconfirmed" | "DeliverySettled" | "ReceiptCameLate">

const isChange = (event: FollowUpEvent): event is Change =>
  event._tag === "DeliveryAccepted" ||
  event._tag === "DeliveryUnconfirmed" ||
  event._tag === "DeliverySettled" ||
  event._tag === "ReceiptCameLate"

// What ends because no news came ends with the last word that there was.
const codeAfter = (entry: PostedDelivery, { outcome, code }: EventOf<"DeliverySettled">): string | null =>
  code ?? (outcome === "uncertain" || outcome === "timed-out" ? entry.code : null)

const changed = (entry: PostedDelivery, event: Change): PostedDelivery => {
  const pu = "entry" in event && givesBack(event.entry?.op) ? 0 : entry.pu
  // A receipt, or a deadline that passes, leaves it with the provider that it was with.
  const provider = ("provider" in event ? event.provider : undefined) ?? entry.provider
  switch (event._tag) {
    case "DeliveryAccepted":
      return { ...entry, pu, provider, result: "Sent", code: null, unconfirmedUntilMs: null }
    case "DeliveryUnconfirmed":
      return { ...entry, provider, code: event.code, unconfirmedUntilMs: event.deadlineMs }
    case "DeliverySettled":
      return {
        ...entry,
        pu,
        provider,
        result: resultOf[event.outcome],
        outcome: event.outcome,
        reason: event.reason,
        code: codeAfter(entry, event),
        unconfirmedUntilMs: null,
        settledAtMs: event.atMs,
      }
    case "ReceiptCameLate":
      return { ...entry, pu, lateAtMs: event.atMs, latePu: milliToPu(event.costMilli) }
  }
}

/** Whether an event makes a line of the post log: a request or an exclusion. Total. R20. @since 0.1.0 */
export const isPosted = (event: FollowUpEvent): event is EventOf<"DeliveryRequested" | "Excluded"> =>
  event._tag === "DeliveryRequested" || event._tag === "Excluded"

/** One event of the history and the customer it concerns. R20. @since 0.1.0 */
export interface HistoryEntry {
  readonly customerId: string
  readonly event: FollowUpEvent
}

/**
 * The post log that a history comes to, of one customer or of many, in its order. Also right for a part of the history
 * in which every delivery's request is. Total. R20.
 * @since 0.1.0
 */
export const postLog = (history: Iterable<HistoryEntry>): ReadonlyArray<PostLogEntry> => {
  const entries: Array<PostLogEntry> = []
  const places = new Map<string, number>()
  for (const { customerId, event } of history) {
    if (event._tag === "DeliveryRequested") {
      places.set(event.deliveryId, entries.length)
      entries.push(posted(customerId, event))
    } else if (event._tag === "Excluded") entries.push(excluded(customerId, event))
    else if (isChange(event)) {
      const place = places.get(event.deliveryId)
      const entry = place === undefined ? undefined : entries[place]
      if (place !== undefined && entry?._tag === "Delivery") entries[place] = changed(entry, event)
    }
  }
  return entries
}

/**
 * The same, each line with the number of the event that it begins with. Total. R20.
 * @since 0.1.0
 */
export const numberedLog = (
  history: ReadonlyArray<HistoryEntry & { readonly seq: number }>,
): ReadonlyArray<LogEntry> => {
  // Each request and each exclusion makes one line, in order.
  const seqs = history.filter(({ event }) => isPosted(event)).map(({ seq }) => seq)
  return postLog(history).map((entry, index) => ({ ...entry, seq: seqs[index] ?? 0 }))
}
