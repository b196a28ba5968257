import { generateKeyPairSync } from "node:crypto"
import { createServer } from "node:net"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { SendContext } from "../../../src/ports/transport.ts"
import { type ApnsOptions, apns } from "../../../src/transports/apns/index.ts"
import { bodyOf, closedPort, httpServer } from "../faults.ts"
import { contextWith, expectClean, pushWith } from "../push-message.ts"
import { type ApnsBehaviour, apnsServer } from "./apns-server.ts"

const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
  type: "pkcs8",
  format: "pem",
})

const NOW_MS = Date.UTC(2026, 0, 5, 9)
const MINUTE_MS = 60_000

const optionsFor = (baseUrl: string, change: Partial<ApnsOptions> = {}): ApnsOptions => ({
  key,
  keyId: "KEY1234567",
  teamId: "TEAM123456",
  topic: "com.acme.app",
  baseUrl,
  now: () => NOW_MS,
  ...change,
})

const open = (baseUrl: string, change: Partial<ApnsOptions> = {}) => {
  const transport = apns(optionsFor(baseUrl, change))
  return {
    send: (message = {}, ctx: Partial<SendContext> = {}) =>
      transport.send(pushWith(message), contextWith(ctx)),
    close: transport.close,
    [Symbol.asyncDispose]: transport.close,
  }
}

const start = (behaviour: Partial<ApnsBehaviour> = {}) =>
  apnsServer({ privateKey: key, now: () => NOW_MS, ...behaviour })

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe("a push that Apple takes", () => {
  test("R6: the request is what Apple documents, and tells the app what to confirm", async () => {
    await using server = await start()
    await using transport = open(server.url)
    const result = await transport.send()
    const [{ headers, body, claims } = expect.fail()] = server.received
    expect(headers).toMatchObject({
      ":method": "POST",
      ":path": `/3/device/${"0a".repeat(32)}`,
      "apns-push-type": "alert",
      "apns-priority": "10",
      "apns-topic": "com.acme.app",
      "apns-expiration": String(NOW_MS / 1_000 + 30),
    })
    expect(claims).toEqual({ iss: "TEAM123456", iat: NOW_MS / 1_000 })
    const collapseId = headers["apns-collapse-id"]
    expect(collapseId).toMatch(/^[\w-]{32}$/)
    expect(JSON.parse(body)).toEqual({
      aps: {
        alert: { title: "Acme 고객센터", body: "네, 있습니다." },
        sound: "default",
        "thread-id": collapseId,
        "mutable-content": 1,
      },
      deliveryId: "acme/cust%201/c1/m2/push",
      chatId: "c1",
      link: "https://acme.example/chat/c1",
    })
    expect(headers["apns-id"]).toMatch(UUID)
    expect(result).toEqual({ _tag: "Accepted", providerId: headers["apns-id"] })
  })

  test("R7: with a time limit of 0 a push arrives now or never", async () => {
    await using server = await start()
    await using transport = open(server.url, { ttlMs: 0 })
    await transport.send({ link: null })
    expect(server.received[0]?.headers["apns-expiration"]).toBe("0")
    expect(JSON.parse(server.received[0]?.body ?? "")).not.toHaveProperty("link")
  })

  test("R20: attempts at one push have one apns-id, other pushes others", async () => {
    await using server = await start()
    await using transport = open(server.url)
    for (const idempotencyKey of ["d1/0", "d1/0", "d1/1"]) await transport.send({}, { idempotencyKey })
    const [first, second, third] = server.received.map(({ headers }) => headers["apns-id"])
    expect(second).toBe(first)
    expect(third).not.toBe(first)
  })

  test("R6: a long reply is cut to what Apple takes, between two characters", async () => {
    await using server = await start()
    await using transport = open(server.url)
    expect(await transport.send({ body: "👍🏽".repeat(2_000) })).toMatchObject({ _tag: "Accepted" })
    const { body = "" } = server.received[0] ?? {}
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(4_096)
    expect(Buffer.byteLength(body)).toBeGreaterThan(4_080)
    expect(JSON.parse(body).aps.alert.body).toMatch(/^(?:👍🏽)+…$/u)
    expect(await transport.send({ title: "x".repeat(4_096) })).toEqual({
      _tag: "Rejected",
      reason: "content",
      code: "too-long",
    })
  })
})

