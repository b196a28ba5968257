import type { SendContext, SendResult, Transport, XmsMessage } from "../../src/ports/transport.ts"
import type { Webhook, WebhookEvent } from "../../src/ports/webhook.ts"
import {
  type HttpAnswer,
  httpCounterpart,
  type TransportContractOptions,
} from "../../src/testing/transport-contract.ts"
import {
  accept,
  at,
  exchange,
  exchangeOf,
  hmac,
  isSame,
  parseJson,
  rejected,
  resultOfStatus,
  uncertain,
  webhookOf,
  withoutAnswer,
} from "../../src/transports/http/index.ts"

const token = "t0k3n-of-the-gateway"
const to = "+821012345678"
const words = "Yes, it is in stock."
const secret = "s3cret"

/** What an answer of the gateway means. */
export const resultOf = (answer: Awaited<ReturnType<typeof exchange>>): SendResult => {
  if (answer._tag !== "Answered") return withoutAnswer(answer)
  const [id, error] = ["id", "error"].map((name) => at(parseJson(answer.text), name))
  if (error === "stopped") return rejected("opted-out", error)
  if (answer.status !== 200) return resultOfStatus(answer)
  return typeof id === "string" ? { _tag: "Accepted", providerId: id } : uncertain("unreadable")
}

type Asking = (message: XmsMessage, ctx: SendContext) => Promise<Awaited<ReturnType<typeof exchange>>>

/** How a transport asks its gateway, with time-out and key. */
export const askingAt =
  (baseUrl: string, timeoutMs: number, over?: typeof fetch): Asking =>
  (message, { deliveryId, idempotencyKey, signal }) =>
    exchange(
      exchangeOf({ timeoutMs, ...(over && { fetch: over }) }),
      {
        url: `${baseUrl}/messages`,
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "idempotency-key": idempotencyKey },
        body: JSON.stringify({ to: message.to, text: message.text, reference: deliveryId }),
      },
      signal,
    )

/** The transport, with everything that the port allows. */
export type Gateway = Transport<XmsMessage> & Required<Pick<Transport<XmsMessage>, "lookup" | "handles">>

/** A transport without a fault. */
export const faultless = (baseUrl: string, timeoutMs: number): Gateway => ({
  name: "gateway",
  via: "xms",
  receipts: "handset",
  idempotency: "key",
  handles: () => true,
  send: async (message, ctx) => resultOf(await askingAt(baseUrl, timeoutMs)(message, ctx)),
  lookup: async (deliveryId, { signal }) => {
    const url = `${baseUrl}/messages?reference=${encodeURIComponent(deliveryId)}`
    const answer = await exchange(exchangeOf({ timeoutMs }), { url, method: "GET", headers: {} }, signal)
    if (answer._tag !== "Answered" || answer.status !== 200) return undefined
    const state = at(parseJson(answer.text), "states", deliveryId)
    if (state === "failed") return rejected("unreachable", "failed")
    return state === "sent" ? { _tag: "Accepted" } : undefined
  },
})

const eventsOf = (text: string): ReadonlyArray<WebhookEvent> => [
  { _tag: "Receipt", deliveryId: String(at(parseJson(text), "reference")), status: "delivered" },
]

/** A webhook without a fault. */
export const faultlessWebhook: Webhook = webhookOf({
  isAuthentic: ({ headers, bytes }) =>
    isSame(headers.get("x-signature") ?? "", hmac("sha256", secret, bytes, "hex")),
  eventsOf,
})

/** A webhook that looks at what it has understood and written anew, in place of the bytes that were signed. */
export const rewritingWebhook: Webhook = webhookOf({
  isAuthentic: ({ headers, bytes }) => {
    const rewritten = JSON.stringify(parseJson(new TextDecoder().decode(bytes))) ?? ""
    return isSame(headers.get("x-signature") ?? "", hmac("sha256", secret, rewritten, "hex"))
  },
  eventsOf,
})

/** A webhook that believes everything. */
export const credulousWebhook: Webhook = async (request) => {
  await request.text()
  return accept([{ _tag: "Receipt", deliveryId: "acme/u/c/m/xms", status: "delivered" }])
}

const requestAbout = (reference: string): Request => {
  const body = JSON.stringify({ reference, padding: "x".repeat(100) })
  const headers = { "content-type": "application/json", "x-signature": hmac("sha256", secret, body, "hex") }
  return new Request("https://host.example/gateway", { method: "POST", headers, body })
}

/** What the contract is told of the gateway. */
export const optionsWith = (
  receive: Webhook = faultlessWebhook,
): TransportContractOptions<XmsMessage, string, HttpAnswer> => ({
  counterpart: httpCounterpart(),
  message: (mark) => ({
    channelId: "acme",
    customerId: "cust 1",
    chatId: "c1",
    to,
    country: "KR",
    kind: "SMS",
    segments: 1,
    text: `${words} ${mark}`,
  }),
  answers: {
    accepted: { status: 200, body: { id: "m-1" } },
    rejected: {
      stopped: { answer: { status: 409, body: { error: "stopped", about: to } }, reason: "opted-out" },
      busy: {
        answer: { status: 429, headers: { "retry-after": "3" } },
        reason: "rate-limited",
        retryAfterMs: 3_000,
      },
    },
    unclear: { "an answer of a kind to come": { status: 299 } },
  },
  lookups: {
    "a delivery that was sent": {
      answer: (deliveryId) => ({ status: 200, body: { states: { [deliveryId]: "sent" } } }),
      result: { _tag: "Accepted" },
    },
    "a delivery that failed": {
      answer: (deliveryId) => ({ status: 200, body: { states: { [deliveryId]: "failed" } } }),
      result: { _tag: "Rejected", reason: "unreachable" },
    },
    "a delivery that is not known yet": {
      answer: () => ({ status: 200, body: { states: {} } }),
      result: undefined,
    },
  },
  secrets: [token, to, words],
  webhook: { receive, requests: () => ["acme/u/c/m1/xms", "acme/u/c/m2/xms"].map(requestAbout) },
  graceMs: 1_500,
})
