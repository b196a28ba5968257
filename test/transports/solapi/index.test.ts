import { describe, expect, test } from "vitest"
import type { SnsMessage, XmsMessage } from "../../../src/ports/transport.ts"
import { type SolapiSnsOptions, solapiSns, solapiXms } from "../../../src/transports/solapi/index.ts"
import { knownCodes, reasonOf } from "../../../src/transports/solapi/status.ts"
import { documentedCodes } from "../http/documented-codes.ts"
import { type Got, jsonReply, providerServer, type Reply } from "../http/provider-server.ts"
import { contextOf, transportCases } from "../http/transport-cases.ts"
import { account, isSigned, solapiServer } from "./solapi-server.ts"

const addressee = {
  channelId: "acme",
  customerId: "cust 1",
  chatId: "c1",
  to: "+821012345678",
  country: "KR",
}
const xmsMessage: XmsMessage = { ...addressee, kind: "SMS", segments: 1, text: "네, 있습니다." }
const snsMessage: SnsMessage = { ...addressee, text: "네, 있습니다.", link: "https://acme.example/c/c1?u=1" }

const xmsOptions = { ...account, from: "0212345678" }
const snsOptions = {
  ...account,
  pfId: "KA01PF0001",
  templateId: "KA01TP0001",
  variables: { 내용: "text", 주소: "linkWithoutScheme", link: "link" },
} satisfies SolapiSnsOptions

const accepted = jsonReply(200, { messageId: "M4V1", groupId: "G4V1", statusCode: "2000" })

interface Asked {
  readonly message: Record<string, unknown> & { readonly customFields: Record<string, string> }
}
const askedIn = ({ body }: Got): Asked["message"] => (JSON.parse(body) as Asked).message
const shared = {
  accepted,
  deliveryIn: (got: Got) => Object.values(askedIn(got).customFields).join(""),
  secrets: [addressee.to, "01012345678", xmsMessage.text, account.apiKey, account.apiSecret],
}

describe("SMS and LMS", () => {
  transportCases({
    ...shared,
    make: (change) => solapiXms({ ...xmsOptions, ...change }),
    message: xmsMessage,
  })
})
describe("AlimTalk", () => {
  transportCases({
    ...shared,
    make: (change) => solapiSns({ ...snsOptions, ...change }),
    message: snsMessage,
  })
})

const sendXms = async (reply: Reply, message: XmsMessage = xmsMessage) => {
  await using server = await providerServer(() => reply)
  return await solapiXms({ ...xmsOptions, baseUrl: server.baseUrl }).send(message, contextOf())
}

