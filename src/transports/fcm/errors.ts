/**
 * What FCM's answers mean. Rules R7, R20.
 *
 * Source: ErrorCode of the FCM HTTP v1 API, https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode, and its
 * page of examples, https://firebase.google.com/docs/cloud-messaging/error-codes.
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
  retryAfterMs,
  uncertain,
} from "../http/index.ts"

/** Why a code refuses, and the wait before another attempt where the answer names none. */
interface Refusal {
  readonly reason: RejectReason
  readonly retryAfterMs?: number
}

// INTERNAL and UNSPECIFIED_ERROR are left out: they do not say whether anything was sent.
const refusals: ReadonlyMap<string, Refusal> = new Map([
  ["UNREGISTERED", { reason: "gone" }],
  ["SENDER_ID_MISMATCH", { reason: "config" }],
  // FCM's own access to Apple's service or to a browser's: set up in the console, not here.
  ["THIRD_PARTY_AUTH_ERROR", { reason: "config" }],
  ["QUOTA_EXCEEDED", { reason: "rate-limited", retryAfterMs: 60_000 }],
  ["UNAVAILABLE", { reason: "provider-error", retryAfterMs: RETRY_AFTER_MS }],
])

const FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
const BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"

interface FcmError {
  /** FCM's own code, or undefined. */
  readonly code: unknown
  /** The code that all of Google's services share, or undefined. */
  readonly status: unknown
  /** The first field of the request that was refused, or undefined. */
  readonly field: unknown
}

const readError = (text: string): FcmError => {
  const error = at(parseJson(text), "error")
  const details = at(error, "details")
  const detail = (type: string): unknown =>
    Array.isArray(details) ? details.find((one) => at(one, "@type") === type) : undefined
  return {
    code: at(detail(FCM_ERROR), "errorCode"),
    status: at(error, "status"),
    field: at(detail(BAD_REQUEST), "fieldViolations", 0, "field"),
  }
}

// A token that FCM cannot read is refused with its own code, and names the token or no field at all. Whatever else is
// wrong with a request is in the message.
const invalidArgument = ({ code, field }: FcmError): RejectReason =>
  field === "message.token" || (field === undefined && code === "INVALID_ARGUMENT")
    ? "invalid-address"
    : "content"

const MESSAGE_NAME = /^projects\/[^/]+\/messages\/([\w.:%-]{1,200})$/

const accepted = (text: string): SendResult => {
  const name = at(parseJson(text), "name")
  const id = typeof name === "string" ? MESSAGE_NAME.exec(name)?.[1] : undefined
  return id === undefined ? uncertain("200 without a name") : { _tag: "Accepted", providerId: id }
}

/** Whether FCM refuses our access token, so that another one may help. Total. @since 0.1.0 */
export const isTokenRefused = ({ status, text }: Answered): boolean =>
  status === 401 && readError(text).code !== "THIRD_PARTY_AUTH_ERROR"

/**
 * What an answer of FCM amounts to. Total. R7.
 *
 * @example
 * const details = [{ "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", errorCode: "UNREGISTERED" }]
 * resultOfAnswer({ _tag: "Answered", status: 404, headers: new Headers(), text: JSON.stringify({ error: { details } }) }) // => { _tag: "Rejected", reason: "gone", code: "UNREGISTERED" }
 * @since 0.1.0
 */
export const resultOfAnswer = (answer: Answered): SendResult => {
  if (answer.status === 200) return accepted(answer.text)
  const error = readError(answer.text)
  const code = cleanCode(error.code) || cleanCode(error.status) || String(answer.status)
  if (answer.status === 400 && error.status === "INVALID_ARGUMENT")
    return rejected(invalidArgument(error), code)
  const refusal = refusals.get(code)
  if (refusal === undefined) return resultOfStatus(answer, code)
  const namesWait = answer.headers.has("retry-after")
  return rejected(
    refusal.reason,
    code,
    refusal.retryAfterMs !== undefined && namesWait ? retryAfterMs(answer.headers) : refusal.retryAfterMs,
  )
}
