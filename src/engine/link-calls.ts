/**
 * What a host does with resume links: find out whose one is, and take them back. Rules R12, R13.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Calls from "../ports/calls.ts"
import { isResumeToken } from "../ports/customer-links.ts"
import type { StoreShape } from "../ports/store.ts"
import type { Engine } from "./engine.ts"
import { badInput, decodeCall, type FollowUpsError } from "./error.ts"
import type { EngineSetting } from "./setting.ts"

/**
 * What a resume token stands for: the customer of a channel and the chat to go on with; or why it is refused:
 * `unknown` (nobody gave it out, its key or its customer is gone, or it ended long ago), `revoked`, `expired`.
 * @since 0.1.0
 */
export type Resumption =
  | {
      readonly _tag: "Resumed"
      readonly channelId: string
      readonly customerId: string
      readonly chatId: string
    }
  | { readonly _tag: "Refused"; readonly reason: "unknown" | "revoked" | "expired" }

/** What a host does with resume links. @since 0.1.0 */
export interface LinkCalls {
  /** Whose token a resume link carries; it may be asked any number of times. */
  readonly resume: (token: string) => Effect.Effect<Resumption, FollowUpsError>
  /** Revokes the resume links that a customer was sent so far: those of a chat, or all of them. */
  readonly revoke: (call: Calls.RevokeCall) => Effect.Effect<void, FollowUpsError>
}

const refused = (reason: "unknown" | "revoked" | "expired"): Resumption => ({ _tag: "Refused", reason })

/** The calls on resume links. Total. @since 0.1.0 */
export const linkCalls = (
  engine: Pick<Engine, "ask">,
  store: StoreShape,
  { links }: Pick<EngineSetting, "links">,
): LinkCalls => ({
  resume: (input) =>
    Effect.gen(function* () {
      const token = yield* decodeCall("resume", Schema.String, input)
      if (links === undefined) return yield* badInput("resume: expected followup to be opened with links")
      const name = links.nameOf(token)
      if (name === undefined) return refused("unknown")
      const link = yield* engine.ask(store.resumeLink(name))
      // What is kept is not enough: whoever can write to the database makes no link without the key.
      if (link === undefined || !isResumeToken(links, token, link)) return refused("unknown")
      if (link.revokedAtMs !== null) return refused("revoked")
      if ((yield* Clock.currentTimeMillis) >= link.expiresAtMs) return refused("expired")
      return { _tag: "Resumed", ...link.key, chatId: link.chatId }
    }),
  revoke: (input) =>
    Effect.gen(function* () {
      const { chatId, ...key } = yield* decodeCall("revoke", Calls.RevokeCallSchema, input)
      const nowMs = yield* Clock.currentTimeMillis
      yield* engine.ask(store.revokeLinks(key, chatId, nowMs))
    }),
})
