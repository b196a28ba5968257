import { createHmac } from "node:crypto"
import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { resend, resendWebhook } from "../../docs/examples/resend.ts"
import { httpCounterpart, transportContract } from "../../src/testing/transport-contract.ts"
import { printedBy } from "../../tools/examples/printed.ts"
import { emailMessage, secrets } from "../transports/http/email-message.ts"
import { answer, attempt, localProvider } from "../transports/http/local-provider.ts"
import { mutated } from "../transports/http/webhook-mutations.ts"

const key = Buffer.from("twenty-four bytes of it!")
const secret = `whsec_${key.toString("base64")}`
const nowMs = 1_767_603_600_000
const deliveryId = "acme/cust%201/c1/m2/email"
const encoded = (text: string) => Buffer.from(text).toString("base64url")
const tags = {
  "followup-delivery": encoded(deliveryId),
  "followup-channel": encoded("acme"),
  "followup-customer": encoded("cust 1"),
}

const bodyOf = (type: string, data: object = {}, own: object = tags) =>
  JSON.stringify({
    type,
    created_at: "2026-01-05T08:59:58.000Z",
    data: { email_id: "e1", tags: own, ...data },
  })

interface Stamp {
  readonly id?: string
  readonly sentAt?: string
}

const sign = (body: string | Uint8Array, { id = "msg_1", sentAt = String(nowMs / 1_000) }: Stamp = {}) =>
  `v1,${createHmac("sha256", key).update(`${id}.${sentAt}.`).update(body).digest("base64")}`

const requestOf = (
  body: string | Buffer<ArrayBuffer>,
  signature = sign(body),
  { id = "msg_1", sentAt = String(nowMs / 1_000) }: Stamp = {},
): Request =>
  new Request("https://host.example/resend", {
    method: "POST",
    headers: { "svix-id": id, "svix-timestamp": sentAt, "svix-signature": signature },
    body,
  })

const webhook = resendWebhook({ secret, now: () => nowMs })
const hear = async (request: Request) => {
  const { events, response } = await webhook(request)
  return { events, status: response.status }
}

const refusal = (status: number, name: string) => ({
  status,
  body: { statusCode: status, name, message: `${secrets.address}: ${secrets.words}` },
})

describe("R9: mail through Resend", () => {
  const contract = transportContract(
    (baseUrl: string, timeoutMs) => resend({ apiKey: secrets.apiKey, baseUrl, timeoutMs }),
    {
      counterpart: httpCounterpart(),
      message: (mark) => emailMessage({ text: `${secrets.words} ${mark}` }),
      answers: {
        accepted: { status: 200, body: { id: "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794" } },
        rejected: {
          "400 validation_error": { answer: refusal(400, "validation_error"), reason: "unknown" },
          "400 invalid_idempotency_key": {
            answer: refusal(400, "invalid_idempotency_key"),
            reason: "unknown",
          },
          "401 missing_api_key": { answer: refusal(401, "missing_api_key"), reason: "auth" },
          "401 restricted_api_key": { answer: refusal(401, "restricted_api_key"), reason: "auth" },
          "403 invalid_api_key": { answer: refusal(403, "invalid_api_key"), reason: "auth" },
          "403 validation_error": { answer: refusal(403, "validation_error"), reason: "sender-not-allowed" },
          "403 invalid_from_address": {
            answer: refusal(403, "invalid_from_address"),
            reason: "sender-not-allowed",
          },
          "404 not_found": { answer: refusal(404, "not_found"), reason: "config" },
          "405 method_not_allowed": { answer: refusal(405, "method_not_allowed"), reason: "config" },
          "422 validation_error": { answer: refusal(422, "validation_error"), reason: "unknown" },
          "422 missing_required_field": { answer: refusal(422, "missing_required_field"), reason: "content" },
          "422 invalid_from_address": {
            answer: refusal(422, "invalid_from_address"),
            reason: "sender-not-allowed",
          },
          "429 daily_quota_exceeded": { answer: refusal(429, "daily_quota_exceeded"), reason: "quota" },
          "429 monthly_quota_exceeded": { answer: refusal(429, "monthly_quota_exceeded"), reason: "quota" },
          "429 rate_limit_exceeded": {
            answer: { ...refusal(429, "rate_limit_exceeded"), headers: { "retry-after": "1" } },
            reason: "rate-limited",
            retryAfterMs: 1_000,
          },
          "451 security_error": { answer: refusal(451, "security_error"), reason: "filtered" },
        },
        // The first request under the key may have sent it, or be sending it now.
        unclear: {
          "409 invalid_idempotent_request": refusal(409, "invalid_idempotent_request"),
          "409 concurrent_idempotent_requests": refusal(409, "concurrent_idempotent_requests"),
          "500 application_error": refusal(500, "application_error"),
          "a name at another status than its own": refusal(500, "missing_required_field"),
          "a name that is no text": { status: 500, body: { name: { toString: 1 } } },
          "200 without an id": { status: 200, body: { id: 1 } },
        },
      },
      secrets: Object.values(secrets),
      webhook: {
        receive: webhook,
        requests: () =>
          ["email.delivered", "email.bounced", "email.complained", "email.sent"].map((type) =>
            requestOf(bodyOf(type)),
          ),
      },
    },
  )
  for (const { name, run } of contract) test(name, run)
})

