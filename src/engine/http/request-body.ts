/**
 * The body of a request to the handler's own addresses, which are short.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { BodyWasRead, readRequestBytes } from "../../ports/body.ts"
import { status } from "./answer.ts"
import type { NotKept } from "./news.ts"

/** Longest body that is read: a token and its wrapping, 32 KiB. @since 0.1.0 */
export const MAX_BODY_BYTES = 32_768

/** What is said of a body that somebody in front has read. @since 0.1.0 */
export const bodyWasRead = ({ message }: BodyWasRead): NotKept => ({
  reason: "body",
  mistake: { _tag: "Nonsense", expected: message },
})

/** A request's body, or what to answer when it is too long or cannot be read. @since 0.1.0 */
export const readBody = (request: Request): Effect.Effect<Uint8Array<ArrayBuffer> | Response, NotKept> =>
  Effect.tryPromise({
    try: () => readRequestBytes(request, MAX_BODY_BYTES),
    catch: (error) => error,
  }).pipe(
    Effect.map((bytes) => bytes ?? status(413)),
    Effect.catch((error) =>
      error instanceof BodyWasRead ? Effect.fail(bodyWasRead(error)) : Effect.succeed(status(400)),
    ),
  )
