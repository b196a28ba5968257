/**
 * How a customer's state follows from what was decided. Rules R1, R2, R6–R9.
 * @since 0.1.0
 */
import type { EventOf, FollowUpEvent } from "./event.ts"
import {
  type Chat,
  type CustomerState,
  type Delivery,
  type DeliveryStatus,
  deliveryIdOf,
  deliveryIdsOf,
  emptyChat,
  type FollowUp,
  isOpen,
  type Reply,
  type Via,
} from "./state.ts"

/** How many message ids of a chat are remembered, to know a repeated message and to order reads. @since 0.1.0 */
export const REMEMBERED_MESSAGES = 500

const withChat = (state: CustomerState, chatId: string, change: (chat: Chat) => Chat): CustomerState => ({
  ...state,
  chats: { ...state.chats, [chatId]: change(chatOf(state, chatId)) },
})

/** A customer's chat, empty when nothing is known of it. Total. @since 0.1.0 */
export const chatOf = (state: CustomerState, chatId: string): Chat =>
  Object.hasOwn(state.chats, chatId) ? (state.chats[chatId] ?? emptyChat) : emptyChat

const followUpOf = ({ followUps }: CustomerState, id: string): FollowUp | undefined =>
  Object.hasOwn(followUps, id) ? followUps[id] : undefined

const withFollowUp = (
  state: CustomerState,
  id: string,
  change: (followUp: FollowUp) => FollowUp,
): CustomerState => {
  const followUp = followUpOf(state, id)
  return followUp === undefined
    ? state
    : { ...state, followUps: { ...state.followUps, [id]: change(followUp) } }
}

const withDelivery = (
  state: CustomerState,
  id: string,
  via: Via,
  change: (delivery: Delivery) => Delivery,
): CustomerState =>
  withFollowUp(state, id, (followUp) => {
    const delivery = followUp.deliveries[via]
    return delivery === undefined
      ? followUp
      : { ...followUp, deliveries: { ...followUp.deliveries, [via]: change(delivery) } }
  })

const without = <T>(record: Readonly<Record<string, T>>, names: ReadonlyArray<string>): Record<string, T> => {
  const gone = new Set(names)
  return Object.fromEntries(Object.entries(record).filter(([name]) => !gone.has(name)))
}

const chargeAfter: Readonly<Record<string, Delivery["charge"]>> = {
  reserve: "reserved",
  settle: "used",
  release: "none",
  refund: "none",
}

const moved = (
  delivery: Delivery,
  event: EventOf<"DeliveryAccepted" | "DeliverySettled" | "ReceiptCameLate">,
  status: DeliveryStatus,
  deadlineMs: number | null,
): Delivery => ({
  ...delivery,
  status,
  deadlineMs,
  charge: event.entry === null ? delivery.charge : (chargeAfter[event.entry.op] ?? delivery.charge),
})

// Whoever was active is listed last: that tells two sessions apart that were active at one instant.
const sessionChanged = (
  { sessions, ...state }: CustomerState,
  { sessionId, session }: EventOf<"SessionChanged">,
): CustomerState => {
  const others = session.page === "Viewing" ? without(sessions, [sessionId]) : sessions
  return { ...state, sessions: { ...others, [sessionId]: session } }
}

const messageRecorded = (state: CustomerState, event: EventOf<"MessageRecorded">): CustomerState =>
  withChat(state, event.chatId, (chat) => ({
    ...chat,
    customerWrote: chat.customerWrote || event.from === "customer",
    messageIds: [...chat.messageIds, event.messageId].slice(-REMEMBERED_MESSAGES),
    waiting: event.reply === null ? chat.waiting : [...chat.waiting, event.reply],
  }))

const repliesRead = (state: CustomerState, event: EventOf<"RepliesRead">): CustomerState => {
  const read = new Set(event.messageIds)
  const next = withChat(state, event.chatId, (chat) => ({
    ...chat,
    waiting: chat.waiting.filter((reply) => !read.has(reply.messageId)),
  }))
  const followUps = Object.values(next.followUps)
    .filter((followUp) => followUp.chatId === event.chatId && followUp.closedAtMs === null)
    .map((followUp): [string, FollowUp] => {
      const before = new Set(followUp.readIds)
      const readIds = followUp.replies
        .map((reply) => reply.messageId)
        .filter((id) => read.has(id) || before.has(id))
      return [followUp.id, { ...followUp, readIds }]
    })
  return { ...next, followUps: { ...next.followUps, ...Object.fromEntries(followUps) } }
}

const followUpStarted = (state: CustomerState, event: EventOf<"FollowUpStarted">): CustomerState => {
  const started = new Set(event.replies.map((reply) => reply.messageId))
  const next = withChat(state, event.chatId, (chat) => ({
    ...chat,
    waiting: chat.waiting.filter((reply) => !started.has(reply.messageId)),
  }))
  const followUp: FollowUp = {
    id: event.followUpId,
    chatId: event.chatId,
    replies: event.replies,
    readIds: [],
    startedAtMs: event.atMs,
    cancelled: null,
    withheld: [],
    deliveries: {},
    closedAtMs: null,
  }
  return { ...next, followUps: { ...next.followUps, [event.followUpId]: followUp } }
}

