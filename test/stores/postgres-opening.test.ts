/** Databases as they are found: made for something else, by somebody else, or busy with something else. */
import * as Effect from "effect/Effect"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import { describe, expect, test } from "vitest"
import type { StoreError } from "../../src/ports/store.ts"
import { requireUsable } from "../../src/stores/postgres/opening.ts"
import { storeError } from "../../src/stores/sql/store-error.ts"
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

const server = ownServer()
const fresh = freshSchemas(server)

const execute = (...statements: ReadonlyArray<string>) =>
  run(asking(server().options, (sql) => Effect.forEach(statements, (statement) => sql.unsafe(statement))))

describe("a server", () => {
  const refused = (version: string, encoding: string): Promise<StoreError> =>
    run(Effect.flip(requireUsable({ version, encoding })).pipe(Effect.orDie))

  test("that is too old is refused, and told what is needed", async () => {
    expect(await refused("110022", "UTF8")).toMatchObject({
      reason: "rejected",
      message: "the server is PostgreSQL 11; followup needs 12 or later",
    })
    await run(requireUsable({ version: "120022", encoding: "UTF8" }))
    await run(requireUsable({ version: "180004", encoding: "SQL_ASCII" }))
  })

  test("whose database cannot hold every text is refused, and nothing is made there", async () => {
    await execute("create database narrow encoding 'LATIN1' template template0")
    const options = { ...server().options, database: "narrow" }
    expect(await errorOf(options)).toMatchObject({
      reason: "rejected",
      message: expect.stringMatching(/encoding is LATIN1.*made with encoding UTF8/),
    })
    const made = asking(options, (sql) => sql`select 1 from pg_class where relname like 'followup%'`)
    expect(await run(made)).toEqual([])
  })

  test("that only reads is said to", async () => {
    await execute("create role reading login superuser")
    await execute("alter role reading set default_transaction_read_only = on")
    const options = fresh()
    expect((await errorOf({ ...options, username: "reading" })).message).toMatch(
      /\(25006\): the database only reads; see that it is no replica/,
    )
    await using(options, (store) => addOne(store, [keyOf("cust-1")]))
    await using({ ...options, username: "reading" }, (store) =>
      Effect.gen(function* () {
        expect(yield* refusal(addOne(store, [keyOf("cust-1")]))).toMatchObject({
          reason: "unavailable",
          message: expect.stringContaining("(25006)"),
        })
        expect((yield* store.channel("acme"))?.ledger.usedMilli).toBe(1)
      }),
    )
  })

  test("whose certificate nobody here knows is said to have one, and what to give", () => {
    const cause = Object.assign(new Error("secret-host"), { code: "SELF_SIGNED_CERT_IN_CHAIN" })
    const reason = new ConnectionError({ cause, message: "no connection", operation: "connect" })
    expect(storeError(new SqlError({ reason })).message).toBe(
      "no connection (SELF_SIGNED_CERT_IN_CHAIN): it is not known here who signed the server's certificate; give theirs as ssl: { ca }",
    )
  })

  test("that gives up locks at once elsewhere waits for them here", async () => {
    await execute("create role hasty login superuser", "alter role hasty set lock_timeout = '1ms'")
    await using({ ...fresh(), username: "hasty" }, (store) =>
      Effect.gen(function* () {
        const calls = Array.from({ length: 40 }, () => addOne(store, [keyOf("cust-1")]))
        yield* Effect.all(calls, atOnce)
        expect(yield* marksOf(store, [keyOf("cust-1")])).toEqual([calls.length])
      }),
    )
  })
})

describe("tables that are up to date", () => {
  test("are opened beside a backup, which reads them all for as long as it takes", async () => {
    const options = fresh()
    await using(options, (store) => addOne(store, [keyOf("cust-1")]))
    await run(
      asking(options, (sql) =>
        sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`lock table followup_migrations, followup_channels, followup_events in access share mode`
            const opened = using(options, (store) => addOne(store, [keyOf("cust-1")]))
            yield* Effect.timeout(
              Effect.promise(() => opened),
              5_000,
            )
          }),
        ),
      ),
    )
  })

  test("are used by who may only read and write them, and who may not is told so", async () => {
    const options = fresh()
    const schema = options.schema ?? ""
    await using(options, (store) => store.lastSeq)
    await execute("create role runner login")
    const runner = { ...options, username: "runner" }
    expect(await errorOf(runner)).toMatchObject({
      reason: "rejected",
      message: expect.stringMatching(/there is no schema that this user may use; .* grant usage/),
    })
    await execute(`grant usage on schema ${schema} to runner`)
    expect(await errorOf(runner)).toMatchObject({
      reason: "rejected",
      message: expect.stringMatching(/\(42501\): this user may not do that; see their rights/),
    })
    await execute(`grant select, insert, update, delete on all tables in schema ${schema} to runner`)
    await using(runner, (store) =>
      Effect.gen(function* () {
        yield* addOne(store, [keyOf("cust-1")])
        expect(yield* marksOf(store, [keyOf("cust-1")])).toEqual([1])
      }),
    )
  })
})

describe("tables that cannot be made", () => {
  test("are not made in part", async () => {
    const options = fresh()
    await execute(
      `create schema ${options.schema}`,
      `create table ${options.schema}.followup_outbox (id text)`,
    )
    expect(await errorOf(options)).toMatchObject({ reason: "rejected" })
    const made = asking(
      options,
      (sql) =>
        sql`select relname from pg_class where relkind = 'r' and relnamespace = ${options.schema}::regnamespace`,
    )
    expect(await run(made)).toEqual([{ relname: "followup_outbox" }])
  })
})
