import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { XmsMessage } from "../../src/ports/transport.ts"
import { type TwilioOptions, twilio } from "../../src/transports/twilio/index.ts"
import { contextOf } from "../transports/http/transport-cases.ts"
import { fetchWith, prismOn } from "./prism.ts"

// Known gaps: the file declares 201 only, and its phone numbers are any text.

let prism: Awaited<ReturnType<typeof prismOn>>
beforeAll(async () => {
  prism = await prismOn("twilio_api_v2010.json")
}, 90_000)
afterAll(() => prism.stop())

const hex = "0123456789abcdef0123456789abcdef"
const message: XmsMessage = {
  channelId: "acme",
  customerId: "cust 1",
  chatId: "c1",
  to: "+15005550009",
  country: "US",
  kind: "SMS",
  segments: 1,
  text: "It is in stock: 100% 네 😀",
}

const send = async (change: Partial<TwilioOptions> = {}, headers: Record<string, string> = {}) => {
  const { fetch, answers } = fetchWith(headers)
  const transport = twilio({
    accountSid: `AC${hex}`,
    auth: { authToken: "token" },
    sender: { from: "+15005550006" },
    statusCallback: "https://chat.example/webhooks/twilio?tenant=1#rc=3",
    baseUrl: prism.baseUrl,
    fetch,
    ...change,
  })
  return { result: await transport.send(message, contextOf()), answer: answers.join() }
}

const accepted = { _tag: "Accepted", providerId: expect.stringMatching(/^[SM]M[0-9a-fA-F]{32}$/) }

describe("Twilio's published API", () => {
  test.each([
    ["a number", {}],
    ["a Messaging Service", { sender: { messagingServiceSid: `MG${hex}` } }],
    ["an API key", { auth: { apiKeySid: `SK${hex}`, apiKeySecret: "secret" } }],
  ] satisfies ReadonlyArray<[string, Partial<TwilioOptions>]>)(
    "R9: takes a text from %s",
    async (_, change) => {
      expect((await send(change, { prefer: "example=create" })).result).toEqual(accepted)
    },
  )
  test("R9: understands an answer made up from the schema alone, whatever it says", async () => {
    expect(["Accepted", "Rejected", "Uncertain"]).toContain(
      (await send({}, { prefer: "dynamic=true" })).result._tag,
    )
  })
  test("refuses a request without credentials, a wrong field and a wrong path: the passes above say something", async () => {
    expect((await send({}, { authorization: "" })).result).toMatchObject({ _tag: "Rejected", reason: "auth" })
    const mistaken: typeof globalThis.fetch = (url, init) =>
      fetch(url, { ...init, body: new URLSearchParams({ To: "+1", Body: "a", MessagingServiceSid: "MG1" }) })
    const wrongField = await send({ sender: { messagingServiceSid: `MG${hex}` }, fetch: mistaken })
    expect(wrongField.result).toEqual({ _tag: "Rejected", reason: "unknown", code: "422" })
    const elsewhere = await send({ baseUrl: `${prism.baseUrl}/elsewhere` })
    expect(elsewhere.result).toMatchObject({ _tag: "Rejected", reason: "config" })
  })
})
