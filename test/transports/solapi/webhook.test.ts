import { createHash } from "node:crypto"
import fc from "fast-check"
import { describe, expect, test, vi } from "vitest"
import { solapiWebhook, solapiXms } from "../../../src/transports/solapi/index.ts"
import { jsonReply, type Reply } from "../http/provider-server.ts"
import { contextOf } from "../http/transport-cases.ts"
import { account, solapiServer } from "./solapi-server.ts"

const webhookSecret = "webhook-s3cret"
const token = createHash("sha1").update(webhookSecret).digest("hex")
const deliveryId = "acme/cust%201/c1/m2/xms"
const message = { channelId: "acme", customerId: "cust 1", chatId: "c1", to: "+821012345678", country: "KR" }

/** Solapi with messages of which one each has these codes, and the webhook under test. */
const solapiWith = async (codes: ReadonlyArray<string>) => {
  const server = await solapiServer()
  const options = { ...account, baseUrl: server.baseUrl, timeoutMs: 200 }
  const transport = solapiXms({ ...options, from: "0212345678" })
  for (const [index, code] of codes.entries()) {
    const id = index === 0 ? deliveryId : `${deliveryId}${index}`
    await transport.send({ ...message, kind: "SMS", segments: 1, text: "네" }, contextOf(id))
    Object.assign(server.messages[index] ?? {}, { statusCode: code })
  }
  const webhook = solapiWebhook({ ...options, webhookSecret })
  const tell = async (body: string, header: string | undefined = token) => {
    const request = new Request("https://chat.example/webhooks/solapi", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-solapi-event-name": "SINGLE-REPORT",
        ...(header !== undefined && { "x-solapi-secret": header }),
      },
      body,
    })
    const { events, response } = await webhook(request)
    return { events, status: response.status }
  }
  return Object.assign(server, { tell, webhook })
}

const report = (messageId: unknown = "M4V0", more: object = {}) => ({
  messageId,
  groupId: "G4V",
  statusCode: "4000",
  to: "01012345678",
  customFields: { followup0: deliveryId },
  ...more,
})
const body = (...reports: ReadonlyArray<unknown>) => JSON.stringify(reports)
const delivered = { _tag: "Receipt", deliveryId, status: "delivered" }
const refused = (status: number) => ({ events: [], status })

describe("R9: Solapi's reports", () => {
  test("a delivered message, as Solapi confirms it", async () => {
    await using solapi = await solapiWith(["4000"])
    expect(await solapi.tell(body(report()))).toEqual({ events: [delivered], status: 204 })
    const asked = solapi.requests.at(-1)
    expect(asked?.method).toBe("GET")
    expect(Object.fromEntries(asked?.url.searchParams ?? [])).toEqual({
      criteria: "messageId",
      cond: "eq",
      value: "M4V0",
      limit: "1",
    })
  })
  test.each([
    ["3107", "blocked"],
    ["3104", "invalid-address"],
    ["3043", "unreachable"],
    ["2230", "quota"],
    ["1062", "sender-not-allowed"],
  ])("%s: failed, %s", async (code, reason) => {
    await using solapi = await solapiWith([code])
    expect(await solapi.tell(body(report()))).toEqual({
      events: [{ _tag: "Receipt", deliveryId, status: "failed", reason }],
      status: 204,
    })
  })
  test.each(["2000", "3000", "3014", "3048", "2024", "9999"])("%s is not the last word", async (code) => {
    await using solapi = await solapiWith([code])
    expect(await solapi.tell(body(report()))).toEqual({ events: [], status: 204 })
  })
  test("several at once, each once", async () => {
    await using solapi = await solapiWith(Array.from({ length: 25 }, () => "4000"))
    const ids = Array.from({ length: 25 }, (_, index) => `M4V${index}`)
    const { events, status } = await solapi.tell(body(...[...ids, ...ids].map((id) => report(id))))
    expect(status).toBe(204)
    expect(events).toHaveLength(25)
  })
  test("of no interest: nothing, groups, messages of other programs", async () => {
    await using solapi = await solapiWith(["4000"])
    solapi.messages.push({ messageId: "M9", statusCode: "4000", customFields: { other: "1" } })
    for (const text of [body(), body({ groupId: "G4V" }), body(report(null)), body(report("M9"))])
      expect(await solapi.tell(text)).toEqual({ events: [], status: 204 })
  })
  test("R20: the same twice, late or early, says what is true now", async () => {
    await using solapi = await solapiWith(["3000"])
    expect((await solapi.tell(body(report()))).events).toEqual([])
    Object.assign(solapi.messages[0] ?? {}, { statusCode: "4000" })
    const old = body(report("M4V0", { statusCode: "3000" }))
    for (const text of [old, body(report()), old])
      expect((await solapi.tell(text)).events).toEqual([delivered])
  })
})

