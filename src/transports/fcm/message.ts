/**
 * A push as FCM wants it. Rules R6, R7.
 *
 * Source: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages.
 * @since 0.1.0
 */
import type { PushMessage } from "../../ports/transport.ts"
import { appData, fittingPayload, topicOf, ttlSeconds } from "../http/index.ts"

/** Longest message that FCM takes, in bytes; all of ours is counted, which is more than FCM counts. @since 0.1.0 */
export const MAX_MESSAGE_BYTES = 4_096

/** How messages are made. @since 0.1.0 */
export interface MessageSetting {
  readonly ttlMs: number
  readonly dataOnly: boolean
}

// Apple's alert has no data-only form that arrives for certain, so it is always an alert. "mutable-content" lets the
// app's notification service extension run, and confirm, before anybody taps.
const toApple = ({ title }: PushMessage, body: string, topic: string, expiresAt: number) => ({
  headers: {
    "apns-push-type": "alert",
    "apns-priority": "10",
    "apns-expiration": String(expiresAt),
    "apns-collapse-id": topic,
  },
  payload: { aps: { alert: { title, body }, sound: "default", "thread-id": topic, "mutable-content": 1 } },
})

const toBrowser = ({ link }: PushMessage, topic: string, seconds: number) => ({
  headers: { TTL: String(seconds), Urgency: "high", Topic: topic },
  // FCM refuses another scheme.
  ...(link?.startsWith("https://") && { fcm_options: { link } }),
})

/**
 * The body of a request to send, as JSON, dated by `nowMs` in UTC epoch ms; undefined when the message is too long even
 * without its text. Total. R6.
 * @since 0.1.0
 */
export const requestBody = (
  message: PushMessage,
  deliveryId: string,
  { ttlMs, dataOnly }: MessageSetting,
  nowMs: number,
): string | undefined => {
  const { token, title } = message
  const topic = topicOf(message)
  const seconds = ttlSeconds(ttlMs)
  const expiresAt = seconds === 0 ? 0 : ttlSeconds(nowMs) + seconds
  return fittingPayload(message.body, MAX_MESSAGE_BYTES, (body) => ({
    message: {
      token,
      ...(!dataOnly && { notification: { title, body } }),
      data: { ...appData(message, deliveryId), ...(dataOnly && { title, body }) },
      android: {
        priority: "HIGH",
        ttl: `${seconds}s`,
        collapse_key: topic,
        ...(!dataOnly && { notification: { tag: topic } }),
      },
      apns: toApple(message, body, topic, expiresAt),
      webpush: toBrowser(message, topic, seconds),
    },
  }))
}
