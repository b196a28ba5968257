import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { setImmediate } from "node:timers/promises"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { afterAll, describe, expect, test } from "vitest"
import { noChanges, Store } from "../../src/ports/store.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { type LockWait, makeLockWait } from "../../src/stores/sqlite/lock-wait.ts"
import { keyOf } from "../../src/testing/store-contract/fixture.ts"

const TIMEOUT_MS = 5_000

/** A lock that somebody else holds or not, and how often it was tried. */
const makeLock = (lockWait: LockWait) => {
  let held = true
  let tries = 0
  const attempt = Effect.suspend(() => {
    tries++
    return held ? Effect.fail("held" as const) : Effect.succeed(tries)
  })
  return {
    take: lockWait(attempt, (error) => error === "held"),
    hold: () => {
      held = true
    },
    release: () => {
      held = false
    },
    tries: () => tries,
  }
}

const withLock = <A, E>(use: (lock: ReturnType<typeof makeLock>) => Effect.Effect<A, E>): Promise<A> =>
  Effect.runPromise(
    Effect.flatMap(Clock.Clock, (clock) => use(makeLock(makeLockWait(TIMEOUT_MS, clock)))).pipe(
      Effect.provide(TestClock.layer()),
    ),
  )

describe("a lock that another process holds", () => {
  test("is taken soon after it is free", () =>
    withLock((lock) =>
      Effect.gen(function* () {
        const taking = yield* Effect.forkChild(lock.take)
        yield* TestClock.adjust(3_000)
        expect(taking.pollUnsafe()).toBeUndefined()
        lock.release()
        yield* TestClock.adjust(20)
        expect(yield* Fiber.join(taking)).toBe(lock.tries())
      }),
    ))

  test("is told once it was waited for that long, and at once to those who come later", () =>
    withLock((lock) =>
      Effect.gen(function* () {
        const taking = yield* Effect.forkChild(Effect.flip(lock.take))
        yield* TestClock.adjust(TIMEOUT_MS - 1)
        expect(taking.pollUnsafe()).toBeUndefined()
        yield* TestClock.adjust(20)
        expect(yield* Fiber.join(taking)).toBe("held")
        const before = lock.tries()
        expect(yield* Effect.flip(lock.take)).toBe("held")
        expect(lock.tries()).toBe(before + 1)
      }),
    ))

  test("that is gone for a while is waited for anew, and so is one that was taken in between", () =>
    withLock((lock) =>
      Effect.gen(function* () {
        const first = yield* Effect.forkChild(Effect.flip(lock.take))
        yield* TestClock.adjust(TIMEOUT_MS + 20)
        yield* Fiber.join(first)
        yield* TestClock.adjust(1_001)
        const second = yield* Effect.forkChild(lock.take)
        yield* TestClock.adjust(TIMEOUT_MS - 100)
        expect(second.pollUnsafe()).toBeUndefined()
        lock.release()
        yield* TestClock.adjust(20)
        yield* Fiber.join(second)
        lock.hold()
        const third = yield* Effect.forkChild(lock.take)
        yield* TestClock.adjust(TIMEOUT_MS - 100)
        expect(third.pollUnsafe()).toBeUndefined()
        yield* Fiber.interrupt(third)
      }),
    ))

  test("other failures are not waited for", () =>
    withLock(() =>
      Effect.gen(function* () {
        const lockWait = makeLockWait(TIMEOUT_MS, yield* Clock.Clock)
        expect(yield* Effect.flip(lockWait(Effect.fail("full"), (error) => error === "held"))).toBe("full")
      }),
    ))
})

describe("a SQLite file that another session holds locked", () => {
  const folder = mkdtempSync(join(tmpdir(), "followup-locks-"))
  afterAll(() => rmSync(folder, { recursive: true }))

  test("is waited for while this process goes on", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const store = yield* Store
        const other = new DatabaseSync(join(folder, "locked.sqlite"))
        other.exec("begin immediate")
        const writing = yield* Effect.forkChild(
          store.putCustomer(keyOf("cust-1"), { id: "cust-1", name: "Mina" }),
        )
        yield* Effect.promise(() => setImmediate())
        expect(writing.pollUnsafe()).toBeUndefined()
        other.close()
        yield* Fiber.join(writing)
      }).pipe(Effect.provide(sqlite(join(folder, "locked.sqlite")))),
    ))

  test("R20: is told to whoever forgets while others read it, and forgetting again leaves nothing in the file", async () => {
    const file = join(folder, "read.sqlite")
    const key = keyOf("cust-1")
    const forget = Store.use((store) => store.forget(key, () => ({ kept: [], changes: noChanges })))
    const forgetWithin = (timeoutMs: number) => forget.pipe(Effect.provide(sqlite({ file, timeoutMs })))
    await Effect.runPromise(
      Store.use((store) => store.putCustomer(key, { id: "cust-1", name: "Mina Ahn" })).pipe(
        Effect.provide(sqlite(file)),
      ),
    )
    const reader = new DatabaseSync(file)
    reader.exec("begin")
    reader.prepare("select count(*) from followup_customers").get()
    const refused = await Effect.runPromise(Effect.flip(forgetWithin(10)))
    expect([refused.reason, refused.message]).toEqual([
      "unavailable",
      "another process is at the database file: what was forgotten may still be found in it; forget again",
    ])
    reader.exec("commit")
    await Effect.runPromise(forgetWithin(TIMEOUT_MS))
    const left = readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes("Mina Ahn"))
    expect(left).toEqual([])
    reader.close()
  })

  test("is opened once it is free", async () => {
    const file = join(folder, "opened.sqlite")
    const other = new DatabaseSync(file)
    other.exec("create table theirs (a); begin exclusive")
    const opening = Effect.runPromise(Store.use((store) => store.lastSeq).pipe(Effect.provide(sqlite(file))))
    await setImmediate()
    other.close()
    expect(await opening).toBe(0)
  })
})
