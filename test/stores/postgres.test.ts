import { randomBytes } from "node:crypto"
import { dirname } from "node:path"
import { inspect } from "node:util"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type * as SqlClient from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import { beforeAll, describe, expect, test } from "vitest"
import { Store, type StoreShape } from "../../src/ports/store.ts"
import { CONFLICT_RETRIES } from "../../src/stores/postgres/dialect.ts"
import { requireDriver } from "../../src/stores/postgres/driver.ts"
import { type PostgresOptions, postgres } from "../../src/stores/postgres/index.ts"
import {
  customerDue,
  itemOf,
  keyOf,
  requested,
  signalled,
  write,
} from "../../src/testing/store-contract/fixture.ts"
import { storeContract } from "../../src/testing/store-contract.ts"
import {
  addOne,
  asking,
  atOnce,
  errorOf,
  marksOf,
  ownServer,
  refusal,
  run,
  using,
  usingTwo,
} from "./postgres-world.ts"

const server = ownServer()

let schemas = 0
const fresh = (): PostgresOptions => ({ ...server().options, schema: `Schema "${++schemas}"` })

describe("the store contract over PostgreSQL", () => {
  for (const { name, run: check } of storeContract(() => postgres(fresh()))) test(name, check)
})

describe("the store contract's crowds, on a database that is serializable unless told otherwise", () => {
  const database = "serializable"
  beforeAll(() =>
    run(
      asking(server().options, (sql) =>
        sql`create database ${sql(database)}`.pipe(
          Effect.andThen(
            sql`alter database ${sql(database)} set default_transaction_isolation = serializable`,
          ),
        ),
      ),
    ),
  )
  const crowds = storeContract(() => postgres({ ...fresh(), database })).filter(({ name }) =>
    name.startsWith("concurrency"),
  )
  for (const { name, run: check } of crowds) test(name, check)
})

describe("a PostgreSQL database that is opened again", () => {
  test("goes on where it was: state, lease, history and numbers", async () => {
    const options = fresh()
    await using(options, (store) =>
      write(store, {
        customers: [customerDue("cust-1", 10)],
        events: [{ key: keyOf("cust-1"), event: requested("d1", 1) }],
        outbox: [itemOf("d1", 20)],
      }).pipe(Effect.andThen(store.claim(20, 80, 10))),
    )
    await using(options, (store) =>
      Effect.gen(function* () {
        expect(yield* store.due(10, 10)).toEqual([keyOf("cust-1")])
        expect(yield* store.history(keyOf("cust-1"))).toEqual([requested("d1", 1)])
        expect(yield* store.claim(79, 200, 10)).toEqual([])
        expect(yield* store.claim(80, 200, 10)).toMatchObject([{ attempt: 2, interrupted: true }])
        yield* write(store, { events: [{ key: keyOf("cust-1"), event: signalled(2) }] })
        expect(yield* store.lastSeq).toBe(2)
      }),
    )
  })

  test("is brought up to date once, however many processes open it at the same time", async () => {
    const options = fresh()
    await Promise.all(Array.from({ length: 8 }, () => using(options, (store) => store.lastSeq)))
    const ids = await run(
      asking(
        options,
        (sql) => sql<{ id: number }>`select migration_id as id from followup_migrations order by id`,
      ),
    )
    expect(ids.length).toBeGreaterThan(0)
    expect(new Set(ids.map(({ id }) => id)).size).toBe(ids.length)
  })

  test("is brought up to date however long that takes: the time limit of calls does not hold", async () => {
    const options = { ...fresh(), database: "slow" }
    await run(asking(server().options, (sql) => sql`create database slow`))
    await run(
      asking({ ...options, schema: "public" }, (sql) =>
        Effect.gen(function* () {
          yield* sql`create function refuse() returns event_trigger language plpgsql as $$ begin
            if current_setting('statement_timeout') = '15s' then raise exception 'in haste'; end if; end $$`
          yield* sql`create event trigger refuse on ddl_command_start when tag in ('CREATE TABLE', 'CREATE INDEX')
            execute function refuse()`
        }),
      ),
    )
    await using(options, (store) => store.lastSeq)
    const calls = asking(options, (sql) => sql`show statement_timeout`)
    expect(await run(calls)).toEqual([{ statement_timeout: "15s" }])
  })

  test("has nothing of ours but tables and indexes with the prefix, all in the schema", async () => {
    const options = fresh()
    await using(options, (store) => store.lastSeq)
    const names = await run(
      asking(
        options,
        (sql) => sql<{ name: string; schema: string }>`select relname as name, nspname as schema
          from pg_class join pg_namespace on pg_namespace.oid = relnamespace
          where nspname not like 'pg\\_%' and nspname <> 'information_schema'`,
      ),
    )
    const own = names.filter(({ schema }) => schema === options.schema)
    expect(own.length).toBeGreaterThan(10)
    expect(own.filter(({ name }) => !name.startsWith("followup_"))).toEqual([])
    expect(names.filter(({ schema }) => !schema.startsWith("Schema "))).toEqual([])
  })
})

