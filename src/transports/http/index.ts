/**
 * What transports over HTTP are made of: a request that says how far it came, answers and refusals in our words, and
 * webhooks that are verified before they are understood. For our own transports and for yours. Rules R7, R9, R20.
 *
 * @example
 * resultOfStatus({ _tag: "Answered", status: 401, headers: new Headers(), text: "" }) // => { _tag: "Rejected", reason: "auth", code: "401" }
 *
 * @module followup/transports/http
 * @since 0.1.0
 */
export { mailDeliveryId } from "../../core/email/thread.ts"
export { readBytes } from "../../ports/body.ts"
export { type Asked, type Exchange, type Exchanged, exchange, readText } from "./exchange.ts"
export { type JwtAlgorithm, privateKeyPem, signedJwt } from "./jwt.ts"
export {
  Credential,
  endpoint,
  exchangeOf,
  type HttpOptions,
  HttpUrl,
  httpFields,
  MAX_ANSWER_BYTES,
  NowFunction,
  readOptions,
  TIMEOUT_MS,
} from "./options.ts"
export {
  appData,
  fittingPayload,
  handlesTokensOf,
  PUSH_TTL_MS,
  type PushOptions,
  type PushService,
  pushFields,
  pushServiceOf,
  topicOf,
  ttlSeconds,
} from "./push.ts"
export {
  type Answered,
  at,
  cleanCode,
  parseJson,
  RETRY_AFTER_MS,
  rejected,
  resultOfStatus,
  retryAfterMs,
  uncertain,
  withoutAnswer,
} from "./result.ts"
export { unlessAborted } from "./waiting.ts"
export {
  accept,
  hmac,
  isSame,
  MAX_CLOCK_SKEW_MS,
  MAX_WEBHOOK_BYTES,
  refuse,
  type SignedRequest,
  type WebhookScheme,
  webhookOf,
} from "./webhook.ts"
