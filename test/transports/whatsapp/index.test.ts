import { describe, expect, test } from "vitest"
import { reasonOf } from "../../../src/transports/whatsapp/errors.ts"
import { type WhatsAppOptions, whatsapp } from "../../../src/transports/whatsapp/index.ts"
import { connectionCases } from "../http/connection-cases.ts"
import {
  answer,
  attempt,
  type Behaviour,
  leaksIn,
  localProvider,
  nobody,
  secrets,
  snsMessage,
} from "../http/local-provider.ts"

const wamid = "wamid.HBgNNTUxNjk5MjMxODIyMhUCABEYEjgxQkVFRDVBQTVDODFDOTg3MQA="
const sent = {
  messaging_product: "whatsapp",
  contacts: [{ input: secrets.to, wa_id: secrets.to.slice(1) }],
  messages: [{ id: wamid, message_status: "accepted" }],
}
const options: WhatsAppOptions = {
  accessToken: secrets.token,
  phoneNumberId: "106540352242922",
  templates: {
    "*": { name: "reply_waiting", language: "en_US", linkButton: { base: "https://shop.example/chat/" } },
    KR: { name: "reply_waiting", language: "ko" },
  },
}

const sendTo = async (behaviour: Behaviour) => {
  await using provider = await localProvider(behaviour)
  const transport = whatsapp({ ...options, baseUrl: provider.baseUrl, timeoutMs: 200 })
  const result = await transport.send(snsMessage(), attempt())
  expect(leaksIn(result)).toEqual([])
  expect(JSON.stringify(result)).not.toContain(wamid)
  return { result, received: provider.received }
}

const graphError = (code: number) => ({
  error: {
    message: `(#${code}) Something about ${secrets.to}: ${secrets.text}`,
    type: "OAuthException",
    code,
    error_data: { messaging_product: "whatsapp", details: secrets.to },
    fbtrace_id: "Az8or2yhqkZfEZ",
  },
})

describe("the request", () => {
  test("R9: it is the Cloud API's template message, with the delivery's id, and is accepted", async () => {
    const { result, received } = await sendTo(answer(200, sent))
    expect(result).toEqual({ _tag: "Accepted" })
    expect(received).toHaveLength(1)
    expect(received[0]).toMatchObject({
      method: "POST",
      path: "/v23.0/106540352242922/messages",
      headers: { authorization: `Bearer ${secrets.token}`, "content-type": "application/json" },
    })
    expect(JSON.parse(received[0]?.body ?? "")).toEqual({
      messaging_product: "whatsapp",
      recipient_type: "individual",
      to: secrets.to,
      type: "template",
      template: {
        name: "reply_waiting",
        language: { policy: "deterministic", code: "en_US" },
        components: [
          { type: "body", parameters: [{ type: "text", text: secrets.text }] },
          {
            type: "button",
            sub_type: "url",
            index: "0",
            parameters: [{ type: "text", text: "c-distinctive" }],
          },
        ],
      },
      biz_opaque_callback_data: "acme/cust%201/c1/m2/sns",
    })
  })

  test("R12: the body's variables are filled as the options say", async () => {
    await using provider = await localProvider(answer(200, sent))
    const templates = { "*": { name: "reply", language: "ko", body: ["link", "text"] } } as const
    const transport = whatsapp({ ...options, templates, baseUrl: provider.baseUrl })
    await transport.send(snsMessage(), attempt())
    const [body] = JSON.parse(provider.received[0]?.body ?? "").template.components
    expect(body.parameters.map(({ text }: { text: string }) => text)).toEqual([secrets.link, secrets.text])
  })

  test("R9: the template is the country's own, where it has one", async () => {
    await using provider = await localProvider(answer(200, sent))
    const transport = whatsapp({ ...options, apiVersion: "v24.0", baseUrl: `${provider.baseUrl}/proxy/` })
    await transport.send(snsMessage({ country: "KR", link: null }), attempt())
    expect(provider.received[0]?.path).toBe("/proxy/v24.0/106540352242922/messages")
    expect(JSON.parse(provider.received[0]?.body ?? "").template.language).toEqual({
      policy: "deterministic",
      code: "ko",
    })
  })

  test.each<[string, () => Promise<unknown>, string]>([
    [
      "no template for the country",
      async () => {
        const templates = { KR: { name: "reply_waiting", language: "ko" } }
        return whatsapp({ ...options, templates, baseUrl: await nobody() }).send(snsMessage(), attempt())
      },
      "no-template",
    ],
    [
      "no link for the button",
      async () =>
        whatsapp({ ...options, baseUrl: await nobody() }).send(snsMessage({ link: null }), attempt()),
      "link",
    ],
    [
      "an id of 513 characters",
      async () =>
        whatsapp({ ...options, baseUrl: await nobody() }).send(
          snsMessage(),
          attempt({ deliveryId: `a/b/c/${"m".repeat(503)}/sns` }),
        ),
      "delivery-id",
    ],
  ])("R9: %s is a refusal, and WhatsApp is not asked", async (_, send, code) => {
    expect(await send()).toEqual({ _tag: "Rejected", reason: "config", code })
  })

  test("R9: an id of 512 characters goes along", async () => {
    await using provider = await localProvider(answer(200, sent))
    const deliveryId = `a/b/c/${"m".repeat(502)}/sns`
    expect(deliveryId).toHaveLength(512)
    const transport = whatsapp({ ...options, baseUrl: provider.baseUrl })
    expect(await transport.send(snsMessage(), attempt({ deliveryId }))).toEqual({ _tag: "Accepted" })
    expect(JSON.parse(provider.received[0]?.body ?? "").biz_opaque_callback_data).toBe(deliveryId)
  })
})

