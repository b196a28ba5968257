/**
 * How a customer's state follows from what was decided. Rules R1, R2, R6–R9.
 * @since 0.1.0
 */
import type { TrackedSession } from "../presence.ts"
import type { DeliveryAccepted, EventOf, FollowUpEvent } from "./event.ts"
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
} from "./state.ts"

/** How many message ids of a chat are remembered, to know a repeated message and to order reads. @since 0.1.0 */
export const REMEMBERED_MESSAGES = 500

/** A customer's state that whoever decides may still change: nobody else has its three records. @since 0.1.0 */
export interface Draft {
  readonly sessions: Record<string, TrackedSession>
  readonly chats: Record<string, Chat>
  readonly followUps: Record<string, FollowUp>
}

/** A draft that begins as the state, which itself stays as it is. Total. @since 0.1.0 */
export const draftOf = (state: CustomerState): Draft => ({
  ...state,
  sessions: { ...state.sessions },
  chats: { ...state.chats },
  followUps: { ...state.followUps },
})

// An assignment would take the name "__proto__" for something else.
const put = <T>(record: Record<string, T>, name: string, value: T): void => {
  Object.defineProperty(record, name, { value, configurable: true, enumerable: true, writable: true })
}

const drop = (record: Record<string, unknown>, names: ReadonlyArray<string>): void => {
  for (const name of names) delete record[name]
}

const changeChat = ({ chats }: Draft, chatId: string, change: (chat: Chat) => Chat): void =>
  put(chats, chatId, change(chatOf({ chats }, chatId)))

/** A customer's chat, empty when nothing is known of it. Total. @since 0.1.0 */
export const chatOf = ({ chats }: Pick<CustomerState, "chats">, chatId: string): Chat =>
  Object.hasOwn(chats, chatId) ? (chats[chatId] ?? emptyChat) : emptyChat

const followUpOf = ({ followUps }: Draft, id: string): FollowUp | undefined =>
  Object.hasOwn(followUps, id) ? followUps[id] : undefined

const changeFollowUp = (draft: Draft, id: string, change: (followUp: FollowUp) => FollowUp): void => {
  const followUp = followUpOf(draft, id)
  if (followUp !== undefined) put(draft.followUps, id, change(followUp))
}

const changeDelivery = (
  draft: Draft,
  { followUpId, via }: Pick<DeliveryAccepted, "followUpId" | "via">,
  change: (delivery: Delivery) => Delivery,
): void =>
  changeFollowUp(draft, followUpId, (followUp) => {
    const delivery = followUp.deliveries[via]
    return delivery === undefined
      ? followUp
      : { ...followUp, deliveries: { ...followUp.deliveries, [via]: change(delivery) } }
  })

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
const sessionChanged = ({ sessions }: Draft, { sessionId, session }: EventOf<"SessionChanged">): void => {
  if (session.page === "Viewing") drop(sessions, [sessionId])
  put(sessions, sessionId, session)
}

const messageRecorded = (draft: Draft, event: EventOf<"MessageRecorded">): void =>
  changeChat(draft, event.chatId, (chat) => ({
    ...chat,
    customerWrote: chat.customerWrote || event.from === "customer",
    messageIds: [...chat.messageIds, event.messageId].slice(-REMEMBERED_MESSAGES),
    waiting: event.reply === null ? chat.waiting : [...chat.waiting, event.reply],
  }))

const waitNoLonger = (draft: Draft, chatId: string, messageIds: ReadonlySet<string>): void =>
  changeChat(draft, chatId, (chat) => ({
    ...chat,
    waiting: chat.waiting.filter((reply) => !messageIds.has(reply.messageId)),
  }))

const repliesRead = (draft: Draft, event: EventOf<"RepliesRead">): void => {
  const read = new Set(event.messageIds)
  waitNoLonger(draft, event.chatId, read)
  for (const followUp of Object.values(draft.followUps)) {
    if (followUp.chatId !== event.chatId || followUp.closedAtMs !== null) continue
    const before = new Set(followUp.readIds)
    const readIds = followUp.replies
      .map((reply) => reply.messageId)
      .filter((id) => read.has(id) || before.has(id))
    put(draft.followUps, followUp.id, { ...followUp, readIds })
  }
}

const followUpStarted = (draft: Draft, event: EventOf<"FollowUpStarted">): void => {
  waitNoLonger(draft, event.chatId, new Set(event.replies.map((reply) => reply.messageId)))
  put(draft.followUps, event.followUpId, {
    id: event.followUpId,
    chatId: event.chatId,
    replies: event.replies,
    readIds: [],
    startedAtMs: event.atMs,
    cancelled: null,
    withheld: [],
    deliveries: {},
    closedAtMs: null,
  })
}

