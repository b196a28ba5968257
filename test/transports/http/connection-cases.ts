/**
 * What transports of texts to a messaging app are held to, whatever becomes of the connection to their provider. Rule R9.
 */
import { describe, expect, test } from "vitest"
import type { SendResult, SnsMessage, Transport } from "../../../src/ports/transport.ts"
import {
  answer,
  attempt,
  type Behaviour,
  cut,
  drip,
  hang,
  leaksIn,
  localProvider,
  nobody,
  type Received,
  snsMessage,
} from "./local-provider.ts"

/** How a transport under test is made, and how its provider takes a message over. */
export interface ConnectionCase {
  readonly make: (options: { readonly baseUrl: string; readonly timeoutMs?: number }) => Transport<SnsMessage>
  readonly accepts: Behaviour
  /** What tells one delivery from another in a request. */
  readonly nameIn: (got: Received) => unknown
}

/** Registers the cases. */
export const connectionCases = ({ make, accepts, nameIn }: ConnectionCase): void => {
  const sendTo = async (behaviour: Behaviour, cutsEarly = false): Promise<SendResult> => {
    await using provider = await localProvider(behaviour, { cutsEarly })
    const result = await make({ baseUrl: provider.baseUrl, timeoutMs: 200 }).send(snsMessage(), attempt())
    expect(leaksIn(result)).toEqual([])
    return result
  }

  describe("the connection", () => {
    test.each<[string, Behaviour]>([
      ["502 of a gateway", answer(502, "<html>")],
      ["no JSON", answer(200, "<html>", { "content-type": "text/html" })],
      ["an answer that is not UTF-8", (_, response) => response.end(Buffer.from([0x7b, 0xff, 0x7d]))],
      ["a connection cut after the request", cut],
      ["no answer in time", hang],
      ["an answer that does not end", drip],
    ])("R9: %s leaves it open", async (_, behaviour) => {
      expect(await sendTo(behaviour)).toMatchObject({ _tag: "Uncertain" })
    })
    test("R9: one that is cut before the request was read leaves it open too", async () => {
      expect(await sendTo(hang, true)).toMatchObject({ _tag: "Uncertain" })
    })
    test("R9: where nobody listens nothing was sent, and later may be better", async () => {
      const transport = make({ baseUrl: await nobody() })
      expect(await transport.send(snsMessage(), attempt())).toEqual({
        _tag: "Rejected",
        reason: "unreachable",
        retryAfterMs: 30_000,
        code: "ECONNREFUSED",
      })
    })
    test("R9: an abort before is a refusal, an abort after the request left leaves it open", async () => {
      const controller = new AbortController()
      await using provider = await localProvider(() => controller.abort())
      const transport = make({ baseUrl: provider.baseUrl })
      expect(await transport.send(snsMessage(), attempt({ signal: AbortSignal.abort() }))).toMatchObject({
        _tag: "Rejected",
        reason: "unreachable",
      })
      expect(provider.received).toEqual([])
      expect(await transport.send(snsMessage(), attempt({ signal: controller.signal }))).toEqual({
        _tag: "Uncertain",
        code: "aborted",
      })
    })
    test("R9: fifty at once are fifty requests of their own", async () => {
      await using provider = await localProvider(accepts)
      const transport = make({ baseUrl: provider.baseUrl })
      const ids = Array.from({ length: 50 }, (_, index) => `acme/cust/c1/m${index}/sns`)
      const results = await Promise.all(
        ids.map((id) => transport.send(snsMessage(), attempt({ deliveryId: id, idempotencyKey: id }))),
      )
      expect(new Set(results.map(({ _tag }) => _tag))).toEqual(new Set(["Accepted"]))
      expect(provider.received).toHaveLength(50)
      expect(new Set(provider.received.map(nameIn)).size).toBe(50)
    })
  })
}
