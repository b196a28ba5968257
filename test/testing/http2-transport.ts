import { connect } from "node:http2"
import type { SendResult, Transport, XmsMessage } from "../../src/ports/transport.ts"
import { RETRY_AFTER_MS, rejected, resultOfStatus, uncertain } from "../../src/transports/http/index.ts"

const MAX_ANSWER_BYTES = 100_000

/** A transport over HTTP/2 with a connection for each message; the status alone accepts. */
export const http2Transport = (baseUrl: string, timeoutMs: number): Transport<XmsMessage> => ({
  name: "gateway",
  via: "xms",
  receipts: "none",
  idempotency: "none",
  send: ({ to, text }, ctx) =>
    new Promise<SendResult>((resolve) => {
      const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(timeoutMs)])
      if (signal.aborted) return resolve(rejected("unreachable", "aborted"))
      const session = connect(baseUrl)
      const settle = (result: SendResult) => {
        resolve(result)
        session.destroy()
      }
      let connected = false
      signal.addEventListener("abort", () => settle(uncertain("aborted")))
      session.on("connect", () => void (connected = true))
      session.on("error", () =>
        settle(connected ? uncertain("lost") : rejected("unreachable", "no connection", RETRY_AFTER_MS)),
      )
      session.on("close", () => resolve(uncertain("lost")))
      const stream = session.request({ ":method": "POST", ":path": "/messages" })
      let status = 0
      let bytes = 0
      let retryAfter: string | undefined
      stream.on("error", () => {})
      stream.on("response", (headers) => {
        status = headers[":status"] ?? 0
        retryAfter = headers["retry-after"]
      })
      stream.on("data", (chunk: Buffer) => {
        bytes += chunk.byteLength
        if (bytes > MAX_ANSWER_BYTES) settle(uncertain("too long"))
      })
      stream.on("end", () => {
        const headers = new Headers(retryAfter === undefined ? {} : { "retry-after": retryAfter })
        settle(
          status === 200
            ? { _tag: "Accepted" }
            : resultOfStatus({ _tag: "Answered", status, headers, text: "" }),
        )
      })
      stream.end(JSON.stringify({ to, text }))
    }),
})
