/** A newer version on an older one's database, an older one on a newer one's, and both at once. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import type { NoticeCall } from "../../src/engine/index.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { ownServer } from "./postgres-world.ts"
import {
  type Database,
  openOn,
  Providers,
  postgresDatabase,
  quickClock,
  START_MS,
  sqliteDatabase,
  until,
} from "./real-world.ts"

const folder = mkdtempSync(join(tmpdir(), "followup-upgrades-"))
const server = ownServer()
afterAll(() => rmSync(folder, { recursive: true }))

const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/${name}.sql`, import.meta.url), "utf8")

let databases = 0
const kinds: ReadonlyArray<readonly ["sqlite" | "postgres", () => Promise<Database>]> = [
  ["sqlite", async () => sqliteDatabase(join(folder, `${++databases}.sqlite`))],
  [
    "postgres",
    async () => {
      const schema = `upgrades_${++databases}`
      await postgresDatabase(server().options).execute(`create schema ${schema}`)
      return postgresDatabase({ ...server().options, schema })
    },
  ],
]

/** A minute takes 0.3 s. */
const SPEED = 200

/** What a newer version may do while older ones run: columns, tables, and a migration of its own. */
const added = [
  ...["channels", "customers", "events", "entries", "notices", "outbox", "calls"].flatMap((table) => [
    `alter table followup_${table} add column later_text text`,
    `alter table followup_${table} add column later_count integer not null default 7`,
  ]),
  "create table followup_later (id text primary key)",
  "insert into followup_migrations (migration_id, name) values (999, 'later')",
]

const saysLater = (table: string, column: string, pattern: string, value: string): string =>
  `update followup_${table} set ${column} = replace(${column}, '${pattern}', '${value}')`

const about = (customerId: string) => ({ channelId: "acme", customerId })

