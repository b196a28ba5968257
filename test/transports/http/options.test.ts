import * as Schema from "effect/Schema"
import { describe, expect, test, vi } from "vitest"
import { defaultSend } from "../../../src/ports/attempt.ts"
import {
  Credential,
  endpoint,
  exchangeOf,
  httpFields,
  readOptions,
} from "../../../src/transports/http/index.ts"

const OptionsSchema = Schema.Struct({ token: Credential, ...httpFields })
const read = (options: unknown) => readOptions("acme", OptionsSchema, options)

describe("options of a transport over HTTP", () => {
  test("are taken as they are", () => {
    const options = {
      token: "t0ken+/=",
      baseUrl: "http://127.0.0.1:1/api",
      timeoutMs: 1,
      fetch: globalThis.fetch,
    }
    expect(read(options)).toEqual(options)
    expect(read({ token: "t" })).toEqual({ token: "t" })
  })
  test.each([
    [{ token: "s3cret\n" }, "token: expected printable ASCII without spaces or line feeds"],
    [{ token: " s3cret" }, "token: expected printable ASCII"],
    [{ token: "" }, "token: expected printable ASCII"],
    [{}, "token: expected a value; it is missing"],
    [{ token: "s3cret", baseUrl: "ftp://s3cret" }, "baseUrl: expected a URL that begins with https://"],
    [{ token: "s3cret", baseUrl: "web+https://s3cret" }, "baseUrl: expected a URL that begins with https://"],
    [{ token: "s3cret", timeoutMs: 0 }, "timeoutMs: expected"],
    [{ token: "s3cret", fetch: "s3cret" }, "fetch: expected a function like fetch"],
    [{ token: "s3cret", retries: 3 }, "retries: expected no field of this name"],
  ])("%j is refused in words that do not repeat it", (options, message) => {
    const failure = (() => {
      try {
        return JSON.stringify(read(options))
      } catch (error) {
        return String(error)
      }
    })()
    expect(failure).toContain("acme options:")
    expect(failure).toContain(message)
    expect(failure).not.toContain("s3cret")
  })
  test("the global fetch is looked up when it is called, and the given one stands before it", async () => {
    const exchange = exchangeOf({})
    vi.stubGlobal("fetch", async () => new Response("stub"))
    try {
      expect(await (await exchange.fetch("http://a.test")).text()).toBe("stub")
    } finally {
      vi.unstubAllGlobals()
    }
    const own: typeof globalThis.fetch = async () => new Response("own")
    expect(exchangeOf({ fetch: own }).fetch).toBe(own)
  })
  test("R9: Node gives up a connection before we give up the request, and we before the engine does", () => {
    // 10 s, looked at twice a second; measured: 10.55 s.
    const NODE_CONNECT_MS = 11_000
    const { timeoutMs } = exchangeOf({})
    expect(timeoutMs).toBeGreaterThan(NODE_CONNECT_MS)
    expect(timeoutMs).toBeLessThan(defaultSend.timeoutMs)
  })
  test("a path goes under the base URL's own", () => {
    expect(endpoint("https://a.test", "/v1/x")).toBe("https://a.test/v1/x")
    expect(endpoint("https://a.test/proxy//", "/v1/x")).toBe("https://a.test/proxy/v1/x")
    expect(endpoint("https://a.test", "")).toBe("https://a.test")
  })
  test("a path without a slash goes to the same host, not to one whose name it ends", () => {
    expect(endpoint("https://a.test", "v1/x")).toBe("https://a.test/v1/x")
    expect(endpoint("https://a.test:8080/proxy/", "v1/x")).toBe("https://a.test:8080/proxy/v1/x")
  })
})
