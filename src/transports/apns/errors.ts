/**
 * What answers of Apple's push service mean. Rules R7, R20.
 *
 * Source: https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns.
 * @since 0.1.0
 */
import type { RejectReason, SendResult } from "../../ports/transport.ts"
import {
  type Answered,
  at,
  cleanCode,
  parseJson,
  RETRY_AFTER_MS,
  rejected,
  resultOfStatus,
  uncertain,
} from "../http/index.ts"

/** Why a reason of Apple's refuses, and the wait before another attempt where one can help. */
interface Refusal {
  readonly reason: RejectReason
  readonly retryAfterMs?: number
}

/** Apple takes another provider token every 20 minutes at most. In ms. @since 0.1.0 */
export const TOKEN_MIN_AGE_MS = 1_200_000

// InternalServerError is left out: it does not say whether anything was sent.
const refusals: ReadonlyMap<string, Refusal> = new Map([
  ["BadDeviceToken", { reason: "gone" }],
  ["ExpiredToken", { reason: "gone" }],
  ["Unregistered", { reason: "gone" }],
  ["MissingDeviceToken", { reason: "invalid-address" }],
  ["DeviceTokenNotForTopic", { reason: "config" }],
  ["BadTopic", { reason: "config" }],
  ["MissingTopic", { reason: "config" }],
  ["TopicDisallowed", { reason: "config" }],
  ["BadCollapseId", { reason: "config" }],
  ["BadExpirationDate", { reason: "config" }],
  ["BadMessageId", { reason: "config" }],
  ["BadPriority", { reason: "config" }],
  ["DuplicateHeaders", { reason: "config" }],
  ["InvalidPushType", { reason: "config" }],
  ["BadPath", { reason: "config" }],
  ["MethodNotAllowed", { reason: "config" }],
  ["BadCertificate", { reason: "auth" }],
  ["BadCertificateEnvironment", { reason: "auth" }],
  ["BadEnvironmentKeyIdInToken", { reason: "auth" }],
  ["ExpiredProviderToken", { reason: "auth" }],
  ["Forbidden", { reason: "auth" }],
  ["InvalidProviderToken", { reason: "auth" }],
  ["MissingProviderToken", { reason: "auth" }],
  ["UnrelatedKeyIdInToken", { reason: "auth" }],
  ["PayloadEmpty", { reason: "content" }],
  ["PayloadTooLarge", { reason: "content" }],
  ["TooManyProviderTokenUpdates", { reason: "rate-limited", retryAfterMs: TOKEN_MIN_AGE_MS }],
  ["TooManyRequests", { reason: "rate-limited", retryAfterMs: RETRY_AFTER_MS }],
  // The server is on its way out and takes nothing any more; the next connection leads to another one.
  ["IdleTimeout", { reason: "provider-error", retryAfterMs: 0 }],
  ["Shutdown", { reason: "provider-error", retryAfterMs: 0 }],
  ["ServiceUnavailable", { reason: "provider-error", retryAfterMs: RETRY_AFTER_MS }],
])

const reasonOf = ({ text }: Answered): string => cleanCode(at(parseJson(text), "reason"))

/** Whether our provider token is too old, so that a new one may help. Total. @since 0.1.0 */
export const isTokenExpired = (answer: Answered): boolean =>
  answer.status === 403 && reasonOf(answer) === "ExpiredProviderToken"

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const accepted = ({ headers }: Answered): SendResult => {
  const id = headers.get("apns-id") ?? ""
  return UUID.test(id) ? { _tag: "Accepted", providerId: id } : uncertain("200 without an apns-id")
}

/**
 * What an answer of Apple's push service amounts to. Total. R7.
 *
 * @example
 * resultOfAnswer({ _tag: "Answered", status: 410, headers: new Headers(), text: '{"reason":"Unregistered"}' }) // => { _tag: "Rejected", reason: "gone", code: "Unregistered" }
 * @since 0.1.0
 */
export const resultOfAnswer = (answer: Answered): SendResult => {
  if (answer.status === 200) return accepted(answer)
  const code = reasonOf(answer)
  const refusal = answer.status >= 400 ? refusals.get(code) : undefined
  if (refusal !== undefined) return rejected(refusal.reason, code, refusal.retryAfterMs)
  // What is gone here is a device, not the address of the service.
  if (answer.status === 410) return rejected("gone", code || answer.status)
  return resultOfStatus(answer, code || answer.status)
}
