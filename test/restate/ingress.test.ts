import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import { afterEach, expect, test } from "vitest"
import { FollowUpsError } from "../../src/ports/error.ts"
import { defaultIngress, type IngressCall, makeIngress } from "../../src/restate/ingress.ts"

interface Seen {
  readonly path: string
  readonly key: string | undefined
  readonly type: string | undefined
  readonly body: string
}

const closing: Array<() => void> = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A stand-in for an ingress that answers as told. */
const openFake = async (answer: (times: number, response: ServerResponse) => void) => {
  const seen: Seen[] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    let body = ""
    for await (const chunk of request) body += String(chunk)
    const key = request.headers["idempotency-key"]
    seen.push({
      path: request.url ?? "",
      key: typeof key === "string" ? key : undefined,
      type: request.headers["content-type"],
      body,
    })
    answer(seen.length, response)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { seen, url: `http://127.0.0.1:${port}` }
}

const quick = { ...defaultIngress, backoffMs: 1, maxBackoffMs: 1 }
const call: IngressCall = {
  call: "things",
  object: { name: "Thing" },
  key: "a/b c",
  handler: "do",
  body: { one: 1 },
}

const respond = (response: ServerResponse, status: number, body = "", headers = {}): void => {
  response.writeHead(status, headers).end(body)
}

const refusal = (effect: Effect.Effect<unknown, FollowUpsError>): Promise<FollowUpsError> =>
  Effect.runPromise(Effect.flip(effect) as Effect.Effect<FollowUpsError>)

test("a call names its object and handler, and gives what is answered", async () => {
  const { seen, url } = await openFake((_, response) => respond(response, 200, '{"two":2}'))
  expect(await Effect.runPromise(makeIngress({ url: `${url}/` }, quick)(call))).toEqual({ two: 2 })
  const path = "/Thing/a%2Fb%20c/do"
  expect(seen).toEqual([{ path, key: undefined, type: "application/json", body: '{"one":1}' }])
  const { body: _, ...bare } = call
  await Effect.runPromise(makeIngress({ url }, quick)(bare))
  expect(seen[1]).toEqual({ path, key: undefined, type: undefined, body: "" })
})

test("what a handler answers with nothing is nothing, whichever way it is said", async () => {
  const { url } = await openFake((times, response) => respond(response, times === 1 ? 200 : 204))
  const ingress = makeIngress({ url }, quick)
  expect([await Effect.runPromise(ingress(call)), await Effect.runPromise(ingress(call))]).toEqual([
    undefined,
    undefined,
  ])
})

test("between attempts there is no longer wait than allowed", async () => {
  const { seen, url } = await openFake((times, response) => respond(response, times < 3 ? 503 : 200, "1"))
  const slow = { ...defaultIngress, backoffMs: 3_600_000, maxBackoffMs: 1 }
  expect(await Effect.runPromise(makeIngress({ url }, slow)(call))).toBe(1)
  expect(seen).toHaveLength(3)
})

test("a call that may be done once only keeps its key when it is repeated, and no two calls share one", async () => {
  const { seen, url } = await openFake((times, response) =>
    respond(response, times === 1 ? 503 : 200, "true"),
  )
  const ingress = makeIngress({ url }, quick)
  await Effect.runPromise(ingress({ ...call, once: true }))
  await Effect.runPromise(ingress({ ...call, once: true }))
  const keys = seen.map(({ key }) => key)
  expect(keys[0]).toMatch(/./)
  expect(keys[1]).toBe(keys[0])
  expect(keys[2]).not.toBe(keys[0])
})

test("what a handler decided is not repeated, whatever its status", async () => {
  const headers = { "x-restate-error-source": "invocation" }
  const { seen, url } = await openFake((_, response) => respond(response, 500, "{}", headers))
  expect((await refusal(makeIngress({ url }, quick)(call))).reason).toBe("store")
  expect(seen).toHaveLength(1)
})

