/**
 * What every transport over HTTP is held to, whatever its provider: it never says that nothing was sent unless that is
 * certain, and it never repeats what it was trusted with.
 */
import { describe, expect, test } from "vitest"
import type { SendContext, SendResult, Transport } from "../../../src/ports/transport.ts"
import { type Got, nobodyAt, providerServer, type Reply } from "./provider-server.ts"

/** A context as the engine gives it. */
export const contextOf = (
  deliveryId = "acme/cust%201/c1/m2/xms",
  signal: AbortSignal = new AbortController().signal,
): SendContext => ({ deliveryId, idempotencyKey: deliveryId, attempt: 1, signal })

/** How a transport under test is made, and what it is given to send. */
export interface TransportCase<M> {
  readonly make: (options: { readonly baseUrl: string; readonly timeoutMs?: number }) => Transport<M>
  readonly message: M
  /** The provider's answer to a message that it takes over. */
  readonly accepted: Reply
  /** The delivery that a request names, so that later news of it find back. */
  readonly deliveryIn: (got: Got) => string | undefined
  /** Contacts, texts and credentials that no result may repeat. */
  readonly secrets: ReadonlyArray<string>
}

/** Registers the cases. */
export const transportCases = <M>({
  make,
  message,
  accepted,
  deliveryIn,
  secrets,
}: TransportCase<M>): void => {
  const sendTo = async (reply: Reply, timeoutMs = 5_000): Promise<SendResult> => {
    await using server = await providerServer(() => reply)
    return await make({ baseUrl: server.baseUrl, timeoutMs }).send(message, contextOf())
  }
  const echo = `{"message":"${secrets.join(" ")}","code":"${secrets.join(" ")}","errorCode":"${secrets[0]}"}`

  describe("R9: nothing is called rejected unless nothing was sent", () => {
    test("nobody listens: rejected, and may be tried again", async () => {
      const result = await make({ baseUrl: await nobodyAt() }).send(message, contextOf())
      expect(result).toMatchObject({ _tag: "Rejected", reason: "unreachable", retryAfterMs: 30_000 })
    })
    test("aborted before it began: rejected, and nothing leaves", async () => {
      await using server = await providerServer(() => accepted)
      const result = await make({ baseUrl: server.baseUrl }).send(
        message,
        contextOf("d1", AbortSignal.abort()),
      )
      expect(result).toMatchObject({ _tag: "Rejected", reason: "unreachable" })
      expect(server.requests).toEqual([])
    })
    test("aborted while the provider thinks: uncertain", async () => {
      const controller = new AbortController()
      await using server = await providerServer(() => {
        controller.abort()
        return "silent"
      })
      const result = await make({ baseUrl: server.baseUrl }).send(message, contextOf("d1", controller.signal))
      expect(result).toEqual({ _tag: "Uncertain", code: "aborted" })
    })
    test.each([
      ["cut after the request was read", "cut"],
      ["cut within the answer", "cut answer"],
      ["silence", "silent"],
      ["an answer that drips", "drip"],
      ["an answer of 1 MB", { status: 201, body: `"${"a".repeat(1_000_000)}"` }],
      ["an answer that is no JSON", { status: 200, body: "<html>Accepted</html>" }],
      ["an answer of another shape", { status: 201, body: '{"ok":true}' }],
      ["an answer that is no object", { status: 200, body: "[null]" }],
      ["an empty answer", { status: 200 }],
      ["no content", { status: 204 }],
      ["an answer that is not UTF-8", { status: 200, body: new Uint8Array([0x7b, 0xff]) }],
      ["500", { status: 500, body: "oops" }],
      ["502 of a gateway", { status: 502, headers: { "content-type": "text/html" }, body: "<html>" }],
      ["503", { status: 503 }],
      ["504", { status: 504 }],
      ["408", { status: 408 }],
    ] satisfies ReadonlyArray<readonly [string, Reply]>)("%s: uncertain", async (_, reply) => {
      const waits = reply === "silent" || reply === "drip"
      expect((await sendTo(reply, waits ? 100 : 5_000))._tag).toBe("Uncertain")
    })
    test.each([
      [401, "auth"],
      [403, "auth"],
      [404, "config"],
      [302, "config"],
    ])("%i refuses the request: %s", async (status, reason) => {
      expect(await sendTo({ status, headers: { location: "/" } })).toMatchObject({ _tag: "Rejected", reason })
    })
    test("429 is refused for now", async () => {
      expect(await sendTo({ status: 429, headers: { "retry-after": "9" }, body: "slow down" })).toMatchObject(
        {
          _tag: "Rejected",
          reason: "rate-limited",
          retryAfterMs: 9_000,
        },
      )
    })
    test("one request an attempt, whatever comes of it", async () => {
      for (const status of [429, 500, 503]) {
        await using server = await providerServer(() => ({ status }))
        await make({ baseUrl: server.baseUrl }).send(message, contextOf())
        expect(server.requests).toHaveLength(1)
      }
    })
  })

  test("R20: no result repeats a contact, a text or a credential", async () => {
    for (const status of [200, 201, 400, 401, 422, 429, 500]) {
      const result = JSON.stringify(await sendTo({ status, body: echo }))
      for (const secret of secrets) expect(result).not.toContain(secret)
    }
  })

  test("R20: many at once do not mix", async () => {
    await using server = await providerServer(() => accepted)
    const transport = make({ baseUrl: server.baseUrl })
    const ids = Array.from({ length: 40 }, (_, index) => `acme/c${index}/c1/m1/${transport.via}`)
    const results = await Promise.all(ids.map((id) => transport.send(message, contextOf(id))))
    expect(results.every((result) => result._tag === "Accepted")).toBe(true)
    expect(server.requests).toHaveLength(ids.length)
    expect(new Set(server.requests.map(deliveryIn))).toEqual(new Set(ids))
  })
}