test("a store that is closed tells who still waits for it that it is unavailable, and interrupts nobody", async () => {
  const options = { ...fresh(), maxConnections: 1 }
  const exits = await run(
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const store = Context.get(yield* Layer.buildWithScope(postgres(options), scope), Store)
      const calls = yield* Effect.forEach(Array.from({ length: 20 }), () => Effect.forkChild(store.lastSeq))
      yield* Effect.yieldNow
      yield* Scope.close(scope, Exit.void)
      return yield* Effect.forEach(calls, Fiber.await)
    }),
  )
  const failures = exits.flatMap((exit) => (Exit.isFailure(exit) ? [Cause.squash(exit.cause)] : []))
  expect(failures.length).toBeGreaterThan(0)
  for (const failure of failures) expect(failure).toMatchObject({ _tag: "StoreError", reason: "unavailable" })
})

describe("two processes on one PostgreSQL database", () => {
  test("R16: 200 transactions at once over the same customers and channels lose nothing, without a deadlock", async () => {
    const options = fresh()
    const keys = Array.from({ length: 12 }, (_, index) => keyOf(`cust-${index % 4}`, `channel-${index % 5}`))
    const CALLS = 200
    // Five of the twelve each, in an order that differs from call to call.
    const chosen = Array.from({ length: CALLS }, (_, call) =>
      Array.from(
        { length: 5 },
        (__, index) => keys[(call * 7 + index * (1 + (call % 2) * 10)) % 12] ?? keyOf(""),
      ),
    )
    const expected = keys.map(
      (key) =>
        chosen.flat().filter((one) => one.customerId === key.customerId && one.channelId === key.channelId)
          .length,
    )
    await usingTwo(options, (one, two) =>
      Effect.gen(function* () {
        yield* Effect.forEach(chosen, (some, call) => addOne(call % 2 === 0 ? one : two, some), atOnce)
        expect(yield* marksOf(one, keys)).toEqual(expected)
        expect(yield* one.lastSeq).toBeGreaterThanOrEqual(CALLS * 5)
        for (const channelId of new Set(keys.map((key) => key.channelId)))
          expect((yield* two.channel(channelId))?.ledger.usedMilli).toBe(
            chosen.filter((some) => some.some((key) => key.channelId === channelId)).length,
          )
      }),
    )
    const deadlocks = asking(
      options,
      (sql) => sql`select deadlocks from pg_stat_database where datname = current_database()`,
    )
    expect(await run(deadlocks)).toEqual([{ deadlocks: 0 }])
  })

  test("share the outbox: each message goes to one, and no claim is above its limit", async () => {
    const MESSAGES = 200
    await usingTwo(fresh(), (one, two) =>
      Effect.gen(function* () {
        yield* write(one, { outbox: Array.from({ length: MESSAGES }, (_, index) => itemOf(`d${index}`, 10)) })
        const claims = yield* Effect.forEach(
          Array.from({ length: MESSAGES }, (_, index) => (index % 2 === 0 ? one : two)),
          (store) => store.claim(10, 70, 7),
          atOnce,
        )
        // Those who pass over what others hold may find less than there is: the next claim finds the rest.
        const rest = yield* one.claim(10, 70, MESSAGES)
        const ids = [...claims.flat(), ...rest].map(({ deliveryId }) => deliveryId)
        expect(Math.max(...claims.map((claim) => claim.length))).toBeLessThanOrEqual(7)
        expect([ids.length, new Set(ids).size]).toEqual([MESSAGES, MESSAGES])
      }),
    )
  })

  test("do not wait for each other's claims", async () => {
    const options = { ...fresh(), timeoutMs: 5_000 }
    await using(options, (store) =>
      write(store, { outbox: [itemOf("d1", 10), itemOf("d2", 20)] }).pipe(
        Effect.andThen(
          asking(options, (sql) =>
            sql.withTransaction(
              sql`select 1 from followup_outbox where delivery_id = 'd1' for update`.pipe(
                Effect.andThen(store.claim(30, 90, 10)),
                Effect.tap((claimed) =>
                  Effect.sync(() => expect(claimed.map(({ deliveryId }) => deliveryId)).toEqual(["d2"])),
                ),
              ),
            ),
          ),
        ),
      ),
    )
  })

  test("R20: who follows the events misses none, also when a later one could be committed first", async () => {
    const options = fresh()
    const HELD = 42
    const waiting = (sql: SqlClient.SqlClient) =>
      sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    const until = (sql: SqlClient.SqlClient, count: number, orDone: () => boolean): Effect.Effect<void> =>
      Effect.orDie(waiting(sql)).pipe(
        Effect.flatMap((rows) =>
          rows.length >= count || orDone() ? Effect.void : until(sql, count, orDone),
        ),
      )
    await usingTwo(options, (one, two) =>
      asking(options, (sql) =>
        Effect.gen(function* () {
          // An event of the slow channel has its number, and then is held up before it is committed.
          yield* sql`create function hold() returns trigger language plpgsql as
            'begin perform pg_advisory_xact_lock(42); return new; end'`
          yield* sql`create trigger hold before insert on followup_events
            for each row when (new.channel_id = 'slow') execute function hold()`
          const slow = keyOf("cust-1", "slow")
          const fast = keyOf("cust-1", "fast")
          let isFastDone = false
          const calls = yield* asking(options, (holder) =>
            holder.withTransaction(
              Effect.gen(function* () {
                yield* holder`select pg_advisory_xact_lock(${HELD})`
                const first = yield* Effect.forkDetach(addOne(one, [slow]))
                yield* until(sql, 1, () => false)
                const second = yield* Effect.forkDetach(
                  addOne(two, [fast]).pipe(Effect.tap(() => Effect.sync(() => (isFastDone = true)))),
                )
                yield* until(sql, 2, () => isFastDone)
                expect(yield* one.eventsAfter(0, 10)).toEqual([])
                return [first, second]
              }),
            ),
          )
          for (const call of calls) yield* Fiber.join(call)
          expect((yield* one.eventsAfter(0, 10)).map(({ key }) => key)).toEqual([slow, fast])
        }),
      ),
    )
  })
})

