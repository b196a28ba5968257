/**
 * Where a customer ends mails: by the button of their mailbox (RFC 8058), or by the page that the link in a mail leads
 * to. Rule R15.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { emailLocale } from "../../core/email/words.ts"
import { unsubscribed } from "../../ports/customer-links.ts"
import type { Links } from "../../ports/links.ts"
import type { StoreShape } from "../../ports/store.ts"
import { type Answering, notAllowed, page, status } from "./answer.ts"
import { applyNews, type NewsSetting, type NotKept } from "./news.ts"
import { readBody } from "./request-body.ts"
import { donePage, ONE_CLICK, questionPage, type UnsubscribePage } from "./unsubscribe-page.ts"

/** What customers unsubscribe with. @since 0.1.0 */
export interface UnsubscribeSetting {
  readonly links: Links
  readonly news: NewsSetting
  readonly store: Pick<StoreShape, "channel">
}

// As the platform reads forms: mailboxes send either of the two kinds.
const isOneClick = (bytes: Uint8Array<ArrayBuffer>, contentType: string): Effect.Effect<boolean> =>
  Effect.promise(() =>
    new Response(bytes, { headers: { "content-type": contentType } }).formData().then(
      (form) => form.get(ONE_CLICK.name) === ONE_CLICK.value,
      () => false,
    ),
  )

const pageFor = (
  { store }: UnsubscribeSetting,
  channelId: string,
  request: Request,
): Effect.Effect<UnsubscribePage, NotKept> =>
  store.channel(channelId).pipe(
    Effect.mapError(() => ({ reason: "store" as const })),
    Effect.map((channel) => ({
      locale: emailLocale(
        request.headers.get("accept-language")?.split(/[,;]/, 1)[0],
        channel?.input.country,
      ),
      channelName: channel?.input.name ?? channelId,
    })),
  )

/**
 * A GET asks, since mailboxes and scanners follow links on their own; only a POST with the form's field ends the mails.
 * 401 for a token that was not made here. It holds as long as its key does: mails are kept for years. R15.
 * @since 0.1.0
 */
export const unsubscribe = (setting: UnsubscribeSetting, token: string, request: Request): Answering =>
  Effect.gen(function* () {
    const { links, news } = setting
    const isPost = request.method === "POST"
    if (!isPost && request.method !== "GET" && request.method !== "HEAD") return notAllowed("GET, HEAD, POST")
    const key = unsubscribed(links, token)
    if (key === undefined) return status(401)
    if (!isPost) return page(questionPage(yield* pageFor(setting, key.channelId, request)))
    const bytes = yield* readBody(request)
    if (bytes instanceof Response) return bytes
    if (!(yield* isOneClick(bytes, request.headers.get("content-type") ?? ""))) return status(400)
    yield* applyNews(news, [{ _tag: "OptedOut", ...key, via: "email" }])
    return page(donePage(yield* pageFor(setting, key.channelId, request)))
  })
