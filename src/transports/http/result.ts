/**
 * What an HTTP answer means, as far as HTTP itself says so; a provider's own codes come first. Rules R9, R20.
 * @since 0.1.0
 */
import type { RejectReason, SendResult } from "../../ports/transport.ts"
import type { Exchanged } from "./exchange.ts"

/** An answer that came whole. @since 0.1.0 */
export type Answered = Extract<Exchanged, { readonly _tag: "Answered" }>

/** Wait before another attempt where a provider that may be tried again names none: 30 s. @since 0.1.0 */
export const RETRY_AFTER_MS = 30_000

/** Longest wait that a provider can ask for: a day. @since 0.1.0 */
export const MAX_RETRY_AFTER_MS = 86_400_000

/** Printable ASCII without quotes, as providers' codes are; anything else may be a part of the message. */
const CLEAN_CODE = /^[\w.:/-]{1,60}$/

/** A provider's word as it may go into the post log; empty when it is not a plain code. Total. @since 0.1.0 */
export const cleanCode = (code: unknown): string =>
  (typeof code === "string" || typeof code === "number") && CLEAN_CODE.test(String(code)) ? String(code) : ""

/** A refusal: nothing was sent. `retryAfterMs` only where the same message may well succeed later. Total. @since 0.1.0 */
export const rejected = (reason: RejectReason, code: unknown, retryAfterMs?: number): SendResult => {
  const clean = cleanCode(code)
  return {
    _tag: "Rejected",
    reason,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(clean !== "" && { code: clean }),
  }
}

/** It may have been sent. Total. @since 0.1.0 */
export const uncertain = (code: string): SendResult => ({ _tag: "Uncertain", code })

/** What a request without an answer amounts to. Total. @since 0.1.0 */
export const withoutAnswer = (lost: Exclude<Exchanged, Answered>): SendResult =>
  lost._tag === "NotSent"
    ? { _tag: "Rejected", reason: "unreachable", retryAfterMs: RETRY_AFTER_MS, code: lost.code }
    : uncertain(lost.code)

// RFC 9110 5.6.7, its obsolete form with a zone included. Date.parse by itself takes "1.5" for a day in 2001.
const HTTP_DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*, \d\d([ -])[A-Z][a-z]{2}\1\d{2,4} \d\d:\d\d:\d\d GMT$/

const instantOf = (text: string): number => (HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN)

/**
 * How long the provider asks to be left alone, in ms, 0 to a day: `Retry-After` in seconds, or as a date against the
 * answer's own `Date`; {@link RETRY_AFTER_MS} when it says nothing that can be understood. Total. RFC 9110 10.2.3.
 *
 * @example
 * retryAfterMs(new Headers({ "retry-after": "5" })) // => 5_000
 * @since 0.1.0
 */
export const retryAfterMs = (headers: Headers): number => {
  const wanted = headers.get("retry-after") ?? ""
  const waitMs = /^\d{1,9}$/.test(wanted)
    ? Number(wanted) * 1_000
    : instantOf(wanted) - instantOf(headers.get("date") ?? "")
  return Number.isFinite(waitMs) ? Math.min(MAX_RETRY_AFTER_MS, Math.max(0, waitMs)) : RETRY_AFTER_MS
}

// What a status says of the request itself, by RFC 9110 and 6585. A redirect, or an address that is not there, means
// that the base URL is wrong.
const byStatus: Readonly<Record<number, RejectReason>> = {
  300: "config",
  301: "config",
  302: "config",
  303: "config",
  307: "config",
  308: "config",
  400: "unknown",
  401: "auth",
  402: "quota",
  403: "auth",
  404: "config",
  405: "config",
  406: "config",
  410: "config",
  411: "config",
  413: "content",
  414: "config",
  415: "config",
  422: "unknown",
  431: "config",
}

/**
 * What an answer means of which only the status is understood: a refusal of the request is certain, too many requests
 * can pass, and whatever a server says of itself (5xx), or a gateway before it, is not known. Total.
 *
 * @since 0.1.0
 */
export const resultOfStatus = ({ status, headers }: Answered, code: unknown = status): SendResult => {
  if (status === 429) return rejected("rate-limited", code, retryAfterMs(headers))
  const reason = byStatus[status]
  return reason === undefined ? uncertain(cleanCode(code) || String(status)) : rejected(reason, code)
}

/** JSON as it came, or undefined when it is none. Total. @since 0.1.0 */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A part of parsed JSON by its path; undefined when it is not there. Total. @since 0.1.0 */
export const at = (value: unknown, ...path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>(
    (part, key) =>
      typeof part === "object" && part !== null && Object.hasOwn(part, key)
        ? Reflect.get(part, key)
        : undefined,
    value,
  )