describe("what Resend is asked", () => {
  const ask = async (message = emailMessage(), id = deliveryId) => {
    await using provider = await localProvider(answer(200, { id: "e1" }))
    const transport = resend({ apiKey: secrets.apiKey, baseUrl: provider.baseUrl })
    await transport.send(message, attempt({ deliveryId: id, idempotencyKey: id }))
    const [got] = provider.received
    if (got === undefined) throw new Error("Resend was not asked")
    return { ...got, mail: JSON.parse(got.body) as Record<string, unknown> }
  }

  test("R13: is what its documentation says", async () => {
    const { method, path, headers, mail } = await ask()
    expect([method, path]).toEqual(["POST", "/emails"])
    expect(headers).toMatchObject({
      authorization: `Bearer ${secrets.apiKey}`,
      "content-type": "application/json",
      "idempotency-key": expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    const { messageId, headers: further, subject, html, text } = emailMessage()
    expect(mail).toEqual({
      from: "Acme <chat@acme.example>",
      to: [secrets.address],
      subject,
      html,
      text,
      headers: { ...further, "Message-ID": messageId },
      tags: Object.entries(tags).map(([name, value]) => ({ name, value })),
    })
  })
  test("R13: the same delivery is the same request on every attempt: Resend compares them under a key", async () => {
    const [one, again, other] = [await ask(), await ask(), await ask(emailMessage(), "acme/cust/c1/m3/email")]
    expect(again.body).toBe(one.body)
    expect(again.headers["idempotency-key"]).toBe(one.headers["idempotency-key"])
    expect(other.headers["idempotency-key"]).not.toBe(one.headers["idempotency-key"])
  })
  test.each([
    ["상점 1", "상점 1 <chat@acme.example>"],
    ["Acme, Inc.", '"Acme, Inc." <chat@acme.example>'],
    ['A" <b@c.example>, "', '"A\\" <b@c.example>, \\"" <chat@acme.example>'],
    ["A\r\nBcc: b@c.example", '"A\\r\\nBcc: b@c.example" <chat@acme.example>'],
    ["", '"" <chat@acme.example>'],
  ])("R14: a channel called %j stays one sender", async (name, from) => {
    const message = emailMessage({ from: { name, address: "chat@acme.example" } })
    expect((await ask(message)).mail["from"]).toBe(from)
  })
  test("R20: ids of 192 bytes have tags, longer ones none, and the mail leaves all the same", async () => {
    const namesOf = async (id: string) =>
      ((await ask(emailMessage(), id)).mail["tags"] as { name: string }[]).map(({ name }) => name)
    expect(await namesOf("d".repeat(192))).toContain("followup-delivery")
    expect(await namesOf("d".repeat(193))).toEqual(["followup-channel", "followup-customer"])
  })
})

describe("R20: what Resend tells afterwards", () => {
  const receipt = { _tag: "Receipt", deliveryId, atMs: nowMs - 2_000 }
  test.each<[string, string, object[]]>([
    ["delivered", bodyOf("email.delivered"), [{ ...receipt, status: "delivered" }]],
    [
      "bounced for good",
      bodyOf("email.bounced", { bounce: { type: "Permanent", subType: "General" } }),
      [{ ...receipt, status: "failed", reason: "invalid-address" }],
    ],
    [
      "bounced otherwise",
      bodyOf("email.bounced", { bounce: { type: "Transient" } }),
      [{ ...receipt, status: "failed" }],
    ],
    [
      "suppressed after a bounce",
      bodyOf("email.suppressed", { suppressed: { reason: "previous_bounce" } }),
      [{ ...receipt, status: "failed", reason: "invalid-address" }],
    ],
    [
      "suppressed after a complaint",
      bodyOf("email.suppressed", { suppressed: { reason: "previous_complaint" } }),
      [{ ...receipt, status: "failed", reason: "opted-out" }],
    ],
    [
      "failed",
      bodyOf("email.failed", { failed: { reason: "reached_daily_quota" } }),
      [{ ...receipt, status: "failed", reason: "quota" }],
    ],
    [
      "called spam",
      bodyOf("email.complained"),
      [{ _tag: "OptedOut", channelId: "acme", customerId: "cust 1", via: "email" }],
    ],
    ["on its way", bodyOf("email.sent"), []],
    ["delayed", bodyOf("email.delivery_delayed"), []],
    ["opened", bodyOf("email.opened"), []],
    ["something new", bodyOf("contact.created"), []],
    ["a mail that is not ours", bodyOf("email.delivered", {}, {}), []],
    ["a complaint about a mail that is not ours", bodyOf("email.complained", {}, {}), []],
  ])("%s", async (_, body, events) => {
    expect(await hear(requestOf(body))).toEqual({ events, status: 204 })
  })
  test.each(["soon", 7, null, { toString: 1 }])(
    "with %j for an instant the receipt has none",
    async (instant) => {
      const body = JSON.stringify({ type: "email.delivered", created_at: instant, data: { tags } })
      expect((await hear(requestOf(body))).events).toEqual([
        { _tag: "Receipt", deliveryId, status: "delivered" },
      ])
    },
  )
  test.each(["no", "[]", "{}", '{"type":1}', ""])("400: %j, signed", async (body) => {
    expect(await hear(requestOf(body))).toEqual({ events: [], status: 400 })
  })
})

describe("whose news is believed", () => {
  const body = bodyOf("email.delivered")
  const believed = { status: 204 }
  const refused = { events: [], status: 401 }

  test("the worked example of the scheme's documentation", async () => {
    const example = '{"test": 2432232314}'
    const request = new Request("https://host.example/", {
      method: "POST",
      headers: {
        "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "svix-timestamp": "1614265330",
        "svix-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
      },
      body: example,
    })
    const receive = resendWebhook({
      secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      now: () => 1_614_265_330_000,
    })
    // 400: believed, and then there is no type in it.
    expect((await receive(request)).response.status).toBe(400)
  })
  test("5 minutes old or early is believed, more is not", async () => {
    for (const [seconds, expected] of [
      [-300, believed],
      [300, believed],
      [-301, refused],
      [301, refused],
    ] as const) {
      const stamp = { sentAt: String(nowMs / 1_000 + seconds) }
      expect(await hear(requestOf(body, sign(body, stamp), stamp)), `${seconds} s`).toMatchObject(expected)
    }
  })
  test("an instant that is none is not believed, signed or not", async () => {
    for (const sentAt of ["soon", "", "NaN", "-1", "1e400"])
      expect(await hear(requestOf(body, sign(body, { sentAt }), { sentAt })), sentAt).toEqual(refused)
  })
  test("one of several signatures is enough", async () => {
    const other = `v1,${createHmac("sha256", "another").update(body).digest("base64")}`
    expect(await hear(requestOf(body, `${other} ${sign(body)}`))).toMatchObject(believed)
    expect(await hear(requestOf(body, `${other} ${other}`))).toEqual(refused)
    expect(await hear(requestOf(body, sign(body).replace("v1,", "v2,")))).toEqual(refused)
  })
  test("another id or instant than was signed is refused", async () => {
    expect(await hear(requestOf(body, sign(body), { id: "msg_2" }))).toEqual(refused)
    expect(await hear(requestOf(body, sign(body), { sentAt: String(nowMs / 1_000 - 1) }))).toEqual(refused)
  })
  test("1 000 requests that were tampered with are refused and say nothing", async () => {
    const signed = { body: Buffer.from(body), signature: sign(body) }
    expect((await hear(requestOf(signed.body, signed.signature))).events).toHaveLength(1)
    for (let index = 0; index < 1_000; index++) {
      const changed = mutated(signed, index)
      const isSame = changed.body.equals(signed.body) && changed.signature === signed.signature
      expect(isSame, `mutation ${index}`).toBe(false)
      expect(await hear(requestOf(changed.body, changed.signature)), `mutation ${index}`).toEqual(refused)
    }
  })
  test("a secret that is none is refused at once, and not repeated", () => {
    for (const one of ["", "whsec_", "re_123456789", `whsec_ ${secret}`])
      expect(() => resendWebhook({ secret: one })).toThrow(/^resendWebhook: secret: expected "whsec_"/)
    expect(() => resendWebhook({ secret: "distinctive" })).not.toThrow(/distinctive/)
  })
})

test("R20: the page's host understands Resend, and nobody else", async () => {
  expect(await printedBy("docs/examples/resend-host.ts")).toBe("204\n401\n")
})

test("the page's error table has every refusal of the recipe", () => {
  const page = readFileSync("docs/transports/resend.md", "utf8")
  const recipe = readFileSync("docs/examples/resend.ts", "utf8")
  const refusals = [...recipe.matchAll(/\["(\d{3}) (\w+)", "([\w-]+)"\]/g)]
  expect(refusals.length).toBeGreaterThan(5)
  for (const [, status, name, reason] of refusals)
    expect(
      page.split("\n").some((row) => [status, name, reason].every((part) => row.includes(`${part}`))),
      `${status} ${name}`,
    ).toBe(true)
})
