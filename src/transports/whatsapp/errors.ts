/**
 * WhatsApp's error codes, of answers and of failed statuses alike. Source: WhatsApp Business Platform, "Error codes",
 * and Graph API, "Handling errors". Rules R9, R20.
 * @since 0.1.0
 */
import type { RejectReason, SendResult } from "../../ports/transport.ts"
import { type Answered, at, parseJson, rejected, resultOfStatus, uncertain } from "../http/index.ts"

/** What an error code means. `isCertain: false`: the message may have been sent all the same. */
interface Meaning {
  readonly reason: RejectReason
  /** Wait before the same message may succeed, in ms. */
  readonly retryAfterMs?: number
  readonly isCertain?: false
}

const MINUTE_MS = 60_000

/** Throughput is counted by the second. */
const THROUGHPUT_MS = 1_000

/** To one recipient a message every 6 s, on average: "Pair rate limit". */
const PAIR_RATE_MS = 6_000

const byCode: Readonly<Record<number, Meaning>> = {
  // The token and what it may do; 200 to 299 are permissions as well.
  0: { reason: "auth" },
  3: { reason: "auth" },
  10: { reason: "auth" },
  102: { reason: "auth" },
  190: { reason: "auth" },
  131005: { reason: "auth" },
  // The app, the account, its number or its test recipients; a parameter that the API does not know.
  33: { reason: "config" },
  100: { reason: "config" },
  131042: { reason: "quota" },
  131021: { reason: "config" },
  131030: { reason: "config" },
  133010: { reason: "config" },
  134011: { reason: "config" },
  368: { reason: "sender-not-allowed" },
  130497: { reason: "sender-not-allowed" },
  131031: { reason: "sender-not-allowed" },
  131037: { reason: "sender-not-allowed" },
  131045: { reason: "sender-not-allowed" },
  131057: { reason: "provider-error", retryAfterMs: MINUTE_MS },
  // Too many at once. The one of 131048 lasts for days: too many recipients blocked the number.
  4: { reason: "rate-limited", retryAfterMs: MINUTE_MS },
  613: { reason: "rate-limited", retryAfterMs: MINUTE_MS },
  80007: { reason: "rate-limited", retryAfterMs: MINUTE_MS },
  130429: { reason: "rate-limited", retryAfterMs: THROUGHPUT_MS },
  131056: { reason: "rate-limited", retryAfterMs: PAIR_RATE_MS },
  131048: { reason: "rate-limited" },
  // The recipient.
  131026: { reason: "unreachable" },
  131050: { reason: "opted-out" },
  130472: { reason: "filtered" },
  131049: { reason: "filtered" },
  131047: { reason: "outside-window" },
  // The request, the template or its parameters.
  131008: { reason: "content" },
  131009: { reason: "content" },
  131051: { reason: "content" },
  132000: { reason: "content" },
  132001: { reason: "content" },
  132005: { reason: "content" },
  132007: { reason: "content" },
  132012: { reason: "content" },
  132015: { reason: "content" },
  132016: { reason: "content" },
  132018: { reason: "content" },
  // Failures there, of which it is not said how far the message came.
  1: { reason: "provider-error", isCertain: false },
  2: { reason: "provider-error", isCertain: false },
  131000: { reason: "provider-error", isCertain: false },
  131016: { reason: "provider-error", isCertain: false },
  133004: { reason: "provider-error", isCertain: false },
}

const meaningOf = (code: number): Meaning | undefined =>
  code >= 200 && code <= 299 ? { reason: "auth" } : byCode[code]

/** Why a message failed, by the code of its failed status; `unknown` for one that is not documented. Total. R9. @since 0.1.0 */
export const reasonOf = (code: unknown): RejectReason =>
  (typeof code === "number" ? meaningOf(code)?.reason : undefined) ?? "unknown"

const refused = (answer: Answered, code: number): SendResult => {
  const meaning = meaningOf(code)
  if (meaning === undefined) return resultOfStatus(answer, code)
  return meaning.isCertain === false
    ? uncertain(String(code))
    : rejected(meaning.reason, code, meaning.retryAfterMs)
}

/**
 * What WhatsApp's answer to a message means. The message's id is left out of the result: it has the recipient's number
 * in it. Total. R9.
 * @since 0.1.0
 */
export const resultOfAnswer = (answer: Answered): SendResult => {
  const body = parseJson(answer.text)
  if (answer.status === 200)
    return typeof at(body, "messages", 0, "id") === "string"
      ? { _tag: "Accepted" }
      : uncertain("200 with an answer that cannot be read")
  const code = at(body, "error", "code")
  return typeof code === "number" ? refused(answer, code) : resultOfStatus(answer)
}
