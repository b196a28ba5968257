import { gzipSync } from "node:zlib"
import { SMTPServer } from "smtp-server"
import { describe, expect, test } from "vitest"
import { type Asked, type Exchange, exchange } from "../../../src/transports/http/index.ts"
import { nobodyAt, providerServer, type Reply, rawServer } from "./provider-server.ts"

const settings = (change: Partial<Exchange> = {}): Exchange => ({
  fetch: globalThis.fetch,
  timeoutMs: 5_000,
  maxAnswerBytes: 1_000,
  ...change,
})

const post = (url: string, body: Asked["body"] = "to=%2B821012345678"): Asked => ({
  url,
  method: "POST",
  headers: { "x-key": "secret-key" },
  ...(body !== undefined && { body }),
})

const ask = (url: string, change: Partial<Exchange> = {}, signal = new AbortController().signal) =>
  exchange(settings(change), post(url), signal)

const failingWith = (error: unknown) => async (): Promise<Response> => {
  throw error
}

const answered = async (reply: Reply, change: Partial<Exchange> = {}) => {
  await using server = await providerServer(() => reply)
  return { result: await ask(server.baseUrl, change), requests: server.requests }
}

describe("R9: an exchange says how far it came", () => {
  test("a whole answer, of whatever status, is answered", async () => {
    for (const status of [200, 201, 400, 429, 500]) {
      const { result, requests } = await answered({ status, body: "네" })
      expect(result).toMatchObject({ _tag: "Answered", status, text: "네" })
      expect(requests).toMatchObject([{ method: "POST", body: "to=%2B821012345678" }])
      expect(requests[0]?.headers["x-key"]).toBe("secret-key")
    }
  })
  test("nobody listens: not sent", async () => {
    expect(await ask(await nobodyAt())).toEqual({ _tag: "NotSent", code: "ECONNREFUSED" })
  })
  test("a name that does not exist: not sent", async () => {
    const result = await ask("http://nowhere.invalid/")
    expect(result).toMatchObject({ _tag: "NotSent", code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) })
  })
  test("a certificate that nobody vouches for: not sent", async () => {
    // Any TLS server does; this one brings a certificate of its own.
    const server = new SMTPServer({ secure: true })
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
    const address = server.server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.on("error", () => {})
    const result = await ask(`https://127.0.0.1:${port}`)
    await new Promise<void>((done) => server.close(() => done()))
    expect(result).toMatchObject({ _tag: "NotSent", code: expect.stringMatching(/CERT|SIGNATURE/) })
  })
  test("no TLS where TLS is expected: never an answer", async () => {
    await using plain = await providerServer(() => ({ status: 200 }))
    expect((await ask(plain.baseUrl.replace("http:", "https:")))._tag).not.toBe("Answered")
    expect(plain.requests).toEqual([])
  })
  test("the line is cut before an answer, in its middle, or as soon as it is there: lost", async () => {
    expect((await answered("cut")).result._tag).toBe("Lost")
    expect((await answered("cut answer")).result._tag).toBe("Lost")
    await using rude = await rawServer((socket) => socket.destroy())
    expect((await ask(rude.baseUrl))._tag).toBe("Lost")
  })
  test("the line is cut while the body is on its way: lost", async () => {
    await using rude = await rawServer((socket) => socket.once("data", () => socket.resetAndDestroy()))
    const asked = post(rude.baseUrl, new Uint8Array(5_000_000))
    expect((await exchange(settings(), asked, new AbortController().signal))._tag).toBe("Lost")
  })
  test("no HTTP at all: lost", async () => {
    await using odd = await rawServer((socket) =>
      socket.once("data", () => socket.end("220 mail.example\r\n")),
    )
    expect((await ask(odd.baseUrl))._tag).toBe("Lost")
  })
  test("silence, and an answer that drips, end at the time-out: lost", async () => {
    for (const reply of ["silent", "drip"] as const)
      expect((await answered(reply, { timeoutMs: 100 })).result).toEqual({ _tag: "Lost", code: "timed out" })
  })
  test("aborted before: not sent, and nothing arrives; aborted during: lost", async () => {
    await using server = await providerServer(() => "silent")
    expect(await ask(server.baseUrl, {}, AbortSignal.abort())).toEqual({ _tag: "NotSent", code: "aborted" })
    expect(server.requests).toEqual([])
    const controller = new AbortController()
    await using slow = await providerServer(() => {
      controller.abort()
      return "silent"
    })
    expect(await ask(slow.baseUrl, {}, controller.signal)).toEqual({ _tag: "Lost", code: "aborted" })
  })
  test("an answer of more than the limit, unpacked, is not read: lost; at the limit it is read", async () => {
    const { result } = await answered({ status: 200, body: "a".repeat(1_001) })
    expect(result).toEqual({ _tag: "Lost", code: "200 with an answer that cannot be read" })
    const packed = gzipSync("a".repeat(1_000_000))
    const bomb = { status: 201, headers: { "content-encoding": "gzip" }, body: packed }
    expect((await answered(bomb, { maxAnswerBytes: 10_000 })).result).toMatchObject({ _tag: "Lost" })
    expect((await answered({ status: 200, body: "a".repeat(1_000) })).result._tag).toBe("Answered")
  })
  test("an answer that is not UTF-8: lost", async () => {
    const { result } = await answered({ status: 200, body: new Uint8Array([0x22, 0xff, 0x22]) })
    expect(result).toMatchObject({ _tag: "Lost" })
  })
  test("a redirect is an answer: nothing goes where the provider points", async () => {
    await using elsewhere = await providerServer(() => ({ status: 200 }))
    for (const status of [301, 302, 303, 307, 308]) {
      const { result } = await answered({ status, headers: { location: elsewhere.baseUrl } })
      expect(result).toMatchObject({ _tag: "Answered", status })
    }
    expect(elsewhere.requests).toEqual([])
  })
})