describe("the provider token", () => {
  test("R6: is shared for 40 minutes, and then made anew", async () => {
    let nowMs = NOW_MS
    await using server = await start({ now: () => nowMs })
    await using transport = open(server.url, { now: () => nowMs })
    const tokensAt = async (afterMs: number) => {
      nowMs = NOW_MS + afterMs
      expect(await transport.send()).toMatchObject({ _tag: "Accepted" })
      return server.jwts.size
    }
    expect(await tokensAt(0)).toBe(1)
    expect(await tokensAt(40 * MINUTE_MS - 1)).toBe(1)
    expect(await tokensAt(40 * MINUTE_MS)).toBe(2)
    expect(await tokensAt(80 * MINUTE_MS - 1)).toBe(2)
  })

  test("R6: is renewed once when Apple calls it expired, and then not for 20 minutes", async () => {
    // Our clock is slow: a token is 30 minutes older for Apple than for us.
    let nowMs = NOW_MS
    let slowMs = 30 * MINUTE_MS
    await using server = await start({ now: () => nowMs + slowMs })
    await using transport = open(server.url, { now: () => nowMs })
    await transport.send()
    nowMs += 30 * MINUTE_MS + 1_000
    expect(await transport.send()).toMatchObject({ _tag: "Accepted" })
    expect(server.jwts.size).toBe(2)
    // More than an hour slow: no token of ours is good.
    slowMs = 61 * MINUTE_MS
    const expired = { _tag: "Rejected", reason: "auth", code: "ExpiredProviderToken" }
    expect(await transport.send()).toEqual(expired)
    expect(server.jwts.size).toBe(2)
    nowMs += 20 * MINUTE_MS
    expect(await transport.send()).toEqual(expired)
    expect(server.jwts.size).toBe(3)
  })

  test("R6: many pushes that find it expired share the next", async () => {
    let nowMs = NOW_MS
    await using server = await start({ now: () => nowMs + 30 * MINUTE_MS })
    await using transport = open(server.url, { now: () => nowMs })
    await transport.send()
    nowMs += 31 * MINUTE_MS
    const results = await Promise.all(Array.from({ length: 20 }, () => transport.send()))
    expect(results.every(({ _tag }) => _tag === "Accepted")).toBe(true)
    expect(server.jwts.size).toBe(2)
  })
})

// https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
describe("a push that Apple refuses", () => {
  test.each([
    [400, "BadCollapseId", "config"],
    [400, "BadDeviceToken", "gone"],
    [400, "BadExpirationDate", "config"],
    [400, "BadMessageId", "config"],
    [400, "BadPriority", "config"],
    [400, "BadTopic", "config"],
    [400, "DeviceTokenNotForTopic", "config"],
    [400, "DuplicateHeaders", "config"],
    [400, "IdleTimeout", "provider-error", 0],
    [400, "InvalidPushType", "config"],
    [400, "MissingDeviceToken", "invalid-address"],
    [400, "MissingTopic", "config"],
    [400, "PayloadEmpty", "content"],
    [400, "TopicDisallowed", "config"],
    [403, "BadCertificate", "auth"],
    [403, "BadCertificateEnvironment", "auth"],
    [403, "BadEnvironmentKeyIdInToken", "auth"],
    [403, "ExpiredProviderToken", "auth"],
    [403, "Forbidden", "auth"],
    [403, "InvalidProviderToken", "auth"],
    [403, "MissingProviderToken", "auth"],
    [403, "UnrelatedKeyIdInToken", "auth"],
    [404, "BadPath", "config"],
    [405, "MethodNotAllowed", "config"],
    [410, "ExpiredToken", "gone"],
    [410, "Unregistered", "gone"],
    [413, "PayloadTooLarge", "content"],
    [429, "TooManyProviderTokenUpdates", "rate-limited", 1_200_000],
    [429, "TooManyRequests", "rate-limited", 30_000],
    [503, "ServiceUnavailable", "provider-error", 30_000],
    [503, "Shutdown", "provider-error", 0],
    [400, "SomethingNew", "unknown"],
    [410, "SomethingNew", "gone"],
  ] as const)("R20: %i %s is Rejected as %s", async (status, code, reason, ...[retryAfterMs]) => {
    const token = "0b".repeat(32)
    await using server = await start({ refusals: { [token]: { status, reason: code } } })
    await using transport = open(server.url)
    expect(await transport.send({ token })).toEqual({
      _tag: "Rejected",
      reason,
      code,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
    expect(await transport.send()).toMatchObject({ _tag: "Accepted" })
  })

  test.each([
    [500, "InternalServerError"],
    [502, undefined],
    [503, undefined],
    [503, "constructor"],
  ])("R9: %i %s does not say that nothing was sent", async (status, code) => {
    const token = "0b".repeat(32)
    await using server = await start({ refusals: { [token]: { status, ...(code && { reason: code }) } } })
    await using transport = open(server.url)
    expect(await transport.send({ token })).toEqual({ _tag: "Uncertain", code: code ?? String(status) })
  })

  test("R9: a push that the server did not look at is tried again at once", async () => {
    await using server = await start({
      takeOver: (stream) => {
        stream.close(7)
        return true
      },
    })
    await using transport = open(server.url)
    expect(await transport.send()).toEqual({
      _tag: "Rejected",
      reason: "unreachable",
      retryAfterMs: 0,
      code: "refused",
    })
  })

  test("R20: a key that Apple does not know is refused", async () => {
    let asked = 0
    await using server = await start({
      keyId: "OTHERKEY12",
      takeOver: () => {
        asked += 1
        return false
      },
    })
    await using transport = open(server.url)
    expect(await transport.send()).toEqual({ _tag: "Rejected", reason: "auth", code: "InvalidProviderToken" })
    // Another token of the same key would be refused as well.
    expect(asked).toBe(1)
  })

  test("R9: a token that is not Apple's is refused before anything is asked", async () => {
    await using transport = open(await closedPort())
    for (const token of ["", "../0a", "0a\r\nx: y", "cT9x:APA91b", "0a?"])
      expect(await transport.send({ token })).toEqual({
        _tag: "Rejected",
        reason: "invalid-address",
        code: "token",
      })
  })
})

describe("a server that is not Apple's", () => {
  test("R9: nobody listens: nothing was sent", async () => {
    await using transport = open(await closedPort())
    expect(await transport.send()).toEqual({
      _tag: "Rejected",
      reason: "unreachable",
      retryAfterMs: 30_000,
      code: "ECONNREFUSED",
    })
  })

  test("R9: one that speaks HTTP/1.1, or nothing at all, was sent nothing", async () => {
    let bodies = 0
    await using server = await httpServer(async (request, response) => {
      await bodyOf(request)
      bodies += 1
      response.end()
    })
    await using old = open(server.url)
    expect(await old.send()).toMatchObject({ _tag: "Rejected", reason: "unreachable" })
    const mute = createServer(() => {})
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve))
    const address = mute.address()
    const port = typeof address === "object" ? address?.port : 0
    await using silent = open(`http://127.0.0.1:${port}`, { timeoutMs: 50 })
    expect(await silent.send()).toMatchObject({ _tag: "Rejected", reason: "unreachable" })
    mute.close()
    expect(bodies).toBe(0)
  })

  test("R9: one without TLS is sent nothing when TLS is expected", async () => {
    await using server = await start()
    await using transport = open(server.url.replace("http:", "https:"))
    expect(await transport.send()).toMatchObject({ _tag: "Rejected", reason: "unreachable" })
    expect(server.received).toEqual([])
  })

  test.each([
    ["no apns-id", { ":status": 200 }, ""],
    ["an answer that is too long", { ":status": 200 }, "x".repeat(300_000)],
    ["an answer that is not UTF-8", { ":status": 410 }, Buffer.from([0xff])],
    ["a captive portal's page", { ":status": 200, "content-type": "text/html" }, "<html>Welcome</html>"],
  ])("R9: %s is Uncertain", async (_, headers, body) => {
    await using server = await start({
      takeOver: (stream) => {
        stream.respond(headers)
        stream.end(body)
        return true
      },
    })
    await using transport = open(server.url)
    expect(await transport.send()).toMatchObject({ _tag: "Uncertain" })
  })
})

