import { describe, expect, test } from "vitest"
import type { XmsMessage } from "../../../src/ports/transport.ts"
import { knownCodes, reasonOf } from "../../../src/transports/twilio/errors.ts"
import { type TwilioOptions, twilio } from "../../../src/transports/twilio/index.ts"
import { documentedCodes } from "../http/documented-codes.ts"
import { jsonReply, providerServer, type Reply } from "../http/provider-server.ts"
import { contextOf, transportCases } from "../http/transport-cases.ts"

const hex = "0123456789abcdef0123456789ABCDEF"
const options = {
  accountSid: `AC${hex}`,
  auth: { authToken: "t0ken-of-twilio" },
  sender: { from: "+15005550006" },
  statusCallback: "https://chat.example/webhooks/twilio",
} satisfies TwilioOptions

const message: XmsMessage = {
  channelId: "acme",
  customerId: "cust 1",
  chatId: "c1",
  to: "+819012345678",
  country: "JP",
  kind: "SMS",
  segments: 1,
  text: "在庫あり & 100% +1=2 😀",
}

const accepted = jsonReply(201, { sid: `SM${hex}`, status: "queued", error_code: null, body: message.text })

const sendTo = async (reply: Reply, change: Partial<TwilioOptions> = {}, id?: string) => {
  await using server = await providerServer(() => reply)
  const result = await twilio({ ...options, baseUrl: server.baseUrl, ...change }).send(message, contextOf(id))
  const [request = expect.fail("nothing was asked")] = server.requests
  return { result, request, form: Object.fromEntries(new URLSearchParams(request.body)) }
}
const error = (status: number, code: number, headers = {}): Reply =>
  jsonReply(status, { code, message: `to ${message.to}`, status }, headers)

transportCases({
  make: (change) => twilio({ ...options, ...change }),
  message,
  accepted,
  deliveryIn: ({ body }) => {
    const url = new URL(new URLSearchParams(body).get("StatusCallback") ?? "")
    return url.searchParams.get("delivery") ?? undefined
  },
  secrets: [message.to, "819012345678", message.text, "t0ken-of-twilio"],
})

describe("R10: a text that Twilio takes over", () => {
  test("is asked for as the Messages API wants it", async () => {
    const { result, request, form } = await sendTo(accepted)
    expect(result).toEqual({ _tag: "Accepted", providerId: `SM${hex}` })
    expect(request.method).toBe("POST")
    expect(request.url.pathname).toBe(`/2010-04-01/Accounts/AC${hex}/Messages.json`)
    expect(request.headers["content-type"]).toBe("application/x-www-form-urlencoded")
    expect(request.headers.authorization).toBe(`Basic ${btoa(`AC${hex}:t0ken-of-twilio`)}`)
    expect(form).toEqual({
      To: message.to,
      From: "+15005550006",
      Body: message.text,
      StatusCallback: "https://chat.example/webhooks/twilio?delivery=acme%2Fcust%25201%2Fc1%2Fm2%2Fxms",
    })
  })
  test("can go out by an API key and a Messaging Service", async () => {
    const { form, request } = await sendTo(accepted, {
      auth: { apiKeySid: `SK${hex}`, apiKeySecret: "key-secret" },
      sender: { messagingServiceSid: `MG${hex}` },
    })
    expect(request.headers.authorization).toBe(`Basic ${btoa(`SK${hex}:key-secret`)}`)
    expect(request.url.pathname).toContain(`/Accounts/AC${hex}/`)
    expect(form).toMatchObject({ MessagingServiceSid: `MG${hex}` })
    expect(form).not.toHaveProperty("From")
  })
  test("R20: names its delivery in the callback's URL, whose query and connection overrides stay", async () => {
    const statusCallback = "https://chat.example/webhooks/twilio?tenant=1#rc=3"
    const id = "acme/%EA%B0%80'()*!~/c1/m1/xms"
    const { form } = await sendTo(accepted, { statusCallback }, id)
    const url = new URL(form["StatusCallback"] ?? "")
    expect(url.searchParams.get("delivery")).toBe(id)
    expect(url.searchParams.get("tenant")).toBe("1")
    expect(url.hash).toBe("#rc=3")
    expect(url.search).toMatch(/^[\w?&=%*.+-]+$/)
  })
  test("R9: without a status callback it promises no receipt", async () => {
    const { statusCallback: _, ...silent } = options
    expect(twilio(silent).receipts).toBe("none")
    expect(twilio(options).receipts).toBe("handset")
    await using server = await providerServer(() => accepted)
    await twilio({ ...silent, baseUrl: server.baseUrl }).send(message, contextOf())
    expect(new URLSearchParams(server.requests[0]?.body).has("StatusCallback")).toBe(false)
  })
})

