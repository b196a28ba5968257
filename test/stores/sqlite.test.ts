import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { inspect } from "node:util"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as SqlClient from "effect/sql/SqlClient"
import { afterAll, describe, expect, test } from "vitest"
import { defaultPolicy } from "../../src/core/policy.ts"
import { forgetting } from "../../src/engine/forgetting.ts"
import { noChanges, Store, StoreError, type StoreShape } from "../../src/ports/store.ts"
import { type DatabaseOptions, sqlite } from "../../src/stores/sqlite/index.ts"
import { makeNodeSqlite, requireSqlite } from "../../src/stores/sqlite/node-sqlite.ts"
import {
  channelWith,
  customerDue,
  excluded,
  itemOf,
  keyOf,
  markOf,
  requested,
  signalled,
  stateOf,
  write,
} from "../../src/testing/store-contract/fixture.ts"
import { storeContract } from "../../src/testing/store-contract.ts"

const folder = mkdtempSync(join(tmpdir(), "followup-sqlite-"))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0
const newFile = () => join(folder, `${++files} #a folder? 100%.sqlite`)

const using = <A>(
  database: string | DatabaseOptions,
  use: (store: StoreShape) => Effect.Effect<A, StoreError>,
): Promise<A> => Effect.runPromise(Store.use(use).pipe(Effect.provide(sqlite(database))))

const errorOf = (database: string | DatabaseOptions): Promise<StoreError> =>
  Effect.runPromise(
    Effect.flip(Effect.scoped(Layer.build(sqlite(database)))).pipe(
      Effect.tap((error) => Effect.sync(() => expect(error).toBeInstanceOf(StoreError))),
    ),
  )

const refusal = <A>(effect: Effect.Effect<A, StoreError>): Effect.Effect<StoreError> =>
  Effect.orDie(Effect.flip(effect))

const some = {
  customers: [customerDue("cust-1", 10)],
  channels: [{ channelId: "acme", record: channelWith(5_000) }],
  events: [
    { key: keyOf("cust-1"), event: requested("d1", 1) },
    { key: keyOf("cust-1"), event: excluded("m3", 2) },
  ],
  notices: [{ channelId: "acme", notice: { atMs: 3, kind: "usage-70" } as const }],
  outbox: [itemOf("d1", 20)],
}

describe("the store contract over SQLite in memory", () => {
  for (const { name, run } of storeContract(() => sqlite(":memory:"))) test(name, run)
})

describe("the store contract over a SQLite file", () => {
  for (const { name, run } of storeContract(() => sqlite(newFile()))) test(name, run)
})

