/**
 * What the tests of the Postgres store do with it: open it once or twice, ask the database directly, count up.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as SqlClient from "effect/sql/SqlClient"
import { afterAll, beforeAll } from "vitest"
import {
  type CustomerKey,
  noChanges,
  Store,
  type StoreError,
  type StoreShape,
} from "../../src/ports/store.ts"
import { makeClient } from "../../src/stores/postgres/driver.ts"
import { type PostgresOptions, postgres } from "../../src/stores/postgres/index.ts"
import type { Sessions } from "../../src/stores/postgres/sessions.ts"
import { channelWith, markOf, signalled, stateOf } from "../../src/testing/store-contract/fixture.ts"
import { type PostgresServer, startPostgres } from "../../tools/postgres/postgres-server.ts"

/** A server of the test file's own: there from before its first test until after its last. */
export const ownServer = (): (() => PostgresServer) => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.close())
  return () => server
}

/** A schema of its own on a server, each time. */
export const freshSchemas = (server: () => PostgresServer): (() => PostgresOptions) => {
  let schemas = 0
  return () => ({ ...server().options, schema: `schema_${++schemas}` })
}

export const run = <A, E>(effect: Effect.Effect<A, E>): Promise<A> => Effect.runPromise(effect)

export const atOnce = { concurrency: "unbounded" } as const

export const using = <A>(
  options: PostgresOptions,
  use: (store: StoreShape) => Effect.Effect<A, StoreError>,
): Promise<A> => run(Store.use(use).pipe(Effect.provide(postgres(options))))

/** Two stores on one database, each with its own connections, as two processes have them. */
export const usingTwo = <A>(
  options: PostgresOptions,
  use: (one: StoreShape, two: StoreShape) => Effect.Effect<A, StoreError>,
): Promise<A> =>
  using(options, (one) => Store.use((two) => use(one, two)).pipe(Effect.provide(postgres(options))))

/** A session of one's own in the same schema. */
export const asking = <A, E>(
  options: PostgresOptions,
  ask: (sql: SqlClient.SqlClient) => Effect.Effect<A, E>,
  sessions?: Sessions,
): Effect.Effect<A> => Effect.scoped(Effect.flatMap(makeClient(options, sessions), ask)).pipe(Effect.orDie)

/** Why a store could not be opened. */
export const errorOf = (options: string | PostgresOptions): Promise<StoreError> =>
  run(Effect.flip(Effect.scoped(Layer.build(postgres(options)))).pipe(Effect.orDie))

/** Why a call was not done. */
export const refusal = (effect: Effect.Effect<unknown, StoreError>): Effect.Effect<StoreError> =>
  Effect.orDie(Effect.flip(effect))

/** A transaction that counts one up on customers, and on the channel of each. */
export const addOne = (store: StoreShape, keys: ReadonlyArray<CustomerKey>, counted = () => {}) =>
  store.transact(keys, (loaded) => {
    counted()
    return {
      changes: {
        ...noChanges,
        customers: keys.map((key) => ({
          key,
          record: { input: undefined, state: stateOf(markOf(loaded.customer(key)?.state) + 1) },
          dueAtMs: null,
        })),
        channels: [...new Set(keys.map(({ channelId }) => channelId))].map((channelId) => ({
          channelId,
          record: channelWith((loaded.channel(channelId)?.ledger.usedMilli ?? 0) + 1, channelId),
        })),
        events: keys.map((key) => ({ key, event: signalled(1) })),
      },
      value: undefined,
    }
  })

/** How far `addOne` counted. */
export const marksOf = (store: StoreShape, keys: ReadonlyArray<CustomerKey>) =>
  store.transact(keys, (loaded) => ({
    changes: noChanges,
    value: keys.map((key) => markOf(loaded.customer(key)?.state)),
  }))
