/**
 * The body of a request to the handler's own addresses, which are short.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { readBytes } from "../../ports/body.ts"
import { status } from "./answer.ts"

/** Longest body that is read: a token and its wrapping, 32 KiB. @since 0.1.0 */
export const MAX_BODY_BYTES = 32_768

/** A request's body, or what to answer when it is too long or cannot be read. Never fails. @since 0.1.0 */
export const readBody = (request: Request): Effect.Effect<Uint8Array<ArrayBuffer> | Response> =>
  Effect.promise(() =>
    readBytes(request.body, MAX_BODY_BYTES).then(
      (bytes) => bytes ?? status(413),
      () => status(400),
    ),
  )
