import { createECDH, randomBytes } from "node:crypto"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { webPush } from "../../../src/transports/web-push/index.ts"
import { readSubscription } from "../../../src/transports/web-push/subscription.ts"
import { contextWith, pushWith } from "../push-message.ts"
import { vapidKeys } from "./push-service.ts"

const keys = {
  p256dh: createECDH("prime256v1").generateKeys("base64url"),
  auth: randomBytes(16).toString("base64url"),
}

const tokenAt = (endpoint: string, change: object = {}): string =>
  JSON.stringify({ endpoint, expirationTime: null, keys, ...change })

const mayCall = (endpoint: string, hosts?: readonly string[]): boolean =>
  readSubscription(tokenAt(endpoint), hosts) !== undefined

describe("where a subscription may lead", () => {
  test.each([
    "https://fcm.googleapis.com/fcm/send/abc:def",
    "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
    "https://wns2-par02p.notify.windows.com/w/?token=abc",
    "https://web.push.apple.com/QA",
    "https://push.acme.example.com:8443/x",
    "https://push.local.acme.com/x",
    "https://notlocal.acme.com./x",
  ])("R6: %s is called", (endpoint) => {
    expect(mayCall(endpoint)).toBe(true)
  })

  test.each([
    "http://fcm.googleapis.com/fcm/send/abc",
    "https://localhost/x",
    "https://LOCALHOST./x",
    "https://app.localhost/x",
    "https://127.0.0.1/x",
    "https://127.1/x",
    "https://0x7f000001/x",
    "https://2130706433/x",
    "https://10.0.0.8/x",
    "https://192.168.1.1/x",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/x",
    "https://[::ffff:10.0.0.1]/x",
    "https://[fe80::1]/x",
    "https://8.8.8.8/x",
    "https://intranet/x",
    "https://vault.corp.internal/x",
    "https://metadata.google.internal/x",
    "https://printer.local/x",
    "https://router.home.arpa/x",
    "https://push.test/x",
    "https://push.invalid/x",
    "https://push.example/x",
    "https://push.onion/x",
    "https://push.alt/x",
    "https://user:pass@fcm.googleapis.com/x",
    "https://user@fcm.googleapis.com/x",
    "https://:pass@fcm.googleapis.com/x",
    "https://android.googleapis.com/gcm/send/x",
    "https://android.googleapis.com./gcm/send/x",
    "ftp://fcm.googleapis.com/x",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "//fcm.googleapis.com/x",
    "",
  ])("R6: %s is not called", async (endpoint) => {
    expect(mayCall(endpoint)).toBe(false)
    let calls = 0
    const fetch = async () => {
      calls += 1
      return new Response(null, { status: 201 })
    }
    const transport = webPush({ subject: "mailto:push@acme.example", ...vapidKeys, fetch })
    expect(await transport.send(pushWith({ token: tokenAt(endpoint) }), contextWith())).toEqual({
      _tag: "Rejected",
      reason: "invalid-address",
      code: "subscription",
    })
    expect(calls).toBe(0)
  })

  test("R6: where hosts are named, only they are called", () => {
    const hosts = ["fcm.googleapis.com", ".push.apple.com", "http://localhost:8090"]
    expect(mayCall("https://fcm.googleapis.com/x", hosts)).toBe(true)
    expect(mayCall("https://web.push.apple.com/x", hosts)).toBe(true)
    expect(mayCall("http://localhost:8090/x", hosts)).toBe(true)
    for (const endpoint of [
      "https://updates.push.services.mozilla.com/x",
      "http://fcm.googleapis.com/x",
      "https://fcm.googleapis.com:8443/x",
      "https://fcm.googleapis.com.evil.example/x",
      "https://evilpush.apple.com/x",
      "http://web.push.apple.com/x",
      "http://localhost:8091/x",
      "https://localhost:8090/x",
      "http://a@localhost:8090/x",
    ])
      expect(mayCall(endpoint, hosts), endpoint).toBe(false)
  })

  test("R6: whatever a browser claims, no address and no name of one label is called", () => {
    const hostnames = fc.oneof(
      fc.ipV4(),
      fc.ipV4Extended(),
      fc.ipV6().map((ip) => `[${ip}]`),
      fc.stringMatching(/^[a-z]{1,9}\.?$/),
    )
    fc.assert(fc.property(hostnames, (hostname) => !mayCall(`https://${hostname}/x`)))
  })
})

describe("what is a subscription", () => {
  const endpoint = "https://fcm.googleapis.com/fcm/send/abc"
  const point = Buffer.from(keys.p256dh, "base64url")
  test.each([
    ["a key that is missing", { keys: { auth: keys.auth } }],
    ["a key that is too short", { keys: { ...keys, p256dh: point.subarray(1).toString("base64url") } }],
    [
      "a compressed key",
      {
        keys: { ...keys, p256dh: Buffer.concat([Buffer.from([2]), point.subarray(1)]).toString("base64url") },
      },
    ],
    ["a secret that is too short", { keys: { ...keys, auth: "AAAA" } }],
    ["a key that is too long", { keys: { ...keys, p256dh: `${keys.p256dh}AAAA` } }],
    ["a secret that is too long", { keys: { ...keys, auth: "A".repeat(24) } }],
    ["a secret after something else", { keys: { ...keys, auth: `\n${keys.auth}` } }],
    ["a secret of other characters", { keys: { ...keys, auth: `${"A".repeat(21)}\n` } }],
    ["a secret before something else", { keys: { ...keys, auth: `${keys.auth}==!` } }],
    ["an endpoint that is no text", { endpoint: 7 }],
  ])("R6: %s is refused", (_, change) => {
    expect(readSubscription(tokenAt(endpoint, change), undefined)).toBeUndefined()
    expect(readSubscription(tokenAt(endpoint), undefined)).toEqual({ endpoint, keys })
  })

  test("R6: any token is read or refused", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (token) => void readSubscription(token, undefined)),
    )
  })

  test("R6: a key that is no point of the curve is refused before anything is sent", async () => {
    const p256dh = Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)]).toString("base64url")
    const fetch = () => Promise.reject(new Error("was called"))
    const transport = webPush({ subject: "mailto:push@acme.example", ...vapidKeys, fetch })
    const token = tokenAt(endpoint, { keys: { ...keys, p256dh } })
    expect(await transport.send(pushWith({ token }), contextWith())).toEqual({
      _tag: "Rejected",
      reason: "invalid-address",
      code: "keys",
    })
  })
})
