/**
 * Push to browsers, encrypted for the browser and signed by VAPID, on the web-push library (an optional peer
 * dependency). Rules R6, R7.
 *
 * @module followup/transports/web-push
 * @since 0.1.0
 */
import { createECDH } from "node:crypto"
import * as Schema from "effect/Schema"
import library from "web-push"
import type { PushMessage, Transport } from "../../ports/transport.ts"
import {
  appData,
  exchange,
  exchangeOf,
  fittingPayload,
  type HttpOptions,
  handlesTokensOf,
  httpFields,
  PUSH_TTL_MS,
  type PushOptions,
  pushFields,
  readOptions,
  rejected,
  topicOf,
  ttlSeconds,
  withoutAnswer,
} from "../http/index.ts"
import { resultOfAnswer } from "./errors.ts"
import { PrivateKey, PublicKey, readSubscription, type Subscription } from "./subscription.ts"

export type { PushOptions } from "../http/index.ts"

/**
 * Who sends pushes to browsers.
 *
 * @since 0.1.0
 */
export interface WebPushOptions
  extends Pick<HttpOptions, "timeoutMs" | "fetch">,
    Pick<PushOptions, "ttlMs" | "handles"> {
  /** Where a push service may reach you: `mailto:` and an address, or an https URL. */
  readonly subject: string
  /** The VAPID public key that browsers subscribed with, base64url. */
  readonly publicKey: string
  /** Its private key, base64url. A secret. */
  readonly privateKey: string
  /**
   * The only hosts that subscriptions may lead to: a name (`fcm.googleapis.com`), all names under another
   * (`.push.apple.com`), or an origin that may be private and without TLS, for tests (`http://localhost:8090`). Left
   * out, any public name over https.
   */
  readonly hosts?: ReadonlyArray<string>
}

const isPair = ({ publicKey, privateKey }: Pick<WebPushOptions, "publicKey" | "privateKey">): boolean => {
  const pair = createECDH("prime256v1")
  try {
    pair.setPrivateKey(Buffer.from(privateKey, "base64url"))
    return pair.getPublicKey().equals(Buffer.from(publicKey, "base64url"))
  } catch {
    return false
  }
}

const WebPushOptionsSchema = Schema.Struct({
  timeoutMs: httpFields.timeoutMs,
  fetch: httpFields.fetch,
  ttlMs: pushFields.ttlMs,
  handles: pushFields.handles,
  // Apple's service refuses blanks and angle brackets.
  subject: Schema.String.check(
    Schema.isPattern(/^(?:mailto:[^\s<>@]+@[^\s<>@]+|https:\/\/[^\s<>]+)$/, {
      expected: "mailto: and an address, or an https URL",
    }),
  ),
  publicKey: PublicKey,
  privateKey: PrivateKey,
  hosts: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
}).check(
  Schema.makeFilter<Pick<WebPushOptions, "publicKey" | "privateKey">>(
    (keys) => isPair(keys) || "publicKey and privateKey of one pair",
  ),
)

/**
 * Longest text before it is encrypted, in bytes: services take at least 4,096 (RFC 8030 7.2), of which encryption in
 * one record needs 86 for its header and 17 for padding and tag (RFC 8188 2.1, RFC 8291 4).
 */
const MAX_PAYLOAD_BYTES = 4_096 - 86 - 17

type Envelope = { readonly vapidDetails: Vapid; readonly ttlMs: number }
type Vapid = Pick<WebPushOptions, "subject" | "publicKey" | "privateKey">

const sealed = (
  { endpoint, keys }: Subscription,
  payload: string,
  topic: string,
  { vapidDetails, ttlMs }: Envelope,
) => {
  try {
    const { headers, body } = library.generateRequestDetails({ endpoint, keys }, payload, {
      vapidDetails,
      TTL: ttlSeconds(ttlMs),
      urgency: "high",
      topic,
      contentEncoding: "aes128gcm",
    })
    return {
      headers: Object.fromEntries(
        Object.entries(headers)
          .map(([name, value]): [string, string] => [name.toLowerCase(), value])
          // fetch counts for itself.
          .filter(([name]) => name !== "content-length"),
      ),
      body: new Uint8Array(body),
    }
  } catch {
    // A key that looks right and is no point of the curve. The error would repeat it.
    return undefined
  }
}

/**
 * Sends pushes to browsers. The token of a message is its PushSubscription as JSON.
 *
 * The service worker gets `title`, `body`, `deliveryId`, `chatId` and `link` as JSON, shows the message, and confirms
 * to the host that it received it; push services never say so. With the engine's `links` it gets `receiptToken` as
 * well, by which it confirms to `followUps.handler` (docs/guides/webhooks.md). There is no key for one message, so one
 * that may have been sent is not repeated.
 *
 * @throws Error when the options are not valid: it says where and what was expected, without the values.
 *
 * @since 0.1.0
 */
export const webPush = (
  options: WebPushOptions,
): Transport<PushMessage> & { readonly handles: (message: PushMessage) => boolean } => {
  const read = readOptions("web-push", WebPushOptionsSchema, options)
  const { subject, publicKey, privateKey, ttlMs = PUSH_TTL_MS, hosts } = read
  const envelope = { vapidDetails: { subject, publicKey, privateKey }, ttlMs }
  const http = exchangeOf(read)
  return {
    name: "web-push",
    via: "push",
    receipts: "app",
    idempotency: "none",
    handles: read.handles ?? handlesTokensOf("web-push"),
    send: async (message, { deliveryId, signal }) => {
      const subscription = readSubscription(message.token, hosts)
      if (subscription === undefined) return rejected("invalid-address", "subscription")
      const { title } = message
      const data = appData(message, deliveryId)
      const payload = fittingPayload(message.body, MAX_PAYLOAD_BYTES, (body) => ({ title, body, ...data }))
      if (payload === undefined) return rejected("content", "too-long")
      const request = sealed(subscription, payload, topicOf(message), envelope)
      if (request === undefined) return rejected("invalid-address", "keys")
      const answer = await exchange(http, { url: subscription.endpoint, method: "POST", ...request }, signal)
      return answer._tag === "Answered" ? resultOfAnswer(answer) : withoutAnswer(answer)
    },
  }
}