describe("the answer", () => {
  type Row = [status: number, code: number, reason: string, retryAfterMs?: number]
  const documented: ReadonlyArray<Row> = [
    [401, 0, "auth"],
    [500, 3, "auth"],
    [403, 10, "auth"],
    [401, 102, "auth"],
    [401, 190, "auth"],
    [403, 200, "auth"],
    [403, 299, "auth"],
    [403, 131005, "auth"],
    [400, 33, "config"],
    [400, 100, "config"],
    [400, 131021, "config"],
    [400, 131030, "config"],
    [400, 133010, "config"],
    [404, 134011, "config"],
    [402, 131042, "quota"],
    [403, 368, "sender-not-allowed"],
    [403, 130497, "sender-not-allowed"],
    [403, 131031, "sender-not-allowed"],
    [400, 131037, "sender-not-allowed"],
    [500, 131045, "sender-not-allowed"],
    [503, 131057, "provider-error", 60_000],
    [400, 4, "rate-limited", 60_000],
    [400, 613, "rate-limited", 60_000],
    [400, 80007, "rate-limited", 60_000],
    [400, 130429, "rate-limited", 1_000],
    [400, 131056, "rate-limited", 6_000],
    [400, 131048, "rate-limited"],
    [400, 131026, "unreachable"],
    [400, 131050, "opted-out"],
    [400, 130472, "filtered"],
    [400, 131049, "filtered"],
    [400, 131047, "outside-window"],
    [400, 131008, "content"],
    [400, 131009, "content"],
    [400, 131051, "content"],
    [400, 132000, "content"],
    [404, 132001, "content"],
    [400, 132005, "content"],
    [400, 132007, "content"],
    [400, 132012, "content"],
    [400, 132015, "content"],
    [400, 132016, "content"],
    [400, 132018, "content"],
  ]
  const byStatus: ReadonlyArray<Row> = [
    [400, 999_999, "unknown"],
    [401, 300, "auth"],
    [429, 199, "rate-limited", 30_000],
  ]
  test.each<Row>([...documented, ...byStatus])(
    "R20: %i with code %i is refused as %s",
    async (status, code, reason, retryAfterMs) => {
      expect((await sendTo(answer(status, graphError(code)))).result).toEqual({
        _tag: "Rejected",
        reason,
        code: String(code),
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      })
    },
  )
  test.each<Row>(documented)(
    "R20: whatever the status, here %i, code %i says %s by itself",
    (_, code, reason) => {
      expect(reasonOf(code)).toBe(reason)
    },
  )

  test.each<[status: number, code: number]>([
    [400, 1],
    [503, 2],
    [500, 131000],
    [500, 131016],
    [503, 133004],
    [500, 999_999],
  ])("R9: %i with code %i leaves it open", async (status, code) => {
    expect((await sendTo(answer(status, graphError(code)))).result).toEqual({
      _tag: "Uncertain",
      code: String(code),
    })
  })

  test.each<[number, unknown, object]>([
    [400, "<html>", { reason: "unknown", code: "400" }],
    [401, { error: { code: secrets.to } }, { reason: "auth", code: "401" }],
    [404, {}, { reason: "config", code: "404" }],
    [302, "", { reason: "config", code: "302" }],
  ])("R20: %i %j is refused by its status", async (status, body, expected) => {
    expect((await sendTo(answer(status, body))).result).toEqual({ _tag: "Rejected", ...expected })
  })

  test.each<[string, Behaviour]>([
    ["an unknown success", answer(202, sent)],
    ["an error with status 200", answer(200, graphError(131026))],
    ["no message", answer(200, { ...sent, messages: [] })],
    ["half an answer", answer(200, '{"messages":[{"id":"wamid')],
    ["too long an answer", answer(200, `{"messages":[{"id":"${"1".repeat(300_000)}"}]}`)],
  ])("R9: %s leaves it open", async (_, behaviour) => {
    expect((await sendTo(behaviour)).result).toMatchObject({ _tag: "Uncertain" })
  })
})