describe("R20: nothing is believed because it was told", () => {
  test("a wrong token: refused, and Solapi is not asked", async () => {
    await using solapi = await solapiWith(["4000"])
    const before = solapi.requests.length
    for (const header of ["", "0".repeat(40), webhookSecret, token.toUpperCase(), `${token}0`])
      expect(await solapi.tell(body(report()), header)).toEqual(refused(401))
    const bare = new Request("https://chat.example/", { method: "POST", body: body(report()) })
    expect((await solapi.webhook(bare)).response.status).toBe(401)
    expect(solapi.requests.length).toBe(before)
  })
  test("who knows the token can neither fake an outcome nor name another delivery", async () => {
    await using solapi = await solapiWith(["3107", "3000"])
    const fake = { statusCode: "4000", customFields: { followup0: "acme/other/c1/m1/xms" } }
    expect(await solapi.tell(body(report("M4V0", fake)))).toEqual({
      events: [{ _tag: "Receipt", deliveryId, status: "failed", reason: "blocked" }],
      status: 204,
    })
    expect(await solapi.tell(body(report("M4V1", fake)))).toEqual({ events: [], status: 204 })
  })
  test("a message that the account does not know: refused, with everything beside it", async () => {
    await using solapi = await solapiWith(["4000"])
    expect(await solapi.tell(body(report(), report("M4V99")))).toEqual(refused(401))
  })
  test("another message than the one asked for confirms nothing", async () => {
    await using solapi = await solapiWith(["4000"])
    solapi.failing.reply = jsonReply(200, {
      messageList: { M4V0: { ...solapi.messages[0], messageId: "M4V7" } },
    })
    expect(await solapi.tell(body(report()))).toEqual(refused(401))
  })
  test("when Solapi cannot be asked, it shall tell again", async () => {
    await using solapi = await solapiWith(["4000"])
    const replies: ReadonlyArray<Reply> = [
      "cut",
      "silent",
      "drip",
      { status: 500 },
      { status: 403 },
      { status: 200 },
    ]
    for (const reply of replies) {
      solapi.failing.reply = reply
      expect(await solapi.tell(body(report()))).toEqual(refused(503))
    }
    solapi.failing.reply = undefined
    expect((await solapi.tell(body(report()))).events).toEqual([delivered])
  })
  test("however many reports: after a minute of asking, Solapi shall tell them again", async () => {
    const minute = new AbortController()
    const asked: Array<string> = []
    const record = (id: string) => ({ messageList: { [id]: { messageId: id, statusCode: "2000" } } })
    // Answers the first batch, and then nothing more.
    const fetch: typeof globalThis.fetch = async (url, init) => {
      asked.push(new URL(new Request(url).url).searchParams.get("value") ?? "")
      if (asked.length <= 10) return Response.json(record(asked.at(-1) ?? ""))
      if (asked.length === 20) setImmediate(() => minute.abort())
      const { promise, reject } = Promise.withResolvers<Response>()
      init?.signal?.addEventListener("abort", () => reject(new Error("aborted")))
      return promise
    }
    const timeouts = vi
      .spyOn(AbortSignal, "timeout")
      .mockImplementation((ms) => (ms === 60_000 ? minute.signal : new AbortController().signal))
    try {
      const webhook = solapiWebhook({ ...account, fetch, webhookSecret })
      const reports = Array.from({ length: 40 }, (_, index) => report(`M4V${index}`))
      const headers = { "x-solapi-secret": token }
      const init = { method: "POST", headers, body: body(...reports) }
      const { events, response } = await webhook(new Request("https://chat.example/", init))
      expect([events, response.status, asked.length]).toEqual([[], 503, 20])
    } finally {
      timeouts.mockRestore()
    }
  })
  test.each([
    "",
    "{",
    "null",
    "{}",
    '"M4V0"',
    "[null]",
    "[1]",
    body(report("M4V0&limit=500")),
    body(report({ $ne: "" })),
    body(report("")),
    body(...Array.from({ length: 501 }, () => report())),
  ])("malformed: %.40s", async (text) => {
    await using solapi = await solapiWith(["4000"])
    const before = solapi.requests.length
    expect(await solapi.tell(text)).toEqual(refused(400))
    expect(solapi.requests.length).toBe(before)
  })
  test("too large, and by another method", async () => {
    await using solapi = await solapiWith([])
    expect(await solapi.tell("a".repeat(1_048_577))).toEqual(refused(413))
    expect((await solapi.webhook(new Request("https://chat.example/"))).response.status).toBe(405)
  })

  test("1 000 mutated tokens, message ids and bodies: each is refused and has no events", async () => {
    await using solapi = await solapiWith(["4000"])
    const text = body(report())
    const change = (value: string, at: number, char: string, kind: number): string => {
      const place = at % value.length
      return value.slice(0, place) + [char, "", char + value[place]][kind % 3] + value.slice(place + 1)
    }
    const mutation = fc.record({
      part: fc.constantFrom("token", "token", "token", "id", "frame"),
      at: fc.nat(1_000),
      char: fc.stringMatching(/^[a-zA-Z0-9]$/),
      kind: fc.nat(2),
    })
    let mutated = 0
    await fc.assert(
      fc.asyncProperty(mutation, async ({ part, at, char, kind }) => {
        const header = part === "token" ? change(token, at, char, kind) : token
        const id = part === "id" ? change("M4V0", at, char, kind) : "M4V0"
        // The frame is what makes the body JSON; within it, only the message's id is ever used.
        const frame = text.slice(0, 1 + (at % (text.length - 1)))
        fc.pre(header !== token || id !== "M4V0" || part === "frame")
        const sent = part === "id" ? body(report(id)) : part === "frame" ? frame : text
        const { events, status } = await solapi.tell(sent, header)
        expect(events).toEqual([])
        expect([400, 401]).toContain(status)
        mutated += 1
      }),
      { numRuns: 1_000, seed: 20_261_122 },
    )
    expect(mutated).toBeGreaterThanOrEqual(1_000)
  })
  test("whatever else of a body is changed, the events are what Solapi confirms", async () => {
    await using solapi = await solapiWith(["4000"])
    await fc.assert(
      fc.asyncProperty(fc.object(), async (more) => {
        const { events } = await solapi.tell(body({ ...report(), ...more, messageId: "M4V0" }))
        expect(events).toEqual([delivered])
      }),
      { numRuns: 50 },
    )
  })
})

test("solapiWebhook refuses options without repeating them", () => {
  const make = () => solapiWebhook({ ...account, webhookSecret: "s3cret " })
  expect(make).toThrow(/^solapiWebhook options:\nwebhookSecret: expected printable ASCII/)
  expect(make).not.toThrow(/s3cret/)
})