describe("a SQLite file that is opened again", () => {
  test("goes on where it was: state, lease, history and numbers", async () => {
    const file = newFile()
    await using(file, (store) => write(store, some).pipe(Effect.andThen(store.claim(20, 80, 10))))
    await using(file, (store) =>
      Effect.gen(function* () {
        expect(yield* store.due(10, 10)).toEqual([keyOf("cust-1")])
        expect(yield* store.channel("acme")).toEqual(channelWith(5_000))
        expect(yield* store.history(keyOf("cust-1"))).toEqual([requested("d1", 1), excluded("m3", 2)])
        expect(yield* store.notices("acme")).toEqual([{ atMs: 3, kind: "usage-70" }])
        expect(yield* store.claim(79, 200, 10)).toEqual([])
        expect(yield* store.claim(80, 200, 10)).toMatchObject([
          { deliveryId: "d1", attempt: 2, interrupted: true },
        ])
        yield* write(store, { events: [{ key: keyOf("cust-1"), event: signalled(3) }] })
        expect(yield* store.lastSeq).toBe(3)
      }),
    )
  })

  test("runs its migrations once", async () => {
    const file = newFile()
    for (let times = 0; times < 3; times++) await using(file, (store) => store.lastSeq)
    const database = new DatabaseSync(file, { readOnly: true })
    expect(database.prepare("select migration_id, name from followup_migrations").all()).toMatchObject([
      { migration_id: 1, name: "tables" },
      { migration_id: 2, name: "delivery_and_retention" },
      { migration_id: 3, name: "providers" },
      { migration_id: 4, name: "calls" },
      { migration_id: 5, name: "leaner" },
      { migration_id: 6, name: "links" },
      { migration_id: 7, name: "email_domains" },
    ])
    database.close()
  })

  test("brings messages along that were queued before they named their providers", async () => {
    const file = newFile()
    await using(file, (store) =>
      write(store, { outbox: [itemOf("d1", 10), itemOf("d2", 20)] }).pipe(
        Effect.andThen(store.claim(10, 70, 1)),
      ),
    )
    const database = new DatabaseSync(file)
    database.exec(`alter table followup_outbox drop column providers;
      alter table followup_outbox drop column refused;
      drop table followup_calls;
      drop table followup_links;
      alter table followup_customers drop column opted_out;
      alter table followup_channels drop column email_domain;
      delete from followup_migrations where migration_id >= 3`)
    database.close()
    const claimed = await using(file, (store) => store.claim(70, 130, 10))
    expect(claimed.toSorted((a, b) => (a.deliveryId < b.deliveryId ? -1 : 1))).toMatchObject([
      { deliveryId: "d1", interrupted: true, providers: [], refused: [] },
      { deliveryId: "d2", interrupted: false, providers: [], refused: [] },
    ])
  })

  test("all of its tables and indexes carry the prefix", async () => {
    const file = newFile()
    await using(file, (store) => store.lastSeq)
    const database = new DatabaseSync(file, { readOnly: true })
    const names = database.prepare("select name from sqlite_schema").all()
    database.close()
    const strangers = names
      .map(({ name }) => String(name))
      .filter((name) => !/^(followup|sqlite)_/.test(name))
    expect([names.length > 10, strangers]).toEqual([true, []])
  })
})

describe("a SQLite file that is named in a way that makes no sense", () => {
  // An empty name is a file that SQLite makes for itself and throws away with the process.
  test.each<[string, unknown]>([
    ["file", ""],
    ["file", { file: "" }],
    ["file", {}],
    ["file", { file: 5 }],
    ["timeoutMs", { file: ":memory:", timeoutMs: -1 }],
    ["timeoutMs", { file: ":memory:", timeoutMs: Number.NaN }],
    ["timeoutms", { file: ":memory:", timeoutms: 1 }],
    ["readOnly", { file: ":memory:", readOnly: "no" }],
  ])("R20: is not opened, and %s is named: %j", async (place, given) => {
    const opening = Effect.scoped(Layer.build(sqlite(given as string)))
    expect(await Effect.runPromise(Effect.flip(opening))).toMatchObject({
      reason: "rejected",
      message: expect.stringContaining(`sqlite: ${place}: expected `),
    })
  })

  test("R20: nothing, such as an environment's variable that is not set, is told as what was expected", async () => {
    const opening = Effect.scoped(Layer.build(sqlite(undefined as never)))
    expect(await Effect.runPromise(Effect.flip(opening))).toMatchObject({
      reason: "rejected",
      message: 'sqlite: expected a file such as "followup.sqlite", or options',
    })
  })
})