const excluded = (draft: Draft, { followUpId, legs }: EventOf<"Excluded">): void => {
  if (followUpId !== null)
    changeFollowUp(draft, followUpId, (followUp) => ({
      ...followUp,
      withheld: [...followUp.withheld, ...legs],
    }))
}

const deliveryRequested = (draft: Draft, event: EventOf<"DeliveryRequested">): void =>
  changeFollowUp(draft, event.followUpId, (followUp) => ({
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

const receiptCameLate = (draft: Draft, event: EventOf<"ReceiptCameLate">): void => {
  changeDelivery(draft, event, (delivery) => ({
    ...moved(delivery, event, delivery.status, null),
    late: true,
    left: true,
    failedLate: event.status === "failed",
  }))
  if (snsArrived(event))
    changeDelivery(draft, { ...event, via: "xms" }, (xms) => (isOpen(xms) ? { ...xms, unwanted: true } : xms))
}

// Several follow-ups of a chat may end in any order. Those too old for their ids to be remembered come first.
const asHeard = ({ messageIds }: Chat, replies: ReadonlyArray<Reply>): ReadonlyArray<Reply> => {
  const places = new Map(messageIds.map((id, place) => [id, place]))
  const placeOf = ({ messageId }: Reply) => places.get(messageId) ?? -1
  return replies.toSorted((a, b) => placeOf(a) - placeOf(b))
}

// Of a follow-up of which nothing left, no news can come: its replies are all that is remembered of it.
const waitAgain = (draft: Draft, id: string, messageIds: ReadonlySet<string>): void => {
  const followUp = followUpOf(draft, id)
  if (followUp === undefined) return
  const replies = followUp.replies
    .filter(({ messageId }) => messageIds.has(messageId))
    .map((reply) => ({ ...reply, round: (reply.round ?? 1) + 1 }))
  changeChat(draft, followUp.chatId, (chat) => ({
    ...chat,
    waiting: asHeard(chat, [...replies, ...chat.waiting]),
  }))
  drop(draft.followUps, [id])
}

// Nobody needs the words of a closed follow-up any more: what was sent stays in the history.
const followUpClosed = (draft: Draft, event: EventOf<"FollowUpClosed">): void =>
  event.waitAgain === undefined
    ? changeFollowUp(draft, event.followUpId, (followUp) => ({
        ...followUp,
        closedAtMs: event.atMs,
        replies: followUp.replies.map(({ messageId, atMs }) => ({ messageId, text: "", atMs })),
      }))
    : waitAgain(draft, event.followUpId, new Set(event.waitAgain))

/** Lets a draft follow one event, as {@link evolve} has it. Total. @since 0.1.0 */
export const follow = (draft: Draft, event: FollowUpEvent): void => {
  switch (event._tag) {
    case "SessionChanged":
      return sessionChanged(draft, event)
    case "SessionsForgotten":
      return drop(draft.sessions, event.sessionIds)
    case "MessageRecorded":
      return messageRecorded(draft, event)
    case "RepliesRead":
      return repliesRead(draft, event)
    case "Excluded":
      return excluded(draft, event)
    case "FollowUpStarted":
      return followUpStarted(draft, event)
    case "DeliveryRequested":
      return deliveryRequested(draft, event)
    case "DeliveryAccepted":
      return changeDelivery(draft, event, (d) => ({
        ...moved(d, event, "waiting", event.deadlineMs),
        left: true,
      }))
    case "DeliveryUnconfirmed":
      return changeDelivery(draft, event, (delivery) => ({
        ...delivery,
        status: "unconfirmed",
        left: true,
        deadlineMs: event.deadlineMs,
      }))
    case "DeliverySettled":
      return changeDelivery(draft, event, (d) => ({
        ...moved(d, event, event.outcome, null),
        ...(event.left === true && { left: true }),
      }))
    case "ReceiptCameLate":
      return receiptCameLate(draft, event)
    case "FollowUpCancelled":
      return changeFollowUp(draft, event.followUpId, (followUp) => ({
        ...followUp,
        cancelled: event.because,
      }))
    case "FollowUpClosed":
      return followUpClosed(draft, event)
    case "FollowUpsForgotten":
      return drop(draft.followUps, event.followUpIds)
  }
}

/**
 * The customer's state after several events, in their order: in a time that grows with their number and with the size of
 * the state, not with both at once. Total.
 * @since 0.1.0
 */
export const evolveAll = (state: CustomerState, events: Iterable<FollowUpEvent>): CustomerState => {
  const draft = draftOf(state)
  for (const event of events) follow(draft, event)
  return draft
}

/**
 * The customer's state after one event. An event of something unknown changes nothing, nor does one of a kind that a
 * later version makes; what a later version keeps besides stays. Total.
 *
 * @since 0.1.0
 */
export const evolve = (state: CustomerState, event: FollowUpEvent): CustomerState => evolveAll(state, [event])
