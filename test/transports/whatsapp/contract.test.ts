import { createHmac } from "node:crypto"
import { describe, test } from "vitest"
import type { RejectReason } from "../../../src/ports/transport.ts"
import { httpCounterpart, transportContract } from "../../../src/testing/transport-contract.ts"
import { whatsapp, whatsappWebhook } from "../../../src/transports/whatsapp/index.ts"
import { secrets, snsMessage } from "../http/local-provider.ts"

const appSecret = "a7d1c0ffee5ec4e7"

const refusal = (status: number, code: number, reason: RejectReason, retryAfterMs?: number) => ({
  answer: { status, body: { error: { message: `(#${code}) about ${secrets.to}`, code } } },
  reason,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
})

const requestAbout = (status: string): Request => {
  const statuses = [
    { id: "wamid.1", status, timestamp: "1767603600", biz_opaque_callback_data: "acme/cust%201/c1/m2/sns" },
  ]
  const body = JSON.stringify({ entry: [{ id: "1", changes: [{ field: "messages", value: { statuses } }] }] })
  const signature = `sha256=${createHmac("sha256", appSecret).update(body).digest("hex")}`
  const headers = { "content-type": "application/json", "x-hub-signature-256": signature }
  return new Request("https://host.example/whatsapp", { method: "POST", headers, body })
}

describe("R9: WhatsApp", () => {
  const contract = transportContract(
    (baseUrl: string, timeoutMs) =>
      whatsapp({
        accessToken: secrets.token,
        phoneNumberId: "106540352242922",
        templates: { "*": { name: "reply_waiting", language: "en_US" } },
        baseUrl,
        timeoutMs,
      }),
    {
      counterpart: httpCounterpart(),
      message: (mark) => snsMessage({ text: `${secrets.text} ${mark}` }),
      answers: {
        accepted: {
          status: 200,
          body: { messages: [{ id: "wamid.HBgN" }], contacts: [{ input: secrets.to }] },
        },
        rejected: {
          "190": refusal(401, 190, "auth"),
          "130429": refusal(429, 130429, "rate-limited", 1_000),
          "131026": refusal(400, 131026, "unreachable"),
          "131047": refusal(400, 131047, "outside-window"),
          "131050": refusal(400, 131050, "opted-out"),
          "132001": refusal(404, 132001, "content"),
        },
        unclear: { "131000": refusal(500, 131000, "provider-error").answer },
      },
      secrets: Object.values(secrets),
      webhook: {
        receive: whatsappWebhook({ appSecret, verifyToken: "verify me 7391" }),
        requests: () => ["sent", "delivered", "read", "failed"].map(requestAbout),
      },
    },
  )
  for (const { name, run } of contract) test(name, run)
})
