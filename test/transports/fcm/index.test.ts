import { generateKeyPairSync } from "node:crypto"
import { describe, expect, test } from "vitest"
import type { PushMessage, SendContext } from "../../../src/ports/transport.ts"
import { type FcmOptions, fcm } from "../../../src/transports/fcm/index.ts"
import { closedPort, faults } from "../faults.ts"
import { contextWith, expectClean, pushWith, until } from "../push-message.ts"
import { accountKey, fcmError, fcmServer } from "./fcm-server.ts"

const NOW_MS = Date.UTC(2026, 0, 5, 9)
const MINUTE_MS = 60_000

type Server = Awaited<ReturnType<typeof fcmServer>>

const open = (server: Server, change: Partial<FcmOptions> = {}) => {
  const transport = fcm({
    serviceAccount: server.serviceAccount,
    baseUrl: server.url,
    timeoutMs: 5_000,
    now: () => NOW_MS,
    ...change,
  })
  return (message: Partial<PushMessage> = {}, ctx: Partial<SendContext> = {}) =>
    transport.send(pushWith({ token: "cT9x:APA91b", ...message }), contextWith(ctx))
}

const start = (behaviour: Parameters<typeof fcmServer>[0] = {}) =>
  fcmServer({ now: () => NOW_MS, ...behaviour })

const messageOf = (server: Server) => JSON.parse(server.received[0]?.body ?? "{}").message

describe("a push that FCM takes", () => {
  test("R6: the request is what Google documents, and tells the app what to confirm", async () => {
    await using server = await start()
    const result = await open(server, { dataOnly: false })()
    expect(result).toEqual({ _tag: "Accepted", providerId: "0:1500415314455276%31bd1c961" })
    expect(server.received[0]?.headers).toMatchObject({
      "content-type": "application/json",
      authorization: "Bearer ya29.secret-1",
    })
    const message = messageOf(server)
    const topic = message.android.collapse_key
    expect(topic).toMatch(/^[\w-]{32}$/)
    expect(message).toEqual({
      token: "cT9x:APA91b",
      notification: { title: "Acme 고객센터", body: "네, 있습니다." },
      data: {
        deliveryId: "acme/cust%201/c1/m2/push",
        chatId: "c1",
        link: "https://acme.example/chat/c1",
      },
      android: { priority: "HIGH", ttl: "30s", collapse_key: topic, notification: { tag: topic } },
      apns: {
        headers: {
          "apns-push-type": "alert",
          "apns-priority": "10",
          "apns-expiration": String(NOW_MS / 1_000 + 30),
          "apns-collapse-id": topic,
        },
        payload: {
          aps: {
            alert: { title: "Acme 고객센터", body: "네, 있습니다." },
            sound: "default",
            "thread-id": topic,
            "mutable-content": 1,
          },
        },
      },
      webpush: {
        headers: { TTL: "30", Urgency: "high", Topic: topic },
        fcm_options: { link: "https://acme.example/chat/c1" },
      },
    })
  })

  test("R7: data only, the app shows the message and can confirm it in the background", async () => {
    await using server = await start()
    await open(server, { ttlMs: 0 })({ link: "acme://chat/c1" })
    const message = messageOf(server)
    expect(message).not.toHaveProperty("notification")
    expect(message.data).toMatchObject({
      title: "Acme 고객센터",
      body: "네, 있습니다.",
      link: "acme://chat/c1",
    })
    expect(message.android).toMatchObject({ priority: "HIGH", ttl: "0s" })
    expect(message.android).not.toHaveProperty("notification")
    expect(message.apns.headers["apns-expiration"]).toBe("0")
    expect(message.apns.payload.aps.alert.body).toBe("네, 있습니다.")
    expect(message.webpush).not.toHaveProperty("fcm_options")
  })

  test.each([true, false])("R6: a long reply is cut to what FCM takes (data only: %s)", async (dataOnly) => {
    await using server = await start()
    const send = open(server, { dataOnly })
    expect(await send({ body: "가나다 ".repeat(2_000) })).toMatchObject({ _tag: "Accepted" })
    expect(Buffer.byteLength(server.received[0]?.body ?? "")).toBeGreaterThan(4_080)
    expect(messageOf(server).apns.payload.aps.alert.body).toMatch(/^가나다 .*…$/)
    expect(await send({ title: "가".repeat(2_000) })).toEqual({
      _tag: "Rejected",
      reason: "content",
      code: "too-long",
    })
  })
})

