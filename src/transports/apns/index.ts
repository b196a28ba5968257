/**
 * Push through Apple's push notification service, over HTTP/2. Rules R6, R7.
 *
 * @module followup/transports/apns
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import * as Schema from "effect/Schema"
import type { PushMessage, SendContext, SendResult, Transport } from "../../ports/transport.ts"
import {
  appData,
  fittingPayload,
  type HttpOptions,
  handlesTokensOf,
  httpFields,
  MAX_ANSWER_BYTES,
  PUSH_TTL_MS,
  type PushOptions,
  privateKeyPem,
  pushFields,
  readOptions,
  rejected,
  TIMEOUT_MS,
  topicOf,
  ttlSeconds,
  withoutAnswer,
} from "../http/index.ts"
import { connectionTo } from "./connection.ts"
import { isTokenExpired, resultOfAnswer } from "./errors.ts"
import { REFUSED } from "./line.ts"
import { type ProviderKey, providerTokens } from "./provider-token.ts"

export type { PushOptions } from "../http/index.ts"
export type { ProviderKey } from "./provider-token.ts"

/**
 * How to reach Apple's push service.
 *
 * @since 0.1.0
 */
export interface ApnsOptions extends ProviderKey, PushOptions, Pick<HttpOptions, "timeoutMs"> {
  /** The app's bundle id. */
  readonly topic: string
  /**
   * Which server, in place of the one for apps from the App Store and TestFlight; tokens of an app run from Xcode
   * belong to `https://api.sandbox.push.apple.com`.
   */
  readonly baseUrl?: string
}

const tenCharacters = Schema.String.check(
  Schema.isPattern(/^[A-Z0-9]{10}$/, { expected: "10 capital letters and digits" }),
)

const ApnsOptionsSchema = Schema.Struct({
  baseUrl: httpFields.baseUrl,
  timeoutMs: httpFields.timeoutMs,
  ...pushFields,
  key: privateKeyPem("ES256"),
  keyId: tenCharacters,
  teamId: tenCharacters,
  topic: Schema.String.check(Schema.isPattern(/^[\w.-]+$/, { expected: "an app's bundle id" })),
})

const BASE_URL = "https://api.push.apple.com"

/** Longest payload of an alert, in bytes. */
const MAX_PAYLOAD_BYTES = 4_096

/** A connection that was silent for a minute may have been forgotten by a router on the way. */
const PING_AFTER_IDLE_MS = 60_000

const PING_TIMEOUT_MS = 2_000

const DEVICE_TOKEN = /^[0-9a-f]+$/i

/** One UUID for one key, version 8 (RFC 9562 5.8): Apple knows the attempts at one push by it, but sends each. */
const apnsId = (idempotencyKey: string): string => {
  const bytes = createHash("sha256").update(idempotencyKey).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
}

// "mutable-content" lets the app's notification service extension run, and confirm, before anybody taps.
const payloadOf = (message: PushMessage, deliveryId: string): string | undefined =>
  fittingPayload(message.body, MAX_PAYLOAD_BYTES, (body) => ({
    aps: {
      alert: { title: message.title, body },
      sound: "default",
      "thread-id": topicOf(message),
      "mutable-content": 1,
    },
    ...appData(message, deliveryId),
  }))

const headersOf = (
  message: PushMessage,
  ctx: SendContext,
  { topic, ttlMs, nowMs }: { readonly topic: string; readonly ttlMs: number; readonly nowMs: number },
) => ({
  ":method": "POST",
  ":path": `/3/device/${message.token}`,
  "apns-id": apnsId(ctx.idempotencyKey),
  "apns-push-type": "alert",
  "apns-priority": "10",
  "apns-topic": topic,
  // 0 is Apple's word for now or never.
  "apns-expiration": ttlSeconds(ttlMs) === 0 ? "0" : String(ttlSeconds(nowMs + ttlMs)),
  "apns-collapse-id": topicOf(message),
})

/**
 * Sends pushes through Apple's push notification service, all over one connection, which is made when the first push
 * needs it and made anew when it ends. It keeps no process alive; `close` ends it after the pushes under way.
 *
 * The app gets `deliveryId`, `chatId` and `link` beside the alert, and its notification service extension confirms to
 * the host that it received them; Apple itself never says so. With the engine's `links` it gets `receiptToken` as
 * well, by which it confirms to `followUps.handler` (docs/guides/webhooks.md). Apple knows no key for one push, so one
 * that may have been sent is not repeated. Takes tokens of 64 or more hexadecimal digits.
 *
 * @throws Error when the options are not valid: it says where and what was expected, without the values.
 *
 * @since 0.1.0
 */
export const apns = (
  options: ApnsOptions,
): Transport<PushMessage> & {
  readonly handles: (message: PushMessage) => boolean
  readonly close: () => Promise<void>
} => {
  const read = readOptions("apns", ApnsOptionsSchema, options)
  const { baseUrl = BASE_URL, timeoutMs = TIMEOUT_MS, ttlMs = PUSH_TTL_MS, topic, now = Date.now } = read
  const tokens = providerTokens(read, now)
  const connection = connectionTo({
    origin: new URL(baseUrl).origin,
    timeoutMs,
    pingAfterIdleMs: PING_AFTER_IDLE_MS,
    pingTimeoutMs: PING_TIMEOUT_MS,
    maxAnswerBytes: MAX_ANSWER_BYTES,
    now,
  })
  return {
    name: "apns",
    via: "push",
    receipts: "app",
    idempotency: "none",
    handles: read.handles ?? handlesTokensOf("apns"),
    send: async (message, ctx) => {
      if (!DEVICE_TOKEN.test(message.token)) return rejected("invalid-address", "token")
      const payload = payloadOf(message, ctx.deliveryId)
      if (payload === undefined) return rejected("content", "too-long")
      const headers = headersOf(message, ctx, { topic, ttlMs, nowMs: now() })
      const attempt = async (token: string): Promise<SendResult> => {
        const authorized = { ...headers, authorization: `bearer ${token}` }
        const answer = await connection.request(authorized, payload, ctx.signal)
        // Refused by a server on its way out; another connection can be had at once.
        if (answer._tag === "NotSent" && answer.code === REFUSED)
          return rejected("unreachable", answer.code, 0)
        if (answer._tag !== "Answered") return withoutAnswer(answer)
        const newer = isTokenExpired(answer) ? tokens.renew(token) : undefined
        return newer === undefined ? resultOfAnswer(answer) : attempt(newer)
      }
      return attempt(tokens.current())
    },
    close: connection.close,
  }
}