describe("R10: what Solapi is asked for", () => {
  test.each(["SMS", "LMS"] as const)(
    "%s as it was decided, to the number as Korea writes it",
    async (kind) => {
      await using server = await solapiServer()
      const transport = solapiXms({ ...xmsOptions, baseUrl: server.baseUrl })
      expect(await transport.send({ ...xmsMessage, kind }, contextOf())).toEqual({
        _tag: "Accepted",
        providerId: "M4V0",
      })
      const [request = expect.fail()] = server.requests
      expect([request.method, request.url.pathname]).toEqual(["POST", "/messages/v4/send"])
      expect(request.headers["content-type"]).toBe("application/json")
      expect(isSigned(request)).toBe(true)
      expect(askedIn(request)).toEqual({
        to: "01012345678",
        from: "0212345678",
        type: kind,
        text: xmsMessage.text,
        autoTypeDetect: false,
        customFields: { followup0: "acme/cust%201/c1/m2/xms" },
      })
    },
  )
  test("R9: AlimTalk fills the template's variables and leaves replacement by SMS to us", async () => {
    await using server = await solapiServer()
    const transport = solapiSns({ ...snsOptions, baseUrl: server.baseUrl })
    expect((await transport.send(snsMessage, contextOf()))._tag).toBe("Accepted")
    expect(askedIn(server.requests[0] ?? expect.fail())).toEqual({
      to: "01012345678",
      type: "ATA",
      autoTypeDetect: false,
      kakaoOptions: {
        pfId: "KA01PF0001",
        templateId: "KA01TP0001",
        variables: {
          "#{내용}": snsMessage.text,
          "#{주소}": "acme.example/c/c1?u=1",
          "#{link}": snsMessage.link,
        },
        disableSms: true,
      },
      customFields: { followup0: "acme/cust%201/c1/m2/xms" },
    })
  })
  test("R9: a template that wants a link is not asked for without one, one that wants none is", async () => {
    await using server = await solapiServer()
    const linkless = { ...snsMessage, link: null }
    const strict = solapiSns({ ...snsOptions, baseUrl: server.baseUrl })
    expect(await strict.send(linkless, contextOf())).toEqual({
      _tag: "Rejected",
      reason: "content",
      code: "variables",
    })
    expect(server.requests).toEqual([])
    const free = solapiSns({ ...snsOptions, variables: { 내용: "text" }, baseUrl: server.baseUrl })
    expect((await free.send(linkless, contextOf()))._tag).toBe("Accepted")
  })
  test("R9: a number of another country is refused before anything is asked", async () => {
    await using server = await solapiServer()
    const at = { baseUrl: server.baseUrl }
    const refused = { _tag: "Rejected", reason: "invalid-address", code: "country" }
    const numbers = ["+819012345678", "+8", "01012345678", "+82", "+82101234567890", "0+821012345678"]
    for (const to of numbers) {
      expect(await solapiXms({ ...xmsOptions, ...at }).send({ ...xmsMessage, to }, contextOf())).toEqual(
        refused,
      )
      expect(await solapiSns({ ...snsOptions, ...at }).send({ ...snsMessage, to }, contextOf())).toEqual(
        refused,
      )
    }
    expect(server.requests).toEqual([])
  })
  test("R20: a delivery id of any length travels in fields of 100 characters", async () => {
    await using server = await solapiServer()
    const transport = solapiXms({ ...xmsOptions, baseUrl: server.baseUrl })
    for (const length of [99, 100, 101, 350, 1_800]) {
      const id = `acme/${"%EA%B0%80".repeat(200)}`.slice(0, length)
      expect((await transport.send(xmsMessage, contextOf(id)))._tag).toBe("Accepted")
      expect(await transport.lookup?.(id, contextOf(id))).toMatchObject({ _tag: "Accepted" })
    }
  })
  test("R20: no two requests have one signature, though the clock stands still", async () => {
    await using server = await solapiServer()
    const transport = solapiXms({ ...xmsOptions, baseUrl: server.baseUrl })
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => transport.send(xmsMessage, contextOf(`d${index}`))),
    )
    expect(results.every(({ _tag }) => _tag === "Accepted")).toBe(true)
  })
})