describe.each(kinds)("a database in %s", (kind, make) => {
  const ofFirstVersion = async () => {
    const database = await make()
    await database.execute(fixture(`v1-${kind}`), fixture("v1-rows"))
    return database
  }

  test("R7, R20: of the first version is opened by this one, which goes on where it was", async () => {
    const database = await ofFirstVersion()
    const providers = new Providers()
    const notices: Array<NoticeCall> = []
    const clock = quickClock(START_MS + 5_000, SPEED)
    const followUps = await openOn(database, providers, clock, {
      onNotice: (call) => void notices.push(call),
    })
    expect((await followUps.usage("acme")).byKind["LMS"]).toMatchObject({ pu: 700 })
    expect((await followUps.explain({ ...about("cust-2"), messageId: "m2" })).verdict).toBe("waiting")
    // The push was not received; who was online left; what was being sent when the process died may have been sent.
    const outcomes = async (customerId: string) =>
      (await followUps.sentTo(about(customerId))).map((entry) =>
        entry._tag === "Delivery" ? `${entry.via} ${entry.outcome}` : entry.reason,
      )
    await until(
      "what was due is done",
      async () => providers.asked.length >= 5 && (await outcomes("cust-3")).join().includes("sns uncertain"),
    )
    await followUps.close()
    expect(providers.asked.toSorted()).toEqual([
      "acme/cust-1/c1/m2/email",
      "acme/cust-1/c1/m2/sns",
      "acme/cust-2/c1/m2/email",
      "acme/cust-2/c1/m2/push",
      "acme/cust-2/c1/m2/sns",
    ])
    expect(notices).toEqual([])
  })

  test("R7, R20: changed by a later version, by addition, works as before and loses nothing of it", async () => {
    const database = await ofFirstVersion()
    const providers = new Providers()
    const clock = quickClock(START_MS + 5_000, SPEED)
    const running = await openOn(database, providers, clock)
    await running.message({ ...about("cust-9"), chatId: "c1", messageId: "m1", from: "customer", text: "Hi" })
    await database.execute(
      ...added,
      saysLater("customers", "state", '{"sessions":', '{"later":{"kept":1},"sessions":'),
      saysLater("customers", "state", '{"customerWrote":', '{"laterOfChat":1,"customerWrote":'),
      saysLater("channels", "ledger", '{"limitMilli":', '{"laterOfLedger":1,"limitMilli":'),
      `insert into followup_events (channel_id, customer_id, type, delivery_id, at_ms, body)
        select channel_id, customer_id, 'CarrierPigeonLeft', delivery_id, at_ms,
          replace(body, '"DeliveryRequested"', '"CarrierPigeonLeft"')
        from followup_events where type = 'DeliveryRequested'`,
    )
    const opened = await openOn(database, providers, clock)
    for (const [index, followUps] of [running, opened, running, opened].entries())
      await followUps.message({
        ...about("cust-1"),
        chatId: "c1",
        messageId: `q${index}`,
        from: "customer",
        text: "Hello?",
      })
    await until("what was due is done", async () => (await opened.sentTo(about("cust-2"))).length === 3)
    expect(providers.doubled).toEqual([])
    for (const followUps of [running, opened]) {
      expect((await followUps.log({ channelId: "acme" })).length).toBeGreaterThan(5)
      const { verdict, steps } = await followUps.explain({ ...about("cust-3"), messageId: "m2" })
      expect([verdict, steps.map(({ what }) => what).join("\n")]).toEqual([
        "followed-up",
        expect.stringContaining("later version"),
      ])
      for await (const { event } of followUps.events({ after: 0 }))
        if (JSON.stringify(event).includes("CarrierPigeonLeft")) break
    }
    await opened.forget(about("cust-3"))
    await Promise.all([running.close(), opened.close()])
    const [row] = await database.ask(`select state from followup_customers where customer_id = 'cust-1'`)
    expect(JSON.parse(String(row?.["state"]))).toMatchObject({
      later: { kept: 1 },
      chats: { c1: { laterOfChat: 1, messageIds: ["m1", "m2", "q0", "q1", "q2", "q3"] } },
    })
    const [channel] = await database.ask(`select ledger from followup_channels where channel_id = 'acme'`)
    expect(JSON.parse(String(channel?.["ledger"]))).toMatchObject({ laterOfLedger: 1 })
    const strangers = await database.ask(
      `select 1 from followup_events where type = 'CarrierPigeonLeft' and customer_id = 'cust-3'`,
    )
    expect(strangers).toEqual([])
  })

  test("R6, R8: is shared by two versions, and each message is sent once", async () => {
    const database = await make()
    const clock = quickClock(START_MS, SPEED)
    const [before, after] = [new Providers(), new Providers()]
    const older = await openOn(database, before, clock, { engine: { maxSends: 2, pollMs: 200 } })
    await older.channel({ id: "acme", country: "KR", plan: { kind: "paid" }, settings: { email: false } })
    const ids = Array.from({ length: 20 }, (_, index) => `cust-${index}`)
    const tell = (followUps: typeof older, customerId: string, from: "customer" | "manager") =>
      followUps.message({ ...about(customerId), chatId: "c1", messageId: from, from, text: "Hello" })
    for (const id of ids) {
      await older.customer({ channelId: "acme", id, phone: "010-1234-5678" })
      await tell(older, id, "customer")
    }
    await Promise.all(ids.slice(0, 10).map((id) => tell(older, id, "manager")))
    await database.execute(...added)
    const newer = await openOn(database, after, clock, { engine: { maxSends: 2, pollMs: 200 } })
    await Promise.all(ids.slice(10).map((id, index) => tell(index % 2 === 0 ? older : newer, id, "manager")))
    await until("all are sent", () => before.asked.length + after.asked.length >= ids.length)
    await Promise.all([older.close(), newer.close()])
    const wanted = ids.map((id) => `acme/${id}/c1/manager/xms`)
    expect([...before.asked, ...after.asked].toSorted()).toEqual(wanted.toSorted())
  })

  test("that a later version changed beyond what this one can read is refused, and told what to do", async () => {
    const database = await ofFirstVersion()
    await (await openOn(database, new Providers(), quickClock(START_MS, 1))).close()
    await database.execute(
      "insert into followup_migrations (migration_id, name) values (999, 'breaking_ledgers_by_month')",
      "insert into followup_migrations (migration_id, name) values (1000, 'more')",
    )
    await expect(openOn(database, new Providers(), quickClock(START_MS, 1))).rejects.toMatchObject({
      _tag: "FollowUpsError",
      reason: "store",
      message: expect.stringMatching(/migration 999_breaking_ledgers_by_month.*install a newer followup/),
    })
  })
})

test("a file that a later version changed beyond what this one can read is not looked at either", async () => {
  const file = join(folder, "look.sqlite")
  const database = sqliteDatabase(file)
  await (await openOn(database, new Providers(), quickClock(START_MS, 1))).close()
  const look = { store: () => sqlite({ file, readOnly: true }) }
  await (await openOn(look, new Providers(), quickClock(START_MS, 1))).close()
  await database.execute("insert into followup_migrations (migration_id, name) values (999, 'breaking_all')")
  await expect(openOn(look, new Providers(), quickClock(START_MS, 1))).rejects.toMatchObject({
    message: expect.stringContaining("install a newer followup"),
  })
})
