import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { DatabaseSync } from "node:sqlite"
import { promisify } from "node:util"
import * as Effect from "effect/Effect"
import { afterAll, describe, expect, test } from "vitest"
import { noChanges, Store, type StoreShape } from "../../src/ports/store.ts"
import { storeError } from "../../src/stores/sql/store-error.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { makeNodeSqlite } from "../../src/stores/sqlite/node-sqlite.ts"
import { makeScrub } from "../../src/stores/sqlite/scrub.ts"
import { keyOf } from "../../src/testing/store-contract/fixture.ts"
import { turnsDuring } from "./host-turns.ts"

const folder = mkdtempSync(join(tmpdir(), "followup-scrub-"))
afterAll(() => rmSync(folder, { recursive: true }))

const nothing = { kept: [], changes: noChanges }
const ids = Array.from({ length: 20 }, (_, index) => `cust-${index}`)

const known = (store: StoreShape) =>
  Effect.forEach(ids, (id) => store.putCustomer(keyOf(id), { id, name: `Mina Ahn ${id}` }))

const using = <A>(file: string, use: (store: StoreShape) => Effect.Effect<A, unknown>): Promise<A> =>
  Effect.runPromise(Store.use(use).pipe(Effect.provide(sqlite(file))))

// Writing a file anew makes its schema one version newer.
const versionOf = (file: string): number => {
  const database = new DatabaseSync(file)
  const row = database.prepare("pragma schema_version").get()
  database.close()
  return Number(row?.["schema_version"])
}

describe("R20: the file from which somebody was forgotten", () => {
  test("is written anew while the host goes on", async () => {
    const file = join(folder, "large.sqlite")
    await using(file, known)
    const database = new DatabaseSync(file)
    database.exec("create table theirs (a); insert into theirs values (zeroblob(60000000))")
    database.close()
    const turns = await using(file, (store) => turnsDuring(store.forget(keyOf("cust-1"), () => nothing)))
    expect(turns).toBeGreaterThan(200)
  })

  test("is written anew at most twice for all who are forgotten at once, and holds nothing of them", async () => {
    const file = join(folder, "many.sqlite")
    await using(file, known)
    const before = versionOf(file)
    await using(file, (store) =>
      Effect.forEach(ids, (id) => store.forget(keyOf(id), () => nothing), { concurrency: "unbounded" }),
    )
    expect(versionOf(file) - before).toBeLessThanOrEqual(2)
    expect(readFileSync(file).includes("Mina Ahn")).toBe(false)
  })

  test("is written anew for each who is forgotten after the one before", async () => {
    const file = join(folder, "in-turn.sqlite")
    await using(file, known)
    const before = versionOf(file)
    await using(file, (store) =>
      Effect.forEach(ids.slice(0, 3), (id) => store.forget(keyOf(id), () => nothing)),
    )
    expect(versionOf(file) - before).toBe(3)
  })

  test("is said to be locked where another process holds it for too long, and written anew once it is free", async () => {
    const file = join(folder, "held.sqlite")
    await using(file, known)
    const other = new DatabaseSync(file)
    other.exec("begin immediate")
    const before = versionOf(file)
    const scrubbed = Effect.gen(function* () {
      const scrub = makeScrub(yield* makeNodeSqlite({ file }), 10)
      const refused = yield* Effect.flip(scrub)
      other.exec("commit")
      yield* scrub
      return storeError(refused)
    })
    const { reason, message } = await Effect.runPromise(Effect.scoped(scrubbed))
    expect([reason, message]).toEqual(["unavailable", "another process holds the database file locked"])
    expect(versionOf(file) - before).toBe(1)
    other.close()
  })

  test("is written anew where threads are not allowed", async () => {
    const file = join(folder, "permitted.sqlite")
    await using(file, known)
    const host = `
      import * as Effect from "effect/Effect"
      import { noChanges, Store } from "./src/ports/store.ts"
      import { sqlite } from "./src/stores/sqlite/index.ts"
      const key = { channelId: "acme", customerId: "cust-7" }
      const forget = Store.use((store) => store.forget(key, () => ({ kept: [], changes: noChanges })))
      await Effect.runPromise(forget.pipe(Effect.provide(sqlite(${JSON.stringify(file)}))))`
    const allowed = ["--no-warnings", "--permission", "--allow-fs-read=*", "--allow-fs-write=*"]
    await promisify(execFile)(process.execPath, [...allowed, "--input-type=module", "--eval", host])
    const bytes = readFileSync(file)
    expect([bytes.includes("Mina Ahn cust-7"), bytes.includes("Mina Ahn cust-8")]).toEqual([false, true])
  })
})
