import { createHmac } from "node:crypto"
import { describe, expect, test } from "vitest"
import { type WhatsAppWebhookOptions, whatsappWebhook } from "../../../src/transports/whatsapp/index.ts"
import { mutated } from "../http/webhook-mutations.ts"

const appSecret = "a7d1c0ffee5ec4e7"
const verifyToken = "verify me 7391"
const webhook = whatsappWebhook({ appSecret, verifyToken })
const deliveryId = "acme/cust%201/c1/m2/sns"

const sign = (body: Buffer | string, secret = appSecret) =>
  `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`

const ask = async (request: Request) => {
  const { events, response } = await webhook(request)
  return { events, status: response.status, text: await response.text() }
}

const post = async (body: Buffer<ArrayBuffer> | string, signature = sign(body)) => {
  const headers = { "content-type": "application/json", "x-hub-signature-256": signature }
  const { events, status } = await ask(
    new Request("https://host.example/wa", { method: "POST", headers, body }),
  )
  return { events, status }
}

const statusOf = (status: string, changes: object = {}) => ({
  id: "wamid.HBgNNTUxNjk5MjMxODIyMhUCABEYEjgxQkVFRDVBQTVDODFDOTg3MQA=",
  status,
  timestamp: "1767603600",
  recipient_id: "5516992318222",
  biz_opaque_callback_data: deliveryId,
  ...changes,
})

const bodyOf = (...statuses: ReadonlyArray<object>) =>
  JSON.stringify({
    object: "whatsapp_business_account",
    entry: [
      {
        id: "102290129340398",
        changes: [
          {
            field: "messages",
            value: {
              messaging_product: "whatsapp",
              metadata: { display_phone_number: "15550783881", phone_number_id: "106540352242922" },
              statuses,
            },
          },
        ],
      },
    ],
  })

const errorsOf = (code: unknown) => ({ errors: [{ code, title: "t", message: "m", href: "/docs" }] })

const receipt = { _tag: "Receipt", deliveryId, status: "delivered", atMs: 1_767_603_600_000 }
const failed = { ...receipt, status: "failed" }

describe("what is understood", () => {
  test.each<[string, object, object[]]>([
    ["delivered", statusOf("delivered"), [receipt]],
    ["read", statusOf("read"), [receipt]],
    ["sent", statusOf("sent"), []],
    ["a status to come", statusOf("teleported"), []],
    ["a status named like a method", statusOf("constructor"), []],
    ["failed, undeliverable", statusOf("failed", errorsOf(131026)), [{ ...failed, reason: "unreachable" }]],
    ["failed, filtered", statusOf("failed", errorsOf(131049)), [{ ...failed, reason: "filtered" }]],
    ["failed, opted out", statusOf("failed", errorsOf(131050)), [{ ...failed, reason: "opted-out" }]],
    [
      "failed, outside the window",
      statusOf("failed", errorsOf(131047)),
      [{ ...failed, reason: "outside-window" }],
    ],
    ...[1, 2, 131000, 131016, 133004].map((code): [string, object, object[]] => [
      `failed there, ${code}`,
      statusOf("failed", errorsOf(code)),
      [{ ...failed, reason: "provider-error" }],
    ]),
    ["failed with an unknown code", statusOf("failed", errorsOf(424242)), [{ ...failed, reason: "unknown" }]],
    ["failed without a code", statusOf("failed"), [{ ...failed, reason: "unknown" }]],
    [
      "failed with a code in letters",
      statusOf("failed", errorsOf("131050")),
      [{ ...failed, reason: "unknown" }],
    ],
    ["another program's message", statusOf("delivered", { biz_opaque_callback_data: "order-7" }), []],
    ["another carrier's", statusOf("delivered", { biz_opaque_callback_data: "a/b/c/d/xms" }), []],
    ["a message without data", statusOf("delivered", { biz_opaque_callback_data: undefined }), []],
  ])("R9: %s", async (_, status, events) => {
    expect(await post(bodyOf(status))).toEqual({ events, status: 200 })
  })
  test("R9: without a usable instant the receipt has none", async () => {
    const { atMs: _, ...timeless } = receipt
    for (const timestamp of ["soon", "at 1767603600", "1767603600 s", 1_767_603_600, undefined])
      expect((await post(bodyOf(statusOf("delivered", { timestamp })))).events).toEqual([timeless])
  })
  test.each<[string, unknown]>([
    [
      "a message of the customer",
      { field: "messages", value: { messages: [{ from: "55", text: { body: "hi" } }] } },
    ],
    ["a template's new state", { field: "message_template_status_update", value: { event: "APPROVED" } }],
    ["an account's error", { field: "messages", value: { errors: [{ code: 130429 }] } }],
    ["a change of nothing", null],
  ])("R9: %s says nothing of deliveries", async (_, change) => {
    const body = JSON.stringify({
      object: "whatsapp_business_account",
      entry: [{ id: "1", changes: [change] }],
    })
    expect(await post(body)).toEqual({ events: [], status: 200 })
  })
  test("R9: the same again gives the same, and the order is the request's", async () => {
    const other = { ...receipt, deliveryId: "acme/cust/c1/m3/sns" }
    const statuses = [statusOf("read"), statusOf("delivered", { biz_opaque_callback_data: other.deliveryId })]
    const once = await post(bodyOf(...statuses))
    expect(once.events).toEqual([receipt, other])
    expect(await post(bodyOf(...statuses))).toEqual(once)
    expect((await post(bodyOf(...statuses.toReversed()))).events).toEqual([other, receipt])
  })
})

