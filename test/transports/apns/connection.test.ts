import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { connectionTo } from "../../../src/transports/apns/connection.ts"
import type { LineSetting } from "../../../src/transports/apns/line.ts"
import { selfSigned } from "../certificate.ts"
import { until } from "../push-message.ts"
import { trialKey } from "./apns-process.ts"
import { type ApnsBehaviour, apnsServer, lossyWay } from "./apns-server.ts"

const open = (origin: string, change: Partial<LineSetting> = {}) => {
  const connection = connectionTo({
    origin,
    timeoutMs: 5_000,
    pingAfterIdleMs: 60_000,
    pingTimeoutMs: 500,
    maxAnswerBytes: 1_000,
    now: () => 0,
    ...change,
  })
  return {
    request: (path = "/", signal = new AbortController().signal) =>
      connection.request({ ":method": "POST", ":path": path }, "body", signal),
    close: connection.close,
    [Symbol.asyncDispose]: connection.close,
  }
}

// What the connection does has nothing to do with tokens: requests are answered 403, which is an answer.
const start = (behaviour: Partial<ApnsBehaviour> = {}) => apnsServer({ privateKey: trialKey, ...behaviour })

const answered = { _tag: "Answered", status: 403 }
const refused = { _tag: "NotSent", code: "refused" }

const takingOver = (...paths: ReadonlyArray<string>) => {
  const taken = new Map<string, ServerHttp2Stream>()
  return {
    taken,
    takeOver: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      const path = headers[":path"] ?? ""
      if (!paths.includes(path)) return false
      taken.set(path, stream)
      return true
    },
  }
}

describe("one connection", () => {
  test("R6: serves all requests, as many at a time as the server allows", async () => {
    await using server = await start({ maxConcurrentStreams: 5 })
    await using connection = open(server.url)
    const all = await Promise.all(Array.from({ length: 60 }, () => connection.request()))
    expect(all.every(({ _tag }) => _tag === "Answered")).toBe(true)
    expect(server.sessions).toHaveLength(1)
    expect(server.concurrent.most).toBe(5)
  })

  test("R6: a server that allows more later is used for more", async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    await using server = await start({ maxConcurrentStreams: 1, hold: () => held })
    await using connection = open(server.url)
    const all = [1, 2, 3, 4].map(() => connection.request())
    await until(() => server.concurrent.now === 1)
    server.sessions[0]?.settings({ maxConcurrentStreams: 3 })
    await until(() => server.concurrent.now === 3)
    release()
    expect(await Promise.all(all)).toMatchObject([answered, answered, answered, answered])
    expect(server.concurrent.most).toBe(3)
  })

  test("R9: who gives up while waiting for room has sent nothing, and loses no one else's turn", async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    await using server = await start({ maxConcurrentStreams: 1, hold: () => held })
    await using connection = open(server.url)
    const first = connection.request()
    await until(() => server.concurrent.now === 1)
    const giving = new AbortController()
    const second = connection.request("/", giving.signal)
    const third = connection.request()
    // Long enough for both to stand in line.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    giving.abort()
    expect(await second).toEqual({ _tag: "NotSent", code: "aborted" })
    release()
    expect(await Promise.all([first, third])).toMatchObject([answered, answered])
  })
})

describe("a server that goes away", () => {
  test.each([0, 2])(
    "R9: GOAWAY with code %i: what is beyond its last stream was not sent, and the next go elsewhere",
    async (code) => {
      const { taken, takeOver } = takingOver("/1", "/2", "/3")
      await using server = await start({ takeOver })
      await using connection = open(server.url)
      const [first, second, third] = ["/1", "/2", "/3"].map((path) => connection.request(path))
      await until(() => taken.size === 3)
      taken.get("/1")?.session?.goaway(code, taken.get("/1")?.id)
      expect(await second).toEqual(refused)
      expect(await third).toEqual(refused)
      const elsewhere = connection.request("/4")
      // An error ends the connection at once, with what was under way.
      if (code === 0) taken.get("/1")?.respond({ ":status": 200 }, { endStream: true })
      expect((await first)?._tag).toBe(code === 0 ? "Answered" : "Lost")
      expect(await elsewhere).toMatchObject(answered)
      expect(server.sessions).toHaveLength(2)
    },
  )

  test("R9: a stream that is refused was not sent, and the connection stays", async () => {
    await using server = await start({
      takeOver: (stream, headers) => {
        if (headers[":path"] === "/1") stream.close(7)
        return headers[":path"] === "/1"
      },
    })
    await using connection = open(server.url)
    expect(await connection.request("/1")).toEqual(refused)
    expect(await connection.request("/2")).toMatchObject(answered)
    expect(server.sessions).toHaveLength(1)
  })

  test.each([
    ["is reset", (stream: ServerHttp2Stream) => stream.close(8)],
    ["is reset without an error", (stream: ServerHttp2Stream) => stream.close(0)],
    ["is reset for an internal error", (stream: ServerHttp2Stream) => stream.close(2)],
    ["is cut with its connection", (stream: ServerHttp2Stream) => stream.session?.destroy()],
    [
      "is refused after an answer has begun",
      (stream: ServerHttp2Stream) => {
        // An older Node ends the answer before it refuses, unless there is more to come.
        stream.respond({ ":status": 200 }, { waitForTrailers: true })
        stream.write("{", () => stream.close(7))
      },
    ],
    [
      "is cut after half an answer",
      (stream: ServerHttp2Stream) => {
        stream.respond({ ":status": 200, "content-length": "100" })
        stream.write("{", () => stream.session?.destroy())
      },
    ],
    [
      "is reset after half an answer",
      (stream: ServerHttp2Stream) => {
        stream.respond({ ":status": 410 })
        stream.write('{"reason":"Unre', () => stream.destroy(new Error("cut")))
      },
    ],
  ])("R9: a stream that %s may have been sent", async (_, fail) => {
    await using server = await start({
      takeOver: (stream, headers) => {
        if (headers[":path"] === "/1") fail(stream)
        return headers[":path"] === "/1"
      },
    })
    await using connection = open(server.url)
    expect(await connection.request("/1")).toMatchObject({ _tag: "Lost" })
    expect(await connection.request("/2")).toMatchObject(answered)
  })
})

