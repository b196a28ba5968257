import { type AddressInfo, createServer, type Server, Socket } from "node:net"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, test } from "vitest"
import { StoreError } from "../../src/ports/store.ts"
import { makeClient } from "../../src/stores/postgres/driver.ts"
import type { PostgresOptions } from "../../src/stores/postgres/index.ts"
import { keyOf } from "../../src/testing/store-contract/fixture.ts"
import {
  addOne,
  asking,
  atOnce,
  errorOf,
  freshSchemas,
  marksOf,
  ownServer,
  refusal,
  run,
  using,
} from "./postgres-world.ts"
import { until } from "./real-world.ts"

const server = ownServer()
const fresh = freshSchemas(server)

describe("a network between the store and the database", () => {
  /** Passes everything on to the server, until it is told to be silent: connected, and nothing comes through. */
  class Network {
    private readonly proxy: Server
    private readonly sockets = new Set<Socket>()
    private readonly clients = new Set<Socket>()
    private isSilent = false
    /** Connections on which nothing comes through any more, and those of them that were asked since. */
    private readonly dead = new Set<Socket>()
    readonly askedInVain = new Set<Socket>()
    constructor(target: string) {
      this.proxy = createServer((client) => {
        const upstream = new Socket()
        for (const socket of [client, upstream]) {
          this.sockets.add(socket)
          socket.on("error", () => {})
          socket.on("close", () => this.sockets.delete(socket))
        }
        if (this.isSilent) return
        upstream.connect(target)
        client.on("data", (chunk) => {
          if (this.dead.has(client)) this.askedInVain.add(client)
          else if (!this.isSilent) upstream.write(chunk)
        })
        upstream.on("data", (chunk) => void (this.isSilent || this.dead.has(client) || client.write(chunk)))
        this.clients.add(client)
        client.on("close", () => this.clients.delete(client))
        upstream.on("close", () => client.destroy())
        client.on("close", () => upstream.destroy())
      })
    }
    async open(): Promise<number> {
      await new Promise<void>((resolve) => this.proxy.listen(0, "127.0.0.1", resolve))
      const { port } = this.proxy.address() as AddressInfo
      return port
    }
    falls(): void {
      this.isSilent = true
    }
    /** Forgets the connections there are, as a firewall does that was restarted; new ones work. Says how many. */
    forgets(): number {
      for (const client of this.clients) this.dead.add(client)
      return this.clients.size
    }
    recovers(): void {
      this.isSilent = false
      for (const socket of this.sockets) socket.destroy()
    }
    async close(): Promise<void> {
      for (const socket of this.sockets) socket.destroy()
      await new Promise((resolve) => this.proxy.close(resolve))
    }
  }

  const over = async (use: (network: Network, url: PostgresOptions) => Promise<void>) => {
    const network = new Network(server().socket)
    const port = await network.open()
    const url = `postgres://followup:any@127.0.0.1:${port}/postgres`
    try {
      await use(network, {
        url,
        schema: `schema_${port}`,
        timeoutMs: 1_500,
        connectTimeoutMs: 1_000,
        maxConnections: 2,
      })
    } finally {
      await network.close()
    }
  }

  test("that falls silent makes a call fail in time, and the next ones work when it is back", () =>
    over(async (network, options) => {
      await using(options, (store) =>
        Effect.gen(function* () {
          yield* addOne(store, [keyOf("cust-1")])
          network.falls()
          const calls = [
            store.lastSeq,
            addOne(store, [keyOf("cust-1")]),
            // Nor does one hang that may not be interrupted, as the engine's claims are.
            Effect.uninterruptible(store.claim(1, 2, 3)),
          ]
          for (const error of yield* Effect.forEach(calls, refusal, atOnce))
            expect(error).toMatchObject({ reason: "unavailable" })
          network.recovers()
          const works = (tries: number): Effect.Effect<void, StoreError> =>
            addOne(store, [keyOf("cust-2")]).pipe(
              Effect.catch((error) => (tries > 0 ? works(tries - 1) : Effect.fail(error))),
            )
          yield* works(20)
          expect(yield* marksOf(store, [keyOf("cust-1"), keyOf("cust-2")])).toEqual([1, 1])
        }),
      )
    }))

  test("that forgot its connections: once one call has waited in vain, the others are found dead with it", () =>
    over(async (network, options) => {
      const CONNECTIONS = 6
      await using({ ...options, maxConnections: CONNECTIONS }, (store) =>
        Effect.gen(function* () {
          yield* Effect.forEach(Array.from({ length: 60 }), () => marksOf(store, [keyOf("cust-1")]), atOnce)
          expect(network.forgets()).toBe(CONNECTIONS)
          expect(yield* refusal(store.lastSeq)).toMatchObject({ reason: "unavailable" })
          yield* Effect.promise(() => until("all were asked", () => network.askedInVain.size === CONNECTIONS))
        }),
      )
    }))

  test("is asked about connections that nobody uses, before somebody has to wait for one in vain", async () => {
    const { config } = await run(Effect.scoped(makeClient(fresh())))
    expect(config.keepAlive).toBeLessThan(15_000)
  })

  test("that is silent from the start makes opening fail in time", () =>
    over(async (network, options) => {
      network.falls()
      expect(await errorOf(options)).toMatchObject({ reason: "unavailable" })
    }))
})

