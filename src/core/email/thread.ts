/**
 * The headers that keep a conversation's mails together and machines from answering them. Rules R13, R14.
 *
 * @since 0.1.0
 */
import { deliveryIdOf, parseDeliveryId } from "../customer/state.ts"
import { isEmailAddress } from "./address.ts"
import { webLink } from "./link.ts"
import { defaultEmailPolicy, type EmailPolicy } from "./policy.ts"

/**
 * What a mail's headers are made from.
 *
 * @since 0.1.0
 */
export interface ThreadInput {
  /** Names this delivery; opaque, and part of the `Message-ID`. */
  readonly deliveryId: string
  /** The tenant: conversations of two tenants never share a thread. */
  readonly channelId: string
  /** The conversation. */
  readonly chatId: string
  /** Where an answer by mail goes; left out, to the sender's address. */
  readonly replyTo?: string
  /** Where the customer ends such mails; only `https` is announced to mailboxes. */
  readonly unsubscribeUrl?: string | null
}

const byteHex = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`

/** The delivery id that a text comes to; undefined when it comes to none. */
const deliveryIdIn = (text: string): string | undefined => {
  const id = parseDeliveryId(text)
  return id && deliveryIdOf(id.followUpId, id.via)
}

/**
 * One atom of RFC 5322 for any text, different texts giving different atoms. Delivery ids are escaped already, and `%` and
 * `/` may stand in an atom (3.2.3): escaped twice, a Hangul letter would take 15 characters. Only theirs have a `/`.
 */
const atom = (text: string): string =>
  (deliveryIdIn(text) === text ? text : encodeURIComponent(text.toWellFormed())).replace(/[!'()*.]/g, byteHex)

/**
 * The headers by which a mailbox offers to end such mails with one click; none for anything but an `https` address.
 * Total. RFC 8058.
 *
 * @example
 * unsubscribeHeaders("https://acme.example/u?t=1")["List-Unsubscribe"] // => "<https://acme.example/u?t=1>"
 * unsubscribeHeaders("http://acme.example/u?t=1") // => {}
 *
 * @since 0.1.0
 */
export const unsubscribeHeaders = (url: string | null | undefined): Readonly<Record<string, string>> => {
  const link = webLink(url)
  return link?.startsWith("https:")
    ? { "List-Unsubscribe": `<${link}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" }
    : {}
}

// FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/
const FNV_OFFSET = 0xcbf29ce484222325n
const FNV_PRIME = 0x100000001b3n

/** A short name for a text; a collision merely joins two threads, or hides one of two mails in a mailbox. */
const digest = (text: string): string => {
  let hash = FNV_OFFSET
  for (let index = 0; index < text.length; index++)
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(index))) * FNV_PRIME)
  return hash.toString(16).padStart(16, "0")
}

// A line has 998 characters at most (RFC 5322, 2.1.1) and an id is never folded; what is left is for a header's name.
const MESSAGE_ID_MAX_CHARACTERS = 950

const messageIdOf = (deliveryId: string, domain: string): string => {
  const own = atom(deliveryId)
  const whole = `<${own}@${domain}>`
  // An atom has no dot, so that no other delivery has this one.
  return whole.length <= MESSAGE_ID_MAX_CHARACTERS ? whole : `<delivery.${digest(own)}@${domain}>`
}

/**
 * `Message-ID` and further headers of one follow-up mail. Total. R13.
 *
 * The `Message-ID` depends on the delivery alone, so a repeated attempt carries the same one and mailboxes show the
 * mail once. It names the delivery, or where that would take more than 950 characters only a digest of it, by which
 * `mailDeliveryId` finds nothing. Every mail of a conversation refers to the same root, which no mail bears: whichever
 * arrives first, they form one thread. Both stand at the policy's default domain, so that a thread outlives a change of
 * the channel's.
 * Out-of-office answers are asked not to come; bounces still are. A `replyTo` that is not one plain address, and an
 * `unsubscribeUrl` that is not `https` (RFC 8058), are left out.
 *
 * @example
 * threadHeaders({ deliveryId: "acme/u1/c1/m2/email", channelId: "acme", chatId: "c1" }).messageId // => "<acme/u1/c1/m2/email@followup.example>"
 * threadHeaders({ deliveryId: "d1", channelId: "acme", chatId: "c1" }).headers["Auto-Submitted"] // => "auto-generated"
 *
 * @since 0.1.0
 */
export const threadHeaders = (
  input: ThreadInput,
  policy: EmailPolicy = defaultEmailPolicy,
): { readonly messageId: string; readonly headers: Readonly<Record<string, string>> } => {
  // JSON keeps ("a", "bc") and ("ab", "c") apart.
  const root = `<root.${digest(JSON.stringify([input.channelId, input.chatId]))}@${policy.defaultDomain}>`
  return {
    messageId: messageIdOf(input.deliveryId, policy.defaultDomain),
    headers: {
      "In-Reply-To": root,
      References: root,
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "OOF, AutoReply",
      ...(input.replyTo !== undefined && isEmailAddress(input.replyTo) && { "Reply-To": input.replyTo }),
      ...unsubscribeHeaders(input.unsubscribeUrl),
    },
  }
}

// decodeURIComponent refuses a stray "%" by throwing; such a Message-ID is not ours.
const textOf = (encoded: string): string | undefined => {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return undefined
  }
}

const emailIn = (text: string): string | undefined =>
  parseDeliveryId(text)?.via === "email" ? deliveryIdIn(text) : undefined

/**
 * The delivery whose mail bears this `Message-ID`, whatever the domain in it; undefined when it is not one of ours, or
 * has only a digest of it. Total. R20.
 *
 * @example
 * mailDeliveryId("<acme/u1/c1/m2/email@followup.example>") // => "acme/u1/c1/m2/email"
 * mailDeliveryId("<20260105.1@elsewhere.example>") // => undefined
 *
 * @since 0.1.0
 */
export const mailDeliveryId = (messageId: string): string | undefined => {
  const [, localPart = ""] = /^<([^<>@]+)@[^<>@]+>$/.exec(messageId.trim()) ?? []
  // Earlier versions escaped the whole id once more, and their mail may come back for days.
  return emailIn(localPart) ?? emailIn(textOf(localPart) ?? "")
}
