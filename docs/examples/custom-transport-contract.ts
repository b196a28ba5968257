import { httpCounterpart, transportContract } from "followup/testing"
import { hmac } from "followup/transports/http"
import { acmeSms, acmeSmsWebhook } from "./custom-transport.ts"

const key = "k3y-0f-acme"
const to = "+821012345678"
const words = "Is it in stock?"

const receipt = (status: string): Request => {
  const body = JSON.stringify({ reference: "acme/mina/c1/m2/xms", status })
  const signature = hmac("sha256", "s3cret", body, "hex")
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