describe("R9: a text that Twilio refuses", () => {
  test("every code has a reason, and only a rate limit passes", async () => {
    expect(knownCodes.length).toBeGreaterThan(40)
    await using server = await providerServer(({ body }) =>
      error(400, Number(new URLSearchParams(body).get("Body")), { "retry-after": "2" }),
    )
    const transport = twilio({ ...options, baseUrl: server.baseUrl })
    for (const code of knownCodes) {
      const reason = reasonOf(code)
      const result = await transport.send({ ...message, text: code }, contextOf())
      const wait = reason === "rate-limited" ? { retryAfterMs: 2_000 } : {}
      expect(result).toEqual({ _tag: "Rejected", reason, code, ...wait })
    }
  })
  test.each([
    [21610, "opted-out"],
    [21211, "invalid-address"],
    [21614, "invalid-address"],
    [30005, "invalid-address"],
    [30006, "invalid-address"],
    [30003, "unreachable"],
    [30007, "filtered"],
    [20429, "rate-limited"],
    [20003, "auth"],
  ])("%i is %s", (code, reason) => {
    expect(reasonOf(code)).toBe(reason)
    expect(reasonOf(String(code))).toBe(reason)
  })
  test("the page has every code with its reason, and no other", () => {
    const table = documentedCodes("docs/transports/twilio.md")
    expect(new Map(table)).toEqual(new Map(knownCodes.map((code) => [code, reasonOf(code)])))
    expect(table).toHaveLength(knownCodes.length)
  })
  test("a code that is not known leaves it to the status", async () => {
    expect((await sendTo(error(400, 29_999))).result).toEqual({
      _tag: "Rejected",
      reason: "unknown",
      code: "29999",
    })
    expect((await sendTo(error(401, 29_999))).result).toMatchObject({ reason: "auth", code: "29999" })
    expect(reasonOf("constructor")).toBeUndefined()
  })
  test("a server that failed may have sent, whatever code it names", async () => {
    expect((await sendTo(error(500, 21_610))).result).toEqual({ _tag: "Uncertain", code: "21610" })
    expect((await sendTo(error(503, 20_503))).result).toEqual({ _tag: "Uncertain", code: "20503" })
  })
  test("a message that was made and given up at once was not sent", async () => {
    for (const status of ["failed", "undelivered", "canceled"])
      expect((await sendTo(jsonReply(201, { sid: `SM${hex}`, status, error_code: 30_007 }))).result).toEqual({
        _tag: "Rejected",
        reason: "filtered",
        code: "30007",
      })
    expect((await sendTo(jsonReply(201, { sid: `SM${hex}`, status: "failed" }))).result).toEqual({
      _tag: "Rejected",
      reason: "unknown",
    })
  })
  test("a success without a message's id may have sent", async () => {
    for (const sid of [undefined, "", `AC${hex}`, `SM${hex}0`, message.to])
      expect((await sendTo(jsonReply(201, { sid, status: "queued" }))).result._tag).toBe("Uncertain")
  })
})

describe("Twilio's options", () => {
  test.each([
    [{ accountSid: "s3cret" }, "accountSid: expected AC and 32 hexadecimal digits"],
    [{ accountSid: `AC${hex}s3cret` }, "accountSid: expected AC and 32 hexadecimal digits"],
    [{ accountSid: `s3cretAC${hex}` }, "accountSid: expected AC and 32 hexadecimal digits"],
    [{ auth: { authToken: "s3cret\n" } }, "auth"],
    [{ auth: {} }, "auth"],
    [{ sender: { from: "+1", messagingServiceSid: "s3cret" } }, "sender"],
    [{ sender: { messagingServiceSid: "s3cret" } }, "sender"],
    [{ statusCallback: "s3cret" }, "statusCallback: expected a URL"],
    [{ region: "s3cret" }, "region: expected no field of this name"],
  ])("%j is refused, and not repeated", (change, place) => {
    const make = () => twilio({ ...options, ...change } as TwilioOptions)
    expect(make).toThrow(/^twilio options:/)
    expect(make).toThrow(place)
    expect(make).not.toThrow(/s3cret/)
  })
})
