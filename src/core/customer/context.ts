/**
 * What the host's directory and the channel's ledger say at the instant of a decision.
 * @since 0.1.0
 */
import type { PuLedger } from "../billing/ledger.ts"
import type { Channel, Contact } from "../eligibility.ts"

/**
 * The links and tokens of a customer that only the host can check, as pure functions; the same question has the same
 * answer for as long as the instant is the same. R7, R12, R13.
 * @since 0.1.0
 */
export interface ContextLinks {
  /** The token that stands for the customer in a chat, for `{token}` in the channel's `chatUrl`. */
  readonly resumeToken: (chatId: string) => string
  /** Where the customer ends mails; `null` for nowhere. */
  readonly unsubscribeUrl: () => string | null
  /** What the app acknowledges a push with. R7. */
  readonly receiptToken: (deliveryId: string) => string
}

/**
 * The world at the instant of a decision. `nowMs` is that instant, UTC epoch ms.
 * @since 0.1.0
 */
export interface Context {
  readonly nowMs: number
  readonly customerId: string
  readonly channel: Channel
  readonly contact: Contact
  readonly ledger: PuLedger
  /** Left out where nobody signs links. */
  readonly links?: ContextLinks
}

const PLACEHOLDER = /\{(channel|customer|chat|token)\}/g

// With "://" in it: without, a host and its port are a scheme and what it opens. A blank ends the link within a text.
const ADDRESS = /^(?!(?:javascript|vbscript|data|blob|file):)[a-z][a-z\d+.-]*:\/\/[^\s\p{Cc}{}]+$/iu

/**
 * Whether a text can be a channel's `chatUrl`: an absolute address of the web or of an app, without blanks, with no
 * placeholders but `{channel}`, `{customer}`, `{chat}` and `{token}`, and none in its scheme or port. Schemes that run code
 * or read what is on the customer's device are refused. Total. R12, R13.
 *
 * @example
 * isChatUrl("https://acme.example/chat/{chat}") // => true
 * isChatUrl("acme://chat/{chat}") // => true
 * isChatUrl("https://acme.example/chat/{chatId}") // => false
 * isChatUrl("javascript:alert(1)") // => false
 *
 * @since 0.1.0
 */
export const isChatUrl = (text: string): boolean => {
  const filled = text.replace(PLACEHOLDER, "_")
  return ADDRESS.test(filled) && URL.canParse(filled)
}

/** Whether a `chatUrl` carries a token that stands for the customer and the chat. Total. R12. @since 0.1.0 */
export const hasToken = (chatUrl: string | undefined): boolean => chatUrl?.includes("{token}") ?? false

/**
 * Where a chat goes on: the channel's `chatUrl` with `{channel}`, `{customer}`, `{chat}` and `{token}` filled in and
 * escaped; `null` when the channel has none, or nobody signs the token. Total for well-formed ids. R12, R13.
 * @since 0.1.0
 */
export const chatLink = (
  { channel, customerId, links }: Pick<Context, "channel" | "customerId" | "links">,
  chatId: string,
): string | null => {
  if (channel.chatUrl === undefined || (hasToken(channel.chatUrl) && links === undefined)) return null
  const values: Readonly<Record<string, string>> = {
    channel: channel.id,
    customer: customerId,
    chat: chatId,
    ...(hasToken(channel.chatUrl) && links !== undefined && { token: links.resumeToken(chatId) }),
  }
  return channel.chatUrl.replace(PLACEHOLDER, (_, name: string) => encodeURIComponent(values[name] ?? ""))
}
