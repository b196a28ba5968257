/**
 * Engines over real databases, for tests in which the database is what goes wrong: a clock that runs fast, providers
 * that write down what they are asked for, and a session of the test's own beside the store.
 */
import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import {
  FollowUps,
  type FollowUpsOptions,
  type HostClock,
  type OpenFollowUps,
  type SendResult,
  type Store,
  type StoreError,
  type Transport,
  type Via,
} from "../../src/engine/index.ts"
import { type PostgresOptions, postgres } from "../../src/stores/postgres/index.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { asking, run } from "./postgres-world.ts"

/** 2026-01-05T09:00:00Z */
export const START_MS = Date.UTC(2026, 0, 5, 9)

/** A clock on which time passes `speed` times as fast. */
export const quickClock = (startMs: number, speed: number): HostClock => {
  const began = performance.now()
  return {
    now: () => Math.floor(startMs + (performance.now() - began) * speed),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms / speed)
        signal.addEventListener("abort", () => {
          clearTimeout(timer)
          resolve()
        })
      }),
  }
}

/** Waits, in real time, until something holds; says what did not after 20 s. */
export const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + 20_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`never came true: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Providers of every leg that write down which deliveries they were asked for. */
export class Providers {
  readonly asked: Array<string> = []
  answer: (deliveryId: string) => Promise<SendResult> = async () => ({ _tag: "Accepted" })
  readonly transports = (["push", "sns", "xms", "email"] as const).map((via) => this.transport(via))

  private transport<M>(via: Via): Transport<M> {
    return {
      name: via,
      via,
      receipts: "none",
      idempotency: "none",
      send: (_, { deliveryId }) => {
        this.asked.push(deliveryId)
        return this.answer(deliveryId)
      },
    }
  }

  /** Deliveries that were asked for more than once. */
  get doubled(): ReadonlyArray<string> {
    return this.asked.filter((id, index) => this.asked.indexOf(id) < index)
  }
}

/** A database, the store over it, and a session beside it. */
export interface Database {
  readonly store: () => Layer.Layer<Store, StoreError>
  readonly execute: (...statements: ReadonlyArray<string>) => Promise<void>
  readonly ask: (query: string) => Promise<ReadonlyArray<Readonly<Record<string, unknown>>>>
}

export const sqliteDatabase = (file: string): Database => {
  const session = <A>(use: (database: DatabaseSync) => A): A => {
    const database = new DatabaseSync(file, { timeout: 5_000 })
    try {
      return use(database)
    } finally {
      database.close()
    }
  }
  return {
    store: () => sqlite(file),
    execute: async (...statements) => session((database) => database.exec(statements.join(";\n"))),
    ask: async (query) => session((database) => database.prepare(query).all()),
  }
}

export const postgresDatabase = (options: PostgresOptions): Database => ({
  store: () => postgres(options),
  execute: async (...statements) => {
    const single = statements.flatMap((text) => text.split(/;\n/)).filter((text) => text.trim() !== "")
    await run(
      asking(options, (sql) => sql.withTransaction(Effect.forEach(single, (text) => sql.unsafe(text)))),
    )
  },
  ask: (query) => run(asking(options, (sql) => sql.unsafe<Readonly<Record<string, unknown>>>(query))),
})

/** An engine on a database, with its providers. */
export const openOn = (
  { store }: Pick<Database, "store">,
  providers: Providers,
  clock: HostClock,
  options: Partial<FollowUpsOptions> = {},
): Promise<OpenFollowUps> =>
  FollowUps.open({
    store: store(),
    clock,
    transports: providers.transports,
    policy: { autoText: { prefix: "", suffix: "" }, email: { defaultDomain: "mail.example" } },
    ...options,
  })