connectionCases({
  make: (where) => whatsapp({ ...options, ...where }),
  accepts: answer(200, sent),
  nameIn: ({ body }) => JSON.parse(body).biz_opaque_callback_data,
})

test("a transport says what it can do", () => {
  const facts = { name: "whatsapp", via: "sns", receipts: "handset", idempotency: "none" }
  expect(whatsapp(options)).toMatchObject(facts)
  expect(whatsapp(options)).not.toHaveProperty("lookup")
})

const withTemplate = (change: object) => ({
  ...options,
  templates: { KR: { name: "reply", language: "ko", ...change } },
})

test.each<[string, unknown, string]>([
  ["no token", { ...options, accessToken: undefined }, "accessToken"],
  ["a token with a line end", { ...options, accessToken: "t\nx-evil: 1" }, "accessToken"],
  ["the number in place of its id", { ...options, phoneNumberId: "+15550783881" }, "phoneNumberId"],
  ["an id that leads elsewhere", { ...options, phoneNumberId: "1/../2" }, "phoneNumberId"],
  ["a country of three letters", { ...options, templates: { KOR: options.templates["KR"] } }, "templates"],
  ["a country in small letters", { ...options, templates: { kr: options.templates["KR"] } }, "templates"],
  ["a template without a name", { ...options, templates: { KR: { language: "ko" } } }, "templates.KR.name"],
  ["a template with a title for a name", withTemplate({ name: "reply-waiting" }), "templates.KR.name"],
  ["a language of BCP 47", withTemplate({ language: "ko-KR" }), "language"],
  ["a language by its name", withTemplate({ language: "korean" }), "language"],
  ["a variable of another name", withTemplate({ body: ["text", "name"] }), "templates.KR.body[1]"],
  ...["https://a.example/{{1}}", " https://a.example/", "a.example/"].map(
    (base): [string, unknown, string] => [
      `a button that leads to "${base}"`,
      withTemplate({ linkButton: { base } }),
      "templates.KR.linkButton.base",
    ],
  ),
  ["an unknown option", { ...options, retries: 3 }, "retries"],
  ...["23", "/v23.0", "v23.0/me"].map((apiVersion): [string, unknown, string] => [
    `"${apiVersion}" for a version`,
    { ...options, apiVersion },
    "apiVersion",
  ]),
])("options with %s are refused, without their values", (_, wrong, place) => {
  const make = () => whatsapp(wrong as WhatsAppOptions)
  expect(make).toThrow(place)
  expect(make).not.toThrow(secrets.token)
})
