import { createHash } from "node:crypto"
import fc from "fast-check"
import { getExpectedTwilioSignature, validateRequest, validateRequestWithBody } from "twilio"
import { describe, expect, test } from "vitest"
import { type TwilioWebhookOptions, twilioWebhook } from "../../../src/transports/twilio/index.ts"

const authToken = "auth-t0ken"
const publicUrl = "https://chat.example/webhooks/twilio"
const deliveryId = "acme/cust%201/c1/m2/xms"
const query = `?${new URLSearchParams({ delivery: deliveryId }).toString()}`
const webhook = twilioWebhook({ authToken, publicUrl })

type Params = Record<string, string | Array<string>>

const formOf = (params: Params): URLSearchParams => {
  const form = new URLSearchParams()
  for (const [name, values] of Object.entries(params))
    for (const value of [values].flat()) form.append(name, value)
  return form
}
const delivered: Params = {
  AccountSid: "AC1",
  From: "+15005550006",
  MessageSid: "SM1",
  MessageStatus: "delivered",
  SmsStatus: "delivered",
  To: "+819012345678",
}
const signatureOf = (params: Params, url = publicUrl + query) =>
  getExpectedTwilioSignature(authToken, url, params)

interface Sent {
  readonly url?: string
  readonly body?: string | Uint8Array<ArrayBuffer>
  readonly signature?: string
}
// Behind a proxy: the host sees another URL than Twilio called.
const inside = "http://10.0.0.7:8080/hooks"

const callback = (params: Params, { url = inside + query, body, signature }: Sent = {}) =>
  new Request(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-twilio-signature": signature ?? signatureOf(params),
    },
    body: body ?? formOf(params),
  })

const answerTo = async (request: Request, options?: TwilioWebhookOptions) => {
  const { events, response } = await (options ? twilioWebhook(options) : webhook)(request)
  return { events, status: response.status }
}
const understood = (events: ReadonlyArray<unknown>) => ({ events, status: 204 })
const refused = (status: number) => ({ events: [], status })
const deliveredEvent = { _tag: "Receipt", deliveryId, status: "delivered" }

describe("R9: Twilio's status callbacks", () => {
  test.each(["delivered", "read"])("%s: delivered", async (MessageStatus) => {
    expect(await answerTo(callback({ ...delivered, MessageStatus }))).toEqual(understood([deliveredEvent]))
  })
  test.each([
    ["undelivered", "30003", "unreachable"],
    ["undelivered", "30005", "invalid-address"],
    ["failed", "30007", "filtered"],
    ["failed", "21610", "opted-out"],
    ["failed", "39999", "unknown"],
    ["canceled", undefined, "unknown"],
  ])("%s with %s: failed, %s", async (MessageStatus, code, reason) => {
    const params = { ...delivered, MessageStatus, ...(code !== undefined && { ErrorCode: code }) }
    expect(await answerTo(callback(params))).toEqual(
      understood([{ _tag: "Receipt", deliveryId, status: "failed", reason }]),
    )
  })
  test.each([
    "accepted",
    "scheduled",
    "queued",
    "sending",
    "sent",
    "received",
    "partially_delivered",
    "constructor",
  ])("%s is not the last word", async (MessageStatus) => {
    expect(await answerTo(callback({ ...delivered, MessageStatus }))).toEqual(understood([]))
  })
  test("the older name of the status is understood", async () => {
    expect(await answerTo(callback({ SmsStatus: "delivered" }))).toEqual(understood([deliveredEvent]))
  })
  test("a message that names no delivery, and one that says no status, are of no interest", async () => {
    const foreign = callback(delivered, { url: inside, signature: signatureOf(delivered, publicUrl) })
    expect(await answerTo(foreign)).toEqual(understood([]))
    expect(await answerTo(callback({ Body: "STOP", From: "+1" }))).toEqual(understood([]))
  })
  test("R20: the same twice, and in another order, says the same", async () => {
    const sent = { ...delivered, MessageStatus: "sent" }
    for (const params of [delivered, sent, delivered])
      expect((await answerTo(callback(params))).events).toEqual(params === sent ? [] : [deliveredEvent])
  })
})

