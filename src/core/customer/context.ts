/**
 * What the host's directory and the channel's ledger say at the instant of a decision.
 * @since 0.1.0
 */
import type { PuLedger } from "../billing/ledger.ts"
import type { Channel, Contact } from "../eligibility.ts"

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
}

/**
 * Where a chat goes on: the channel's `chatUrl` with `{channel}`, `{customer}` and `{chat}` filled in and escaped;
 * `null` when the channel has none. Total for well-formed ids.
 * @since 0.1.0
 */
export const chatLink = (context: Pick<Context, "channel" | "customerId">, chatId: string): string | null =>
  context.channel.chatUrl?.replace(/\{(channel|customer|chat)\}/g, (_, name: string) =>
    encodeURIComponent(
      name === "channel" ? context.channel.id : name === "customer" ? context.customerId : chatId,
    ),
  ) ?? null
