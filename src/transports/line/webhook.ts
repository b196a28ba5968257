/**
 * What LINE tells afterwards: who blocked the account or let it write again, and which notification messages arrived.
 * Rules R9, R20.
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { Webhook, WebhookEvent } from "../../ports/webhook.ts"
import { at, Credential, hmac, isSame, parseJson, readOptions, webhookOf } from "../http/index.ts"
import { deliveryIdOf } from "./delivery-tag.ts"

/** How LINE's webhooks are verified. @since 0.1.0 */
export interface LineWebhookOptions {
  /** The Messaging API channel's secret, from the LINE Developers Console. */
  readonly channelSecret: string
}

const OptionsSchema: Schema.Codec<LineWebhookOptions> = Schema.Struct({
  channelSecret: Credential,
})

// When it happened, also where LINE tells it again: what it could not deliver comes later than what happened since.
const instantOf = (event: unknown): { readonly atMs?: number } => {
  const timestamp = at(event, "timestamp")
  return Number.isSafeInteger(timestamp) ? { atMs: Number(timestamp) } : {}
}

const about = (event: unknown, _tag: "SenderBlocked" | "SenderUnblocked"): ReadonlyArray<WebhookEvent> => {
  const recipientId = at(event, "source", "userId")
  return at(event, "source", "type") === "user" && typeof recipientId === "string"
    ? [{ _tag, via: "sns", recipientId, ...instantOf(event) }]
    : []
}

const delivered = (event: unknown): ReadonlyArray<WebhookEvent> => {
  const tag = at(event, "delivery", "data")
  const deliveryId = typeof tag === "string" ? deliveryIdOf(tag) : undefined
  return deliveryId === undefined
    ? []
    : [{ _tag: "Receipt", deliveryId, status: "delivered", ...instantOf(event) }]
}

// LINE adds kinds of events and fields without notice: what is not known is of no interest.
const readers = new Map<unknown, (event: unknown) => ReadonlyArray<WebhookEvent>>([
  ["unfollow", (event) => about(event, "SenderBlocked")],
  ["follow", (event) => about(event, "SenderUnblocked")],
  ["delivery", delivered],
])

const eventsOf = (text: string): ReadonlyArray<WebhookEvent> | undefined => {
  const events = at(parseJson(text), "events")
  if (!Array.isArray(events)) return undefined
  return events.flatMap((event: unknown) => readers.get(at(event, "type"))?.(event) ?? [])
}

/**
 * LINE's webhook. `x-line-signature` is the HMAC-SHA256 of the raw body under the channel's secret. A person who
 * blocks the account is a `SenderBlocked` with their user id, one who follows it (again) a `SenderUnblocked`, a
 * notification message that arrived a `Receipt`. R9.
 *
 * @throws Error when the options are not valid: it says where and what was expected, without the values.
 * @since 0.1.0
 */
export const lineWebhook = (options: LineWebhookOptions): Webhook => {
  const { channelSecret } = readOptions("lineWebhook", OptionsSchema, options)
  return webhookOf({
    isAuthentic: ({ headers, bytes }) =>
      isSame(headers.get("x-line-signature") ?? "", hmac("sha256", channelSecret, bytes, "base64")),
    eventsOf,
  })
}
