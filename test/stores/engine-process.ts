/**
 * An engine in a process of its own, over the store that its argument names. Its texts go to a counterpart over HTTP.
 * It says "ready" once it is open, and closes at the end of standard input.
 */
import { once } from "node:events"
import { FollowUps, type Transport, type XmsMessage } from "../../src/engine/index.ts"
import { type PostgresOptions, postgres } from "../../src/stores/postgres/index.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"

/** What a process is started with, as JSON. */
export interface EngineProcess {
  readonly name: string
  readonly counterpart: string
  readonly store: { readonly sqlite: string } | { readonly postgres: PostgresOptions }
}

const { name, counterpart, store }: EngineProcess = JSON.parse(process.argv[2] ?? "")

const xms: Transport<XmsMessage> = {
  name: "counterpart",
  via: "xms",
  receipts: "none",
  idempotency: "none",
  send: async (_, { deliveryId, signal }) => {
    const body = JSON.stringify({ deliveryId, from: name })
    await fetch(counterpart, { method: "POST", body, signal })
    return { _tag: "Accepted" }
  },
}

const followUps = await FollowUps.open({
  store: "sqlite" in store ? sqlite(store.sqlite) : postgres(store.postgres),
  transports: [xms],
  // Few at a time, so that one process cannot take all there is before the other has looked.
  engine: { maxSends: 10, pollMs: 50 },
})
console.log("ready")
process.stdin.resume()
await once(process.stdin, "end")
await followUps.close()
