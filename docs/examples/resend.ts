// #region transport
import type { EmailMessage, RejectReason, Transport, Webhook, WebhookEvent } from "followup/engine"
import * as http from "followup/transports/http"

// Statuses and names of https://resend.com/docs/api-reference/errors; for any other the status speaks.
const refusals = new Map<unknown, RejectReason>([
  ["403 invalid_from_address", "sender-not-allowed"],
  ["403 validation_error", "sender-not-allowed"],
  ["422 invalid_from_address", "sender-not-allowed"],
  ["422 missing_required_field", "content"],
  ["429 daily_quota_exceeded", "quota"],
  ["429 monthly_quota_exceeded", "quota"],
  ["451 security_error", "filtered"],
])

// A tag takes letters, digits, "_" and "-", at most 256 of them.
const tagsOf = (ids: Readonly<Record<string, string>>) =>
  Object.entries(ids)
    .map(([name, id]) => ({ name: `followup-${name}`, value: Buffer.from(id).toString("base64url") }))
    .filter(({ value }) => value.length <= 256)

const mailbox = ({ name, address }: EmailMessage["from"]) =>
  `${/^[\p{L}\p{M}\p{N} ]+$/u.test(name) ? name : JSON.stringify(name)} <${address}>`

const mailOf = (
  { channelId, customerId, from, to, subject, html, text, ...rest }: EmailMessage,
  id: string,
) => {
  const headers = { ...rest.headers, "Message-ID": rest.messageId }
  const tags = tagsOf({ delivery: id, channel: channelId, customer: customerId })
  return JSON.stringify({ from: mailbox(from), to: [to], subject, html, text, headers, tags })
}

export const resend = (options: http.HttpOptions & { readonly apiKey: string }): Transport<EmailMessage> => ({
  name: "resend",
  via: "email",
  receipts: "provider",
  idempotency: "key",
  send: async (message, { deliveryId, idempotencyKey, signal }) => {
    const url = http.endpoint(options.baseUrl ?? "https://api.resend.com", "/emails")
    const headers = {
      authorization: `Bearer ${options.apiKey}`,
      "content-type": "application/json",
      // A key has at most 256 characters; a digest has 64, whatever it is made of.
      "idempotency-key": http.hmac("sha256", "resend", idempotencyKey, "hex"),
    }
    const asked = { url, method: "POST", headers, body: mailOf(message, deliveryId) } as const
    const answer = await http.exchange(http.exchangeOf(options), asked, signal)
    if (answer._tag !== "Answered") return http.withoutAnswer(answer)
    const [providerId, name] = ["id", "name"].map((field) => http.at(http.parseJson(answer.text), field))
    const reason = refusals.get(`${answer.status} ${http.cleanCode(name)}`)
    if (reason !== undefined) return http.rejected(reason, name)
    if (answer.status !== 200) return http.resultOfStatus(answer, name)
    return typeof providerId === "string"
      ? { _tag: "Accepted", providerId }
      : http.uncertain("200 without an id")
  },
})
// #endregion

// #region webhook
const statuses = new Map<unknown, "delivered" | "failed">([
  ["email.delivered", "delivered"],
  ["email.bounced", "failed"],
  ["email.failed", "failed"],
  ["email.suppressed", "failed"],
])

const reasons = new Map<unknown, RejectReason>([
  ["Permanent", "invalid-address"],
  ["previous_bounce", "invalid-address"],
  ["previous_complaint", "opted-out"],
  ["reached_daily_quota", "quota"],
])

const eventsOf = (text: string): ReadonlyArray<WebhookEvent> | undefined => {
  const news = http.parseJson(text)
  const type = http.at(news, "type")
  if (typeof type !== "string") return undefined
  const [deliveryId, channelId, customerId] = ["delivery", "channel", "customer"].map((name) => {
    const value = http.at(news, "data", "tags", `followup-${name}`)
    return typeof value === "string" ? Buffer.from(value, "base64url").toString() : undefined
  })
  // Who calls a mail spam wants no more of them.
  if (type === "email.complained" && channelId && customerId)
    return [{ _tag: "OptedOut", channelId, customerId, via: "email" }]
  const status = statuses.get(type)
  if (status === undefined || !deliveryId) return []
  const why = [
    ["bounce", "type"],
    ["suppressed", "reason"],
    ["failed", "reason"],
  ] as const
  const reason = why
    .map((path) => reasons.get(http.at(news, "data", ...path)))
    .find((one) => one !== undefined)
  const createdAt = http.at(news, "created_at")
  const atMs = typeof createdAt === "string" ? Date.parse(createdAt) : Number.NaN
  return [
    {
      _tag: "Receipt",
      deliveryId,
      status,
      ...(reason && { reason }),
      ...(Number.isFinite(atMs) && { atMs }),
    },
  ]
}

export const resendWebhook = (options: { readonly secret: string; readonly now?: () => number }): Webhook => {
  const [, secret] = /^whsec_([\w+/]{22,}=*)$/.exec(options.secret) ?? []
  if (secret === undefined) throw new Error('resendWebhook: secret: expected "whsec_" and base64 after it')
  const key = Buffer.from(secret, "base64")
  return http.webhookOf({
    isAuthentic: ({ headers, bytes }) => {
      const header = (name: string) => headers.get(`svix-${name}`) ?? ""
      const sentAt = header("timestamp")
      const signed = Buffer.concat([Buffer.from(`${header("id")}.${sentAt}.`), bytes])
      const expected = `v1,${http.hmac("sha256", key, signed, "base64")}`
      // While the secret changes there is one signature for each.
      const isSigned = header("signature")
        .split(" ")
        .some((one) => http.isSame(one, expected))
      const skewMs = Math.abs((options.now ?? Date.now)() - Number(sentAt) * 1_000)
      return isSigned && skewMs <= http.MAX_CLOCK_SKEW_MS
    },
    eventsOf,
  })
}
// #endregion
