import { getEventListeners } from "node:events"
import fc from "fast-check"
import { expect, test } from "vitest"
import {
  appData,
  fittingPayload,
  pushServiceOf,
  topicOf,
  ttlSeconds,
  unlessAborted,
} from "../../../src/transports/http/index.ts"
import { pushWith } from "../push-message.ts"

test.each([
  ["0a".repeat(32), "apns"],
  ["0A".repeat(80), "apns"],
  ["0a".repeat(31), "fcm"],
  [`${"0a".repeat(32)}g`, "fcm"],
  [`g${"0a".repeat(32)}`, "fcm"],
  ["cT9x_-8:APA91bF-_x", "fcm"],
  ["", "fcm"],
  ['{"endpoint":"https://a.example","keys":{"p256dh":"a","auth":"b"}}', "web-push"],
  [' {"endpoint":"https://a.example","keys":{"p256dh":"a","auth":"b"}}', "web-push"],
  ['{"endpoint":"https://a.example"}', "fcm"],
  ["{", "fcm"],
] as const)("R6: %j is a token of %s", (token, service) => {
  expect(pushServiceOf(token)).toBe(service)
})

test("R7: the app gets what it confirms with: the delivery's id, and a signed token where there is one", () => {
  const data = { deliveryId: "d1", chatId: "c1", link: "https://acme.example/chat/c1" }
  expect(appData(pushWith(), "d1")).toEqual(data)
  expect(appData(pushWith({ receiptToken: "signed" }), "d1")).toEqual({ ...data, receiptToken: "signed" })
})

test("R6: one chat has one topic, another chat or channel another, and no topic shows an id", () => {
  const ids = fc.string({ minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(ids, ids, ids, ids, (channelId, chatId, otherChannelId, otherChatId) => {
      const topic = topicOf(pushWith({ channelId, chatId }))
      expect(topic).toMatch(/^[\w-]{32}$/)
      expect(topicOf(pushWith({ channelId, chatId, body: "other", token: "t" }))).toBe(topic)
      const other = topicOf(pushWith({ channelId: otherChannelId, chatId: otherChatId }))
      expect(other === topic).toBe(channelId === otherChannelId && chatId === otherChatId)
    }),
  )
  expect(topicOf(pushWith({ channelId: "a", chatId: "b/c" }))).not.toBe(
    topicOf(pushWith({ channelId: "a/b", chatId: "c" })),
  )
})

test("R6: a payload fits, keeps what fits of the body, and breaks no character", () => {
  const texts = fc.string({ unit: fc.constantFrom("a", '"', "가", "👍🏽", "\n", "\ud800"), maxLength: 80 })
  fc.assert(
    fc.property(texts, fc.integer({ min: 8, max: 200 }), (body, maxBytes) => {
      const payloadWith = (text: string) => ({ b: text })
      const payload = fittingPayload(body, maxBytes, payloadWith)
      const whole = JSON.stringify(payloadWith(body))
      if (Buffer.byteLength(whole) <= maxBytes) return payload === whole
      if (maxBytes < Buffer.byteLength('{"b":"…"}')) return payload === undefined
      const { b: kept } = JSON.parse(payload ?? expect.fail()) as { b: string }
      expect(Buffer.byteLength(payload ?? "")).toBeLessThanOrEqual(maxBytes)
      expect(kept.endsWith("…")).toBe(true)
      return body.startsWith(kept.slice(0, -1))
    }),
  )
  expect(fittingPayload("", 8, () => ({ much: "too much" }))).toBeUndefined()
})

test.each([
  [0, 0],
  [999, 0],
  [1_000, 1],
  [30_999, 30],
])("R7: %i ms are %i s", (ms, seconds) => {
  expect(ttlSeconds(ms)).toBe(seconds)
})

test("R9: who gives up waits no longer, and nothing is left listening", async () => {
  const { signal } = new AbortController()
  await expect(unlessAborted(Promise.resolve(1), signal)).resolves.toBe(1)
  await expect(unlessAborted(Promise.reject(new Error("a")), signal)).rejects.toThrow("a")
  expect(getEventListeners(signal, "abort")).toEqual([])
  const giving = new AbortController()
  const waiting = unlessAborted(new Promise(() => {}), giving.signal)
  giving.abort()
  await expect(waiting).resolves.toBeUndefined()
  await expect(unlessAborted(Promise.resolve(1), giving.signal)).resolves.toBeUndefined()
})