describe("R9: what Solapi refuses", () => {
  test("every code of a refusal has a reason, whether it comes with 200 or with 400", async () => {
    expect(knownCodes.length).toBeGreaterThan(60)
    await using server = await providerServer((got) => {
      const code = String(askedIn(got)["text"])
      return got.headers["x-test"] === "x"
        ? accepted
        : jsonReply(200, { statusCode: code, messageId: "M4V1" })
    })
    await using strict = await providerServer((got) =>
      jsonReply(400, { errorCode: askedIn(got)["text"], errorMessage: addressee.to }),
    )
    for (const code of knownCodes) {
      const expected = { _tag: "Rejected", reason: reasonOf(code), code }
      for (const { baseUrl } of [server, strict]) {
        const transport = solapiXms({ ...xmsOptions, baseUrl })
        expect(await transport.send({ ...xmsMessage, text: code }, contextOf())).toEqual(expected)
      }
    }
  })
  test.each([
    ["blocked", [1060, 1061, 2060, 2061, 3047, 3055, 3107]],
    ["quota", [1030, 2230]],
    ["sender-not-allowed", [1062, 2062]],
    ["content", [1029, 1031]],
    ["invalid-address", [3010, 3104]],
    ["unreachable", [3040, 3041, 3042, 3043, 3044, 3045, 3046]],
  ])("%s: %j", (reason, codes) => {
    for (const code of codes) expect(reasonOf(String(code))).toBe(reason)
  })
  test("the page has every code with its reason, and no other", () => {
    const table = documentedCodes("docs/transports/solapi.md")
    expect(new Map(table)).toEqual(new Map(knownCodes.map((code) => [code, reasonOf(code)])))
    expect(table).toHaveLength(knownCodes.length)
  })
  test("2000, 3000 and 4000 are taken over", async () => {
    for (const statusCode of ["2000", "3000", "4000"])
      expect(await sendXms(jsonReply(200, { statusCode, messageId: "M4V1" }))).toEqual({
        _tag: "Accepted",
        providerId: "M4V1",
      })
  })
  test("a code that does not say that nothing was sent is uncertain", async () => {
    for (const statusCode of [
      "1024",
      "2024",
      "3012",
      "3014",
      "3024",
      "3048",
      "9999",
      "constructor",
      2000,
      null,
    ])
      expect((await sendXms(jsonReply(200, { statusCode, messageId: "M4V1" })))._tag).toBe("Uncertain")
    expect((await sendXms(jsonReply(200, { statusCode: "2000" })))._tag).toBe("Uncertain")
    expect((await sendXms(jsonReply(500, { errorCode: "1062" })))._tag).toBe("Uncertain")
  })
  test("wrong credentials are refused", async () => {
    await using server = await solapiServer()
    const wrong = { ...xmsOptions, apiSecret: "wrong", baseUrl: server.baseUrl }
    expect(await solapiXms(wrong).send(xmsMessage, contextOf())).toEqual({
      _tag: "Rejected",
      reason: "auth",
      code: "SignatureDoesNotMatch",
    })
    const late = { ...xmsOptions, now: () => 0, baseUrl: server.baseUrl }
    expect(await solapiXms(late).send(xmsMessage, contextOf())).toMatchObject({ reason: "auth" })
  })
})

