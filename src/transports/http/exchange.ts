/**
 * One request to a provider and its answer, or how far the request came. What may have reached the provider is never
 * taken for what did not. Rules R9, R20.
 * @since 0.1.0
 */
import { readBytes } from "../../ports/body.ts"

/** A request as a transport makes it: its URL, and what `fetch` is given besides. @since 0.1.0 */
export interface Asked {
  readonly url: string
  readonly method: "GET" | "POST" | "PUT"
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
}

/**
 * What came of a request.
 *
 * - `Answered`: the provider's whole answer, as text.
 * - `NotSent`: it is certain that the provider got nothing: no connection came about.
 * - `Lost`: the provider may have got all of it, and its answer is not there or cannot be read.
 *
 * `code` names the failure without anything of the request or the answer.
 * @since 0.1.0
 */
export type Exchanged =
  | { readonly _tag: "Answered"; readonly status: number; readonly headers: Headers; readonly text: string }
  | { readonly _tag: "NotSent"; readonly code: string }
  | { readonly _tag: "Lost"; readonly code: string }

/** How a request is made. @since 0.1.0 */
export interface Exchange {
  /** In place of the global `fetch`. */
  readonly fetch: typeof globalThis.fetch
  /** Longest time for request and answer together, in ms. */
  readonly timeoutMs: number
  /** Longest answer that is read, in bytes. */
  readonly maxAnswerBytes: number
}

// Failures of which it is certain that they come before the first byte of a request: no address, no name, no route, no
// connection, no agreement on TLS.
const BEFORE_REQUEST = new Set([
  "ERR_INVALID_URL",
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAI_FAIL",
  "EAI_NODATA",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "ERR_TLS_CERT_ALTNAME_INVALID",
])

const CODE = /^[A-Z][A-Z0-9_]{1,40}$/

/** One thing that went wrong, and whether it is certain that it came before the first byte of a request. */
interface Failing {
  readonly code: string
  readonly isBefore: boolean
}

// A connection that did not come about is before the request, whatever its code: of several addresses of one name, Node
// gives up each after a while with an ETIMEDOUT, which is otherwise one of an open connection.
const failingOf = (error: object): Failing | undefined => {
  const code: unknown = Reflect.get(error, "code")
  return typeof code === "string" && CODE.test(code)
    ? { code, isBefore: BEFORE_REQUEST.has(code) || Reflect.get(error, "syscall") === "connect" }
    : undefined
}

// fetch wraps what went wrong. Several addresses of one host give an error each, and one that stands for all and says
// nothing of its own. Depth is bounded: causes may be cyclic.
const failingsOf = (error: unknown, depth = 0): ReadonlyArray<Failing> => {
  if (typeof error !== "object" || error === null || depth > 5) return []
  const several: unknown = Reflect.get(error, "errors")
  if (Array.isArray(several) && several.length > 0)
    return several.flatMap((one) => {
      const failings = failingsOf(one, depth + 1)
      return failings.length > 0 ? failings : [{ code: "", isBefore: false }]
    })
  const own = failingOf(error)
  return [...(own ? [own] : []), ...failingsOf(Reflect.get(error, "cause"), depth + 1)]
}

const failureOf = (error: unknown): Exchanged => {
  const failings = failingsOf(error)
  const code = failings.findLast((one) => one.code !== "")?.code ?? "no answer"
  return failings.length > 0 && failings.every(({ isBefore }) => isBefore)
    ? { _tag: "NotSent", code }
    : { _tag: "Lost", code }
}

/**
 * The text of a body, or undefined when it is longer than `maxBytes` or not UTF-8. What is too long is not read to its
 * end. Rejects when reading fails.
 * @since 0.1.0
 */
export const readText = async (
  body: AsyncIterable<Uint8Array> | null,
  maxBytes: number,
): Promise<string | undefined> => {
  const bytes = await readBytes(body, maxBytes)
  if (bytes === undefined) return undefined
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/**
 * Makes a request and reads its answer. Redirects are not followed: a message goes where the host said. Never rejects.
 * @since 0.1.0
 */
export const exchange = async (
  { fetch, timeoutMs, maxAnswerBytes }: Exchange,
  { url, ...request }: Asked,
  signal: AbortSignal,
): Promise<Exchanged> => {
  if (signal.aborted) return { _tag: "NotSent", code: "aborted" }
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  try {
    const response = await fetch(url, { ...request, redirect: "manual", signal: bounded })
    const text = await readText(response.body, maxAnswerBytes)
    return text === undefined
      ? { _tag: "Lost", code: `${response.status} with an answer that cannot be read` }
      : { _tag: "Answered", status: response.status, headers: response.headers, text }
  } catch (error) {
    return bounded.aborted
      ? { _tag: "Lost", code: signal.aborted ? "aborted" : "timed out" }
      : failureOf(error)
  }
}