test("bad input is said to be that, in the handler's words", async () => {
  const { url } = await openFake((times, response) =>
    respond(response, 400, times === 1 ? '{"message":"nowMs: expected a value"}' : "not JSON"),
  )
  const ingress = makeIngress({ url }, quick)
  const errors = [await refusal(ingress(call)), await refusal(ingress(call))]
  expect(errors.map(({ reason, message }) => [reason, message])).toEqual([
    ["bad-input", "things: nowMs: expected a value"],
    ["bad-input", "things: not JSON"],
  ])
})

test.each([".", ".."])("a key that no URL holds, %o, is said to be that, and called nowhere", async (key) => {
  const { seen, url } = await openFake((_, response) => respond(response, 200, "true"))
  const error = await refusal(makeIngress({ url }, quick)({ ...call, key }))
  expect([error.reason, seen.length]).toEqual(["bad-input", 0])
  expect(error.message).toMatch(/^things: expected an id .* that a URL can hold/)
})

test("what is refused for other reasons is not taken for services that nobody registered", async () => {
  const { url } = await openFake((_, response) => respond(response, 401))
  expect((await refusal(makeIngress({ url }, quick)(call))).message).toBe("Restate answered 401 for Thing")
})

test("R20: what cannot be decided is said to be that, and not repeated", async () => {
  const headers = { "x-restate-error-source": "invocation" }
  const { seen, url } = await openFake((_, response) =>
    respond(response, 422, '{"message":"it cannot be decided"}', headers),
  )
  const error = await refusal(makeIngress({ url }, quick)(call))
  expect([error.reason, error.message, seen.length]).toEqual(["undecided", "things: it cannot be decided", 1])
})

test("services that nobody registered are said to be that", async () => {
  const { seen, url } = await openFake((_, response) => respond(response, 404))
  const error = await refusal(makeIngress({ url }, quick)(call))
  expect(error.message).toMatch(/404 for Thing; are the services registered/)
  expect(seen).toHaveLength(1)
})

test("an ingress that stays silent is given up after the attempts that are allowed", async () => {
  const { seen, url } = await openFake(() => {})
  const error = await refusal(makeIngress({ url }, { ...quick, timeoutMs: 20, maxAttempts: 3 })(call))
  expect([error.reason, seen.length]).toEqual(["store", 3])
  expect(error.message).not.toContain("one")
})

test("a redirect is not followed: nothing goes where the host did not say", async () => {
  const elsewhere = await openFake((_, response) => respond(response, 200, "1"))
  const { url } = await openFake((_, response) => respond(response, 307, "", { location: elsewhere.url }))
  const ingress = makeIngress({ url, headers: { "x-api-key": "secret" } }, quick)
  expect((await refusal(ingress(call))).reason).toBe("store")
  expect(elsewhere.seen).toEqual([])
})

test("an ingress that is away is called again", async () => {
  const error = await refusal(makeIngress({ url: "http://127.0.0.1:1" }, { ...quick, maxAttempts: 2 })(call))
  expect(error).toBeInstanceOf(FollowUpsError)
  expect(error.reason).toBe("store")
})

test("no more calls are under way than allowed", async () => {
  const waiting: ServerResponse[] = []
  const { seen, url } = await openFake((_, response) => waiting.push(response))
  const ingress = makeIngress({ url }, { ...quick, maxInFlight: 3 })
  const all = Effect.runPromise(
    Effect.all(
      Array.from({ length: 10 }, () => ingress(call)),
      { concurrency: "unbounded" },
    ),
  )
  let most = 0
  for (let answered = 0; answered < 10; ) {
    await new Promise((resolve) => setImmediate(resolve))
    most = Math.max(most, waiting.length)
    // All that may be under way are, before one is answered.
    if (waiting.length < Math.min(3, 10 - answered)) continue
    const [next] = waiting.splice(0, 1)
    if (next !== undefined) respond(next, 200, "1")
    answered++
  }
  await all
  expect([most, seen.length]).toEqual([3, 10])
})
