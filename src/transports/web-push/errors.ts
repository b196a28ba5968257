/**
 * What answers of browsers' push services mean. Rules R7, R20.
 *
 * Sources: RFC 8030 5 and 7.3, RFC 8292 4.2; https://mozilla-services.github.io/autopush-rs/errors.html (Firefox);
 * https://developer.apple.com/documentation/usernotifications/sending-web-push-notifications-in-web-apps-and-browsers
 * (Safari); https://learn.microsoft.com/windows/apps/develop/notifications/push-notifications/push-request-response-headers
 * (Edge).
 * @since 0.1.0
 */
import type { RejectReason, SendResult } from "../../ports/transport.ts"
import {
  type Answered,
  at,
  cleanCode,
  parseJson,
  rejected,
  resultOfStatus,
  retryAfterMs,
} from "../http/index.ts"

// 200 is what Edge's service answered before it followed the RFC; 202 is for those who asked for a receipt.
const ACCEPTED: ReadonlySet<number> = new Set([200, 201, 202])

const byStatus: ReadonlyMap<number, RejectReason> = new Map([
  [401, "auth"],
  // The subscription was made with another key than ours.
  [403, "config"],
  [404, "gone"],
  [410, "gone"],
  [413, "content"],
])

// Safari's service says in a word what is wrong with the keys.
const byReason: ReadonlyMap<string, RejectReason> = new Map([
  ["BadJwtToken", "auth"],
  ["VapidPkHashMismatch", "config"],
])

/**
 * What an answer of a push service amounts to. Total. R7.
 *
 * @example
 * resultOfAnswer({ _tag: "Answered", status: 410, headers: new Headers(), text: "" }) // => { _tag: "Rejected", reason: "gone", code: "410" }
 * @since 0.1.0
 */
export const resultOfAnswer = (answer: Answered): SendResult => {
  const { status, headers, text } = answer
  // Where the service keeps the message (Location) is not told on: who knows it can take the message back.
  if (ACCEPTED.has(status)) return { _tag: "Accepted" }
  const json = parseJson(text)
  const word = cleanCode(at(json, "reason")) || cleanCode(at(json, "errno"))
  const code = word === "" ? String(status) : `${status}/${word}`
  // Edge's word for too many requests is 406.
  if (status === 406) return rejected("rate-limited", code, retryAfterMs(headers))
  const reason = status >= 400 && status < 500 ? (byReason.get(word) ?? byStatus.get(status)) : undefined
  return reason === undefined ? resultOfStatus(answer, code) : rejected(reason, code)
}