describe("what is refused", () => {
  test.each<[string, string]>([
    ["no JSON", "no"],
    ["no entries", "{}"],
    ["entries that are no list", '{"entry":{}}'],
    ["nothing", ""],
  ])("400: %s, signed", async (_, body) => {
    expect(await post(body)).toEqual({ events: [], status: 400 })
  })
  test("401: no signature, another secret's, another body's, without its scheme", async () => {
    const body = bodyOf(statusOf("delivered"))
    const refused = { events: [], status: 401 }
    expect(await ask(new Request("https://host.example/", { method: "POST", body }))).toMatchObject(refused)
    expect(await post(body, sign(body, "another"))).toEqual(refused)
    expect(await post(body, sign(bodyOf(statusOf("read"))))).toEqual(refused)
    expect(await post(body, sign(body).slice("sha256=".length))).toEqual(refused)
    expect(await post("no", "bad")).toEqual(refused)
  })
  test("413: more than 1 MiB", async () => {
    expect(await post(" ".repeat(1_048_577))).toEqual({ events: [], status: 413 })
  })
  test.each(["PUT", "DELETE", "HEAD"])("405: %s", async (method) => {
    expect(await ask(new Request("https://host.example/", { method }))).toMatchObject({
      events: [],
      status: 405,
    })
  })
})

describe("the handshake", () => {
  const handshake = (changes: Readonly<Record<string, string>> = {}) => {
    const asked = new URLSearchParams({
      "hub.mode": "subscribe",
      "hub.verify_token": verifyToken,
      "hub.challenge": "1158201444",
      ...changes,
    })
    return ask(new Request(`https://host.example/wa?${asked.toString()}`))
  }
  test("the challenge goes back to who knows the token", async () => {
    expect(await handshake()).toEqual({ events: [], status: 200, text: "1158201444" })
    const { response } = await webhook(
      new Request(`https://host.example/?hub.mode=subscribe&hub.challenge=1&hub.verify_token=verify+me+7391`),
    )
    expect(response.headers.get("content-type")).toBe("text/plain")
  })
  test.each<[string, Record<string, string>]>([
    ["another token", { "hub.verify_token": "verify me 7392" }],
    ["no token", { "hub.verify_token": "" }],
    ["the token in capitals", { "hub.verify_token": verifyToken.toUpperCase() }],
  ])("401: %s", async (_, changes) => {
    expect(await handshake(changes)).toEqual({ events: [], status: 401, text: "" })
  })
  test("401: nothing at all", async () => {
    expect(await ask(new Request("https://host.example/wa"))).toEqual({ events: [], status: 401, text: "" })
  })
  test.each<[string, Record<string, string>]>([
    ["another mode", { "hub.mode": "unsubscribe" }],
    ["no challenge", { "hub.challenge": "" }],
    ["a page for a challenge", { "hub.challenge": "<script>alert(1)</script>" }],
    ["a long challenge", { "hub.challenge": "1".repeat(201) }],
  ])("400: %s", async (_, changes) => {
    expect(await handshake(changes)).toEqual({ events: [], status: 400, text: "" })
  })
})

test("1 000 requests that were tampered with are refused and say nothing", async () => {
  const body = Buffer.from(bodyOf(statusOf("delivered"), statusOf("failed", errorsOf(131026))))
  const signed = { body, signature: sign(body) }
  expect((await post(signed.body, signed.signature)).events).toHaveLength(2)
  for (let index = 0; index < 1_000; index++) {
    const { body: changed, signature } = mutated(signed, index)
    expect(changed.equals(body) && signature === signed.signature, `mutation ${index}`).toBe(false)
    const { events, status } = await post(changed, signature)
    expect([events, status], `mutation ${index}`).toEqual([[], 401])
  }
})

test.each<[string, unknown, string]>([
  ["no secret", { verifyToken }, "appSecret"],
  ["a secret with a copied line feed", { appSecret: `${appSecret}\n`, verifyToken }, "appSecret"],
  ["an empty token", { appSecret, verifyToken: "" }, "verifyToken"],
  ["an unknown option", { appSecret, verifyToken, verify: false }, "verify"],
])("options with %s are refused, without their values", (_, options, place) => {
  const make = () => whatsappWebhook(options as WhatsAppWebhookOptions)
  expect(make).toThrow(place)
  expect(make).not.toThrow(appSecret)
})
