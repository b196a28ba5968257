/**
 * followup's services for Restate in a process of their own, at a port that stays the same when it is started again. It
 * says "ready" once it listens, and ends at the end of standard input.
 */
import { once } from "node:events"
import { createServer } from "node:http2"
import { createEndpointHandler } from "@restatedev/restate-sdk"
import { type AnyTransport, followUpsOnRestate, type OnRestateOptions } from "../../src/restate/index.ts"

/** What the process is started with, as JSON. Emails go to a provider that takes no keys. */
export interface ServiceProcess {
  readonly port: number
  readonly counterpart: string
  readonly policy: OnRestateOptions["policy"] & {}
}

const { port, counterpart, policy }: ServiceProcess = JSON.parse(process.argv[2] ?? "")

const transports = (["push", "xms", "email"] as const).map((via) => ({
  name: "counterpart",
  via,
  receipts: via === "push" ? "app" : "none",
  idempotency: via === "email" ? "none" : "key",
  send: async (_: unknown, { idempotencyKey, signal }: { idempotencyKey: string; signal: AbortSignal }) => {
    await fetch(counterpart, { method: "POST", body: idempotencyKey, signal })
    return { _tag: "Accepted" }
  },
})) as AnyTransport[]

const { services } = followUpsOnRestate({ transports, policy })
const server = createServer(createEndpointHandler({ services, logger: () => {} }))
server.listen(port, "127.0.0.1")
await once(server, "listening")
console.log("ready")
process.stdin.resume()
await once(process.stdin, "end")
process.exit()
