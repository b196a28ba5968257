// #region transport
import type { RejectReason, Transport, Webhook, XmsMessage } from "followup/engine"
import { httpCounterpart, transportContract } from "followup/testing"
import * as http from "followup/transports/http"

const refusals = new Map<unknown, RejectReason>([
  ["NO_SUCH_NUMBER", "invalid-address"],
  ["STOPPED", "opted-out"],
])

export const acmeSms = (options: http.HttpOptions & { readonly key: string }): Transport<XmsMessage> => ({
  name: "acme-sms",
  via: "xms",
  receipts: "handset",
  idempotency: "none",
  send: async ({ to, text }, { deliveryId, signal }) => {
    const url = http.endpoint(options.baseUrl ?? "https://sms.acme.example", "/messages")
    const headers = { authorization: `Bearer ${options.key}`, "content-type": "application/json" }
    const body = JSON.stringify({ to, text, reference: deliveryId })
    const asked = { url, method: "POST", headers, body } as const
    const answer = await http.exchange(http.exchangeOf(options), asked, signal)
    if (answer._tag !== "Answered") return http.withoutAnswer(answer)
    const [id, error] = ["id", "error"].map((name) => http.at(http.parseJson(answer.text), name))
    const reason = refusals.get(error)
    if (answer.status >= 400 && reason !== undefined) return http.rejected(reason, error)
    if (answer.status !== 202) return http.resultOfStatus(answer)
    return typeof id === "string" ? { _tag: "Accepted" } : http.uncertain("202 without an id")
  },
})

export const acmeSmsWebhook = (options: { readonly secret: string }): Webhook =>
  http.webhookOf({
    isAuthentic: ({ headers, bytes }) =>
      http.isSame(headers.get("x-acme-signature") ?? "", http.hmac("sha256", options.secret, bytes, "hex")),
    eventsOf: (text) => {
      const [deliveryId, status] = ["reference", "status"].map((name) => http.at(http.parseJson(text), name))
      if (typeof deliveryId !== "string") return undefined
      return status === "delivered" || status === "failed" ? [{ _tag: "Receipt", deliveryId, status }] : []
    },
  })
// #endregion

// #region contract
const key = "k3y-0f-acme"
const to = "+821012345678"
const words = "Is it in stock?"

const receipt = (status: string): Request => {
  const body = JSON.stringify({ reference: "acme/mina/c1/m2/xms", status })
  const signature = http.hmac("sha256", "s3cret", body, "hex")
  const headers = { "x-acme-signature": signature, "content-type": "application/json" }
  return new Request("https://host.example/acme-sms", { method: "POST", headers, body })
}

export const contract = transportContract((baseUrl, timeoutMs) => acmeSms({ key, baseUrl, timeoutMs }), {
  counterpart: httpCounterpart(),
  message: (mark) => ({
    channelId: "acme",
    customerId: "mina",
    chatId: "c1",
    to,
    country: "KR",
    kind: "SMS",
    segments: 1,
    text: `${words} ${mark}`,
  }),
  answers: {
    accepted: { status: 202, body: { id: "1" } },
    rejected: {
      NO_SUCH_NUMBER: {
        answer: { status: 422, body: { error: "NO_SUCH_NUMBER", to } },
        reason: "invalid-address",
      },
      STOPPED: { answer: { status: 403, body: { error: "STOPPED" } }, reason: "opted-out" },
      "too many": {
        answer: { status: 429, headers: { "retry-after": "2" } },
        reason: "rate-limited",
        retryAfterMs: 2_000,
      },
    },
  },
  secrets: [key, to, words],
  webhook: {
    receive: acmeSmsWebhook({ secret: "s3cret" }),
    requests: () => ["sent", "delivered", "failed"].map(receipt),
  },
})
// #endregion