const excluded = (state: CustomerState, event: EventOf<"Excluded">): CustomerState =>
  event.followUpId === null
    ? state
    : withFollowUp(state, event.followUpId, (followUp) => ({
        ...followUp,
        withheld: [...followUp.withheld, ...event.legs],
      }))

const deliveryRequested = (state: CustomerState, event: EventOf<"DeliveryRequested">): CustomerState =>
  withFollowUp(state, event.followUpId, (followUp) => ({
    ...followUp,
    deliveries: {
      ...followUp.deliveries,
      [event.via]: {
        via: event.via,
        status: "requested",
        requestedAtMs: event.atMs,
        deadlineMs: event.deadlineMs,
        reserve: event.entry,
        charge: event.entry === null ? "none" : "reserved",
        late: false,
      },
    },
  }))

const snsArrived = ({ via, status }: EventOf<"ReceiptCameLate">): boolean =>
  via === "sns" && status !== "failed"

/**
 * The deliveries that an event takes back, unless they have left; some may never have been asked for. What a cancelled
 * follow-up has not sent yet, and the XMS of an SNS that arrived after all. Total. R1, R9.
 * @since 0.1.0
 */
export const takenBackBy = (event: FollowUpEvent): ReadonlyArray<string> => {
  switch (event._tag) {
    case "FollowUpCancelled":
      return deliveryIdsOf(event.followUpId)
    case "ReceiptCameLate":
      return snsArrived(event) ? [deliveryIdOf(event.followUpId, "xms")] : []
    default:
      return []
  }
}

const receiptCameLate = (state: CustomerState, event: EventOf<"ReceiptCameLate">): CustomerState => {
  const known = withDelivery(state, event.followUpId, event.via, (delivery) => ({
    ...moved(delivery, event, delivery.status, null),
    late: true,
    left: true,
    failedLate: event.status === "failed",
  }))
  return snsArrived(event)
    ? withDelivery(known, event.followUpId, "xms", (xms) => (isOpen(xms) ? { ...xms, unwanted: true } : xms))
    : known
}

// Several follow-ups of a chat may end in any order. Those too old for their ids to be remembered come first.
const asHeard = ({ messageIds }: Chat, replies: ReadonlyArray<Reply>): ReadonlyArray<Reply> =>
  replies.toSorted((a, b) => messageIds.indexOf(a.messageId) - messageIds.indexOf(b.messageId))

// Of a follow-up of which nothing left, no news can come: its replies are all that is remembered of it.
const waitAgain = (state: CustomerState, id: string, messageIds: ReadonlyArray<string>): CustomerState => {
  const followUp = followUpOf(state, id)
  if (followUp === undefined) return state
  const replies = followUp.replies
    .filter(({ messageId }) => messageIds.includes(messageId))
    .map((reply) => ({ ...reply, round: (reply.round ?? 1) + 1 }))
  const next = withChat(state, followUp.chatId, (chat) => ({
    ...chat,
    waiting: asHeard(chat, [...replies, ...chat.waiting]),
  }))
  return { ...next, followUps: without(next.followUps, [id]) }
}

// Nobody needs the words of a closed follow-up any more: what was sent stays in the history.
const followUpClosed = (state: CustomerState, event: EventOf<"FollowUpClosed">): CustomerState => {
  if (event.waitAgain !== undefined) return waitAgain(state, event.followUpId, event.waitAgain)
  return withFollowUp(state, event.followUpId, (followUp) => ({
    ...followUp,
    closedAtMs: event.atMs,
    replies: followUp.replies.map((reply) => ({ messageId: reply.messageId, text: "", atMs: reply.atMs })),
  }))
}

/**
 * The customer's state after one event. An event of something unknown changes nothing, nor does one of a kind that a
 * later version makes; what a later version keeps besides stays. Total.
 *
 * @since 0.1.0
 */
export const evolve = (state: CustomerState, event: FollowUpEvent): CustomerState => {
  switch (event._tag) {
    case "SessionChanged":
      return sessionChanged(state, event)
    case "SessionsForgotten":
      return { ...state, sessions: without(state.sessions, event.sessionIds) }
    case "MessageRecorded":
      return messageRecorded(state, event)
    case "RepliesRead":
      return repliesRead(state, event)
    case "Excluded":
      return excluded(state, event)
    case "FollowUpStarted":
      return followUpStarted(state, event)
    case "DeliveryRequested":
      return deliveryRequested(state, event)
    case "DeliveryAccepted":
      return withDelivery(state, event.followUpId, event.via, (d) => ({
        ...moved(d, event, "waiting", event.deadlineMs),
        left: true,
      }))
    case "DeliveryUnconfirmed":
      return withDelivery(state, event.followUpId, event.via, (delivery) => ({
        ...delivery,
        status: "unconfirmed",
        left: true,
        deadlineMs: event.deadlineMs,
      }))
    case "DeliverySettled":
      return withDelivery(state, event.followUpId, event.via, (d) => ({
        ...moved(d, event, event.outcome, null),
        ...(event.left === true && { left: true }),
      }))
    case "ReceiptCameLate":
      return receiptCameLate(state, event)
    case "FollowUpCancelled":
      return withFollowUp(state, event.followUpId, (followUp) => ({ ...followUp, cancelled: event.because }))
    case "FollowUpClosed":
      return followUpClosed(state, event)
    case "FollowUpsForgotten":
      return { ...state, followUps: without(state.followUps, event.followUpIds) }
    default:
      return state
  }
}
