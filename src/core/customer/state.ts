/**
 * What is remembered of one customer between two inputs: plain JSON data. Rules R1, R2, R6–R9.
 * @since 0.1.0
 */
import type { MessageEntry } from "../billing/ledger.ts"
import type { TrackedSession } from "../presence.ts"

/** The ways to reach a customer: mobile-SDK push, a messaging app, the phone network, mail. R6, R8, R9. @since 0.1.0 */
export type Via = "push" | "sns" | "xms" | "email"

/** The independent parts of a follow-up; a text has two carriers, SNS and XMS. R6, R8, R9. @since 0.1.0 */
export type Leg = "push" | "text" | "email"

/**
 * How a delivery ended. `accepted`: taken over by a provider that tells nothing more. `timed-out`: no receipt by its
 * deadline. `uncertain`: it may or may not have been sent. `withdrawn`: taken back before anything left.
 * @since 0.1.0
 */
export type Outcome =
  | "received"
  | "delivered"
  | "accepted"
  | "failed"
  | "blocked"
  | "timed-out"
  | "uncertain"
  | "withdrawn"

/** Where a delivery stands; the first three wait for more. @since 0.1.0 */
export type DeliveryStatus = "requested" | "waiting" | "unconfirmed" | Outcome

/**
 * A manager's message that the customer has not seen. `round` counts the follow-ups that it is in, from 1, which is left
 * out: it is in another one only where nothing left of those before. R1.
 * @since 0.1.0
 */
export interface Reply {
  readonly messageId: string
  readonly text: string
  readonly authorName?: string
  readonly atMs: number
  readonly round?: number
}

/**
 * One message on its way. `deadlineMs` is when waiting ends, `null` while the send itself is still out. `reserve` is
 * the ledger entry that it was asked for with; `charge` is where those PU stand.
 * @since 0.1.0
 */
export interface Delivery {
  readonly via: Via
  readonly status: DeliveryStatus
  readonly requestedAtMs: number
  readonly deadlineMs: number | null
  readonly reserve: MessageEntry | null
  readonly charge: "none" | "reserved" | "used"
  /** A receipt came after the outcome was settled. */
  readonly late: boolean
  /** The one that came late said that it failed: it may yet be said to have arrived. */
  readonly failedLate?: boolean
  /** A provider took it over, or may have. */
  readonly left?: true
  /** An XMS whose SNS arrived after all: it is not sent any more, unless it has left. R9. */
  readonly unwanted?: true
}

/** Why a follow-up stops before all of it is sent. R1. @since 0.1.0 */
export type CancelReason = "read" | "returned"

/** One call back to the customer: its replies and what was asked for so far. R1, R6–R9. @since 0.1.0 */
export interface FollowUp {
  readonly id: string
  readonly chatId: string
  readonly replies: ReadonlyArray<Reply>
  readonly readIds: ReadonlyArray<string>
  readonly startedAtMs: number
  readonly cancelled: CancelReason | null
  readonly withheld: ReadonlyArray<Leg>
  readonly deliveries: Readonly<Partial<Record<Via, Delivery>>>
  readonly closedAtMs: number | null
}

/** What is known of one chat: newest message ids, and the replies that wait for the customer to be offline. R1, R4. @since 0.1.0 */
export interface Chat {
  readonly customerWrote: boolean
  readonly messageIds: ReadonlyArray<string>
  readonly waiting: ReadonlyArray<Reply>
}

/** Everything remembered of one customer. @since 0.1.0 */
export interface CustomerState {
  readonly sessions: Readonly<Record<string, TrackedSession>>
  readonly chats: Readonly<Record<string, Chat>>
  readonly followUps: Readonly<Record<string, FollowUp>>
}

/** A customer of whom nothing is known yet. @since 0.1.0 */
export const initialState: CustomerState = { sessions: {}, chats: {}, followUps: {} }

/** A chat of which nothing is known yet. @since 0.1.0 */
export const emptyChat: Chat = { customerWrote: false, messageIds: [], waiting: [] }

const isOpenStatus: Readonly<Record<DeliveryStatus, boolean>> = {
  requested: true,
  waiting: true,
  unconfirmed: true,
  received: false,
  delivered: false,
  accepted: false,
  failed: false,
  blocked: false,
  "timed-out": false,
  uncertain: false,
  withdrawn: false,
}

