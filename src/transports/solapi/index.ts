/**
 * Texts in Korea by Solapi: SMS and LMS through the phone network, AlimTalk through KakaoTalk. Rules R9, R10, R20.
 * @module followup/transports/solapi
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { SendContext, SnsMessage, Transport, XmsMessage } from "../../ports/transport.ts"
import { Credential, readOptions, rejected } from "../http/index.ts"
import { accountFields, findDelivery, type SolapiAccount, sendMessage } from "./account.ts"
import { domesticNumber } from "./number.ts"

export type { Webhook } from "../../ports/webhook.ts"
export type { HttpOptions } from "../http/index.ts"
export type { SolapiAccount } from "./account.ts"
export { type SolapiWebhookOptions, solapiWebhook } from "./webhook.ts"

/**
 * How to send SMS and LMS with Solapi.
 * @since 0.1.0
 */
export interface SolapiXmsOptions extends SolapiAccount {
  /** The sender: a number that is registered at Solapi, digits only. */
  readonly from: string
}

/** What a variable of an AlimTalk template is filled with. @since 0.1.0 */
export type AlimTalkVariable = "text" | "link" | "linkWithoutScheme"

/**
 * How to send AlimTalk with Solapi.
 * @since 0.1.0
 */
export interface SolapiSnsOptions extends SolapiAccount {
  /** The KakaoTalk channel as it is linked at Solapi. */
  readonly pfId: string
  /** The approved template. */
  readonly templateId: string
  /**
   * The template's variables by their names, without `#{}`: the text as it is to be read, the link, or the link after
   * its `https://`, which buttons have in front of their variable. At least one is the text.
   */
  readonly variables: Readonly<Record<string, AlimTalkVariable>>
}

const Digits = Schema.String.check(
  Schema.makeFilter<string>((text) => /^\d{8,12}$/.test(text) || "8 to 12 digits, without country code"),
)

const SolapiXmsOptionsSchema: Schema.Codec<SolapiXmsOptions> = Schema.Struct({
  ...accountFields,
  from: Digits,
})

type Variables = SolapiSnsOptions["variables"]

const areVariables = Schema.makeFilter<Variables>(
  (variables) =>
    (Object.values(variables).includes("text") &&
      Object.keys(variables).every((name) => /^[^.#{}]+$/.test(name))) ||
    `names as in the template without #{} and without dots, at least one of them with "text"`,
)

const SolapiSnsOptionsSchema: Schema.Codec<SolapiSnsOptions> = Schema.Struct({
  ...accountFields,
  pfId: Credential,
  templateId: Credential,
  variables: Schema.Record(Schema.String, Schema.Literals(["text", "link", "linkWithoutScheme"])).check(
    areVariables,
  ),
})

/** The numbers of other countries are not refused by Solapi but by us: nothing was sent for certain. */
const abroad = rejected("invalid-address", "country")

/**
 * Sends SMS and LMS to Korean numbers with Solapi, as the kind was decided. Each is tried once; Solapi knows no
 * idempotency keys, but an uncertain one is looked for among the account's latest messages. Solapi's SMS takes 90 bytes:
 * set the country's rule to that (`smsBytes: 90`), or longer ones are refused.
 *
 * @throws Error when the options are not valid: it says where and what was expected, without the values.
 *
 * @example
 * solapiXms({ apiKey: "key", apiSecret: "secret", from: "0212345678" }).via // => "xms"
 *
 * @since 0.1.0
 */
export const solapiXms = (options: SolapiXmsOptions): Transport<XmsMessage> => {
  const settings = readOptions("solapiXms", SolapiXmsOptionsSchema, options)
  return {
    name: "solapi-xms",
    via: "xms",
    receipts: "handset",
    idempotency: "none",
    send: async ({ kind, text, ...message }, ctx) => {
      const to = domesticNumber(message.to)
      if (to === undefined) return abroad
      return sendMessage(settings, { to, from: settings.from, type: kind, text, autoTypeDetect: false }, ctx)
    },
    lookup: (deliveryId, { signal }) => findDelivery(settings, { deliveryId, signal }),
  }
}

const valuesOf = ({ text, link }: SnsMessage): Readonly<Record<AlimTalkVariable, string | undefined>> => ({
  text,
  link: link ?? undefined,
  linkWithoutScheme: link?.replace(/^https?:\/\//, ""),
})

const filled = (variables: Variables, message: SnsMessage): Readonly<Record<string, string>> | undefined => {
  const values = valuesOf(message)
  const pairs = Object.entries(variables).map(([name, from]) => [`#{${name}}`, values[from]] as const)
  // Kakao refuses a template with a variable that is empty.
  return pairs.every(([, value]) => value)
    ? Object.fromEntries(pairs.map(([name, value]) => [name, value ?? ""]))
    : undefined
}

/**
 * Sends AlimTalk to Korean numbers with Solapi. Solapi's own replacement by SMS is off: which carrier takes over is
 * decided here (R9). Each is tried once; an uncertain one is looked for among the account's latest messages.
 *
 * @throws Error when the options are not valid: it says where and what was expected, without the values.
 *
 * @example
 * solapiSns({ apiKey: "key", apiSecret: "secret", pfId: "KA01PF", templateId: "KA01TP", variables: { content: "text" } }).via // => "sns"
 *
 * @since 0.1.0
 */
export const solapiSns = (options: SolapiSnsOptions): Transport<SnsMessage> => {
  const settings = readOptions("solapiSns", SolapiSnsOptionsSchema, options)
  const { pfId, templateId } = settings
  return {
    name: "solapi-sns",
    via: "sns",
    receipts: "provider",
    idempotency: "none",
    send: async (message: SnsMessage, ctx: SendContext) => {
      const to = domesticNumber(message.to)
      if (to === undefined) return abroad
      const variables = filled(settings.variables, message)
      if (variables === undefined) return rejected("content", "variables")
      const kakaoOptions = { pfId, templateId, variables, disableSms: true }
      return sendMessage(settings, { to, type: "ATA", autoTypeDetect: false, kakaoOptions }, ctx)
    },
    lookup: (deliveryId, { signal }) => findDelivery(settings, { deliveryId, signal }),
  }
}
