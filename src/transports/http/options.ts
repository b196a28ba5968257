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
  /**
   * Longest time for one request, in ms, 1 or more; 12 000 unless given. Keep it below the engine's send time-out. Below
   * 11 000, a connection that does not come about in silence counts as one by which the message may have been sent.
   */
  readonly timeoutMs?: number
  /** In place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
}

/**
 * How long one request may take, unless said: 12 s. Node itself gives up a connection that does not come about after
 * 10 s, in effect up to 11 s, and says so: nothing was sent, and the next carrier takes over (R9). Whoever gives up
 * before cannot tell that from a lost answer, since `fetch` does not say whether there was a connection. The engine
 * waits for 15 s.
 * @since 0.1.0
 */
export const TIMEOUT_MS = 12_000

/** How much of an answer is read: answers to one message are short. @since 0.1.0 */
export const MAX_ANSWER_BYTES = 262_144

const isHttpUrl = Schema.makeFilter<string>(
  (text) =>
    (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) ||
    "a URL that begins with https:// (or http://)",
)

/** The Schema of a URL over HTTP. @since 0.1.0 */
export const HttpUrl = Schema.String.check(isHttpUrl)

const isOneWord = Schema.makeFilter<string>(
  (text) => /^[!-~]+$/.test(text) || "printable ASCII without spaces or line feeds, as the provider gave it",
)

/**
 * The Schema of a key, a token or a secret. What came along when it was copied, such as a line feed, is refused at once:
 * it would make every request fail, and some before they are sent.
 * @since 0.1.0
 */
export const Credential = Schema.String.check(isOneWord)

/** The Schema of a function; `expected` says what it has to be like. @since 0.1.0 */
export const functionLike = <F>(expected: string) =>
  Schema.declare((value): value is F => typeof value === "function", { expected })

/** The Schema of a clock: a function that gives UTC epoch ms, such as `Date.now`. @since 0.1.0 */
export const NowFunction = functionLike<() => number>("a function like Date.now")

/** Fields of a Schema for the options that every transport over HTTP has. @since 0.1.0 */
export const httpFields = {
  baseUrl: Schema.optionalKey(HttpUrl),
  timeoutMs: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))),
  fetch: Schema.optionalKey(functionLike<typeof globalThis.fetch>("a function like fetch")),
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

/**
 * A path under the provider's address, which may have one of its own and end in a slash. One without a slash gets it: the
 * host's name would go on with it otherwise. Total for valid URLs.
 *
 * @example
 * endpoint("https://sms.acme.example/v1/", "messages") // => "https://sms.acme.example/v1/messages"
 * @since 0.1.0
 */
export const endpoint = (baseUrl: string, path: string): string =>
  baseUrl.replace(/\/+$/, "") + path.replace(/^(?=[^/])/, "/")
