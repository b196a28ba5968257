/**
 * What WhatsApp tells afterwards: which messages arrived, and which failed and why. Rules R9, R20.
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { parseDeliveryId } from "../../core/customer/state.ts"
import type { Webhook, WebhookAnswer, WebhookEvent, WebhookEventOf } from "../../ports/webhook.ts"
import { at, Credential, hmac, isSame, parseJson, readOptions, refuse, webhookOf } from "../http/index.ts"
import { reasonOf } from "./errors.ts"

/** How WhatsApp's webhooks are verified. @since 0.1.0 */
export interface WhatsAppWebhookOptions {
  /** The app's secret, from the App Dashboard. */
  readonly appSecret: string
  /** The text of your choice that you enter beside the webhook's address in the App Dashboard. */
  readonly verifyToken: string
}

const OptionsSchema: Schema.Codec<WhatsAppWebhookOptions> = Schema.Struct({
  appSecret: Credential,
  verifyToken: Schema.NonEmptyString,
})

// Meta sends a number. What is repeated to a caller is nothing that a browser would take for a page.
const CHALLENGE = /^[\w-]{1,200}$/

const handshake = (request: Request, verifyToken: string): WebhookAnswer => {
  const asked = new URL(request.url).searchParams
  if (!isSame(asked.get("hub.verify_token") ?? "", verifyToken)) return refuse(401)
  const challenge = asked.get("hub.challenge") ?? ""
  if (asked.get("hub.mode") !== "subscribe" || !CHALLENGE.test(challenge)) return refuse(400)
  return { events: [], response: new Response(challenge, { headers: { "content-type": "text/plain" } }) }
}

type Outcome = Pick<WebhookEventOf<"Receipt">, "status" | "reason">

// What was read has arrived. "sent" says that it left, which is not the last word.
const outcomes = new Map<unknown, (status: unknown) => Outcome>([
  ["delivered", () => ({ status: "delivered" })],
  ["read", () => ({ status: "delivered" })],
  ["failed", (status) => ({ status: "failed", reason: reasonOf(at(status, "errors", 0, "code")) })],
])

const instantOf = (status: unknown): { readonly atMs?: number } => {
  const seconds = at(status, "timestamp")
  return typeof seconds === "string" && /^\d{1,11}$/.test(seconds) ? { atMs: Number(seconds) * 1_000 } : {}
}

const receipts = (status: unknown): ReadonlyArray<WebhookEvent> => {
  // Other programs may send from the same number, with data of their own.
  const deliveryId = at(status, "biz_opaque_callback_data")
  if (typeof deliveryId !== "string" || parseDeliveryId(deliveryId)?.via !== "sns") return []
  const outcome = outcomes.get(at(status, "status"))?.(status)
  return outcome ? [{ _tag: "Receipt", deliveryId, ...outcome, ...instantOf(status) }] : []
}

const list = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

const eventsOf = (text: string): ReadonlyArray<WebhookEvent> | undefined => {
  const entries = at(parseJson(text), "entry")
  if (!Array.isArray(entries)) return undefined
  return entries
    .flatMap((entry: unknown) => list(at(entry, "changes")))
    .flatMap((change) => list(at(change, "value", "statuses")))
    .flatMap(receipts)
}

/**
 * WhatsApp's webhook. `X-Hub-Signature-256` is the HMAC-SHA256 of the raw body under the app's secret. A GET is Meta's
 * question whether the address is yours, answered with its challenge to who knows the verify token. What is understood
 * is answered with 200: Meta repeats what gets any other answer. R9.
 *
 * @throws Error when the options are not valid: it says where and what was expected, without the values.
 * @since 0.1.0
 */
export const whatsappWebhook = (options: WhatsAppWebhookOptions): Webhook => {
  const { appSecret, verifyToken } = readOptions("whatsappWebhook", OptionsSchema, options)
  const notified = webhookOf({
    isAuthentic: ({ headers, bytes }) =>
      isSame(headers.get("x-hub-signature-256") ?? "", `sha256=${hmac("sha256", appSecret, bytes, "hex")}`),
    eventsOf,
  })
  return async (request) => {
    if (request.method === "GET") return handshake(request, verifyToken)
    const { events, response } = await notified(request)
    return { events, response: response.ok ? new Response(null, { status: 200 }) : response }
  }
}
