import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, expect, test } from "vitest"
import { databaseOf, openShards } from "../../docs/examples/sharded-host.ts"
import { FollowUps } from "../../src/engine/index.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"

const folder = mkdtempSync(join(tmpdir(), "followup-shards-"))
afterAll(() => rmSync(folder, { recursive: true }))

const ids = Array.from({ length: 1_000 }, (_, index) => `channel-${index}`)
const two = ["one", "two"]

test("R20: each channel is in one of two SQLite files, with all that was told of it", async () => {
  const databases = two.map((name) => join(folder, `${name}.sqlite`))
  const shards = await openShards(databases)
  // The folder's name is drawn anew each time: the first eight are all in one file now and then.
  const few = databases.flatMap((one) => ids.filter((id) => databaseOf(databases, id) === one).slice(0, 4))
  for (const id of few) {
    const chat = { channelId: id, customerId: "mina", chatId: "c1" }
    await shards.of(id).channel({ id, country: "KR", plan: { kind: "free" } })
    await shards.of(id).message({ ...chat, messageId: "m1", from: "customer", text: "Is it in stock?" })
    await shards.of(id).message({ ...chat, messageId: "m2", from: "manager", text: "It is." })
  }
  await shards.close()
  for (const database of databases) {
    const followUps = await FollowUps.open({ store: sqlite(database) })
    const own = few.filter((id) => databaseOf(databases, id) === database)
    expect(own.length).toBeGreaterThan(0)
    for (const id of few) {
      const lines = await followUps.log({ channelId: id })
      expect(lines.length > 0, id).toBe(own.includes(id))
    }
    await followUps.close()
  }
})

test("channels spread evenly, and a further database takes its share without moving anything between the others", () => {
  const three = [...two, "three"]
  const share = (databases: ReadonlyArray<string>, name: string) =>
    ids.filter((id) => databaseOf(databases, id) === name).length
  for (const name of two) expect(share(two, name)).toBeGreaterThan(400)
  for (const name of three) expect(share(three, name)).toBeGreaterThan(250)
  for (const id of ids) expect([databaseOf(two, id), "three"]).toContain(databaseOf(three, id))
})

test("the order in which databases are named is of no matter", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 5 }), fc.string(), (databases, id) => {
      expect(databaseOf(databases.toReversed(), id)).toBe(databaseOf(databases, id))
    }),
  )
})
