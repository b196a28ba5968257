/**
 * Texts through the phone network by Twilio: its Messages API, and its status callbacks. Rules R9–R12, R20.
 * @module followup/transports/twilio
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { SendResult, Transport, XmsMessage } from "../../ports/transport.ts"
import {
  type Answered,
  type Asked,
  at,
  Credential,
  type Exchanged,
  endpoint,
  exchange,
  exchangeOf,
  type HttpOptions,
  HttpUrl,
  httpFields,
  parseJson,
  readOptions,
  rejected,
  resultOfStatus,
  retryAfterMs,
  uncertain,
  withoutAnswer,
} from "../http/index.ts"
import { reasonOf } from "./errors.ts"
import { DELIVERY_PARAMETER } from "./webhook.ts"

export type { Webhook } from "../../ports/webhook.ts"
export type { HttpOptions } from "../http/index.ts"
export { type TwilioWebhookOptions, twilioWebhook } from "./webhook.ts"

/**
 * How to send with Twilio.
 * @since 0.1.0
 */
export interface TwilioOptions extends HttpOptions {
  /** The account: `AC` and 32 hexadecimal digits. */
  readonly accountSid: string
  /** The account's auth token, or an API key, which can be taken back by itself. */
  readonly auth:
    | { readonly authToken: string }
    | { readonly apiKeySid: string; readonly apiKeySecret: string }
  /** A number (E.164), a short code or an alphanumeric sender; or the Messaging Service that chooses one. */
  readonly sender: { readonly from: string } | { readonly messagingServiceSid: string }
  /**
   * Where Twilio tells what became of a text: the public URL at which `twilioWebhook` answers. The delivery's id is added
   * to its query. Left out, nothing is told but what the Messaging Service is set to.
   */
  readonly statusCallback?: string
}

const sid = (prefix: string) =>
  Schema.String.check(
    Schema.makeFilter<string>(
      (text) => new RegExp(`^${prefix}[0-9a-fA-F]{32}$`).test(text) || `${prefix} and 32 hexadecimal digits`,
    ),
  )

const TwilioOptionsSchema: Schema.Codec<TwilioOptions> = Schema.Struct({
  accountSid: sid("AC"),
  auth: Schema.Union([
    Schema.Struct({ authToken: Credential }),
    Schema.Struct({ apiKeySid: sid("SK"), apiKeySecret: Credential }),
  ]),
  sender: Schema.Union([
    Schema.Struct({ from: Schema.NonEmptyString }),
    Schema.Struct({ messagingServiceSid: sid("MG") }),
  ]),
  statusCallback: Schema.optionalKey(HttpUrl),
  ...httpFields,
})

const API_URL = "https://api.twilio.com"

const callbackFor = (statusCallback: string, deliveryId: string): string => {
  const url = new URL(statusCallback)
  url.searchParams.set(DELIVERY_PARAMETER, deliveryId)
  return url.href
}

const requestOf = (options: TwilioOptions): ((message: XmsMessage, deliveryId: string) => Asked) => {
  const { accountSid, auth, baseUrl = API_URL, sender, statusCallback } = options
  const [user, password] =
    "authToken" in auth ? [accountSid, auth.authToken] : [auth.apiKeySid, auth.apiKeySecret]
  const headers = {
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
    "content-type": "application/x-www-form-urlencoded",
    accept: "application/json",
  }
  return ({ text, to }, deliveryId) => {
    const form = new URLSearchParams({
      To: to,
      ...("from" in sender ? { From: sender.from } : { MessagingServiceSid: sender.messagingServiceSid }),
      Body: text,
      ...(statusCallback !== undefined && { StatusCallback: callbackFor(statusCallback, deliveryId) }),
    })
    const url = endpoint(baseUrl, `/2010-04-01/Accounts/${accountSid}/Messages.json`)
    return { url, method: "POST", headers, body: form.toString() }
  }
}

const MESSAGE_SID = /^[SM]M[0-9a-fA-F]{32}$/

// A message that was made and given up at once.
const GIVEN_UP = new Set<unknown>(["failed", "undelivered", "canceled"])

const resultOfMessage = (message: unknown): SendResult => {
  const code = at(message, "error_code")
  if (GIVEN_UP.has(at(message, "status"))) return rejected(reasonOf(code) ?? "unknown", code)
  const id = at(message, "sid")
  return typeof id === "string" && MESSAGE_SID.test(id)
    ? { _tag: "Accepted", providerId: id }
    : uncertain("no message in the answer")
}

const resultOfRefusal = (answer: Answered, error: unknown): SendResult => {
  const code = at(error, "code")
  const reason = answer.status < 500 ? reasonOf(code) : undefined
  if (reason === undefined) return resultOfStatus(answer, code ?? answer.status)
  return rejected(reason, code, reason === "rate-limited" ? retryAfterMs(answer.headers) : undefined)
}

const resultOf = (exchanged: Exchanged): SendResult => {
  if (exchanged._tag !== "Answered") return withoutAnswer(exchanged)
  const body = parseJson(exchanged.text)
  return exchanged.status < 300 ? resultOfMessage(body) : resultOfRefusal(exchanged, body)
}

/**
 * Sends texts with Twilio. Each is tried once; Twilio knows no idempotency keys and finds no message by an id of ours,
 * so what may have been sent stays `Uncertain` until a status callback tells. A text is sent as it is, whatever its
 * kind: outside Korea's own networks an LMS is a long SMS.
 *
 * @throws Error when the options are not valid: it says where and what was expected, without the values.
 *
 * @example
 * twilio({ accountSid: `AC${"0".repeat(32)}`, auth: { authToken: "secret" }, sender: { from: "+15005550006" } }).via // => "xms"
 *
 * @since 0.1.0
 */
export const twilio = (options: TwilioOptions): Transport<XmsMessage> => {
  const settings = readOptions("twilio", TwilioOptionsSchema, options)
  const http = exchangeOf(settings)
  const request = requestOf(settings)
  return {
    name: "twilio",
    via: "xms",
    receipts: settings.statusCallback === undefined ? "none" : "handset",
    idempotency: "none",
    send: async (message, { deliveryId, signal }) =>
      resultOf(await exchange(http, request(message, deliveryId), signal)),
  }
}