describe("what a transport tells", () => {
  test("R20: no result repeats the token, the words, the key or what the server said", async () => {
    const token = `${"0b".repeat(31)}5e`
    const secrets = [token, "my secret words", "Mina", key.slice(40, 80), "sesame"]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(400, 403, 410, 429, 500, 503),
        fc.constantFrom(...secrets, "BadDeviceToken", `Bad ${token}`),
        async (status, reason) => {
          await using server = await start({ refusals: { [token]: { status, reason: `${reason} sesame` } } })
          await using transport = open(server.url)
          expectClean(await transport.send({ token, title: "Mina", body: "my secret words" }), secrets)
        },
      ),
      { numRuns: 30 },
    )
  })

  test("R20: options that are wrong are named without their values", () => {
    const wrong = (change: object) => () => apns({ ...optionsFor("https://apple.example"), ...change })
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey
    expect(wrong({ key: rsa.export({ type: "pkcs8", format: "pem" }) })).toThrow(
      "apns options:\nkey: expected an EC private key on P-256, PEM",
    )
    const longer = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey
    expect(wrong({ key: longer.export({ type: "pkcs8", format: "pem" }) })).toThrow("key: expected an EC")
    expect(wrong({ key: "sesame" })).toThrow(/^(?!.*sesame)apns options:\nkey: expected an EC/s)
    expect(wrong({ keyId: "short" })).toThrow("keyId: expected 10 capital letters and digits")
    expect(wrong({ ttlMs: -1 })).toThrow("ttlMs: expected")
    expect(wrong({ baseUrl: "apple" })).toThrow("baseUrl: expected a URL")
    expect(wrong({ fetch: () => {} })).toThrow("fetch: expected no field of this name")
    expect(wrong({ topik: "x" })).toThrow("topik: expected no field of this name")
  })

  test("R6: it takes Apple's tokens, unless the host says otherwise", () => {
    const byToken = apns(optionsFor("https://apple.example"))
    expect(byToken.handles(pushWith())).toBe(true)
    expect(byToken.handles(pushWith({ token: "cT9x:APA91b" }))).toBe(false)
    const own = apns(optionsFor("https://apple.example", { handles: ({ chatId }) => chatId === "c2" }))
    expect(own.handles(pushWith())).toBe(false)
  })
})