describe("R9: looking for what may have been sent", () => {
  const lookupIn = async (server: { readonly baseUrl: string }, id: string) => {
    const transport = solapiXms({ ...xmsOptions, baseUrl: server.baseUrl, timeoutMs: 200 })
    return await transport.lookup?.(id, contextOf(id))
  }
  const fill = async (server: { readonly baseUrl: string }, count: number) => {
    const transport = solapiXms({ ...xmsOptions, baseUrl: server.baseUrl })
    for (let index = 0; index < count; index++) await transport.send(xmsMessage, contextOf(`d${index}`))
  }

  test("finds it among the account's latest messages, on whatever page", async () => {
    await using server = await solapiServer({ pageSize: 2 })
    await fill(server, 7)
    for (const index of [0, 1, 6])
      expect(await lookupIn(server, `d${index}`)).toEqual({ _tag: "Accepted", providerId: `M4V${index}` })
    const [request = expect.fail()] = server.requests.slice(7)
    expect(Object.fromEntries(request.url.searchParams)).toEqual({
      dateType: "CREATED",
      startDate: "2026-01-05T08:00:00.000Z",
      endDate: "2026-01-05T09:15:00.000Z",
      limit: "100",
    })
  })
  test("finds an AlimTalk as well", async () => {
    await using server = await solapiServer()
    const transport = solapiSns({ ...snsOptions, baseUrl: server.baseUrl })
    await transport.send(snsMessage, contextOf("d0"))
    expect(await transport.lookup?.("d0", contextOf("d0"))).toEqual({ _tag: "Accepted", providerId: "M4V0" })
  })
  test("says what became of it", async () => {
    await using server = await solapiServer()
    await fill(server, 1)
    const [stored = expect.fail()] = server.messages
    for (const [statusCode, result] of [
      ["4000", { _tag: "Accepted", providerId: "M4V0" }],
      ["3041", { _tag: "Rejected", reason: "unreachable", code: "3041" }],
      ["3104", { _tag: "Rejected", reason: "invalid-address", code: "3104" }],
      ["3014", undefined],
    ] as const) {
      stored.statusCode = statusCode
      expect(await lookupIn(server, "d0")).toEqual(result)
    }
  })
  test("not being there says nothing: it may still come; nor does a list without end", async () => {
    await using server = await solapiServer({ pageSize: 1 })
    await fill(server, 12)
    expect(await lookupIn(server, "d")).toBeUndefined()
    expect(server.requests.length - 12).toBe(10)
  })
  test("a list that is at its end is not asked for more", async () => {
    await using server = await solapiServer()
    await fill(server, 1)
    expect(await lookupIn(server, "d")).toBeUndefined()
    expect(server.requests.length - 1).toBe(1)
  })
  test("no answer, a refusal or nonsense says nothing", async () => {
    await using server = await solapiServer()
    await fill(server, 1)
    const replies: ReadonlyArray<Reply> = [
      "cut",
      "silent",
      "drip",
      { status: 500 },
      { status: 403 },
      { status: 200, body: "<html>" },
      jsonReply(200, { messageList: null }),
      jsonReply(200, { messageList: { M4V0: null } }),
      { status: 200, body: "a".repeat(3_000_000) },
      jsonReply(500, { messageList: server.messages }),
    ]
    for (const reply of replies) {
      server.failing.reply = reply
      expect(await lookupIn(server, "d0")).toBeUndefined()
    }
  })
  test("a list of 100 long messages is read", async () => {
    await using server = await solapiServer()
    await fill(server, 1)
    const [found = expect.fail()] = server.messages
    const long = Array.from({ length: 99 }, (_, index) => ({
      messageId: `L${index}`,
      text: "가".repeat(1_500),
    }))
    server.failing.reply = jsonReply(200, { messageList: [...long, found] })
    expect(await lookupIn(server, "d0")).toMatchObject({ _tag: "Accepted" })
  })
})

describe("Solapi's options", () => {
  const failing = (make: () => unknown): string => {
    try {
      return String(make())
    } catch (error) {
      return String(error)
    }
  }
  test.each([
    [{ from: "+82-s3cret" }, "from: expected 8 to 12 digits"],
    [{ from: "0212345678 s3cret" }, "from: expected 8 to 12 digits"],
    [{ from: "s3cret 0212345678" }, "from: expected 8 to 12 digits"],
    [{ apiSecret: "s3cret\n" }, "apiSecret: expected printable ASCII"],
    [{ now: "s3cret" }, "now: expected a function like Date.now"],
    [{ pfId: "s3cret" }, "pfId: expected no field of this name"],
  ])("solapiXms refuses %j", (change, message) => {
    const text = failing(() => solapiXms({ ...xmsOptions, ...change } as typeof xmsOptions))
    expect(text).toContain("solapiXms options:")
    expect(text).toContain(message)
    expect(text).not.toContain("s3cret")
  })
  test.each([
    [{ variables: {} }, "variables: expected names"],
    [{ variables: { a: "link" } }, "variables: expected names"],
    [{ variables: { "#{a}": "text" } }, "variables: expected names"],
    [{ variables: { "#{a}": "text", b: "link" } }, "variables: expected names"],
    [{ variables: { "a.b": "text" } }, "variables: expected names"],
    [{ variables: { a: "s3cret" } }, "variables.a: expected"],
    [{ templateId: "" }, "templateId: expected"],
  ])("solapiSns refuses %j", (change, message) => {
    const text = failing(() => solapiSns({ ...snsOptions, ...change } as SolapiSnsOptions))
    expect(text).toContain("solapiSns options:")
    expect(text).toContain(message)
    expect(text).not.toContain("s3cret")
  })
})
