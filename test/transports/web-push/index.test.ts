import { createPublicKey } from "node:crypto"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { PushMessage, SendContext } from "../../../src/ports/transport.ts"
import { type WebPushOptions, webPush } from "../../../src/transports/web-push/index.ts"
import { closedPort, faults } from "../faults.ts"
import { contextWith, expectClean, pushWith, verifiedJwt } from "../push-message.ts"
import { pushService, vapidKeys } from "./push-service.ts"

const subject = "mailto:push@acme.example"

const open = (url: string, change: Partial<WebPushOptions> = {}) => {
  const transport = webPush({ subject, ...vapidKeys, hosts: [url], timeoutMs: 5_000, ...change })
  return (message: Partial<PushMessage> = {}, ctx: Partial<SendContext> = {}) =>
    transport.send(pushWith(message), contextWith(ctx))
}

const vapidPublicKey = () => {
  const bytes = Buffer.from(vapidKeys.publicKey, "base64url")
  const x = bytes.subarray(1, 33).toString("base64url")
  const y = bytes.subarray(33).toString("base64url")
  return createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" }).export({
    type: "spki",
    format: "pem",
  })
}

describe("a push that a browser gets", () => {
  test("R6: the browser decrypts what it has to show and to confirm", async () => {
    await using service = await pushService()
    const browser = await service.subscribe()
    expect(await open(service.url)({ token: browser.token })).toEqual({ _tag: "Accepted" })
    expect(browser.read()).toEqual([
      {
        title: "Acme 고객센터",
        body: "네, 있습니다.",
        deliveryId: "acme/cust%201/c1/m2/push",
        chatId: "c1",
        link: "https://acme.example/chat/c1",
      },
    ])
  })

  test("R6: the request is what the RFCs document", async () => {
    await using service = await pushService()
    const { token } = await service.subscribe()
    await open(service.url)({ token })
    const [{ headers } = expect.fail()] = service.received
    expect(headers).toMatchObject({
      ttl: "30",
      urgency: "high",
      "content-encoding": "aes128gcm",
      "content-type": "application/octet-stream",
      topic: expect.stringMatching(/^[\w-]{32}$/),
    })
    const [, jwt = "", key] = /^vapid t=([^,]+), k=(\S+)$/.exec(headers.authorization ?? "") ?? []
    expect(key).toBe(vapidKeys.publicKey)
    const { claims } = verifiedJwt(jwt, vapidPublicKey()) ?? expect.fail()
    expect(claims).toMatchObject({ aud: service.url, sub: subject })
  })

  test("R7: with a time limit of 0 a push arrives now or never", async () => {
    await using service = await pushService()
    const { token } = await service.subscribe()
    await open(service.url, { ttlMs: 999 })({ token })
    expect(service.received[0]?.headers["ttl"]).toBe("0")
  })

  test("R6: a long reply is cut to what every push service takes", async () => {
    await using service = await pushService()
    const browser = await service.subscribe()
    const send = open(service.url)
    const lengths = fc.integer({ min: 3_700, max: 4_100 })
    await fc.assert(
      fc.asyncProperty(lengths, fc.constantFrom("a", "가", '"', "👍🏽"), async (length, char) => {
        service.received.length = 0
        const body = char.repeat(length)
        expect(await send({ token: browser.token, body })).toEqual({ _tag: "Accepted" })
        const { bytes } = service.received[0] ?? expect.fail()
        expect(bytes).toBeLessThanOrEqual(4_096)
        const read = browser.read().at(-1) as { body: string }
        if (read.body !== body) {
          expect(read.body.endsWith("…")).toBe(true)
          expect(body.startsWith(read.body.slice(0, -1))).toBe(true)
          expect(bytes).toBeGreaterThan(4_070)
        }
      }),
      { numRuns: 25 },
    )
    const tooLong = await send({ token: browser.token, title: "가".repeat(2_000) })
    expect(tooLong).toEqual({ _tag: "Rejected", reason: "content", code: "too-long" })
  })

  test("R20: many at once are sent each", async () => {
    await using service = await pushService()
    const browser = await service.subscribe()
    const send = open(service.url)
    const bodies = Array.from({ length: 30 }, (_, index) => `reply ${index}`)
    await Promise.all(bodies.map((body) => send({ token: browser.token, body })))
    const read = browser.read().map((one) => (one as { body: string }).body)
    expect(read.toSorted()).toEqual(bodies.toSorted())
  })
})

