/**
 * Texts through WhatsApp, as template messages over Meta's Cloud API. Rules R9, R12, R20.
 * @module followup/transports/whatsapp
 * @since 0.1.0
 */
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
  withoutAnswer,
} from "../http/index.ts"
import { resultOfAnswer } from "./errors.ts"
import { fill, type WhatsAppTemplate, WhatsAppTemplateSchema } from "./template.ts"

export type { WhatsAppTemplate } from "./template.ts"
export { type WhatsAppWebhookOptions, whatsappWebhook } from "./webhook.ts"

/** How to send through WhatsApp. @since 0.1.0 */
export interface WhatsAppOptions extends HttpOptions {
  /** A system user's token with the permission `whatsapp_business_messaging`. */
  readonly accessToken: string
  /** Id of the number that sends: digits, not the number itself. */
  readonly phoneNumberId: string
  /**
   * The template for each country, ISO 3166-1 alpha-2 in capitals, and for the others under `"*"`. Where neither is
   * there, nothing is sent and XMS takes over.
   */
  readonly templates: Readonly<Record<string, WhatsAppTemplate>>
  /** Version of the Graph API; `"v23.0"` unless given. */
  readonly apiVersion?: string
}

const matches = (pattern: RegExp, expected: string) =>
  Schema.String.check(Schema.makeFilter<string>((text) => pattern.test(text) || expected))

const OptionsSchema: Schema.Codec<WhatsAppOptions> = Schema.Struct({
  ...httpFields,
  accessToken: matches(/^[\x21-\x7e]+$/, "an access token, without blanks"),
  phoneNumberId: matches(/^\d{1,32}$/, "the phone number's id: digits only"),
  templates: Schema.Record(
    matches(/^([A-Z]{2}|\*)$/, 'a country of two capitals, or "*" for all others'),
    WhatsAppTemplateSchema,
  ),
  apiVersion: Schema.optionalKey(matches(/^v\d{1,3}\.\d{1,2}$/, 'a version such as "v23.0"')),
})

const BASE_URL = "https://graph.facebook.com"
const API_VERSION = "v23.0"

/** Longest `biz_opaque_callback_data`, in characters: Cloud API reference. */
const MAX_OPAQUE_LENGTH = 512

type Send = (message: SnsMessage, ctx: SendContext) => Promise<SendResult>

const sendWith = (options: WhatsAppOptions): Send => {
  const { accessToken, apiVersion = API_VERSION, baseUrl = BASE_URL, phoneNumberId, templates } = options
  const over = exchangeOf(options)
  const url = endpoint(baseUrl, `/${apiVersion}/${phoneNumberId}/messages`)
  return async (message, ctx) => {
    const template = templates[message.country] ?? templates["*"]
    if (template === undefined) return rejected("config", "no-template")
    const filled = fill(template, message)
    if (filled === undefined) return rejected("config", "link")
    // Its receipt could not be told from others, and after the wait for it XMS would deliver the text again.
    if (ctx.deliveryId.length > MAX_OPAQUE_LENGTH) return rejected("config", "delivery-id")
    const body = JSON.stringify({
      messaging_product: "whatsapp",
      recipient_type: "individual",
      to: message.to,
      type: "template",
      template: filled,
      biz_opaque_callback_data: ctx.deliveryId,
    })
    const headers = { authorization: `Bearer ${accessToken}`, "content-type": "application/json" }
    const answer = await exchange(over, { url, method: "POST", headers, body }, ctx.signal)
    return answer._tag === "Answered" ? resultOfAnswer(answer) : withoutAnswer(answer)
  }
}

/**
 * Sends texts through WhatsApp, as a template that WhatsApp approved. The text stands in it on one line.
 *
 * WhatsApp honours no keys and cannot be asked what became of a message, so one that may have been sent waits for its
 * receipt, which the webhook brings.
 *
 * @throws Error when the options are not valid: it says where and what was expected, without the values.
 *
 * @example
 * whatsapp({ accessToken: "token", phoneNumberId: "1", templates: { "*": { name: "reply", language: "en" } } }).receipts // => "handset"
 *
 * @since 0.1.0
 */
export const whatsapp = (options: WhatsAppOptions): Transport<SnsMessage> => ({
  name: "whatsapp",
  via: "sns",
  receipts: "handset",
  idempotency: "none",
  send: sendWith(readOptions("whatsapp", OptionsSchema, options)),
})
