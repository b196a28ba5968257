import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { smtpBounceWebhook } from "../../../src/transports/smtp/index.ts"
import { reportOf } from "./reports.ts"

const secret = "s3cret-of-sixteen-or-more"
const webhook = smtpBounceWebhook({ secret })
const deliveryId = "acme/cust%201/c1/m2/email"
const report = reportOf({ envelopeId: deliveryId })
const failed = { _tag: "Receipt", deliveryId, status: "failed", reason: "invalid-address" }

const ask = async (init: RequestInit) => {
  const { events, response } = await webhook(new Request("https://host.example/bounces", init))
  return { events, status: response.status, body: await response.text() }
}
const post = (body: string | Buffer<ArrayBuffer>, authorization?: string) =>
  ask({
    method: "POST",
    body,
    headers: { "content-type": "message/rfc822", ...(authorization !== undefined && { authorization }) },
  })

describe("what is understood", () => {
  test("R20: a report becomes its event", async () => {
    expect(await post(report, `Bearer ${secret}`)).toEqual({ events: [failed], status: 204, body: "" })
  })
  test("R20: the same again gives the same", async () => {
    expect(await post(report, `Bearer ${secret}`)).toEqual(await post(report, `Bearer ${secret}`))
  })
  test("R20: a report with letters of another charset in it is understood", async () => {
    const bytes = Buffer.from(report.replace("This is a MIME", "\u00e9\u00ff is a MIME"), "latin1")
    expect((await post(bytes, `Bearer ${secret}`)).events).toEqual([failed])
  })
  test.each([
    ["an answer by mail", "Subject: Re: hello\r\n\r\nhello"],
    ["somebody else's report", reportOf()],
  ])("R20: %s is understood, and nothing to us", async (_, body) => {
    expect(await post(body, `Bearer ${secret}`)).toEqual({ events: [], status: 204, body: "" })
  })
})

describe("what is refused", () => {
  test.each(["", "no mail", '{"raw":"x"}', "\u0000\u0001"])("400: %j is no mail", async (body) => {
    expect(await post(body, `Bearer ${secret}`)).toEqual({ events: [], status: 400, body: "" })
  })
  test("413: more than a mebibyte", async () => {
    const long = `${report}${"x".repeat(1_048_577 - report.length)}`
    expect(await post(long, `Bearer ${secret}`)).toEqual({ events: [], status: 413, body: "" })
    expect((await post(long.slice(0, -1), `Bearer ${secret}`)).events).toEqual([failed])
  })
  test("405: another method", async () => {
    expect(await ask({ headers: { authorization: `Bearer ${secret}` } })).toMatchObject({
      events: [],
      status: 405,
    })
  })
  test.each([
    ["none", undefined],
    ["empty", ""],
    ["without its scheme", secret],
    ["with another scheme", `Basic ${secret}`],
    ["twice", `Bearer ${secret}, Bearer ${secret}`],
  ])("401: a secret that is %s", async (_, authorization) => {
    expect(await post(report, authorization)).toEqual({ events: [], status: 401, body: "" })
  })
  test("401: 1,000 authorizations that were tampered with", async () => {
    const right = `Bearer ${secret}`
    const printable = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code))
    const tampered = fc
      .tuple(fc.nat(right.length), fc.nat(3), printable)
      .map(([at, gone, put]) => right.slice(0, at) + put + right.slice(at + gone))
      .filter((text) => text.trim() !== right)
    await fc.assert(
      fc.asyncProperty(tampered, async (authorization) => {
        expect(await post(report, authorization)).toEqual({ events: [], status: 401, body: "" })
      }),
      { numRuns: 1_000 },
    )
  })
  test.each(["", "short", "with blanks in the middle of it", "0123456789abcdef x", "x 0123456789abcdef"])(
    "options: %j is no secret",
    (bad) => {
      expect(() => smtpBounceWebhook({ secret: bad })).toThrow("secret: expected 16 characters or more")
      if (bad !== "") expect(() => smtpBounceWebhook({ secret: bad })).not.toThrow(bad)
    },
  )
})
