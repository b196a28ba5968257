/** A SQLite file that cannot be written for a while: locked by another process, or on a disk that is full. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { afterAll, describe, expect, test } from "vitest"
import { Store, type StoreError } from "../../src/ports/store.ts"
import { sqlStore } from "../../src/stores/sql/store.ts"
import { storeError } from "../../src/stores/sql/store-error.ts"
import { sqliteDialect } from "../../src/stores/sqlite/dialect.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { makeNodeSqlite } from "../../src/stores/sqlite/node-sqlite.ts"
import { migrate } from "../../src/stores/sqlite/tables.ts"
import { rejected } from "./engine-world.ts"
import { openStory, whose } from "./story.ts"

const folder = mkdtempSync(join(tmpdir(), "followup-outages-"))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0
const newFile = () => join(folder, `${++files}.sqlite`)

interface Disk {
  readonly store: Layer.Layer<Store, StoreError>
  readonly trouble: () => void
  readonly relief: () => void
  readonly says: RegExp
}

/** A file that another session holds locked, for longer than a statement waits. */
const lockedFile = (): Disk => {
  const file = newFile()
  let other: DatabaseSync | undefined
  return {
    store: sqlite({ file, timeoutMs: 5 }),
    trouble: () => {
      other = new DatabaseSync(file)
      other.exec("begin immediate")
    },
    relief: () => other?.close(),
    says: /another process holds the database file locked/,
  }
}

/** A file that may not grow: SQLite then says what it says on a full disk. */
const fullDisk = (): Disk => {
  const file = newFile()
  const limits: Array<(pages: number) => void> = []
  const store = Layer.effect(Store)(
    Effect.gen(function* () {
      const sql = yield* makeNodeSqlite({ file })
      yield* migrate.pipe(Effect.provideService(SqlClient.SqlClient, sql))
      limits.push((pages) => void Effect.runSync(sql.unsafe(`pragma max_page_count = ${pages}`)))
      return sqlStore(sqliteDialect(sql))
    }).pipe(Effect.mapError(storeError)),
  )
  // Never less than there are already.
  return {
    store,
    trouble: () => limits[0]?.(1),
    relief: () => limits[0]?.(1_000_000),
    says: /the disk is full; make room/,
  }
}

const text = "It is in stock, in every size that you can think of. ".repeat(400)
const POLL_MS = 1_000

describe.each([
  ["is locked by another process", lockedFile],
  ["is on a full disk", fullDisk],
])("a SQLite file that %s", (_, make) => {
  const openOn = async (disk: Disk) => {
    const story = await openStory({
      store: disk.store,
      scripts: { sns: { then: "hangs" } },
      engine: { pollMs: POLL_MS },
    })
    return { story, world: story.world }
  }
  const says = { ...whose, chatId: "c1", messageId: "m3", from: "manager", text } as const

  test("R20: refuses calls as `store` and says why; nothing is half-written; then they work", async () => {
    const disk = make()
    const { story, world } = await openOn(disk)
    await story.asks(0)
    const before = await world.store((store) => store.eventsAfter(0, 100))
    disk.trouble()
    const error = await world.refusal((engine) => engine.message(says))
    expect(error).toMatchObject({ reason: "store", message: expect.stringMatching(disk.says) })
    expect(await world.store((store) => store.eventsAfter(0, 100))).toEqual(before)
    expect(await world.store((store) => store.nextInstant(-1))).toBeNull()
    disk.relief()
    await world.call((engine) => engine.message(says))
    expect(story.calls()).toEqual(["push@0#1"])
  })

  test("R7: delays what is due meanwhile, and no more; it is tried at each poll and logged once", async () => {
    const disk = make()
    const { story, world } = await openOn(disk)
    await story.asks(0)
    await story.replies(1_000, "m2", { text })
    disk.trouble()
    await world.jump(world.nowMs + 30_000)
    const { calls } = world.faults
    for (let polls = 0; polls < 60; polls++) await world.jump(world.nowMs + POLL_MS)
    expect(world.faults.calls - calls).toBeLessThan(60 * 10)
    expect(story.calls()).toEqual(["push@1000#1"])
    expect(await story.outcomes()).toEqual(["push pending"])
    const lines = world.logged.filter((line) => line.includes("cannot be reached"))
    expect(lines).toEqual([expect.stringMatching(disk.says)])
    disk.relief()
    await world.jump(world.nowMs + POLL_MS)
    expect(story.calls().slice(1).toSorted()).toEqual(["email@92000#1", "sns@92000#1"])
    await world.jump(world.nowMs + POLL_MS)
    expect(world.logged.filter((line) => line.includes("works again"))).toHaveLength(1)
  })

  test("R9, R16: what was answered meanwhile is kept, and sent once", async () => {
    const disk = make()
    const { story, world } = await openOn(disk)
    await story.asks(0)
    await story.replies(1_000, "m2", { text })
    await world.at(31_000)
    disk.trouble()
    world.sent.find(({ via }) => via === "sns")?.answer(rejected("blocked"))
    await world.jump(world.nowMs + 10_000)
    disk.relief()
    await world.jump(world.nowMs + POLL_MS)
    // A full disk may still have room in the file for something as small as an answer.
    expect((await story.outcomes()).join()).toMatch(/sns blocked@(42|31)000/)
    expect(world.sent.map(({ via }) => via).toSorted()).toEqual(["email", "push", "sns", "xms"])
  })
})

test("R1: while the store cannot be reached, those who wait together are told together", async () => {
  const story = await openStory()
  const { world } = story
  const calls = Array.from({ length: 50 }, (_, index) =>
    world.refusal((engine) =>
      engine.presence({ ...whose, customerId: `cust-${index}`, sessionId: "tab-1", signal: "active" }),
    ),
  )
  world.faults.store = "busy"
  const before = world.faults.calls
  for (const call of calls) expect(await call).toMatchObject({ reason: "store" })
  expect(world.faults.calls - before).toBeLessThan(10)
})