describe("two connections on one SQLite file", () => {
  test("see each other's work, and lose none of it", async () => {
    const file = newFile()
    const key = keyOf("cust-1")
    const addOne = (store: StoreShape) =>
      store.transact([key], (loaded) => ({
        changes: {
          ...noChanges,
          customers: [
            {
              key,
              record: { input: undefined, state: stateOf(markOf(loaded.customer(key)?.state) + 1) },
              dueAtMs: null,
            },
          ],
        },
        value: undefined,
      }))
    await using(file, (one) =>
      Store.use((two) =>
        Effect.gen(function* () {
          yield* Effect.forEach([one, two, one, two, two, one, two], addOne, { concurrency: "unbounded" })
          const seen = yield* one.transact([key], (loaded) => ({
            changes: noChanges,
            value: markOf(loaded.customer(key)?.state),
          }))
          expect(seen).toBe(7)
          yield* write(one, { outbox: [itemOf("d1", 10), itemOf("d2", 10)] })
          const claimed = yield* Effect.forEach([one, two], (store) => store.claim(10, 70, 1), {
            concurrency: "unbounded",
          })
          expect(
            claimed
              .flat()
              .map(({ deliveryId }) => deliveryId)
              .toSorted(),
          ).toEqual(["d1", "d2"])
        }),
      ).pipe(Effect.provide(sqlite(file))),
    )
  })
})

describe("a SQLite file opened to look only", () => {
  test("shows what is there, and refuses to write", async () => {
    const file = newFile()
    await using(file, (store) => write(store, some))
    await using({ file, readOnly: true }, (store) =>
      Effect.gen(function* () {
        expect(yield* store.log({ channelId: "acme", limit: 10 })).toHaveLength(2)
        expect(yield* refusal(write(store, some))).toMatchObject({ _tag: "StoreError" })
        expect(yield* store.lastSeq).toBe(2)
      }),
    )
  })

  test("a file that is not there is an error, and is not made", async () => {
    const file = newFile()
    expect(await errorOf({ file, readOnly: true })).toMatchObject({
      reason: "unavailable",
      message: expect.stringContaining("cannot be opened"),
    })
    expect(existsSync(file)).toBe(false)
  })

  test("another program's database is an error, and stays as it is", async () => {
    const file = newFile()
    const database = new DatabaseSync(file)
    database.exec("create table notes (text)")
    database.close()
    expect(await errorOf({ file, readOnly: true })).toMatchObject({
      reason: "corrupt",
      message: "the file is not a followup database",
    })
    const again = new DatabaseSync(file)
    expect(again.prepare("select name from sqlite_schema").all()).toEqual([{ name: "notes" }])
    again.close()
  })

  test("what is no database at all is an error, to look or to write", async () => {
    const file = newFile()
    writeFileSync(file, "Dear diary, today I was not a database. ".repeat(50))
    for (const readOnly of [true, false])
      expect((await errorOf({ file, readOnly })).message, `readOnly ${readOnly}`).not.toBe("")
  })

  test("a folder that is not there is an error", async () => {
    expect(await errorOf(join(folder, "nowhere", "file.sqlite"))).toMatchObject({ reason: "unavailable" })
  })
})

test("a number that SQLite cannot take is rejected, and is no outage that keeps others waiting", () =>
  using(":memory:", (store) =>
    Effect.gen(function* () {
      const error = yield* refusal(store.log({ channelId: "acme", limit: 0.5 }))
      expect(error).toMatchObject({ reason: "rejected" })
    }),
  ))

describe("a transaction that fails half-way", () => {
  // The outbox and the notices come after the customer, the channel and the events.
  const failing = async (table: string, change: (store: StoreShape) => Effect.Effect<void, StoreError>) => {
    const file = newFile()
    await using(file, () => Effect.void)
    const database = new DatabaseSync(file)
    database.exec(`create trigger full before insert on ${table} begin select raise(abort, 'no room'); end`)
    database.close()
    await using(file, (store) =>
      Effect.gen(function* () {
        expect(yield* refusal(change(store))).toMatchObject({ _tag: "StoreError" })
        expect(yield* store.lastSeq).toBe(0)
        expect(yield* store.channel("acme")).toBeUndefined()
        expect(yield* store.nextInstant(-1)).toBeNull()
        expect(yield* store.usage("acme")).toEqual([])
      }),
    )
  }
  test("writes nothing", () => failing("followup_outbox", (store) => write(store, some)))
  test("changes no channel", () =>
    failing("followup_notices", (store) =>
      store.changeChannel("acme", () => ({
        record: channelWith(1),
        entries: [],
        notices: [{ atMs: 3, kind: "usage-70" }],
      })),
    ))
})