describe("a transaction that another one made impossible", () => {
  /** The first transactions to write a customer fail, as the database makes them fail. */
  const failing = async (times: number, code: string) => {
    const options = fresh()
    await using(options, (store) => store.lastSeq)
    await run(
      asking(options, (sql) =>
        Effect.gen(function* () {
          yield* sql`create sequence tries`
          yield* sql.unsafe(`create function fail() returns trigger language plpgsql as $$ begin
            if nextval('tries') <= ${times} then raise exception 'conflict' using errcode = '${code}'; end if;
            return new; end $$`)
          yield* sql`create trigger fail before insert on followup_customers for each row execute function fail()`
        }),
      ),
    )
    return options
  }
  const key = keyOf("cust-1")

  test.each([
    ["a deadlock", "40P01"],
    ["a serialization failure", "40001"],
  ])("%s: is run again with its work, whatever clock the engine runs on", async (_, code) => {
    const options = await failing(2, code)
    let times = 0
    const store = Layer.provideMerge(postgres(options), TestClock.layer())
    await run(
      Store.use((one) =>
        Effect.gen(function* () {
          yield* addOne(one, [key], () => times++)
          expect(yield* marksOf(one, [key])).toEqual([1])
          expect((yield* one.channel("acme"))?.ledger.usedMilli).toBe(1)
          expect(yield* one.history(key)).toHaveLength(1)
        }),
      ).pipe(Effect.provide(store)),
    )
    expect(times).toBe(3)
  })

  test("is given up in the end, and has written nothing", async () => {
    const options = await failing(1_000, "40001")
    let times = 0
    await using(options, (store) =>
      Effect.gen(function* () {
        expect(yield* refusal(addOne(store, [key], () => times++))).toMatchObject({ reason: "unavailable" })
        expect(times).toBe(1 + CONFLICT_RETRIES)
        expect(yield* store.lastSeq).toBe(0)
        expect(yield* store.channel("acme")).toBeUndefined()
      }),
    )
  })

  test("another failure is not tried again", async () => {
    const options = await failing(1_000, "23514")
    let times = 0
    await using(options, (store) =>
      Effect.gen(function* () {
        expect(yield* refusal(addOne(store, [key], () => times++))).toMatchObject({ reason: "rejected" })
        expect(times).toBe(1)
      }),
    )
  })
})

