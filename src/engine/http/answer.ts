/**
 * What is answered over HTTP: a status alone, or a page that a browser may show and nothing else.
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { NotKept } from "./news.ts"
import { PAGE_STYLE_HASH } from "./page-style.ts"

/** Answers a request, or says why what it tells could not be kept now. @since 0.1.0 */
export type Answering = Effect.Effect<Response, NotKept>

// Nobody keeps an answer, and nobody takes it for what it is not.
const headers = { "cache-control": "no-store", "x-content-type-options": "nosniff" }

// The page loads and runs nothing, has the one style sheet, is shown in no other page, and its form leads to where it came from.
const pageHeaders = {
  ...headers,
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": `default-src 'none'; style-src '${PAGE_STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "x-robots-tag": "noindex",
}

/** A status without a word: a stranger who tries things learns nothing. @since 0.1.0 */
export const status = (code: 204 | 400 | 401 | 404 | 410 | 413 | 500 | 503): Response =>
  new Response(null, { status: code, headers })

/** Another method than those allowed. @since 0.1.0 */
export const notAllowed = (allow: string): Response =>
  new Response(null, { status: 405, headers: { ...headers, allow } })

/** A page. @since 0.1.0 */
export const page = (html: string): Response => new Response(html, { headers: pageHeaders })
