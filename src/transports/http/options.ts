/**
 * Options that every transport over HTTP has, and how a transport reads its own.
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { decodeInput, formatBadInput } from "../../core/decode.ts"
import type { Exchange } from "./exchange.ts"

/**
 * Options that every transport over HTTP has.
 * @since 0.1.0
 */
export interface HttpOptions {
  /** Where the provider's API is, in place of its public address; for a proxy, a region or a test. */
  readonly baseUrl?: string
  /** Longest time for one request, in ms, 1 or more; 10 000 unless given. Keep it below the engine's send time-out. */
  readonly timeoutMs?: number
  /** In place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
}

/** How long one request may take, unless said. @since 0.1.0 */
export const TIMEOUT_MS = 10_000

/** How much of an answer is read: answers to one message are short. @since 0.1.0 */
export const MAX_ANSWER_BYTES = 262_144

const isHttpUrl = Schema.makeFilter<string>(
  (text) =>
    (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) ||
    "a URL that begins with https:// (or http://)",
)

/** Fields of a Schema for the options that every transport over HTTP has. @since 0.1.0 */
export const httpFields = {
  baseUrl: Schema.optionalKey(Schema.String.check(isHttpUrl)),
  timeoutMs: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))),
  fetch: Schema.optionalKey(
    Schema.declare((value): value is typeof globalThis.fetch => typeof value === "function", {
      expected: "a function like fetch",
    }),
  ),
}

/**
 * A transport's options, understood.
 *
 * @throws Error when they are not valid: it says where and what was expected, without the values.
 * @since 0.1.0
 */
export const readOptions = <A, I>(name: string, schema: Schema.Codec<A, I>, options: unknown): A => {
  const decoded = decodeInput(schema, options)
  if (Result.isFailure(decoded)) throw new Error(`${name} options:\n${formatBadInput(decoded.failure)}`)
  return decoded.success
}

/** How a transport with these options makes its requests. Total. @since 0.1.0 */
export const exchangeOf = ({ fetch, timeoutMs = TIMEOUT_MS }: HttpOptions): Exchange => ({
  // Looked up when it is called: a host may replace the global one.
  fetch: fetch ?? ((...request) => globalThis.fetch(...request)),
  timeoutMs,
  maxAnswerBytes: MAX_ANSWER_BYTES,
})

/** A path under the provider's address, which may have one of its own and end in a slash. Total for valid URLs. @since 0.1.0 */
export const endpoint = (baseUrl: string, path: string): string => `${baseUrl.replace(/\/+$/, "")}${path}`
