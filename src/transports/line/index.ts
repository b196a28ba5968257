/**
 * Texts through LINE: as push messages to people who follow the channel's account, or as notification messages to a
 * phone number. Rules R9, R20.
 * @module followup/transports/line
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import * as Schema from "effect/Schema"
import type { SendContext, SendResult, SnsMessage, Transport } from "../../ports/transport.ts"
import {
  endpoint,
  exchange,
  exchangeOf,
  type HttpOptions,
  httpFields,
  readOptions,
  rejected,
  unlessAborted,
  withoutAnswer,
} from "../http/index.ts"
import { resultOfNotification, resultOfPush } from "./answer.ts"
import { tagOf } from "./delivery-tag.ts"
import { retryKeyOf } from "./retry-key.ts"

export { type LineWebhookOptions, lineWebhook } from "./webhook.ts"

interface CommonOptions extends HttpOptions {
  /** The Messaging API channel's access token. */
  readonly channelAccessToken: string
}

/** Sends to those whose LINE user id the host knows. @since 0.1.0 */
export interface LineByUserOptions extends CommonOptions {
  /** By LINE user id, unless said. */
  readonly by?: "user"
  /**
   * The customer's LINE user id (`U` and 32 hexadecimal digits) under this account; undefined for one who has none or
   * blocked the account, so that XMS takes over. A rejection counts as not reached, and is tried again later.
   */
  readonly userIdOf: (message: SnsMessage) => Promise<string | undefined>
}

/** Sends to the phone number, as a LINE notification message: for accounts that LINE admitted to them. @since 0.1.0 */
export interface LineByPhoneOptions extends CommonOptions {
  /** By phone number. LINE gets its SHA-256 digest only. */
  readonly by: "phone"
}

/** How to send through LINE. @since 0.1.0 */
export type LineOptions = LineByUserOptions | LineByPhoneOptions

const commonFields = {
  ...httpFields,
  channelAccessToken: Schema.String.check(
    Schema.makeFilter<string>((text) => /^[\x21-\x7e]+$/.test(text) || "an access token, without blanks"),
  ),
}

const ByUserSchema: Schema.Codec<LineByUserOptions> = Schema.Struct({
  ...commonFields,
  by: Schema.optionalKey(Schema.Literal("user")),
  userIdOf: Schema.declare((value): value is LineByUserOptions["userIdOf"] => typeof value === "function", {
    expected: "a function that finds the LINE user id of a message's customer",
  }),
})

const ByPhoneSchema: Schema.Codec<LineByPhoneOptions> = Schema.Struct({
  ...commonFields,
  by: Schema.Literal("phone"),
})

const BASE_URL = "https://api.line.me"

/** Longest text message, in UTF-16 code units: Messaging API reference, text message. */
const MAX_TEXT_LENGTH = 5_000

const USER_ID = /^U[0-9a-f]{32}$/

// A text message shows whole on every device and makes the link one to tap. A buttons template would hold 160
// characters of it at most, and shows nothing but a substitute on devices that cannot draw it.
const textOf = ({ text, link }: SnsMessage): string =>
  link === null || text.includes(link) ? text : `${text}\n${link}`

type Post = (
  path: string,
  to: string,
  text: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => ReturnType<typeof exchange>

const postWith = (options: CommonOptions): Post => {
  const over = exchangeOf(options)
  return (path, to, text, headers, signal) =>
    exchange(
      over,
      {
        url: endpoint(options.baseUrl ?? BASE_URL, path),
        method: "POST",
        headers: {
          authorization: `Bearer ${options.channelAccessToken}`,
          "content-type": "application/json",
          ...headers,
        },
        body: JSON.stringify({ to, messages: [{ type: "text", text }] }),
      },
      signal,
    )
}

type Send = (message: SnsMessage, ctx: SendContext) => Promise<SendResult>

const refusingLongTexts =
  (send: (message: SnsMessage, text: string, ctx: SendContext) => Promise<SendResult>): Send =>
  async (message, ctx) => {
    const text = textOf(message)
    return text.length > MAX_TEXT_LENGTH ? rejected("content", "too-long") : send(message, text, ctx)
  }

const sendByUser = (options: LineByUserOptions): Send => {
  const post = postWith(options)
  const { timeoutMs } = exchangeOf(options)
  return refusingLongTexts(async (message, text, ctx) => {
    const bounded = AbortSignal.any([ctx.signal, AbortSignal.timeout(timeoutMs)])
    const asked = Promise.resolve(message)
      .then(options.userIdOf)
      .then(
        (userId) => ({ userId }),
        () => undefined,
      )
    const found = await unlessAborted(asked, bounded)
    if (found === undefined) return withoutAnswer({ _tag: "NotSent", code: "userIdOf" })
    if (found.userId === undefined) return rejected("invalid-address", "no-user")
    // LINE would take the id of a group as well, and show the text to all of it.
    if (!USER_ID.test(found.userId)) return rejected("invalid-address", "user-id")
    const headers = { "x-line-retry-key": retryKeyOf(ctx.idempotencyKey) }
    const answer = await post("/v2/bot/message/push", found.userId, text, headers, ctx.signal)
    return answer._tag === "Answered" ? resultOfPush(answer) : withoutAnswer(answer)
  })
}

const sendByPhone = (options: LineByPhoneOptions): Send => {
  const post = postWith(options)
  return refusingLongTexts(async (message, text, ctx) => {
    const tag = tagOf(ctx.deliveryId)
    // Its receipt could not be told from others, and after the wait for it XMS would deliver the text again.
    if (tag === undefined) return rejected("config", "delivery-tag")
    const to = createHash("sha256").update(message.to).digest("hex")
    const answer = await post("/bot/pnp/push", to, text, { "x-line-delivery-tag": tag }, ctx.signal)
    return answer._tag === "Answered" ? resultOfNotification(answer) : withoutAnswer(answer)
  })
}

/**
 * Sends texts through LINE, as text messages with the link at the end where the text has none.
 *
 * By user id, LINE honours keys for 24 hours, and tells nothing of what became of a message: not even that the person
 * has blocked the account, which only the webhook tells. By phone number it honours no keys, and tells when the
 * message arrived.
 *
 * @throws Error when the options are not valid: it says where and what was expected, without the values.
 *
 * @example
 * line({ channelAccessToken: "token", userIdOf: async () => undefined }).idempotency // => "key"
 * line({ channelAccessToken: "token", by: "phone" }).receipts // => "provider"
 *
 * @since 0.1.0
 */
export const line = (options: LineOptions): Transport<SnsMessage> =>
  options?.by === "phone"
    ? {
        name: "line",
        via: "sns",
        receipts: "provider",
        idempotency: "none",
        send: sendByPhone(readOptions("line", ByPhoneSchema, options)),
      }
    : {
        name: "line",
        via: "sns",
        receipts: "none",
        idempotency: "key",
        send: sendByUser(readOptions("line", ByUserSchema, options)),
      }
