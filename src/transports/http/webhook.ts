/**
 * What every webhook does before it understands anything: the method, the size and the signature, on the bytes as they
 * came. Rules R7, R20.
 * @since 0.1.0
 */
import { createHmac, timingSafeEqual } from "node:crypto"
import { BodyWasRead, readRequestBytes } from "../../ports/body.ts"
import type { Webhook, WebhookAnswer, WebhookEvent } from "../../ports/webhook.ts"

/** How much of a webhook's body is read: 1 MiB. @since 0.1.0 */
export const MAX_WEBHOOK_BYTES = 1_048_576

/** How far a signed instant may be from now, in ms, where a scheme signs one: 5 minutes. @since 0.1.0 */
export const MAX_CLOCK_SKEW_MS = 300_000

/** An answer without events. It says nothing of why: a stranger who tries signatures learns nothing. @since 0.1.0 */
export const refuse = (status: 400 | 401 | 405 | 413 | 503): WebhookAnswer => ({
  events: [],
  response: new Response(null, { status, ...(status === 405 && { headers: { allow: "POST" } }) }),
})

/** The answer to a request that was understood. @since 0.1.0 */
export const accept = (events: ReadonlyArray<WebhookEvent>): WebhookAnswer => ({
  events,
  response: new Response(null, { status: 204 }),
})

/** Whether two texts are the same, in a time that does not say where they differ. Total. @since 0.1.0 */
export const isSame = (given: string, expected: string): boolean => {
  // Digests have one length: the comparison does not say how long the expected text is either.
  const digest = (text: string) => createHmac("sha256", "same length").update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

/** The HMAC of some bytes, as text. Total. @since 0.1.0 */
export const hmac = (
  algorithm: "sha1" | "sha256",
  secret: string | Uint8Array,
  content: string | Uint8Array,
  encoding: "base64" | "hex",
): string => createHmac(algorithm, secret).update(content).digest(encoding)

/** A request whose body was read. @since 0.1.0 */
export interface SignedRequest {
  readonly url: URL
  readonly headers: Headers
  /** The body as it came: what was signed. */
  readonly bytes: Uint8Array<ArrayBuffer>
}

type Read = ReadonlyArray<WebhookEvent> | 401 | 503 | undefined

/** How a provider's requests are verified and read. @since 0.1.0 */
export interface WebhookScheme {
  /** Whether the request is the provider's; compares in constant time. */
  readonly isAuthentic: (request: SignedRequest) => boolean | Promise<boolean>
  /** How bytes become text, undefined when they cannot; as UTF-8 unless given. */
  readonly decode?: (bytes: Uint8Array<ArrayBuffer>) => string | undefined
  /**
   * What it says; undefined when it cannot be understood. Only asked of authentic requests. Where the provider has to
   * be asked whether the news is its own: 401 when it is not, 503 when that cannot be known now.
   */
  readonly eventsOf: (text: string, request: SignedRequest) => Read | Promise<Read>
}

const decodeUtf8 = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/**
 * A webhook over a scheme: POST only, capped, authentic before understood. Never rejects for what came in; only where a
 * body parser in front has read the body, of which no signature holds.
 * @since 0.1.0
 */
export const webhookOf =
  ({ isAuthentic, decode = decodeUtf8, eventsOf }: WebhookScheme): Webhook =>
  async (request) => {
    if (request.method !== "POST") return refuse(405)
    const bytes = await readRequestBytes(request, MAX_WEBHOOK_BYTES).catch((error: unknown) => {
      if (error instanceof BodyWasRead) throw error
      return null
    })
    if (bytes === null) return refuse(400)
    if (bytes === undefined) return refuse(413)
    const signed = { url: new URL(request.url), headers: request.headers, bytes }
    if (!(await isAuthentic(signed))) return refuse(401)
    const text = decode(bytes)
    const read = (text === undefined ? undefined : await eventsOf(text, signed)) ?? 400
    return typeof read === "number" ? refuse(read) : accept(read)
  }