describe("what is stored and cannot be read", () => {
  const tables = [
    ["followup_customers", "state"],
    ["followup_channels", "ledger"],
    ["followup_events", "body"],
  ] as const
  const reads = {
    followup_customers: (store: StoreShape) => write(store, { customers: [customerDue("cust-1", 11)] }),
    followup_channels: (store: StoreShape) => store.channel("acme"),
    followup_events: (store: StoreShape) => store.history(keyOf("cust-1")),
  }
  test.each(tables)("in %s is told as corrupt, without what it says", async (table, column) => {
    const file = newFile()
    await using(file, (store) => write(store, some))
    const database = new DatabaseSync(file)
    database.exec(`update ${table} set ${column} = '{"to":"+8210' || ${column}`)
    database.close()
    const error = await using(file, (store) => refusal(Effect.asVoid(reads[table](store))))
    expect(error).toMatchObject({ _tag: "StoreError", reason: "corrupt" })
    expect(inspect(error, { depth: 9 })).not.toContain("8210")
  })

  test.each(["{}", '{"_tag":"DeliveryRequested"}', "[7]"])(
    "R20: a customer is forgotten also when parts of them say %s, and what can be understood stays",
    async (senseless) => {
      const file = newFile()
      const key = keyOf("cust-1")
      await using(file, (store) => write(store, some))
      const database = new DatabaseSync(file)
      database.prepare("update followup_events set body = ? where type = 'DeliveryRequested'").run(senseless)
      database.prepare("update followup_customers set state = ?").run(senseless)
      database.close()
      await using(file, (store) =>
        Effect.gen(function* () {
          yield* store.forget(key, forgetting(key, "forgotten-1", 5, defaultPolicy))
          const left = yield* store.eventsAfter(0, 10)
          expect(left.map((one) => [one.key.customerId, one.event._tag])).toEqual([
            ["forgotten-1", "Excluded"],
          ])
        }),
      )
    },
  )

  test.each(["{", "null", '"sns"', "7"])(
    "a message that is %s is claimed as unreadable, the others as they are",
    async (broken) => {
      const file = newFile()
      await using(file, (store) => write(store, { outbox: [itemOf("d1", 20), itemOf("d2", 21)] }))
      const database = new DatabaseSync(file)
      database.prepare("update followup_outbox set message = ? where delivery_id = 'd1'").run(broken)
      database.close()
      const claimed = await using(file, (store) => store.claim(30, 90, 10))
      expect(claimed.map(({ deliveryId, message }) => [deliveryId, message.via])).toEqual([
        ["d1", "unreadable"],
        ["d2", "sns"],
      ])
    },
  )
})

test("what was acknowledged survives a power cut: the journal is WAL, and every commit is synced", async () => {
  const pragmas = Effect.gen(function* () {
    const sql: SqlClient.SqlClient = yield* makeNodeSqlite({ file: newFile() })
    return [yield* sql`pragma journal_mode`, yield* sql`pragma synchronous`]
  })
  const FULL = 2
  expect(await Effect.runPromise(Effect.scoped(pragmas))).toEqual([
    [{ journal_mode: "wal" }],
    [{ synchronous: FULL }],
  ])
})

test("a Node without SQLite is told which one it takes", async () => {
  const { engines } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
  const missing = Object.assign(new Error("No such built-in module: node:sqlite"), {
    code: "ERR_UNKNOWN_BUILTIN_MODULE",
  })
  const error = await Effect.runPromise(Effect.flip(requireSqlite(() => Promise.reject(missing))))
  expect(error).toMatchObject({
    reason: "rejected",
    message: `followup/stores/sqlite needs Node ${engines.node.replace(">=", "")} or newer, for node:sqlite; this is ${process.versions.node}`,
  })
})