describe("a push that a service refuses", () => {
  test("R20: a subscription that ended is gone", async () => {
    await using service = await pushService()
    const browser = await service.subscribe()
    browser.expire()
    expect(await open(service.url)({ token: browser.token })).toEqual({
      _tag: "Rejected",
      reason: "gone",
      code: "410",
    })
  })

  test.each([
    [{ status: 400 }, "unknown", "400"],
    [{ status: 401, text: '{"code":401,"errno":109}' }, "auth", "401/109"],
    [{ status: 403, text: "the VAPID credentials do not correspond" }, "config", "403"],
    [{ status: 403, text: '{"reason":"VapidPkHashMismatch"}' }, "config", "403/VapidPkHashMismatch"],
    [{ status: 403, text: '{"reason":"BadJwtToken"}' }, "auth", "403/BadJwtToken"],
    [{ status: 404, text: '{"code":404,"errno":102}' }, "gone", "404/102"],
    [{ status: 410, text: '{"code":410,"errno":103}' }, "gone", "410/103"],
    [{ status: 413 }, "content", "413"],
    [{ status: 429, headers: { "retry-after": "11" } }, "rate-limited", "429", 11_000],
    [{ status: 429 }, "rate-limited", "429", 30_000],
    [{ status: 406, headers: { "retry-after": "3" } }, "rate-limited", "406", 3_000],
    [{ status: 307, headers: { location: "http://169.254.169.254/" } }, "config", "307"],
  ] as const)("R20: %j is Rejected as %s", async (answer, reason, code, ...[retryAfterMs]) => {
    await using service = await pushService({ answer })
    const { token } = await service.subscribe()
    expect(await open(service.url)({ token })).toEqual({
      _tag: "Rejected",
      reason,
      code,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
  })

  test.each([{ status: 200 }, { status: 201 }, { status: 202 }])("R7: %j takes it over", async (answer) => {
    await using service = await pushService({ answer })
    const { token } = await service.subscribe()
    expect(await open(service.url)({ token })).toEqual({ _tag: "Accepted" })
  })

  test.each([
    [{ status: 500, text: '{"errno":999}' }, "500/999"],
    [{ status: 503, text: '{"errno":201}' }, "503/201"],
    [{ status: 500, text: '{"reason":"BadJwtToken"}' }, "500/BadJwtToken"],
    [{ status: 204 }, "204"],
  ])("R9: %j does not say that nothing was sent", async (answer, code) => {
    await using service = await pushService({ answer })
    const { token } = await service.subscribe()
    const result = await open(service.url)({ token })
    expect(result).toEqual({ _tag: "Uncertain", code })
  })

  test.each(Object.entries(faults))("R9: a service that %s may have sent", async (_, fault) => {
    await using service = await pushService({ fault })
    const { token } = await service.subscribe()
    expect(await open(service.url, { timeoutMs: 750 })({ token })).toMatchObject({ _tag: "Uncertain" })
  })

  test("R9: an aborted push may have been sent; one aborted before, or to nobody, was not", async () => {
    const stopping = new AbortController()
    await using service = await pushService({ fault: () => stopping.abort() })
    const { token } = await service.subscribe()
    const send = open(service.url)
    expect(await send({ token }, { signal: stopping.signal })).toEqual({ _tag: "Uncertain", code: "aborted" })
    const unreachable = { _tag: "Rejected", reason: "unreachable" }
    expect(await send({ token }, { signal: stopping.signal })).toMatchObject(unreachable)
    const nobody = await closedPort()
    const gone = token.replace(service.url, nobody)
    expect(await open(nobody)({ token: gone })).toMatchObject({ ...unreachable, code: "ECONNREFUSED" })
  })
})

describe("what a transport tells", () => {
  test("R20: no result repeats the subscription, the words, a key or what the service said", async () => {
    const answers = [
      undefined,
      { status: 403, text: '{"reason":"no sesame here"}' },
      { status: 429, text: "sesame" },
      { status: 500, text: '{"errno":"my secret words"}' },
    ]
    for (const answer of answers) {
      await using service = await pushService(answer && { answer })
      const { token, endpoint } = await service.subscribe()
      const result = await open(service.url)({ token, title: "Mina", body: "my secret words" })
      expectClean(result, [endpoint, "sesame", "Mina", "my secret words", vapidKeys.privateKey])
    }
  })

  test("R20: options that are wrong are named without their values", () => {
    const wrong = (change: object) => () => webPush({ subject, ...vapidKeys, ...change })
    // The second is on no curve.
    for (const byte of [7, 0])
      expect(wrong({ privateKey: Buffer.alloc(32, byte).toString("base64url") })).toThrow(
        "web-push options:\ninput: expected publicKey and privateKey of one pair",
      )
    expect(wrong({ privateKey: "sesame" })).toThrow(/^(?!.*sesame)web-push options:\nprivateKey: expected/s)
    expect(wrong({ publicKey: Buffer.alloc(65).toString("base64url") })).toThrow(
      "publicKey: expected a public",
    )
    for (const bad of [
      "push@acme.example",
      "mailto: push@acme.example",
      "mailto:<a@b.c>",
      "http://acme.example",
    ])
      expect(wrong({ subject: bad })).toThrow("subject: expected mailto: and an address, or an https URL")
    expect(wrong({ baseUrl: "https://acme.example" })).toThrow("baseUrl: expected no field of this name")
    expect(wrong({ subject: "https://acme.example/push" })).not.toThrow()
  })

  test("R6: it takes browsers' subscriptions, unless the host says otherwise", async () => {
    await using service = await pushService()
    const { token } = await service.subscribe()
    const byToken = webPush({ subject, ...vapidKeys })
    expect(byToken.handles(pushWith({ token }))).toBe(true)
    expect(byToken.handles(pushWith())).toBe(false)
    const none = webPush({ subject, ...vapidKeys, handles: () => false })
    expect(none.handles(pushWith({ token }))).toBe(false)
  })
})
