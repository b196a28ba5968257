/**
 * From what the rules decided to what a transport gets: the message with its contacts, headers and link. Rules R6, R9,
 * R13, R14.
 * @since 0.1.0
 */
import { type Context, chatLink } from "../core/customer/context.ts"
import type { EventOf } from "../core/customer/event.ts"
import { senderAddress } from "../core/email/sender.ts"
import { threadHeaders } from "../core/email/thread.ts"
import type { Policy } from "../core/policy.ts"
import type { OutboxItem, OutboxMessage } from "./store.ts"

const messageOf = (
  policy: Policy,
  context: Context,
  event: EventOf<"DeliveryRequested">,
): OutboxMessage | undefined => {
  const { channel, contact, customerId, links } = context
  const { chatId, content, deliveryId } = event
  const about = { channelId: channel.id, customerId, chatId }
  const link = chatLink(context, chatId)
  switch (content.via) {
    case "push":
      return {
        via: "push",
        ...about,
        tokens: contact.pushTokens,
        title: content.title,
        body: content.text,
        link,
        ...(links !== undefined && { receiptToken: links.receiptToken(deliveryId) }),
      }
    case "sns":
      if (contact.phone?._tag !== "Mobile") return undefined
      return {
        via: "sns",
        ...about,
        to: contact.phone.e164,
        country: event.country,
        text: content.text,
        link,
      }
    case "xms": {
      if (contact.phone?._tag !== "Mobile") return undefined
      const { kind, segments, text } = content
      return { via: "xms", ...about, to: contact.phone.e164, country: event.country, kind, segments, text }
    }
    case "email": {
      if (contact.email === null) return undefined
      const { subject, html, text } = content
      const { messageId, headers } = threadHeaders(
        { deliveryId, channelId: channel.id, chatId, unsubscribeUrl: links?.unsubscribeUrl() ?? null },
        policy.email,
      )
      const from = senderAddress({ channel, policy: policy.email })
      return { via: "email", ...about, to: contact.email, from, subject, html, text, headers, messageId }
    }
  }
}

/**
 * The outbox item of a delivery that was asked for, on its way to nobody yet; undefined when the contact that it was decided on is not there,
 * which the rules rule out. Total.
 * @since 0.1.0
 */
export const outboxItem = (
  policy: Policy,
  context: Context,
  event: EventOf<"DeliveryRequested">,
): OutboxItem | undefined => {
  const message = messageOf(policy, context, event)
  return (
    message && {
      deliveryId: event.deliveryId,
      followUpId: event.followUpId,
      key: { channelId: context.channel.id, customerId: context.customerId },
      via: event.via,
      message,
      notBeforeMs: event.atMs,
      expiresAtMs: event.expiresAtMs,
      providers: [],
      leaseUntilMs: null,
    }
  )
}
