/**
 * Twilio's status callbacks: signed over the public URL and the sorted parameters. Rules R9, R20.
 *
 * The scheme (twilio.com/docs/usage/security): HMAC-SHA1, keyed with the account's auth token, of the URL as Twilio
 * called it, followed by each parameter's name and value, sorted by name; of a name that comes several times, each
 * value once, sorted. A body that is no form is covered by its SHA-256 in the URL's `bodySHA256`. No instant is signed:
 * a request that comes again says what it said before, which changes nothing.
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import * as Schema from "effect/Schema"
import type { Webhook, WebhookEvent } from "../../ports/webhook.ts"
import {
  at,
  Credential,
  HttpUrl,
  hmac,
  isSame,
  parseJson,
  readOptions,
  type SignedRequest,
  webhookOf,
} from "../http/index.ts"
import { reasonOf } from "./errors.ts"

/** The parameter of a status callback's URL that names the delivery. @since 0.1.0 */
export const DELIVERY_PARAMETER = "delivery"

/**
 * How Twilio's requests are verified.
 * @since 0.1.0
 */
export interface TwilioWebhookOptions {
  /** The account's auth token, also where texts are sent with an API key. */
  readonly authToken: string
  /** The URL by which Twilio reaches this webhook, without its query: what a proxy shows of itself may differ. */
  readonly publicUrl: string
}

const TwilioWebhookOptionsSchema: Schema.Codec<TwilioWebhookOptions> = Schema.Struct({
  authToken: Credential,
  publicUrl: HttpUrl,
})

/** The parameters as they are signed: each name with its values, sorted, each once. */
const signedForm = (form: URLSearchParams): string => {
  // Grouped in one go: a stranger's form may have a hundred thousand names, and getAll looks through all of them.
  const byName = Map.groupBy(form, ([name]) => name)
  const valuesOf = (name: string) => new Set(byName.get(name)?.map(([, value]) => value))
  return [...byName.keys()]
    .toSorted()
    .flatMap((name) => [...valuesOf(name)].toSorted().map((value) => name + value))
    .join("")
}

// Twilio signs the URL sometimes with, sometimes without a port.
const urlsAsSigned = (publicUrl: string, search: string): ReadonlyArray<string> => {
  const { protocol, username, password, hostname, port, pathname } = new URL(publicUrl)
  const user = username === "" ? "" : `${username}${password === "" ? "" : `:${password}`}@`
  const before = `${protocol}//${user}${hostname}`
  const after = `${pathname}${search}`
  return [`${before}${after}`, `${before}:${port || (protocol === "https:" ? "443" : "80")}${after}`]
}

const isSignedBy =
  ({ authToken, publicUrl }: TwilioWebhookOptions) =>
  ({ url, headers, bytes }: SignedRequest): boolean => {
    const bodyHash = url.searchParams.get("bodySHA256")
    const form = bodyHash === null ? signedForm(new URLSearchParams(new TextDecoder().decode(bytes))) : ""
    const signature = headers.get("x-twilio-signature") ?? ""
    const isUrlSigned = urlsAsSigned(publicUrl, url.search).some((signed) =>
      isSame(signature, hmac("sha1", authToken, signed + form, "base64")),
    )
    const isBodySigned =
      bodyHash === null || isSame(bodyHash, createHash("sha256").update(bytes).digest("hex"))
    return isUrlSigned && isBodySigned
  }

type Word = (name: string) => unknown

const wordsOf = (text: string, isJson: boolean): Word | undefined => {
  if (!isJson) {
    const form = new URLSearchParams(text)
    return (name) => form.get(name) ?? undefined
  }
  const body = parseJson(text)
  return typeof body === "object" && body !== null ? (name) => at(body, name) : undefined
}

// The last words on a message; whatever comes before them (queued, sent, …) is still open.
const outcomes = new Map<unknown, "delivered" | "failed">([
  ["delivered", "delivered"],
  ["read", "delivered"],
  ["undelivered", "failed"],
  ["failed", "failed"],
  ["canceled", "failed"],
])

const eventsOf = (deliveryId: string | null, word: Word): ReadonlyArray<WebhookEvent> => {
  const outcome = outcomes.get(word("MessageStatus") ?? word("SmsStatus"))
  if (!deliveryId || outcome === undefined) return []
  return outcome === "delivered"
    ? [{ _tag: "Receipt", deliveryId, status: outcome }]
    : [{ _tag: "Receipt", deliveryId, status: outcome, reason: reasonOf(word("ErrorCode")) ?? "unknown" }]
}

/**
 * Reads Twilio's status callbacks. Intermediate statuses, texts that come in and callbacks of messages that were not
 * sent by this library have no events.
 *
 * @throws Error when the options are not valid: it says where and what was expected, without the values.
 * @since 0.1.0
 */
export const twilioWebhook = (options: TwilioWebhookOptions): Webhook => {
  const settings = readOptions("twilioWebhook", TwilioWebhookOptionsSchema, options)
  return webhookOf({
    isAuthentic: isSignedBy(settings),
    eventsOf: (text, { url }) => {
      const word = wordsOf(text, url.searchParams.has("bodySHA256"))
      return word && eventsOf(url.searchParams.get(DELIVERY_PARAMETER), word)
    },
  })
}
