/**
 * What pushes have in common, whichever service carries them: whose token it is, what the app gets beside the banner,
 * how long a push is wanted, and how much of a long reply fits. Rules R6, R7.
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import * as Schema from "effect/Schema"
import { longestStart } from "../../core/text/cut.ts"
import type { PushMessage } from "../../ports/transport.ts"
import { functionLike, NowFunction } from "./options.ts"
import { at, parseJson } from "./result.ts"

/** Options that every push service has. @since 0.1.0 */
export interface PushOptions {
  /**
   * How long the service may try to reach the device, in ms, 0 (now or never) to 28 days, in effect whole seconds;
   * {@link PUSH_TTL_MS} unless given.
   */
  readonly ttlMs?: number
  /** Which messages are this service's, in place of telling by the token; for tokens with marks of your own. */
  readonly handles?: (message: PushMessage) => boolean
  /** The clock that tokens and time limits are dated by, UTC epoch ms; `Date.now` unless given. */
  readonly now?: () => number
}

/**
 * How long a push is wanted: 30 s, as long as the cascade waits for it. After that text and email have gone out (R7),
 * and a push that a device gets when it is switched on hours later would call the customer back a second time.
 * @since 0.1.0
 */
export const PUSH_TTL_MS = 30_000

/** Longest time that all three services keep a push: 28 days. */
const MAX_TTL_MS = 2_419_200_000

/** Fields of a Schema for the options that every push service has. @since 0.1.0 */
export const pushFields = {
  ttlMs: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: MAX_TTL_MS }))),
  handles: Schema.optionalKey(
    functionLike<(message: PushMessage) => boolean>("a function of a push message"),
  ),
  now: Schema.optionalKey(NowFunction),
}

/** The push services whose tokens can be told apart. @since 0.1.0 */
export type PushService = "fcm" | "apns" | "web-push"

const APNS_TOKEN = /^[0-9a-f]{64,}$/i

const isSubscription = (token: string): boolean => {
  const subscription = parseJson(token)
  return [
    at(subscription, "endpoint"),
    at(subscription, "keys", "p256dh"),
    at(subscription, "keys", "auth"),
  ].every((part) => typeof part === "string")
}

/**
 * Whose token it is, by its look: a browser's subscription as JSON, 64 or more hexadecimal digits of Apple's, and FCM's
 * for everything else, as FCM documents no form. Exactly one service takes each token. Total.
 *
 * @example
 * pushServiceOf("0a".repeat(32)) // => "apns"
 * pushServiceOf("cT9x:APA91b") // => "fcm"
 * @since 0.1.0
 */
export const pushServiceOf = (token: string): PushService => {
  if (APNS_TOKEN.test(token)) return "apns"
  return isSubscription(token) ? "web-push" : "fcm"
}

/** Whether a message's token looks like the service's. Total. @since 0.1.0 */
export const handlesTokensOf =
  (service: PushService) =>
  ({ token }: PushMessage): boolean =>
    pushServiceOf(token) === service

/**
 * One name for a channel's chat, by which a later push takes the place of an earlier one on the device: 32 characters
 * of the URL-safe alphabet, which every service accepts and which shows none of the host's ids. Total.
 * @since 0.1.0
 */
export const topicOf = ({ channelId, chatId }: PushMessage): string =>
  createHash("sha256")
    .update(JSON.stringify([channelId, chatId]))
    .digest("base64url")
    .slice(0, 32)

/**
 * What the app gets besides the banner: `deliveryId`, and `receiptToken` where links are signed, by which it confirms that
 * it received the push (R7), `chatId`,
 * and the `link` that a tap opens, left out when there is none. Total.
 * @since 0.1.0
 */
export const appData = (
  { chatId, link, receiptToken }: PushMessage,
  deliveryId: string,
): Readonly<Record<string, string>> => ({
  deliveryId,
  chatId,
  ...(link !== null && { link }),
  ...(receiptToken !== undefined && { receiptToken }),
})

/** A time limit as the services want it: whole seconds, rounded down. Total. @since 0.1.0 */
export const ttlSeconds = (ttlMs: number): number => Math.floor(ttlMs / 1_000)

/** The JSON of a value, in bytes. */
const jsonBytes = (value: object): number => Buffer.byteLength(JSON.stringify(value))

/**
 * The payload for a message, as JSON of at most `maxBytes` bytes. A body that is too long loses its end, between two
 * characters that the customer sees, and an ellipsis stands there; undefined when it is too long even without a body.
 * `payloadWith` must not shrink when the body grows. Total.
 * @since 0.1.0
 */
export const fittingPayload = (
  body: string,
  maxBytes: number,
  payloadWith: (body: string) => object,
): string | undefined => {
  const isFitting = (text: string): boolean => jsonBytes(payloadWith(text)) <= maxBytes
  if (isFitting(body)) return JSON.stringify(payloadWith(body))
  if (!isFitting("…")) return undefined
  const start = longestStart(body, maxBytes, (text) => isFitting(`${text}…`))
  return JSON.stringify(payloadWith(`${start}…`))
}