/** Whether more is still awaited of a delivery. Total. @since 0.1.0 */
export const isOpen = (delivery: Delivery): boolean => isOpenStatus[delivery.status]

/** The follow-up's replies that are still unread. Total. R1. @since 0.1.0 */
export const unreadReplies = (followUp: FollowUp): ReadonlyArray<Reply> => {
  const read = new Set(followUp.readIds)
  return followUp.replies.filter((reply) => !read.has(reply.messageId))
}

/**
 * Id of the follow-up that a chat's first unread reply starts: derived, so that the same facts give the same id.
 * `round` counts from 1: a reply of whose follow-up nothing left starts another one. Total for well-formed ids.
 *
 * @example
 * followUpId("acme", "cust 1", "c1", "m2") // => "acme/cust%201/c1/m2"
 * followUpId("acme", "cust 1", "c1", "m2", 2) // => "acme/cust%201/c1/m2+2"
 * @since 0.1.0
 */
export const followUpId = (
  channelId: string,
  customerId: string,
  chatId: string,
  messageId: string,
  round = 1,
): string =>
  [channelId, customerId, chatId, messageId].map(encodeURIComponent).join("/") +
  (round === 1 ? "" : `+${round}`)

const vias: Readonly<Record<string, Via>> = { push: "push", sns: "sns", xms: "xms", email: "email" }

/** Id of a follow-up's delivery through one carrier. Total. @since 0.1.0 */
export const deliveryIdOf = (followUp: string, via: Via): string => `${followUp}/${via}`

/** The ids that a follow-up's deliveries have, or would have. Total. @since 0.1.0 */
export const deliveryIdsOf = (followUp: string): ReadonlyArray<string> =>
  Object.values(vias).map((via) => deliveryIdOf(followUp, via))

/** What every event of a follow-up's delivery says it is about. Total. @since 0.1.0 */
export const aboutDelivery = ({ id, chatId }: Pick<FollowUp, "id" | "chatId">, via: Via) => ({
  followUpId: id,
  chatId,
  deliveryId: deliveryIdOf(id, via),
  via,
})

// An id's own "+" is escaped.
const roundOf = (part: string): readonly [messagePart: string, round: number] => {
  const [, messagePart, round] = /^([^+]+)\+([2-9]|[1-9]\d{1,8})$/.exec(part) ?? []
  return messagePart === undefined ? [part, 1] : [messagePart, Number(round)]
}

/**
 * Whom a delivery id belongs to; undefined when it is not one of ours. Total.
 *
 * @example
 * parseDeliveryId("acme/cust%201/c1/m2/sns") // => { channelId: "acme", customerId: "cust 1", chatId: "c1", followUpId: "acme/cust%201/c1/m2", via: "sns" }
 * parseDeliveryId("elsewhere") // => undefined
 * @since 0.1.0
 */
export const parseDeliveryId = (
  deliveryId: string,
): { channelId: string; customerId: string; chatId: string; followUpId: string; via: Via } | undefined => {
  const parts = deliveryId.split("/")
  const [messagePart, round] = roundOf(parts[3] ?? "")
  const [channelId, customerId, chatId, , viaName] = parts.map(decodePart)
  const messageId = decodePart(messagePart)
  if (parts.length !== 5 || !channelId || !customerId || !chatId || !messageId || !viaName) return undefined
  const via = Object.hasOwn(vias, viaName) ? vias[viaName] : undefined
  if (via === undefined) return undefined
  return {
    channelId,
    customerId,
    chatId,
    followUpId: followUpId(channelId, customerId, chatId, messageId, round),
    via,
  }
}

/**
 * Whether a delivery may still leave: nothing has taken it back, and nothing has settled it. Total. R1, R9.
 * @since 0.1.0
 */
export const isWanted = ({ followUps }: Pick<CustomerState, "followUps">, deliveryId: string): boolean => {
  const id = parseDeliveryId(deliveryId)
  const followUp = id && followUps[id.followUpId]
  const delivery = id && followUp?.deliveries[id.via]
  return (
    followUp?.cancelled === null && delivery !== undefined && isOpen(delivery) && delivery.unwanted !== true
  )
}

// decodeURIComponent refuses a stray "%" by throwing; such a part cannot be ours.
const decodePart = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