describe("a lock that somebody does not let go of", () => {
  test("makes a call fail in time, and holds up nobody once it is gone", async () => {
    const options = { ...fresh(), timeoutMs: 1_500, maxConnections: 1 }
    await using(options, (store) =>
      Effect.gen(function* () {
        yield* addOne(store, [keyOf("cust-1")])
        yield* asking({ ...options, timeoutMs: 60_000 }, (sql) =>
          sql.withTransaction(
            Effect.gen(function* () {
              yield* sql`lock table followup_channels in access exclusive mode`
              expect(yield* refusal(addOne(store, [keyOf("cust-1")]))).toMatchObject({
                reason: "unavailable",
              })
            }),
          ),
        )
        yield* addOne(store, [keyOf("cust-1")])
        expect(yield* marksOf(store, [keyOf("cust-1")])).toEqual([2])
      }),
    )
  })
})

describe("a host that changes a channel many times at once, while its lock is held", () => {
  test("leaves connections to the engine's own work", async () => {
    const options = { ...fresh(), timeoutMs: 4_000, maxConnections: 4 }
    await using(options, (store) =>
      Effect.gen(function* () {
        yield* addOne(store, [keyOf("cust-1")])
        const flood = yield* asking(options, (sql) =>
          sql.withTransaction(
            Effect.gen(function* () {
              yield* sql`lock table followup_channels in access exclusive mode`
              const calls = yield* Effect.forEach(Array.from({ length: 20 }), () =>
                Effect.forkDetach(store.changeChannel("acme", () => undefined)),
              )
              yield* Effect.yieldNow
              expect(yield* store.due(100, 10)).toEqual([])
              expect(yield* store.claim(100, 200, 10)).toEqual([])
              return calls
            }),
          ),
        )
        yield* Effect.forEach(flood, Fiber.join)
      }),
    )
  })
})

describe("a database that goes away", () => {
  test("and comes back: calls fail as unavailable, and then work again on the same store", async () => {
    const options = fresh()
    await using(options, (store) =>
      Effect.gen(function* () {
        yield* addOne(store, [keyOf("cust-1")])
        yield* Effect.promise(() => server().stop())
        try {
          for (const call of [store.lastSeq, store.due(1, 1), addOne(store, [keyOf("cust-1")])]) {
            const error = yield* refusal(call)
            expect(error).toBeInstanceOf(StoreError)
            expect(error.reason).toBe("unavailable")
          }
        } finally {
          yield* Effect.promise(() => server().start())
        }
        yield* addOne(store, [keyOf("cust-1")])
        expect(yield* marksOf(store, [keyOf("cust-1")])).toEqual([2])
      }),
    )
  })

  test("and is not there when the store is opened: told as unavailable", async () => {
    expect(await errorOf({ host: "127.0.0.1", port: 1, username: "nobody" })).toMatchObject({
      reason: "unavailable",
    })
  })
})
