/** What the SQL stores ask of their databases: how often, and by which plan. Never how long it takes. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import type { Statement } from "effect/sql/Statement"
import { afterAll, describe, expect, test } from "vitest"
import { usageReport } from "../../src/core/billing/usage.ts"
import { defaultPolicy } from "../../src/core/policy.ts"
import {
  noChanges,
  Store,
  type StoredEvent,
  type StoreError,
  type StoreShape,
} from "../../src/ports/store.ts"
import {
  channelWith,
  customerDue,
  entryOf,
  excluded,
  itemOf,
  keyOf,
  requested,
  settled,
  write,
} from "../../src/testing/store-contract/fixture.ts"
import { asking, freshSchemas, ownServer, run } from "./postgres-world.ts"
import { postgresDatabase, sqliteDatabase } from "./real-world.ts"
import { type Asked, statementsOf } from "./statements.ts"

const folder = mkdtempSync(join(tmpdir(), "followup-plans-"))
const server = ownServer()
const fresh = freshSchemas(server)
afterAll(() => rmSync(folder, { recursive: true }))

let databases = 0

const entryOfOlderVersion = `insert into followup_entries
  (channel_id, at_ms, op, kind, country, purpose, units, messages, milli_pu)
  values ('acme', 0, 'settle', 'SMS', 'KR', 'follow-up', 1, 1, 5)`

/** A database of the kind, and how it says that it would answer a statement. */
const kinds = {
  sqlite: () => {
    const file = join(folder, `${++databases}.sqlite`)
    const explain = async ({ text, params }: Asked) => {
      const database = new DatabaseSync(file, { readOnly: true })
      const rows = database.prepare(`explain query plan ${text}`).all(...(params as Array<string | number>))
      database.close()
      return rows.map(({ detail }) => String(detail))
    }
    return { ...sqliteDatabase(file), explain }
  },
  postgres: () => {
    const options = fresh()
    const explain = ({ text, params }: Asked) =>
      run(
        asking(options, (sql) => {
          const plan: Statement<Readonly<Record<string, unknown>>> = sql.unsafe(`explain ${text}`, params)
          return Effect.map(plan, (rows) => rows.map((row) => String(row["QUERY PLAN"])))
        }),
      )
    return { ...postgresDatabase(options), explain }
  },
}

const LINES = 2_000

// A line and what became of it for each of many customers: one channel's whole log is far more than a page of it.
const filled = (store: StoreShape) =>
  write(store, {
    events: Array.from({ length: LINES }, (_, index) => keyOf(`cust-${index}`)).flatMap((key, index) => [
      { key, event: requested(`d${index}`, index) },
      { key, event: settled(`d${index}`, index) },
      { key, event: excluded(`m${index}`, index) },
    ]),
  })

