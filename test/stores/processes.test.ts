import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, test } from "vitest"
import { FollowUps, type HostClock, type OpenFollowUps, type StoredEvent } from "../../src/engine/index.ts"
import { postgres } from "../../src/stores/postgres/index.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import type { EngineProcess } from "./engine-process.ts"
import { ownServer } from "./postgres-world.ts"

const FOLLOW_UPS = 200
const PROCESSES = ["one", "two"]
const program = fileURLToPath(new URL("./engine-process.ts", import.meta.url))

const folder = mkdtempSync(join(tmpdir(), "followup-processes-"))
const children = new Set<ChildProcess>()
const server = ownServer()
afterAll(() => {
  for (const child of children) child.kill("SIGKILL")
  rmSync(folder, { recursive: true })
})

/** A provider that writes down each delivery it is asked for. It answers once every process has asked for one. */
class Counterpart {
  readonly log: Array<{ readonly deliveryId: string; readonly from: string }> = []
  private readonly everybody = Promise.withResolvers<void>()
  private readonly server: Server = createServer(async (request, response) => {
    let body = ""
    for await (const chunk of request) body += String(chunk)
    this.log.push(JSON.parse(body))
    if (new Set(this.log.map(({ from }) => from)).size === PROCESSES.length) this.everybody.resolve()
    await this.everybody.promise
    response.end()
  })
  async open(): Promise<string> {
    this.server.listen(0, "127.0.0.1")
    await once(this.server, "listening")
    const { port } = this.server.address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }
  async close(): Promise<void> {
    this.server.closeAllConnections()
    this.server.close()
    await once(this.server, "close")
  }
}

const customerId = (index: number): string => `cust-${index}`

/** Customers who left five minutes ago, each with a reply that they have not seen; nobody has done anything about it. */
const prepare = async (store: EngineProcess["store"]): Promise<void> => {
  const nowMs = Date.now() - 300_000
  const never = (_: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()))
  const followUps = await open(store, { now: () => nowMs, sleep: never })
  await followUps.channel({ id: "acme", country: "KR", plan: { kind: "paid" }, settings: { email: false } })
  await Promise.all(
    Array.from({ length: FOLLOW_UPS }, async (_, index) => {
      const whose = { channelId: "acme", customerId: customerId(index) }
      const chat = { ...whose, chatId: "c1" }
      await followUps.customer({ channelId: "acme", id: whose.customerId, phone: "010-1234-5678" })
      await followUps.presence({ ...whose, sessionId: "s1", signal: "active" })
      await followUps.message({ ...chat, messageId: "m1", from: "customer", text: "Is it in stock?" })
      await followUps.message({ ...chat, messageId: "m2", from: "manager", text: "It is." })
    }),
  )
  await followUps.close()
}

const open = (store: EngineProcess["store"], clock: HostClock): Promise<OpenFollowUps> =>
  FollowUps.open({ store: "sqlite" in store ? sqlite(store.sqlite) : postgres(store.postgres), clock })

const start = async (options: EngineProcess): Promise<ChildProcess> => {
  const child = spawn(process.execPath, ["--no-warnings", program, JSON.stringify(options)], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  children.add(child)
  await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(() => Promise.reject(new Error(`process ${options.name} ended`))),
  ])
  return child
}

const finish = async (child: ChildProcess): Promise<number | null> => {
  const exit = once(child, "exit")
  child.stdin?.end()
  await exit
  children.delete(child)
  return child.exitCode
}

/** Every event, until each follow-up is closed. */
const untilClosed = async (followUps: OpenFollowUps): Promise<ReadonlyArray<StoredEvent>> => {
  const events: Array<StoredEvent> = []
  let open = FOLLOW_UPS
  for await (const stored of followUps.events({ after: 0 })) {
    events.push(stored)
    if (stored.event._tag === "FollowUpClosed" && --open === 0) break
  }
  return events
}

describe("two processes on one database", () => {
  const sharesWork = async (store: EngineProcess["store"]) => {
    await prepare(store)
    const counterpart = new Counterpart()
    const url = await counterpart.open()
    try {
      const started = PROCESSES.map((name) => start({ name, counterpart: url, store }))
      // On its clock nothing is due yet: it looks, and leaves the work to the others.
      const onlooker = await open(store, {
        now: () => 0,
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 50))),
      })
      const events = await untilClosed(onlooker)
      await onlooker.close()
      const exits = await Promise.all(started.map(async (child) => finish(await child)))

      expect(exits).toEqual([0, 0])
      const ids = counterpart.log.map(({ deliveryId }) => deliveryId)
      const wanted = Array.from({ length: FOLLOW_UPS }, (_, index) => `acme/${customerId(index)}/c1/m2/xms`)
      expect(ids.toSorted()).toEqual(wanted.toSorted())
      expect(new Set(counterpart.log.map(({ from }) => from))).toEqual(new Set(PROCESSES))
      const requested = events.filter(({ event }) => event._tag === "DeliveryRequested")
      expect(requested).toHaveLength(FOLLOW_UPS)
      const seqs = events.map(({ seq }) => seq)
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
    } finally {
      await counterpart.close()
    }
  }

  test("R9: share 200 due follow-ups on one SQLite file: each is sent, none twice", () =>
    sharesWork({ sqlite: join(folder, "shared.sqlite") }))

  test("R9: share 200 due follow-ups on one PostgreSQL database: each is sent, none twice", () =>
    sharesWork({ postgres: { ...server().options, schema: "shared" } }))
})