describe("R9: errors of fetch", () => {
  const withCode = (code: string, more: object = {}) =>
    Object.assign(new Error("to 010-1234"), { code, ...more })
  const wrapped = (cause: unknown) => new TypeError("fetch failed", { cause })

  test.each([
    ["a connection that breaks", withCode("ECONNRESET"), "ECONNRESET"],
    ["a time-out of an open connection", withCode("ETIMEDOUT"), "ETIMEDOUT"],
    ["a code that nobody knows", withCode("E_NEW"), "E_NEW"],
    ["a code with more around it", withCode("to 010-1234 ECONNREFUSED"), "no answer"],
    ["a code with more after it", withCode("ECONNREFUSED 010-1234"), "no answer"],
    ["no code", new Error("to 010-1234"), "no answer"],
    ["something that is no error", "to 010-1234", "no answer"],
    ["nothing at all", null, "no answer"],
  ])("%s: lost, and nothing of it is repeated", async (_, cause, code) => {
    const result = await ask("http://provider.test/", { fetch: failingWith(wrapped(cause)) })
    expect(result).toEqual({ _tag: "Lost", code })
  })
  test.each([
    "ERR_INVALID_URL",
    "ECONNREFUSED",
    "ENOTFOUND",
    "EAI_AGAIN",
    "EAI_FAIL",
    "EAI_NODATA",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "EADDRNOTAVAIL",
    "UND_ERR_CONNECT_TIMEOUT",
    "CERT_HAS_EXPIRED",
    "CERT_NOT_YET_VALID",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "ERR_TLS_CERT_ALTNAME_INVALID",
  ])("%s comes before the first byte of a request: not sent", async (code) => {
    const fetch = failingWith(wrapped(withCode(code)))
    expect(await ask("http://provider.test/", { fetch })).toEqual({ _tag: "NotSent", code })
  })
  test("of an address that is none, fetch itself says so", async () => {
    expect(await ask("http://127.0.0.1:80messages")).toEqual({ _tag: "NotSent", code: "ERR_INVALID_URL" })
  })
  test("of several addresses, all must have refused", async () => {
    const several = (codes: ReadonlyArray<string>) =>
      wrapped(withCode(codes[0] ?? "", { errors: codes.map((code) => withCode(code)) }))
    const of = (codes: ReadonlyArray<string>) =>
      ask("http://provider.test/", { fetch: failingWith(several(codes)) })
    expect((await of(["ECONNREFUSED", "ENETUNREACH"]))._tag).toBe("NotSent")
    expect((await of(["ECONNREFUSED", "ECONNRESET"]))._tag).toBe("Lost")
  })
  test("of several addresses, one that was given up is no time-out of an open connection", async () => {
    // As Node makes them: one error for each address, and one for all with the code of the first.
    const given = (code: string, syscall: string) => withCode(code, { syscall })
    const of = (...errors: ReadonlyArray<Error>) =>
      ask("http://provider.test/", { fetch: failingWith(wrapped(withCode("ETIMEDOUT", { errors }))) })
    const givenUp = given("ETIMEDOUT", "connect")
    expect(await of(givenUp, given("ENETUNREACH", "connect"))).toEqual({
      _tag: "NotSent",
      code: "ENETUNREACH",
    })
    expect((await of(givenUp, givenUp))._tag).toBe("NotSent")
    expect((await of(givenUp, given("ETIMEDOUT", "read")))._tag).toBe("Lost")
    expect(await of(givenUp, new Error("to 010-1234"))).toEqual({ _tag: "Lost", code: "ETIMEDOUT" })
    expect(await of()).toEqual({ _tag: "Lost", code: "ETIMEDOUT" })
  })
  test.each([
    ["connect", "NotSent"],
    ["read", "Lost"],
    ["write", "Lost"],
  ])("a time-out of the system in %s: %s", async (syscall, tag) => {
    const cause = withCode("ETIMEDOUT", { syscall })
    expect((await ask("http://provider.test/", { fetch: failingWith(wrapped(cause)) }))._tag).toBe(tag)
  })
  test("an error that is one of its own several", async () => {
    const own = withCode("ECONNREFUSED")
    Object.assign(own, { errors: [own] })
    const result = await ask("http://provider.test/", { fetch: failingWith(own) })
    expect(result).toEqual({ _tag: "Lost", code: "no answer" })
  })
  test("an error that is its own cause", async () => {
    const own = withCode("ECONNREFUSED")
    Object.assign(own, { cause: own })
    expect((await ask("http://provider.test/", { fetch: failingWith(own) }))._tag).toBe("NotSent")
  })
})
