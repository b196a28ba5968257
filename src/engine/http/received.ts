/**
 * Where an app acknowledges a push: the token that the push carried comes back, and the push counts as received. Rule R7.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { decodeInput } from "../../core/decode.ts"
import { acknowledged } from "../../ports/customer-links.ts"
import type { Links } from "../../ports/links.ts"
import { type Answering, notAllowed, status } from "./answer.ts"
import { applyNews, type NewsSetting } from "./news.ts"
import { readBody } from "./request-body.ts"

const BodySchema = Schema.fromJsonString(Schema.Struct({ token: Schema.String }))

/**
 * Takes a token, as JSON: `{ "token": "…" }`. 204 once it is kept, again for one that was kept before; 401 for one that
 * was not made here, 410 for one that is too old. R7.
 * @since 0.1.0
 */
export const received = (links: Links, news: NewsSetting, request: Request): Answering =>
  Effect.gen(function* () {
    if (request.method !== "POST") return notAllowed("POST")
    const bytes = yield* readBody(request)
    if (bytes instanceof Response) return bytes
    const body = decodeInput(BodySchema, new TextDecoder().decode(bytes), "ignore")
    if (Result.isFailure(body)) return status(400)
    const receipt = acknowledged(links, body.success.token)
    if (receipt === undefined) return status(401)
    if ((yield* Clock.currentTimeMillis) >= receipt.expiresAtMs) return status(410)
    yield* applyNews(news, [{ _tag: "Receipt", deliveryId: receipt.deliveryId, status: "received" }])
    return status(204)
  })