describe("R20: Twilio's signature", () => {
  test.each([
    ["missing", ""],
    ["of another token", getExpectedTwilioSignature("other", publicUrl + query, delivered)],
    ["of another URL", signatureOf(delivered, `https://other.example/webhooks/twilio${query}`)],
    ["of the URL inside", signatureOf(delivered, inside + query)],
    ["of another delivery", signatureOf(delivered, `${publicUrl}?delivery=acme%2Fother%2Fc1%2Fm2%2Fxms`)],
    ["of other parameters", signatureOf({ ...delivered, To: "+1" })],
  ])("%s: refused", async (_, signature) => {
    expect(await answerTo(callback(delivered, { signature }))).toEqual(refused(401))
  })
  test("is taken with and without the port of the public URL", async () => {
    for (const url of ["https://chat.example:443/webhooks/twilio", publicUrl])
      expect(await answerTo(callback(delivered, { signature: signatureOf(delivered, url + query) }))).toEqual(
        understood([deliveredEvent]),
      )
    for (const [publicAt, withPort] of [
      ["http://user:pass@chat.example:8080/hook", "http://user:pass@chat.example:8080/hook"],
      ["https://user@chat.example/hook", "https://user@chat.example:443/hook"],
      ["http://chat.example/hook", "http://chat.example:80/hook"],
    ] as const)
      for (const url of [withPort, withPort.replace(/:\d+\//, "/")]) {
        const request = callback(delivered, { signature: signatureOf(delivered, url + query) })
        expect((await answerTo(request, { authToken, publicUrl: publicAt })).status).toBe(204)
      }
  })
  test("covers a body that is no form by its hash in the URL", async () => {
    const body = JSON.stringify({ MessageStatus: "delivered", Note: "네" })
    const hash = createHash("sha256").update(body).digest("hex")
    const search = `${query}&bodySHA256=${hash}`
    const signature = signatureOf({}, publicUrl + search)
    expect(validateRequestWithBody(authToken, signature, publicUrl + search, body)).toBe(true)
    const request = (sent: string) => callback({}, { url: inside + search, body: sent, signature })
    expect(await answerTo(request(body))).toEqual(understood([deliveredEvent]))
    expect(await answerTo(request(body.replace("네", "예")))).toEqual(refused(401))
    expect(await answerTo(callback({}, { url: inside + query, body, signature }))).toEqual(refused(401))
  })
  test("an authentic body that is no JSON although its hash says so is malformed", async () => {
    for (const body of ["{", "null", "1"]) {
      const search = `${query}&bodySHA256=${createHash("sha256").update(body).digest("hex")}`
      const signature = signatureOf({}, publicUrl + search)
      expect(await answerTo(callback({}, { url: inside + search, body, signature }))).toEqual(refused(400))
    }
  })
  test("an authentic body that is not UTF-8 is malformed; one that is too long is not read", async () => {
    const body = new Uint8Array([0x61, 0x3d, 0xff])
    expect(await answerTo(callback({}, { body, signature: signatureOf({ a: "\ufffd" }) }))).toEqual(
      refused(400),
    )
    expect(await answerTo(callback({}, { body: new Uint8Array(1_048_577) }))).toEqual(refused(413))
    expect((await answerTo(new Request(inside + query))).status).toBe(405)
  })

  const name = fc.oneof(
    fc.constantFrom("To", "Body", "MessageStatus", "ErrorCode", "a", "a0", "Ab"),
    fc.string(),
  )
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("", "+1 2", "&=%", "가나다"),
  )
  const anyParams = fc
    .uniqueArray(fc.tuple(name, fc.oneof(text, fc.array(text, { minLength: 2, maxLength: 4 }))), {
      selector: ([key]) => key,
      maxLength: 8,
    })
    .filter((pairs) => pairs.every(([key]) => key !== "__proto__"))
    .map((pairs): Params => Object.fromEntries(pairs))

  test("agrees with Twilio's own library on any parameters, repeated ones and Unicode included", async () => {
    await fc.assert(
      fc.asyncProperty(anyParams, fc.boolean(), async (params, isIntact) => {
        // As a server reads the form: what it cannot express (lone surrogates) is the same for both sides.
        const form = formOf(params)
        const read: Params = {}
        for (const key of new Set(form.keys())) {
          const values = new URLSearchParams(form.toString()).getAll(key.toWellFormed())
          read[key.toWellFormed()] = values.length === 1 ? (values[0] ?? "") : values
        }
        const signature = isIntact ? signatureOf(read) : signatureOf({ ...read, Extra: "x" })
        const theirs = validateRequest(authToken, signature, publicUrl + query, read)
        const ours = await answerTo(callback(params, { signature }))
        expect(ours.status).toBe(theirs ? 204 : 401)
        expect(theirs).toBe(isIntact)
      }),
      { numRuns: 300 },
    )
  })

  test("a stranger's form of as many parameters as a body holds is refused at once", async () => {
    const body = Array.from({ length: 120_000 }, (_, index) => `${index.toString(36)}=`).join("&")
    expect(await answerTo(callback(delivered, { body }))).toEqual(refused(401))
  })

  test("1 000 mutated bodies, queries and headers: each is refused and has no events", async () => {
    const body = formOf(delivered).toString()
    const signature = signatureOf(delivered)
    const canonical = (text: string) => {
      const form = new URLSearchParams(text)
      return [...new Set(form.keys())]
        .toSorted()
        .flatMap((key) => [...new Set(form.getAll(key))].toSorted().map((value) => key + value))
        .join("")
    }
    const change = (value: string, at: number, char: string, kind: number): string => {
      const place = at % value.length
      const rest = value.slice(place + 1)
      return value.slice(0, place) + [char, "", char + value[place]][kind % 3] + rest
    }
    const mutation = fc.record({
      part: fc.constantFrom("body", "query", "signature"),
      at: fc.nat(10_000),
      char: fc.stringMatching(/^[a-zA-Z0-9=&%+]$/),
      kind: fc.nat(2),
    })
    let mutated = 0
    await fc.assert(
      fc.asyncProperty(mutation, async ({ part, at, char, kind }) => {
        const value = { body, query: query.slice(1), signature }[part]
        const other = change(value, at, char, kind)
        fc.pre(part === "body" ? canonical(other) !== canonical(body) : other !== value)
        const request = callback(delivered, {
          url: `${inside}?${part === "query" ? other : query.slice(1)}`,
          body: part === "body" ? other : body,
          signature: part === "signature" ? other : signature,
        })
        const { events, status } = await answerTo(request)
        expect(events).toEqual([])
        expect([400, 401]).toContain(status)
        mutated += 1
      }),
      { numRuns: 1_000, seed: 20_261_122 },
    )
    expect(mutated).toBeGreaterThanOrEqual(1_000)
  })
})

test("twilioWebhook refuses options without repeating them", () => {
  const make = (options: object) => () => twilioWebhook({ authToken, publicUrl, ...options })
  expect(make({ publicUrl: "s3cret" })).toThrow(/publicUrl: expected a URL/)
  expect(make({ publicUrl: "s3cret" })).not.toThrow(/s3cret/)
  expect(make({ authToken: "s3cret " })).toThrow(/^twilioWebhook options:/)
  expect(make({ authToken: "s3cret " })).not.toThrow(/s3cret/)
})