describe("the access token", () => {
  test("R6: is asked for once, however many wait, and shared until its last minute", async () => {
    let nowMs = NOW_MS
    await using server = await start({ now: () => nowMs })
    const send = open(server, { now: () => nowMs })
    const results = await Promise.all(Array.from({ length: 30 }, () => send()))
    expect(results.every(({ _tag }) => _tag === "Accepted")).toBe(true)
    expect(server.assertions).toHaveLength(1)
    expect(server.assertions[0]?.header).toEqual({ alg: "RS256", typ: "JWT", kid: "k1" })
    expect(server.assertions[0]?.claims["scope"]).toBe("https://www.googleapis.com/auth/firebase.messaging")
    nowMs = NOW_MS + 3_599_000 - MINUTE_MS - 1
    await send()
    expect(server.assertions).toHaveLength(1)
    nowMs += 1
    expect(await send()).toMatchObject({ _tag: "Accepted" })
    expect(server.assertions).toHaveLength(2)
  })

  test("R6: one that FCM refuses is replaced once, by one for all", async () => {
    await using server = await start()
    const send = open(server)
    await send()
    server.revoke()
    const results = await Promise.all(Array.from({ length: 10 }, () => send()))
    expect(results.every(({ _tag }) => _tag === "Accepted")).toBe(true)
    expect(server.assertions).toHaveLength(2)
  })

  test("R6: FCM's own trouble with Apple or a browser takes no other token", async () => {
    const code = "THIRD_PARTY_AUTH_ERROR"
    const refusals = { "cT9x:APA91b": fcmError(401, "UNAUTHENTICATED", { errorCode: code }) }
    await using server = await start({ refusals })
    expect(await open(server)()).toEqual({ _tag: "Rejected", reason: "config", code })
    expect(server.assertions).toHaveLength(1)
  })

  test("R20: two in a row that FCM refuses are a matter of credentials", async () => {
    const refusals = { "cT9x:APA91b": fcmError(401, "UNAUTHENTICATED") }
    await using server = await start({ refusals })
    expect(await open(server)()).toEqual({ _tag: "Rejected", reason: "auth", code: "UNAUTHENTICATED" })
    expect(server.assertions).toHaveLength(2)
  })

  test.each([
    [
      { status: 400, body: { error: "invalid_grant" } },
      { reason: "auth", code: "invalid_grant" },
    ],
    [
      { status: 401, body: { error: "invalid_client" } },
      { reason: "auth", code: "invalid_client" },
    ],
    [
      { status: 403, body: "<html>" },
      { reason: "auth", code: "403" },
    ],
    [
      { status: 404, body: "<html>" },
      { reason: "config", code: "404" },
    ],
    [
      { status: 429, headers: { "retry-after": "7" } },
      { reason: "rate-limited", code: "429", retryAfterMs: 7_000 },
    ],
    [
      { status: 500, body: "" },
      { reason: "provider-error", code: "500", retryAfterMs: 30_000 },
    ],
    [
      { status: 503, body: { error: "internal_failure" }, headers: { "retry-after": "9" } },
      { reason: "provider-error", code: "internal_failure", retryAfterMs: 9_000 },
    ],
    [
      { status: 200, body: "<html>Welcome</html>" },
      { reason: "provider-error", code: "200" },
    ],
    [{ status: 200, body: { access_token: "a\r\nb", expires_in: 9 } }, { reason: "provider-error" }],
    [{ status: 200, body: { access_token: "a" } }, { reason: "provider-error" }],
    [
      { status: 403, body: { access_token: "a", expires_in: 3_600 } },
      { reason: "auth", code: "403" },
    ],
  ])("R9: %j in place of a token: nothing was sent", async (tokenAnswer, expected) => {
    await using server = await start({ tokenAnswer })
    expect(await open(server)()).toMatchObject({ _tag: "Rejected", ...expected })
    expect(server.received).toEqual([])
  })

  test.each(Object.entries(faults))("R9: a token server that %s: nothing was sent", async (_, tokenFault) => {
    await using server = await start({ tokenFault })
    const result = await open(server, { timeoutMs: 750 })()
    expect(result).toMatchObject({ _tag: "Rejected", retryAfterMs: 30_000 })
    expect(server.received).toEqual([])
  })

  test("R9: who gives up while waiting for it has sent nothing, and the others get it", async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    await using server = await start({ holdToken: () => held })
    const send = open(server)
    const giving = new AbortController()
    const first = send({}, { signal: giving.signal })
    const second = send()
    await until(() => server.assertions.length === 1)
    giving.abort()
    expect(await first).toMatchObject({ _tag: "Rejected", reason: "unreachable", code: "aborted" })
    release()
    expect(await second).toMatchObject({ _tag: "Accepted" })
    expect(server.received).toHaveLength(1)
    expect(server.assertions).toHaveLength(1)
  })
})

