/**
 * What stays of a customer who is forgotten: the lines of the post log without words and without whose they are, and
 * the PU. Rules R16, R20.
 * @since 0.1.0
 */
import type { Policy } from "../policy.ts"
import type { Context } from "./context.ts"
import type { Content, EventOf, FollowUpEvent } from "./event.ts"
import { settle } from "./follow-up.ts"
import { type CustomerState, deliveryIdOf, followUpId, isOpen } from "./state.ts"
import { openFollowUps, type Turn } from "./turn.ts"

/**
 * Ends every delivery that still waits for news, since none will be understood any more. What has not left is taken
 * back and gives its PU back; what may have left is uncertain and is paid for; what a provider took over stays that.
 * Nothing takes over from what ended so. Total. R16, R20.
 * @since 0.1.0
 */
export const endDeliveries = (
  policy: Policy,
  state: CustomerState,
  context: Context,
  mayHaveLeft: (deliveryId: string) => boolean,
): ReadonlyArray<FollowUpEvent> => {
  const turn: Turn = { policy, context, nowMs: context.nowMs, state, ledger: context.ledger, events: [] }
  for (const followUp of openFollowUps(state))
    for (const delivery of Object.values(followUp.deliveries)) {
      if (!isOpen(delivery)) continue
      const hasLeft = delivery.status !== "requested" || mayHaveLeft(deliveryIdOf(followUp.id, delivery.via))
      const outcome = delivery.status === "waiting" ? "accepted" : hasLeft ? "uncertain" : "withdrawn"
      settle(turn, followUp, delivery, outcome)
    }
  return turn.events
}

/** An event that a line of the post log is made of. R20. @since 0.1.0 */
export type PostLogEvent = EventOf<
  | "Excluded"
  | "DeliveryRequested"
  | "DeliveryAccepted"
  | "DeliveryUnconfirmed"
  | "DeliverySettled"
  | "ReceiptCameLate"
>

const inPostLog: Readonly<Record<FollowUpEvent["_tag"], boolean>> = {
  SessionChanged: false,
  SessionsForgotten: false,
  MessageRecorded: false,
  RepliesRead: false,
  Excluded: true,
  FollowUpStarted: false,
  DeliveryRequested: true,
  DeliveryAccepted: true,
  DeliveryUnconfirmed: true,
  DeliverySettled: true,
  ReceiptCameLate: true,
  FollowUpCancelled: false,
  FollowUpClosed: false,
  FollowUpsForgotten: false,
}

const isPostLogEvent = (event: FollowUpEvent): event is PostLogEvent => inPostLog[event._tag]

const withoutWords = (content: Content): Content => {
  switch (content.via) {
    case "push":
      return { ...content, title: "", text: "" }
    case "email":
      return { ...content, subject: "", text: "", html: "" }
    default:
      return { ...content, text: "" }
  }
}

// Numbers in the order of first sight: what belongs together still does, and nothing says what it was.
const numbering = (prefix: string): ((id: string) => string) => {
  const numbers = new Map<string, number>()
  return (id) => {
    const number = numbers.get(id) ?? numbers.size + 1
    numbers.set(id, number)
    return `${prefix}-${number}`
  }
}

/**
 * An event as it may stay, or undefined for one that goes. Given to one customer's events in their order, under a name
 * that says nothing of them. Kept are what the post log and its costs are made of: when, which carrier, country, rule,
 * outcome, PU. Gone are what they wrote, read and when they were there; texts, titles and providers' codes; and the ids
 * of chats, messages and deliveries, for which numbers stand. Total. R20.
 * @since 0.1.0
 */
export const makeAnonymous = (
  channelId: string,
  name: string,
): ((event: FollowUpEvent) => PostLogEvent | undefined) => {
  const chatName = numbering("chat")
  const messageName = numbering("message")
  const followUpName = numbering("follow-up")
  const followUpOf = (id: string, chatId: string) => followUpId(channelId, name, chatId, followUpName(id))
  return (event) => {
    if (!isPostLogEvent(event)) return undefined
    const chatId = chatName(event.chatId)
    if (event._tag === "Excluded") {
      const id = event.followUpId
      return {
        ...event,
        chatId,
        followUpId: id === null ? null : followUpOf(id, chatId),
        messageIds: event.messageIds.map(messageName),
      }
    }
    const followUp = followUpOf(event.followUpId, chatId)
    const about = { chatId, followUpId: followUp, deliveryId: deliveryIdOf(followUp, event.via) }
    switch (event._tag) {
      case "DeliveryRequested":
        return {
          ...event,
          ...about,
          messageIds: event.messageIds.map(messageName),
          content: withoutWords(event.content),
        }
      case "DeliverySettled":
      case "DeliveryUnconfirmed":
        return { ...event, ...about, code: null }
      default:
        return { ...event, ...about }
    }
  }
}
