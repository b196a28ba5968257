/**
 * Push through Firebase Cloud Messaging, HTTP v1, to Android, iOS and the web. Rules R6, R7.
 *
 * @module followup/transports/fcm
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { PushMessage, SendResult, Transport } from "../../ports/transport.ts"
import {
  endpoint,
  exchange,
  exchangeOf,
  type HttpOptions,
  handlesTokensOf,
  httpFields,
  PUSH_TTL_MS,
  type PushOptions,
  privateKeyPem,
  pushFields,
  readOptions,
  rejected,
  withoutAnswer,
} from "../http/index.ts"
import { accessTokens, type ServiceAccount } from "./access-token.ts"
import { isTokenRefused, resultOfAnswer } from "./errors.ts"
import { requestBody } from "./message.ts"

export type { HttpOptions, PushOptions } from "../http/index.ts"
export type { ServiceAccount } from "./access-token.ts"

/**
 * How to reach FCM.
 *
 * @since 0.1.0
 */
export interface FcmOptions extends HttpOptions, PushOptions {
  /** The service account's file, parsed: the JSON that Firebase's console gives. */
  readonly serviceAccount: ServiceAccount
  /**
   * `true`, the default, leaves it to the Android app and to the service worker to show the message, from `data.title`
   * and `data.body`: Android runs an app in the background for such messages only, so that it can confirm each (R7).
   * With `false` the system shows the message, and the app hears of it when it is open or tapped: text and email follow
   * then as a rule.
   */
  readonly dataOnly?: boolean
}

const FcmOptionsSchema = Schema.Struct({
  ...httpFields,
  ...pushFields,
  // Google's file says more than is used here.
  serviceAccount: Schema.StructWithRest(
    Schema.Struct({
      project_id: Schema.String.check(Schema.isPattern(/^[a-z0-9:.-]+$/, { expected: "a project's id" })),
      client_email: Schema.NonEmptyString,
      private_key: privateKeyPem("RS256"),
      private_key_id: Schema.optionalKey(Schema.String),
      token_uri: httpFields.baseUrl,
    }),
    [Schema.Record(Schema.String, Schema.Unknown)],
  ),
  dataOnly: Schema.optionalKey(Schema.Boolean),
})

const BASE_URL = "https://fcm.googleapis.com"

/**
 * Sends pushes through Firebase Cloud Messaging.
 *
 * The app gets `deliveryId`, `chatId` and `link` as data, and confirms to the host that it received them; FCM itself
 * never says so. With the engine's `links` it gets `receiptToken` as well, by which it confirms to `followUps.handler`
 * (docs/guides/webhooks.md). A push that may have been sent is not repeated, as FCM knows no key for one message.
 * Takes tokens that are neither Apple's nor a browser's own.
 *
 * @throws Error when the options are not valid: it says where and what was expected, without the values.
 *
 * @since 0.1.0
 */
export const fcm = (
  options: FcmOptions,
): Transport<PushMessage> & { readonly handles: (message: PushMessage) => boolean } => {
  const read = readOptions("fcm", FcmOptionsSchema, options)
  const { serviceAccount, baseUrl = BASE_URL, ttlMs = PUSH_TTL_MS, dataOnly = true, now = Date.now } = read
  const url = endpoint(baseUrl, `/v1/projects/${serviceAccount.project_id}/messages:send`)
  const http = exchangeOf(read)
  const tokens = accessTokens(serviceAccount, http, now)
  return {
    name: "fcm",
    via: "push",
    receipts: "app",
    idempotency: "none",
    handles: read.handles ?? handlesTokensOf("fcm"),
    send: async (message, { deliveryId, signal }) => {
      const body = requestBody(message, deliveryId, { ttlMs, dataOnly }, now())
      if (body === undefined) return rejected("content", "too-long")
      const attempt = async (mayRenew: boolean): Promise<SendResult> => {
        const access = await tokens.access(signal)
        if (access._tag === "Refused") return access.result
        const headers = { authorization: `Bearer ${access.token}`, "content-type": "application/json" }
        const answer = await exchange(http, { url, method: "POST", headers, body }, signal)
        if (answer._tag !== "Answered") return withoutAnswer(answer)
        if (!isTokenRefused(answer)) return resultOfAnswer(answer)
        tokens.forget(access.token)
        // Who was turned away at the door has sent nothing: once more, with another token.
        return mayRenew ? attempt(false) : resultOfAnswer(answer)
      }
      return attempt(true)
    },
  }
}