// https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
describe("a push that FCM refuses", () => {
  const unregistered = fcmError(404, "NOT_FOUND", { errorCode: "UNREGISTERED" })
  const unavailable = fcmError(503, "UNAVAILABLE", { errorCode: "UNAVAILABLE" })
  const quota = fcmError(429, "RESOURCE_EXHAUSTED", { errorCode: "QUOTA_EXCEEDED" })
  test.each([
    [unregistered, "gone", "UNREGISTERED"],
    [{ ...unregistered, headers: { "retry-after": "5" } }, "gone", "UNREGISTERED"],
    [fcmError(403, "PERMISSION_DENIED", { errorCode: "SENDER_ID_MISMATCH" }), "config", "SENDER_ID_MISMATCH"],
    [
      fcmError(401, "UNAUTHENTICATED", { errorCode: "THIRD_PARTY_AUTH_ERROR" }),
      "config",
      "THIRD_PARTY_AUTH_ERROR",
    ],
    [fcmError(403, "PERMISSION_DENIED"), "auth", "PERMISSION_DENIED"],
    [fcmError(404, "NOT_FOUND"), "config", "NOT_FOUND"],
    [
      fcmError(400, "INVALID_ARGUMENT", { errorCode: "INVALID_ARGUMENT", field: "message.token" }),
      "invalid-address",
      "INVALID_ARGUMENT",
    ],
    [
      fcmError(400, "INVALID_ARGUMENT", { errorCode: "INVALID_ARGUMENT" }),
      "invalid-address",
      "INVALID_ARGUMENT",
    ],
    [
      fcmError(400, "INVALID_ARGUMENT", { errorCode: "INVALID_ARGUMENT", field: "message.android.ttl" }),
      "content",
      "INVALID_ARGUMENT",
    ],
    [fcmError(400, "INVALID_ARGUMENT", { field: "message.data[0].value" }), "content", "INVALID_ARGUMENT"],
    [fcmError(400, "INVALID_ARGUMENT"), "content", "INVALID_ARGUMENT"],
    [fcmError(400, "FAILED_PRECONDITION"), "unknown", "FAILED_PRECONDITION"],
    [{ status: 400, body: "<html>" }, "unknown", "400"],
    [quota, "rate-limited", "QUOTA_EXCEEDED", 60_000],
    [{ ...quota, headers: { "retry-after": "5" } }, "rate-limited", "QUOTA_EXCEEDED", 5_000],
    [fcmError(429, "RESOURCE_EXHAUSTED"), "rate-limited", "RESOURCE_EXHAUSTED", 30_000],
    [unavailable, "provider-error", "UNAVAILABLE", 30_000],
    [{ ...unavailable, headers: { "retry-after": "2" } }, "provider-error", "UNAVAILABLE", 2_000],
    [{ status: 307, headers: { location: "https://elsewhere.example/" } }, "config", "307"],
  ] as const)("R20: %j is Rejected as %s", async (answer, reason, code, ...[retryAfterMs]) => {
    await using server = await start({ refusals: { "c:sesame": answer } })
    expect(await open(server)({ token: "c:sesame" })).toEqual({
      _tag: "Rejected",
      reason,
      code,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
  })

  test.each([
    [fcmError(500, "INTERNAL", { errorCode: "INTERNAL" }), "INTERNAL"],
    [fcmError(500, "UNKNOWN", { errorCode: "UNSPECIFIED_ERROR" }), "UNSPECIFIED_ERROR"],
    [fcmError(500, "UNKNOWN", { errorCode: "toString" }), "toString"],
    [fcmError(500, "INVALID_ARGUMENT"), "INVALID_ARGUMENT"],
    [{ status: 503, body: "<html>Error 503</html>" }, "503"],
    [{ status: 200, body: {} }, "200 without a name"],
    [{ status: 200, body: { name: "projects/acme-app/messages/" } }, "200 without a name"],
    [{ status: 200, body: "<html>Welcome</html>" }, "200 without a name"],
    [{ status: 200, body: "", headers: { "content-type": "text/plain" } }, "200 without a name"],
    [{ status: 204, body: "" }, "204"],
  ])("R9: %j does not say that nothing was sent", async (answer, code) => {
    await using server = await start({ refusals: { "c:sesame": answer } })
    expect(await open(server)({ token: "c:sesame" })).toEqual({ _tag: "Uncertain", code })
  })

  test.each(Object.entries(faults))("R9: FCM that %s may have sent", async (_, fault) => {
    await using server = await start({ fault })
    expect(await open(server, { timeoutMs: 750 })()).toMatchObject({ _tag: "Uncertain" })
  })

  test("R9: an aborted push may have been sent, one that was aborted before was not", async () => {
    const stopping = new AbortController()
    await using server = await start({ fault: () => stopping.abort() })
    const send = open(server)
    expect(await send({}, { signal: stopping.signal })).toEqual({ _tag: "Uncertain", code: "aborted" })
    expect(await send({}, { signal: stopping.signal })).toMatchObject({
      _tag: "Rejected",
      reason: "unreachable",
    })
  })

  test("R9: nobody listens: nothing was sent", async () => {
    await using server = await start()
    const nobody = await closedPort()
    const expected = { _tag: "Rejected", reason: "unreachable", code: "ECONNREFUSED", retryAfterMs: 30_000 }
    expect(await open(server, { baseUrl: nobody })()).toEqual(expected)
    const serviceAccount = { ...server.serviceAccount, token_uri: `${nobody}/token` }
    expect(await open(server, { serviceAccount })()).toEqual(expected)
  })
})

describe("what a transport tells", () => {
  test("R20: no result repeats the token, the words, the key or what the server said", async () => {
    const secrets = ["sesame", "Mina", "my secret words", "ya29", accountKey.slice(40, 80)]
    const answers = [
      fcmError(404, "NOT_FOUND", { errorCode: "UNREGISTERED c:sesame" }),
      fcmError(400, "INVALID_ARGUMENT", { errorCode: "c sesame", field: "message.token c:sesame" }),
      fcmError(500, "INTERNAL Mina"),
      { status: 200, body: { name: "projects/x/messages/my secret words" } },
    ]
    for (const answer of answers) {
      await using server = await start({ refusals: { "c:sesame": answer } })
      const result = await open(server)({ token: "c:sesame", title: "Mina", body: "my secret words" })
      expectClean(result, secrets)
    }
  })

  test("R20: options that are wrong are named without their values, and Google's file may say more", async () => {
    await using server = await start()
    const { serviceAccount } = server
    const wrong =
      (account: object, change: object = {}) =>
      () =>
        fcm({ serviceAccount: { ...serviceAccount, ...account }, ...change })
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
    expect(wrong({ private_key: ec.export({ type: "pkcs8", format: "pem" }) })).toThrow(
      "fcm options:\nserviceAccount.private_key: expected an RSA private key, PEM",
    )
    expect(wrong({ private_key: "sesame" })).toThrow(/^(?!.*sesame)fcm options:/s)
    expect(wrong({ project_id: "../x" })).toThrow("serviceAccount.project_id: expected a project's id")
    expect(wrong({ token_uri: "google" })).toThrow("serviceAccount.token_uri: expected a URL")
    expect(wrong({}, { dataonly: true })).toThrow("dataonly: expected no field of this name")
    expect(wrong({}, { ttlMs: 2_419_200_001 })).toThrow("ttlMs: expected")
    expect(wrong({ type: "service_account", universe_domain: "googleapis.com" })).not.toThrow()
  })

  test("R6: it takes tokens that are no other service's, unless the host says otherwise", async () => {
    await using server = await start()
    const { serviceAccount } = server
    expect(fcm({ serviceAccount }).handles(pushWith({ token: "cT9x:APA91b" }))).toBe(true)
    expect(fcm({ serviceAccount }).handles(pushWith())).toBe(false)
    expect(fcm({ serviceAccount, handles: () => true }).handles(pushWith())).toBe(true)
  })
})