describe("a server that does not answer", () => {
  test("R9: an aborted request may have been sent, and the server hears that nobody waits", async () => {
    const { taken, takeOver } = takingOver("/1")
    await using server = await start({ takeOver })
    await using connection = open(server.url)
    const stopping = new AbortController()
    const first = connection.request("/1", stopping.signal)
    await until(() => taken.size === 1)
    stopping.abort()
    expect(await first).toEqual({ _tag: "Lost", code: "aborted" })
    await until(() => taken.get("/1")?.destroyed ?? false)
    expect(await connection.request("/2", stopping.signal)).toEqual({ _tag: "NotSent", code: "aborted" })
    expect(await connection.request("/2")).toMatchObject(answered)
    expect(server.sessions).toHaveLength(1)
  })

  test("R9: a request that times out may have been sent, and the next goes by another connection", async () => {
    const { takeOver } = takingOver("/1")
    await using server = await start({ takeOver })
    await using connection = open(server.url, { timeoutMs: 750 })
    expect(await connection.request("/1")).toEqual({ _tag: "Lost", code: "timed out" })
    expect(await connection.request("/2")).toMatchObject(answered)
    expect(server.sessions).toHaveLength(2)
  })

  test("R9: an answer that drips does not last longer than a request may", async () => {
    await using server = await start({
      takeOver: (stream) => {
        stream.respond({ ":status": 200 })
        const dripping = setInterval(() => stream.write(" "), 10)
        stream.on("close", () => clearInterval(dripping))
        return true
      },
    })
    await using connection = open(server.url, { timeoutMs: 750 })
    expect(await connection.request()).toEqual({ _tag: "Lost", code: "timed out" })
  })

  test("R9: a connection that was silent for a minute is asked first; one that is lost gives way", async () => {
    let nowMs = 0
    await using server = await start()
    await using way = await lossyWay(server.port)
    await using connection = open(way.url, { now: () => nowMs })
    expect(await connection.request()).toMatchObject(answered)
    nowMs = 60_000
    expect(await connection.request()).toMatchObject(answered)
    expect(way.links).toHaveLength(1)
    way.lose()
    nowMs = 120_000
    const all = await Promise.all([1, 2, 3].map(() => connection.request()))
    expect(all).toMatchObject([answered, answered, answered])
    expect(way.links).toHaveLength(2)
  })
})

describe("closing", () => {
  test("R6: waits for what is under way, and takes nothing more", async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    await using server = await start({ maxConcurrentStreams: 1, hold: () => held })
    const connection = open(server.url)
    const first = connection.request()
    await until(() => server.concurrent.now === 1)
    const waiting = connection.request()
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    const closed = { _tag: "NotSent", code: "closed" }
    const settled: string[] = []
    const closing = connection.close().then(() => void settled.push("closed"))
    expect([await waiting, await connection.request()]).toEqual([closed, closed])
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(settled).toEqual([])
    release()
    expect(await first).toMatchObject(answered)
    await closing
    await until(() => server.sessions.every(({ destroyed }) => destroyed))
    await connection.close()
  })

  test("R6: a connection that was never needed is closed as well", async () => {
    await open("http://127.0.0.1:1").close()
  })

  const runProgram = async (more: readonly string[], env: NodeJS.ProcessEnv = process.env) => {
    const program = fileURLToPath(new URL("./apns-process.ts", import.meta.url))
    const child = spawn(process.execPath, [program, ...more], { env })
    let printed = ""
    child.stdout.on("data", (chunk: Buffer) => void (printed += chunk.toString()))
    const [code] = await once(child, "close")
    return { code, printed }
  }

  test.each([
    ["an idle connection keeps no process alive, one that waits for an answer does", [], "auth\n"],
    ["nor does one that nobody waited for", ["give up"], "unreachable\n"],
  ])("R6: %s", async (_, more, printed) => {
    await using server = await start()
    expect(await runProgram([server.url, ...more])).toEqual({ code: 0, printed })
  })

  test("R6: the same over TLS, once the server's certificate is trusted, and nothing is sent before", async () => {
    const tls = selfSigned()
    await using server = await start({ tls })
    await using connection = open(server.url)
    expect(await connection.request()).toEqual({ _tag: "NotSent", code: "DEPTH_ZERO_SELF_SIGNED_CERT" })
    const folder = await mkdtemp(join(tmpdir(), "followup-"))
    const file = join(folder, "certificate.pem")
    await writeFile(file, tls.cert)
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: file }
    expect(await runProgram([server.url], env)).toEqual({ code: 0, printed: "auth\n" })
    await rm(folder, { recursive: true })
  })
})
