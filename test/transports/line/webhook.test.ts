import { createHmac } from "node:crypto"
import { validateSignature } from "@line/bot-sdk"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { tagOf } from "../../../src/transports/line/delivery-tag.ts"
import { type LineWebhookOptions, lineWebhook } from "../../../src/transports/line/index.ts"
import { mutated } from "../http/webhook-mutations.ts"

const channelSecret = "8c570fa6dd201bb328f1c1eac23a96d8"
const webhook = lineWebhook({ channelSecret })
const userId = `U${"0af1".repeat(8)}`
const deliveryId = "acme/cust%201/c1/m2/sns"

const sign = (body: Buffer | string, secret = channelSecret) =>
  createHmac("sha256", secret).update(body).digest("base64")

const post = async (body: Buffer<ArrayBuffer> | string, signature: string | undefined = sign(body)) => {
  const headers = new Headers({ "content-type": "application/json; charset=utf-8" })
  // What is no value of a header at all never arrives.
  if (signature !== undefined) headers.set("x-line-signature", signature)
  const { events, response } = await webhook(
    new Request("https://host.example/line", { method: "POST", headers, body }),
  )
  return { events, status: response.status }
}

const common = {
  timestamp: 1_767_603_600_000,
  mode: "active",
  webhookEventId: "01FZ74A0TDDPYRVKNK77XKC3ZR",
  deliveryContext: { isRedelivery: false },
}
const source = { type: "user", userId }
const unfollow = { type: "unfollow", source, ...common }
const follow = { type: "follow", source, replyToken: "r", follow: { isUnblocked: true }, ...common }
const delivery = { type: "delivery", delivery: { data: tagOf(deliveryId) }, ...common }
const message = {
  type: "message",
  source,
  replyToken: "r",
  message: { id: "1", type: "text", text: "hi" },
  ...common,
}

const bodyOf = (...events: ReadonlyArray<object>) => JSON.stringify({ destination: userId, events })

const atMs = common.timestamp
const blocked = { _tag: "SenderBlocked", via: "sns", recipientId: userId, atMs }
const unblocked = { _tag: "SenderUnblocked", via: "sns", recipientId: userId, atMs }
const receipt = { _tag: "Receipt", deliveryId, status: "delivered", atMs }

describe("what is understood", () => {
  test.each<[string, object, object[]]>([
    ["unfollow", unfollow, [blocked]],
    ["follow", follow, [unblocked]],
    ["delivery", delivery, [receipt]],
    ["a redelivered delivery", { ...delivery, deliveryContext: { isRedelivery: true } }, [receipt]],
    ["message", message, []],
    ["an event of a kind to come", { type: "teleport", source, ...common }, []],
    ["an event named like a method", { type: "constructor", ...common }, []],
    ["unfollow of a group", { ...unfollow, source: { type: "group", groupId: "C1", userId } }, []],
    ["unfollow without a source", { type: "unfollow", ...common }, []],
    ["unfollow of a user whose id LINE keeps to itself", { ...unfollow, source: { type: "user" } }, []],
    ["a delivery of a hashed number", { ...delivery, delivery: { data: "d41e".repeat(16) } }, []],
    ["a delivery without data", { type: "delivery", ...common }, []],
  ])("R9: %s", async (_, event, events) => {
    expect(await post(bodyOf(event))).toEqual({ events, status: 204 })
  })
  test.each([
    ["receipt", delivery, receipt],
    ["block", unfollow, blocked],
    ["end of a block", follow, unblocked],
  ])("R9: without a usable instant the %s has none", async (_, event, { atMs: _atMs, ...timeless }) => {
    expect((await post(bodyOf({ ...event, timestamp: "soon" }))).events).toEqual([timeless])
  })
  test("R9: a block that is told again, late, says when it was: the newest can win", async () => {
    const deliveryContext = { isRedelivery: true }
    const late = { ...unfollow, timestamp: atMs - 1_000, deliveryContext }
    expect((await post(bodyOf(follow, late))).events).toEqual([unblocked, { ...blocked, atMs: atMs - 1_000 }])
  })
  test("R9: none at all, which LINE sends to see whether the address answers", async () => {
    expect(await post(bodyOf())).toEqual({ events: [], status: 204 })
  })
  test("R9: the same again gives the same, and the order is the request's", async () => {
    const once = await post(bodyOf(unfollow, delivery))
    expect(once.events).toEqual([blocked, receipt])
    expect(await post(bodyOf(unfollow, delivery))).toEqual(once)
    expect((await post(bodyOf(delivery, unfollow))).events).toEqual([receipt, blocked])
  })
})

describe("what is refused", () => {
  test.each<[string, string]>([
    ["no JSON", "no"],
    ["no events", "{}"],
    ["events that are no list", '{"events":{}}'],
    ["a list", "[]"],
    ["nothing", ""],
  ])("400: %s, signed", async (_, body) => {
    expect(await post(body)).toEqual({ events: [], status: 400 })
  })
  test("400: bytes that are no UTF-8, signed", async () => {
    expect(await post(Buffer.from([0x22, 0xff, 0x22]))).toEqual({ events: [], status: 400 })
  })
  test("401: no signature, another secret's, another body's, in hexadecimal", async () => {
    const body = bodyOf(unfollow)
    const refused = { events: [], status: 401 }
    const { events, response } = await webhook(new Request("https://host.example/", { method: "POST", body }))
    expect({ events, status: response.status }).toEqual(refused)
    expect(await post(body, sign(body, "another"))).toEqual(refused)
    expect(await post(body, sign(bodyOf(follow)))).toEqual(refused)
    expect(await post(body, Buffer.from(sign(body), "base64").toString("hex"))).toEqual(refused)
  })
  test("401 comes before 400: who cannot sign learns nothing of what is understood", async () => {
    expect(await post("no", "bad")).toEqual({ events: [], status: 401 })
  })
  test("413: more than 1 MiB", async () => {
    expect(await post(" ".repeat(1_048_577))).toEqual({ events: [], status: 413 })
  })
  test("405: any other method", async () => {
    const { events, response } = await webhook(new Request("https://host.example/?hub.challenge=1"))
    expect([events, response.status, response.headers.get("allow")]).toEqual([[], 405, "POST"])
  })
})

test("LINE's own SDK agrees on what is signed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.boolean(), async (text, isSigned) => {
      const body = bodyOf({ ...message, text })
      const signature = sign(body, isSigned ? channelSecret : "another")
      expect((await post(body, signature)).status).toBe(
        validateSignature(body, channelSecret, signature) ? 204 : 401,
      )
    }),
  )
})

test("1 000 requests that were tampered with are refused and say nothing", async () => {
  const body = Buffer.from(bodyOf(unfollow, delivery))
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
  ["no secret", {}, "channelSecret"],
  ["an empty secret", { channelSecret: "" }, "channelSecret"],
  ["a secret with a copied line feed", { channelSecret: `${channelSecret}\n` }, "channelSecret"],
  ["an unknown option", { channelSecret, verify: false }, "verify"],
])("options with %s are refused, without their values", (_, options, place) => {
  const make = () => lineWebhook(options as LineWebhookOptions)
  expect(make).toThrow(place)
  expect(make).not.toThrow(channelSecret)
})
