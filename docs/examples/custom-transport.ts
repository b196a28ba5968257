import type { RejectReason, Transport, Webhook, XmsMessage } from "followup/engine"
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