describe("what the database cannot take or give", () => {
  test("an id with a NUL in it is rejected", async () => {
    await using(fresh(), (store) =>
      Effect.gen(function* () {
        expect(yield* refusal(addOne(store, [keyOf("a\0b")]))).toMatchObject({ reason: "rejected" })
      }),
    )
  })

  test("an id too long for an index is rejected, and is no outage that keeps others waiting", async () => {
    // Text that does not get shorter by compressing it: 6 000 bytes of noise.
    const noise = randomBytes(3_000).toString("hex")
    await using(fresh(), (store) =>
      Effect.gen(function* () {
        expect(yield* refusal(write(store, { outbox: [itemOf(noise, 10)] }))).toMatchObject({
          reason: "rejected",
        })
      }),
    )
  })

  test.each([
    ["followup_customers", "state"],
    ["followup_channels", "ledger"],
    ["followup_events", "body"],
  ] as const)("what cannot be read in %s is told as corrupt, without what it says", async (table, column) => {
    const reads = {
      followup_customers: (store: StoreShape) => marksOf(store, [keyOf("cust-1")]),
      followup_channels: (store: StoreShape) => store.channel("acme"),
      followup_events: (store: StoreShape) => store.history(keyOf("cust-1")),
    }
    const options = fresh()
    await using(options, (store) =>
      Effect.gen(function* () {
        yield* addOne(store, [keyOf("cust-1")])
        yield* write(store, { outbox: [itemOf("d1", 10)] })
        yield* asking(
          options,
          (sql) => sql`update ${sql(table)} set ${sql(column)} = '{"to":"+8210' || ${sql(column)}`,
        )
        const error = yield* refusal(reads[table](store))
        expect(error).toMatchObject({ _tag: "StoreError", reason: "corrupt" })
        expect(inspect(error, { depth: 9 })).not.toContain("8210")
      }),
    )
  })

  test("a message that cannot be read is claimed as unreadable, the others as they are", async () => {
    const options = fresh()
    await using(options, (store) =>
      Effect.gen(function* () {
        yield* write(store, { outbox: [itemOf("d1", 10), itemOf("d2", 11)] })
        yield* asking(
          options,
          (sql) => sql`update followup_outbox set message = '{' || message where delivery_id = 'd1'`,
        )
        const claimed = yield* store.claim(20, 80, 10)
        expect(new Map(claimed.map(({ deliveryId, message }) => [deliveryId, message.via]))).toEqual(
          new Map([
            ["d1", "unreadable"],
            ["d2", "sns"],
          ]),
        )
      }),
    )
  })

  test.each([
    ["url", 5],
    ["port", 70_000],
    ["port", Number.NaN],
    ["ssl", "require"],
    ["schema", ""],
    ["maxConnections", 0],
    ["maxConnections", Number.NaN],
    ["connectTimeoutMs", 0],
    ["timeoutMs", Number.NaN],
    ["timeoutMs", 2 ** 31],
    ["connectTimeoutMs", 2 ** 31],
    ["pasword", "s3cret"],
  ])("R20: a bad %s is rejected before anything is asked, and its place is named", async (name, value) => {
    const error = await errorOf({ host: "127.0.0.1", port: 1, username: "nobody", [name]: value })
    expect(error).toMatchObject({ reason: "rejected" })
    expect(error.message).toContain(`postgres: ${name}: expected `)
    expect(error.message).not.toContain("s3cret")
  })

  test("nothing, such as an environment's variable that is not set, is told as what was expected", async () => {
    expect((await errorOf(undefined as never)).message).toBe(
      'postgres: expected a URL such as "postgres://user:password@host:5432/database", or options',
    )
  })

  test.each([
    "postgres//followup:secret@nowhere:port/db",
    "postgres://followup:secret#1@nowhere/db",
    "mysql://followup:secret@127.0.0.1:1/db",
    "secret:5432/db",
  ])("a URL that cannot be read is rejected, and not repeated with the password in it: %s", async (url) => {
    const error = await errorOf(url)
    expect(error).toMatchObject({ _tag: "StoreError", reason: "rejected" })
    expect(error.message).toMatch(/^postgres: url: expected a URL such as "postgres:.* escaped$/)
    expect(JSON.stringify([error, error.message, error.cause])).not.toContain("secret")
  })

  test("a user who may not make the tables is rejected, and told why", async () => {
    const options = fresh()
    const schema = options.schema ?? ""
    await run(
      asking(server().options, (sql) =>
        Effect.gen(function* () {
          yield* sql`create role guest login`
          yield* sql`create schema ${sql(schema)}`
          yield* sql`grant usage on schema ${sql(schema)} to guest`
        }),
      ),
    )
    const error = await errorOf({ ...options, username: "guest" })
    expect(error.reason).toBe("rejected")
    expect(inspect(error, { depth: 6 })).toContain("permission denied")
  })

  test("a server that lets nobody in says why, and what to do about it", async () => {
    const nobody = { username: "secret-user", password: "secret-password" }
    // Nobody else on this server is asked for a password.
    const asksForPasswords = `copy (values ('local all "secret-role" scram-sha-256'), ('local all all trust')) to '${dirname(server().socket)}/data/pg_hba.conf'`
    await run(
      asking(server().options, (sql) =>
        Effect.forEach(
          [`create role "secret-role" login password 'another'`, asksForPasswords, "select pg_reload_conf()"],
          (statement) => sql.unsafe(statement),
        ),
      ),
    )
    const tries = [
      [
        { ...server().options, database: "secret-database" },
        /\(3D000\): there is no such database; create it/,
      ],
      [{ ...server().options, ...nobody }, /\(28000\): the server does not let this user in/],
      [{ ...nobody, host: "127.0.0.1", port: 1 }, /\(ECONNREFUSED\): nothing listens there/],
      [
        { ...nobody, host: "secret-host.invalid" },
        /\((ENOTFOUND|EAI_AGAIN)\): the host's name .*; see host or url/,
      ],
      [{ ...nobody, host: "/secret-folder" }, /\(ENOENT\): there is no socket/],
      // Last, as the server reads its settings anew in its own time.
      [
        { ...server().options, username: "secret-role", password: "secret-password" },
        /\(28P01\): the password is not that of this user/,
      ],
    ] as const
    for (const [options, said] of tries) {
      const { message } = await errorOf(options)
      expect(message).toMatch(said)
      expect(message).not.toMatch(/secret/)
    }
  })

  test("a driver that is not installed is said to be, with the command to run", async () => {
    const missing = Object.assign(new Error("no such package"), { code: "ERR_MODULE_NOT_FOUND" })
    const error = await run(refusal(requireDriver(() => Promise.reject(missing))))
    expect(error).toMatchObject({
      reason: "rejected",
      message: expect.stringContaining("npm install @effect/sql-pg@"),
    })
    const broken = await run(refusal(requireDriver(() => Promise.reject(new Error("broken")))))
    expect(broken.message).not.toContain("npm install")
  })
})
