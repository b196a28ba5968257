/**
 * The handler: every request from outside in one function, from a web-standard request to its response. Rules R7, R9,
 * R15, R20.
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { decodeInput, type InputIssue } from "../../core/decode.ts"
import { BodyWasRead } from "../../ports/body.ts"
import { UNSUBSCRIBE_PATH } from "../../ports/customer-links.ts"
import { type Mistake, nonsense, thrownBy } from "../../ports/mistake.ts"
import type { StoreShape } from "../../ports/store.ts"
import type { Webhook, WebhookAnswer, WebhookEvent } from "../../ports/webhook.ts"
import { aboutMistake } from "../../sending/mistakes.ts"
import { badInput, badInputAt } from "../error.ts"
import { makeWarnRarely } from "../mistakes.ts"
import type { EngineSetting } from "../setting.ts"
import { type Answering, status } from "./answer.ts"
import { applyNews, type NewsSetting, type NotKept, type OnEvent } from "./news.ts"
import { received } from "./received.ts"
import { bodyWasRead } from "./request-body.ts"
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
const callable = <F>(expected: string) =>
  Schema.declare((value): value is F => typeof value === "function", { expected })

const OptionsSchema = Schema.Struct({
  webhooks: Schema.optionalKey(
    Schema.Record(Schema.String, callable<Webhook>("a webhook, such as lineWebhook(…)")),
  ),
  onEvent: Schema.optionalKey(callable<OnEvent>("a function that takes an event")),
  basePath: Schema.optionalKey(Schema.String.check(isPath)),
})

const misnamed = ({ webhooks = {} }: HandlerOptions): ReadonlyArray<InputIssue> =>
  Object.keys(webhooks)
    .filter((name) => !/^[\w.~-]+$/.test(name))
    .map((name) => ({ path: `webhooks.${name}`, expected: "a name of letters, digits, . _ ~ and -" }))

const readOptions = (options: HandlerOptions, needsOnEvent: boolean): HandlerOptions => {
  const decoded = decodeInput(OptionsSchema, options)
  const issues = Result.isFailure(decoded) ? decoded.failure.issues : misnamed(decoded.success)
  if (Result.isFailure(decoded) || issues.length > 0) throw badInputAt("handler", issues)
  if (needsOnEvent && decoded.success.onEvent === undefined)
    throw badInput("handler: expected onEvent, because opt-outs belong into your directory")
  return decoded.success
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null

// By what they have, not by their class: a host's framework may bring its own.
const hasHeaders = (value: Fields): boolean =>
  isFields(value["headers"]) && typeof value["headers"]["get"] === "function"
const isRequest = (value: unknown): value is Request =>
  isFields(value) &&
  hasHeaders(value) &&
  typeof value["method"] === "string" &&
  URL.canParse(String(value["url"]))
const isResponse = (value: unknown): value is Response =>
  isFields(value) && hasHeaders(value) && typeof value["status"] === "number"

const tags: ReadonlyArray<unknown> = [
  "Receipt",
  "OptedOut",
  "SenderBlocked",
  "SenderUnblocked",
] satisfies ReadonlyArray<WebhookEvent["_tag"]>
const isEvent = (value: unknown): value is WebhookEvent => isFields(value) && tags.includes(value["_tag"])

const AnswerSchema = Schema.Struct({
  events: Schema.Array(Schema.declare(isEvent, { expected: `an event, with a _tag of ${tags.join(", ")}` })),
  response: Schema.declare(isResponse, { expected: "a Response" }),
})

const answerOf = (answer: unknown): Effect.Effect<WebhookAnswer, NotKept> => {
  const read = decodeInput(AnswerSchema, answer, "ignore")
  return Result.isSuccess(read)
    ? Effect.succeed(read.success)
    : Effect.fail({ reason: "webhook", mistake: nonsense(read.failure) })
}

// The events first, and only then the response: a provider whose news could not be kept tells them again.
const serveWebhook = (webhook: Webhook, news: NewsSetting, request: Request): Answering =>
  Effect.tryPromise({
    try: async () => webhook(request),
    catch: (error): NotKept =>
      error instanceof BodyWasRead ? bodyWasRead(error) : { reason: "webhook", mistake: thrownBy(error) },
  }).pipe(
    Effect.flatMap(answerOf),
    Effect.flatMap(({ events, response }) => Effect.as(applyNews(news, events), response)),
  )

const aboutFailure = (reason: string, mistake: Mistake | undefined) => ({
  "error.type": reason,
  ...(mistake && aboutMistake(mistake)),
})

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
    const warn = makeWarnRarely()
    const news: NewsSetting = { calls, onEvent, keepsContacts: directory === undefined, warn }
    const answering = (path: string): ((request: Request) => Answering) | undefined => {
      const name = path.startsWith(WEBHOOKS) ? path.slice(WEBHOOKS.length) : ""
      const webhook = Object.hasOwn(webhooks, name) ? webhooks[name] : undefined
      if (webhook !== undefined) return (request) => serveWebhook(webhook, news, request)
      if (links !== undefined && path === "/received") return (request) => received(links, news, request)
      if (links !== undefined && path.startsWith(UNSUBSCRIBE)) {
        const token = path.slice(UNSUBSCRIBE.length)
        return (request) => unsubscribe({ links, news, store }, token, request)
      }
      return undefined
    }
    const serve = (request: Request): Answering => {
      if (!isRequest(request)) return Effect.as(warn("noRequest", {}), status(500))
      const { pathname } = new URL(request.url)
      const answer = pathname.startsWith(basePath) ? answering(pathname.slice(basePath.length)) : undefined
      if (answer === undefined) return Effect.succeed(status(404))
      return request.bodyUsed ? Effect.fail(bodyWasRead(new BodyWasRead())) : answer(request)
    }
    return (request) =>
      Effect.suspend(() => serve(request)).pipe(
        Effect.catch(({ reason, mistake }) =>
          Effect.as(warn("requestNotKept", aboutFailure(reason, mistake)), status(503)),
        ),
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.failCause(cause)
            : Effect.as(
                warn("requestNotKept", aboutFailure("defect", thrownBy(Cause.squash(cause)))),
                status(500),
              ),
        ),
      )
  }
