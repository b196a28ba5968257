/** A database behind a pooler in transaction mode, which keeps no session for a client. */
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { PostgresOptions } from "../../src/stores/postgres/index.ts"
import { postgres } from "../../src/stores/postgres/index.ts"
import { keyOf } from "../../src/testing/store-contract/fixture.ts"
import { storeContract } from "../../src/testing/store-contract.ts"
import { addOne, asking, atOnce, marksOf, ownServer, run, using } from "./postgres-world.ts"
import { type OfSettings, TransactionPooler } from "./transaction-pooler.ts"

const server = ownServer()
/** As a host may have set it for its own sake. */
const database = "others"
const SESSIONS = 3
const kinds: ReadonlyArray<OfSettings> = ["refused", "ignored"]

beforeAll(() =>
  run(
    asking(server().options, (sql) =>
      Effect.forEach(
        [
          `create database ${database}`,
          `alter database ${database} set default_transaction_isolation = 'serializable'`,
          `alter database ${database} set lock_timeout = '1ms'`,
        ],
        (statement) => sql.unsafe(statement),
      ),
    ),
  ),
)

describe.each(kinds)("through a pooler by which settings are %s", (ofSettings) => {
  let pooler: TransactionPooler
  let options: PostgresOptions
  let schemas = 0
  const fresh = (): PostgresOptions => ({ ...options, schema: `Pooled "${ofSettings}" ${++schemas}` })

  beforeAll(async () => {
    pooler = new TransactionPooler(server().socket, SESSIONS, ofSettings)
    const port = await pooler.open("followup", database)
    options = { url: `postgres://followup@127.0.0.1:${port}/${database}` }
  })
  afterAll(() => pooler.close())

  // Once they are in, it is the same for both.
  const contract = ofSettings === "ignored" ? storeContract(() => postgres(fresh())) : []
  for (const { name, run: check } of contract) test(`the store contract: ${name}`, check)

  test("what a session is held to is said in each transaction, and gone after it", async () => {
    const own = fresh()
    const direct = { ...server().options, database, schema: own.schema ?? "" }
    const held = [
      "transaction_isolation",
      "statement_timeout",
      "idle_in_transaction_session_timeout",
      "lock_timeout",
    ]
    await using({ ...own, timeoutMs: 7_000 }, (store) =>
      Effect.gen(function* () {
        yield* asking(direct, (sql) =>
          Effect.gen(function* () {
            const settings = held.map((name) => `current_setting('${name}')`).join(" || ' ' || ")
            yield* sql`create table seen (settings text)`
            yield* sql.unsafe(`create function look() returns trigger language plpgsql as
              $$ begin insert into seen values (${settings}); return new; end $$`)
            yield* sql`create trigger look before insert on followup_customers for each row execute function look()`
          }),
        )
        yield* addOne(store, [keyOf("cust-1")])
        yield* store.putCustomer(keyOf("cust-2"), { id: "cust-2" })
        expect(yield* marksOf(store, [keyOf("cust-1")])).toEqual([1])
        const seen = yield* asking(direct, (sql) => sql`select distinct settings from seen`)
        expect(seen).toEqual([{ settings: "read committed 7s 7s 0" }])
      }),
    )
    // As others find the pooler's sessions, all of which are asked.
    const left = asking(
      options,
      (sql) =>
        Effect.forEach(
          Array.from({ length: SESSIONS }),
          () => sql`select pg_backend_pid() as session, current_setting('search_path') as path,
            current_setting('statement_timeout') as timeout from pg_sleep(0.2)`,
          atOnce,
        ),
      "shared",
    )
    const rows = (await run(left)).flat()
    expect(new Set(rows.map((row) => row["session"])).size).toBe(SESSIONS)
    for (const row of rows) expect(row).toMatchObject({ path: '"$user", public', timeout: "0" })
  })
})