describe.each(Object.entries(kinds))("%s", (kind, make) => {
  const using = <A>(
    { store }: Pick<ReturnType<typeof make>, "store">,
    use: (store: StoreShape) => Effect.Effect<A, StoreError>,
  ) => run(Store.use(use).pipe(Effect.provide(store())))

  test("R20: a page of the log looks for what became of it by channel and customer, not in all of the channel", async () => {
    const database = make()
    const asked = await using(database, (store) =>
      filled(store).pipe(Effect.andThen(statementsOf(store.log({ channelId: "acme", limit: 100 })))),
    )
    const ofEvents = asked.filter(({ text }) => text.includes("followup_events"))
    const plans = (await Promise.all(ofEvents.map(database.explain))).map((lines) => lines.join("\n"))
    expect(plans.length).toBe(2)
    expect(plans[0]).toMatch(/using (index )?followup_events_posted/i)
    expect(plans[1]).toMatch(
      kind === "sqlite"
        ? /USING INDEX followup_events_customer \(channel_id=\? AND customer_id=\?\)/
        : /followup_events_customer[\s\S]*Index Cond: \(+channel_id = 'acme'::text\) AND \(customer_id = ANY/,
    )
    expect(plans[1]).not.toMatch(/Seq Scan on followup_events/)
  })

  test("R7: what is next is found by when it is due, however much is overdue", async () => {
    const database = make()
    const asked = await using(database, (store) =>
      write(store, {
        customers: Array.from({ length: LINES }, (_, index) => customerDue(`cust-${index}`, index)),
        outbox: Array.from({ length: LINES }, (_, index) => itemOf(`d${index}`, index)),
      }).pipe(Effect.andThen(statementsOf(store.nextInstant(LINES / 2)))),
    )
    const plan = (await Promise.all(asked.map(database.explain))).flat().join("\n")
    for (const index of ["followup_customers_due", "followup_outbox_ready"])
      expect(plan).toMatch(
        kind === "sqlite"
          ? new RegExp(`SEARCH \\w+ USING (COVERING )?INDEX ${index} `)
          : new RegExp(`Index Only Scan using ${index} on`),
      )
  })

  test("R19: a channel's usage is kept as sums, exact whoever wrote what of it, and found by the channel", async () => {
    const database = make()
    const month = (index: number) => Date.UTC(2026, index % 3, 1 + (index % 20))
    const entries = Array.from({ length: 120 }, (_, index) => ({
      ...entryOf(index % 5 === 0 ? "refund" : "settle", 1_001 + index, month(index)),
      kind: index % 2 === 0 ? ("SMS" as const) : ("SNS" as const),
    }))
    const setting = { prices: defaultPolicy.prices, atMs: 0, ledger: channelWith(0).ledger }
    const asked = await using(database, (store) =>
      Effect.gen(function* () {
        for (let index = 0; index < entries.length; index += 4) {
          const some = entries.slice(index, index + 4).map((entry) => ({ channelId: "acme", entry }))
          yield* write(store, { entries: [...some, { channelId: "other", entry: entryOf("settle", 7, 1) }] })
          if (index === 40) yield* Effect.promise(() => database.execute(entryOfOlderVersion))
        }
        const report = usageReport(yield* store.usage("acme"), setting)
        expect(report).toEqual(usageReport([...entries, entryOf("settle", 5, 0)], setting))
        return yield* statementsOf(
          store.changeChannel("acme", () => ({
            record: channelWith(0),
            entries: [entryOf("settle", 1, month(0))],
            notices: [],
          })),
        )
      }),
    )
    // Two movements of two kinds in three months, the other channel's, and the older version's.
    expect(await database.ask("select count(*) as rows from followup_entries")).toEqual([{ rows: 12 + 2 }])
    const entered = asked.filter(({ text }) => text.includes("followup_entries"))
    expect(entered).toHaveLength(1)
    const plan = (await Promise.all(entered.map(database.explain))).flat().join("\n")
    expect(plan).toMatch(/followup_entries_channel/)
    expect(plan).toMatch(/INTEGER PRIMARY KEY|followup_entries_pkey/)
    expect(plan).not.toMatch(/SCAN followup_entries|Seq Scan/)
  })

  test("R19: a sum that the column could not hold begins a new one", async () => {
    const many = { ...entryOf("record", 1, 1), messages: 900_000_000 }
    await using(make(), (store) =>
      Effect.gen(function* () {
        for (const _ of [1, 2, 3]) yield* write(store, { entries: [{ channelId: "acme", entry: many }] })
        expect(yield* store.usage("acme")).toMatchObject([{ messages: 2_700_000_000, milliPu: 3 }])
      }),
    )
  })

  test("R20: pages of all sizes are asked for by the same statements, which are prepared once", async () => {
    const textsOf = await using(make(), (store) =>
      filled(store).pipe(
        Effect.andThen(
          Effect.forEach([2, 7, 100], (limit) => statementsOf(store.log({ channelId: "acme", limit }))),
        ),
      ),
    )
    const [first, ...others] = textsOf.map((asked) => asked.map(({ text }) => text))
    for (const texts of others) expect(texts).toEqual(first)
  })

  test("R20: to forget who has a long history takes few statements, each of bounded size", async () => {
    const key = keyOf("cust-1")
    const asked = await using(make(), (store) =>
      write(store, {
        events: Array.from({ length: 2 * LINES }, (_, index) => ({
          key,
          event: requested(`d${index}`, index),
        })),
      }).pipe(
        Effect.andThen(
          statementsOf(
            store.forget(key, ({ history }) => ({
              kept: history.map((one): StoredEvent => ({ ...one, key: keyOf("forgotten-1") })),
              changes: noChanges,
            })),
          ),
        ),
      ),
    )
    expect(asked.length).toBeLessThan(20)
    expect(Math.max(...asked.map(({ params }) => JSON.stringify(params).length))).toBeLessThan(2_000_000)
  })
})
