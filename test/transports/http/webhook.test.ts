import fc from "fast-check"
import { describe, expect, test, vi } from "vitest"
import type { WebhookEvent } from "../../../src/ports/webhook.ts"
import {
  hmac,
  isSame,
  MAX_WEBHOOK_BYTES,
  type WebhookScheme,
  webhookOf,
} from "../../../src/transports/http/index.ts"

const event: WebhookEvent = { _tag: "Receipt", deliveryId: "acme/c/c1/m1/xms", status: "delivered" }
const secret = "webhook-secret"
const sign = (body: string | Uint8Array) => hmac("sha256", secret, body, "hex")

const scheme = (change: Partial<WebhookScheme> = {}): WebhookScheme => ({
  isAuthentic: ({ headers, bytes }) => isSame(headers.get("x-signature") ?? "", sign(bytes)),
  eventsOf: (text) => (text === "delivered" ? [event] : text === "else" ? [] : undefined),
  ...change,
})

const post = (body: string | Uint8Array<ArrayBuffer> | ReadableStream, signature: string | undefined) =>
  new Request("https://chat.example/webhook?x=1", {
    method: "POST",
    body,
    duplex: "half",
    headers: signature === undefined ? {} : { "x-signature": signature },
  })

const answerTo = async (request: Request, change: Partial<WebhookScheme> = {}) => {
  const { events, response } = await webhookOf(scheme(change))(request)
  return { events, status: response.status, body: await response.text() }
}
const refused = (status: number) => ({ events: [], status, body: "" })

describe("R20: a webhook", () => {
  test("takes what is signed and understood, also when there is nothing in it for us", async () => {
    expect(await answerTo(post("delivered", sign("delivered")))).toEqual({
      events: [event],
      status: 204,
      body: "",
    })
    expect(await answerTo(post("else", sign("else")))).toEqual({ events: [], status: 204, body: "" })
  })
  test("takes POST only, and says so", async () => {
    for (const method of ["GET", "HEAD", "PUT", "DELETE"]) {
      const { events, response } = await webhookOf(scheme())(new Request("https://chat.example/", { method }))
      expect([events, response.status, response.headers.get("allow")]).toEqual([[], 405, "POST"])
    }
  })
  test("reads 1 MiB and no more, before it looks at the signature", async () => {
    const full = new Uint8Array(MAX_WEBHOOK_BYTES).fill(97)
    expect(await answerTo(post(full, sign(full)))).toEqual(refused(400))
    expect(await answerTo(post(new Uint8Array(MAX_WEBHOOK_BYTES + 1), undefined))).toEqual(refused(413))
  })
  test("refuses a signature that is wrong or missing before anything is understood", async () => {
    const eventsOf = vi.fn<WebhookScheme["eventsOf"]>(() => [event])
    for (const signature of [undefined, "", "0".repeat(64), sign("delivered ")])
      expect(await answerTo(post("delivered", signature), { eventsOf })).toEqual(refused(401))
    expect(eventsOf).not.toHaveBeenCalled()
  })
  test("verifies the bytes as they came: what decodes to the same text is not the same", async () => {
    const bytes = new Uint8Array([0x64, 0xff])
    const replaced = new TextEncoder().encode(new TextDecoder().decode(bytes))
    expect(await answerTo(post(bytes, sign(replaced)))).toEqual(refused(401))
    expect(await answerTo(post(bytes, sign(bytes)), { eventsOf: () => [event] })).toEqual(refused(400))
  })
  test("refuses what cannot be understood, and a body that breaks off", async () => {
    expect(await answerTo(post("nonsense", sign("nonsense")))).toEqual(refused(400))
    const broken = new ReadableStream({ start: (controller) => controller.error(new Error("cut")) })
    expect(await answerTo(post(broken, sign("")))).toEqual(refused(400))
  })
  test("passes on what the provider says when it is asked: not its own, or no answer", async () => {
    const request = () => post("delivered", sign("delivered"))
    expect(await answerTo(request(), { eventsOf: async () => 401 as const })).toEqual(refused(401))
    expect(await answerTo(request(), { eventsOf: async () => 503 as const })).toEqual(refused(503))
  })
  test("a request without a body is an empty one", async () => {
    const empty = new Request("https://chat.example/", {
      method: "POST",
      headers: { "x-signature": sign("") },
    })
    expect(await answerTo(empty)).toEqual(refused(400))
  })
  test("isSame is equality", () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => isSame(a, b) === (a === b) && isSame(a, a)))
  })
})
