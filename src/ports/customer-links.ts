/**
 * The links and tokens of one customer at one instant, and what comes of them when they come back. Rules R7, R12, R13,
 * R15.
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type Context, type ContextLinks, hasToken } from "../core/customer/context.ts"
import { decodeInput } from "../core/decode.ts"
import type { Links } from "./links.ts"
import type { CustomerKey, ResumeLink } from "./store.ts"

/** The path of the page on which customers end mails, below the handler's. @since 0.1.0 */
export const UNSUBSCRIBE_PATH = "/unsubscribe"

/** A customer's links, for what they are sent. @since 0.1.0 */
export interface CustomerLinks extends ContextLinks {
  /** What is to be kept of a chat's resume token, if any is given out. */
  readonly resumeLink: (chatId: string) => ResumeLink | undefined
  /** A text as others may read it: without tokens that still open something. */
  readonly withoutTokens: (text: string, chatId: string) => string
}

/** A decision's surroundings, with the links that go out with it. @since 0.1.0 */
export interface LinkedContext extends Context {
  readonly links?: CustomerLinks
}

/**
 * What is wrong with a `chatUrl` whose token nobody signs: its links would be left out of texts. Undefined for nothing.
 * Total. R12.
 * @since 0.1.0
 */
export const unsignedToken = (chatUrl: string | undefined, links: Links | undefined): string | undefined =>
  links === undefined && hasToken(chatUrl)
    ? "chatUrl: expected no {token}, because followup was opened without links"
    : undefined

// JSON keeps ("a", "bc") and ("ab", "c") apart.
const resumeContent = ({ key, chatId, expiresAtMs }: Omit<ResumeLink, "name">): string =>
  JSON.stringify([key.channelId, key.customerId, chatId, expiresAtMs])

/** Whether a token is the one that a kept link was given out with. Total. @since 0.1.0 */
export const isResumeToken = (links: Links, token: string, link: ResumeLink): boolean =>
  links.isTag("resume", resumeContent(link), token)

const MASK = "…"

/** The links of a customer at an instant (UTC epoch ms). Total. R7, R12, R13. @since 0.1.0 */
export const customerLinks = (
  links: Links,
  key: CustomerKey,
  chatUrl: string | undefined,
  nowMs: number,
): CustomerLinks => {
  const expiresAtMs = nowMs + links.resumeMs
  const resumeToken = (chatId: string) => links.tag("resume", resumeContent({ key, chatId, expiresAtMs }))
  const unsubscribeToken = () => links.seal("unsubscribe", JSON.stringify([key.channelId, key.customerId]))
  return {
    resumeToken,
    unsubscribeUrl: () =>
      links.baseUrl === null ? null : `${links.baseUrl}${UNSUBSCRIBE_PATH}/${unsubscribeToken()}`,
    resumeLink: (chatId) => {
      const name = hasToken(chatUrl) ? links.nameOf(resumeToken(chatId)) : undefined
      return name === undefined ? undefined : { name, key, chatId, expiresAtMs }
    },
    receiptToken: (deliveryId) =>
      links.seal("receipt", JSON.stringify([deliveryId, nowMs + links.receiptMs])),
    withoutTokens: (text, chatId) =>
      text.replaceAll(resumeToken(chatId), MASK).replaceAll(unsubscribeToken(), MASK),
  }
}

const unsealed = <A, I>(content: string | undefined, schema: Schema.Codec<A, I>): A | undefined => {
  if (content === undefined) return undefined
  const decoded = decodeInput(schema, JSON.parse(content))
  return Result.isSuccess(decoded) ? decoded.success : undefined
}

const ReceiptSchema = Schema.Tuple([Schema.String, Schema.Int])
const UnsubscribeSchema = Schema.Tuple([Schema.String, Schema.String])

/** What a receipt token acknowledges, and until when it may; undefined for one that is none. Total. R7. @since 0.1.0 */
export const acknowledged = (
  links: Links,
  token: string,
): { readonly deliveryId: string; readonly expiresAtMs: number } | undefined => {
  const content = unsealed(links.unseal("receipt", token), ReceiptSchema)
  return content && { deliveryId: content[0], expiresAtMs: content[1] }
}

/** Whose mails a token ends; undefined for one that is none. Total. R15. @since 0.1.0 */
export const unsubscribed = (links: Links, token: string): CustomerKey | undefined => {
  const content = unsealed(links.unseal("unsubscribe", token), UnsubscribeSchema)
  return content && { channelId: content[0], customerId: content[1] }
}
