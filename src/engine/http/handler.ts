/**
 * The handler: every request from outside in one function, from a web-standard request to its response. Rules R7, R9,
 * R15, R20.
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { decodeInput, formatBadInput } from "../../core/decode.ts"
import { UNSUBSCRIBE_PATH } from "../../ports/customer-links.ts"
import type { StoreShape } from "../../ports/store.ts"
import type { Webhook } from "../../ports/webhook.ts"
import { badInput } from "../error.ts"
import { warn } from "../observer.ts"
import type { EngineSetting } from "../setting.ts"
import { type Answering, status } from "./answer.ts"
import { applyNews, type NewsSetting, type OnEvent } from "./news.ts"
import { received } from "./received.ts"
import { unsubscribe } from "./unsubscribe.ts"

/** What a handler serves. @since 0.1.0 */
export interface HandlerOptions {
  /** Providers' webhooks by the name in their path: `twilio` is at `/followup/webhooks/twilio`. */
  readonly webhooks?: Readonly<Record<string, Webhook>>
  /** Told of what only the host can keep; needed where a directory has the contacts. */
  readonly onEvent?: OnEvent
  /** Where the handler is on the server, without a slash at its end; `/followup` unless given, `""` for the root. */
  readonly basePath?: string
}

const BASE_PATH = "/followup"

const isPath = Schema.isPattern(/^(\/[\w.~-]+)*$/, {
  expected: 'a path such as "/followup", without a slash at its end',
})
const isName = Schema.isPattern(/^[\w.~-]+$/, { expected: "a name of letters, digits, . _ ~ and -" })
const callable = <F>(expected: string) =>
  Schema.declare((value): value is F => typeof value === "function", { expected })

const OptionsSchema = Schema.Struct({
  webhooks: Schema.optionalKey(
    Schema.Record(Schema.String.check(isName), callable<Webhook>("a webhook, such as lineWebhook(…)")),
  ),
  onEvent: Schema.optionalKey(callable<OnEvent>("a function that takes an event")),
  basePath: Schema.optionalKey(Schema.String.check(isPath)),
})

const readOptions = (options: HandlerOptions, needsOnEvent: boolean): HandlerOptions => {
  const decoded = decodeInput(OptionsSchema, options)
  if (Result.isFailure(decoded)) throw badInput(`handler: ${formatBadInput(decoded.failure)}`)
  if (needsOnEvent && decoded.success.onEvent === undefined)
    throw badInput("handler: expected onEvent, because opt-outs belong into your directory")
  return decoded.success
}

// The events first, and only then the response: a provider whose news could not be kept tells them again.
const serveWebhook = (webhook: Webhook, news: NewsSetting, request: Request): Answering =>
  Effect.tryPromise({ try: () => webhook(request), catch: () => "webhook" as const }).pipe(
    Effect.flatMap(({ events, response }) => Effect.as(applyNews(news, events), response)),
  )

const WEBHOOKS = "/webhooks/"
const UNSUBSCRIBE = `${UNSUBSCRIBE_PATH}/`

/**
 * Makes the handler. What could not be kept now is answered with 503, and logged; what no one understands with 404, 405
 * or 400. No answer says more.
 *
 * @throws FollowUpsError `bad-input` when the options make no sense.
 * @since 0.1.0
 */
export const makeHandler =
  (
    calls: NewsSetting["calls"],
    store: StoreShape,
    { links, directory }: Pick<EngineSetting, "links" | "directory">,
  ) =>
  (options: HandlerOptions = {}): ((request: Request) => Effect.Effect<Response>) => {
    const { webhooks = {}, onEvent, basePath = BASE_PATH } = readOptions(options, directory !== undefined)
    const news: NewsSetting = { calls, onEvent, keepsContacts: directory === undefined }
    const serve = (path: string, request: Request): Answering => {
      if (path.startsWith(WEBHOOKS)) {
        const name = path.slice(WEBHOOKS.length)
        const webhook = Object.hasOwn(webhooks, name) ? webhooks[name] : undefined
        if (webhook !== undefined) return serveWebhook(webhook, news, request)
      }
      if (links !== undefined && path === "/received") return received(links, news, request)
      if (links !== undefined && path.startsWith(UNSUBSCRIBE))
        return unsubscribe({ links, news, store }, path.slice(UNSUBSCRIBE.length), request)
      return Effect.succeed(status(404))
    }
    return (request) => {
      const { pathname } = new URL(request.url)
      if (!pathname.startsWith(basePath)) return Effect.succeed(status(404))
      return Effect.suspend(() => serve(pathname.slice(basePath.length), request)).pipe(
        Effect.catch((reason) => Effect.as(warn("requestNotKept", { "error.type": reason }), status(503))),
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.failCause(cause)
            : Effect.as(warn("requestNotKept", { "error.type": "defect" }), status(500)),
        ),
      )
    }
  }
