/** R16: notices reach the host: each until it is taken, none twice, and none because of another. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { afterAll, describe, expect, test } from "vitest"
import {
  type NoticeCall,
  type OnNotice,
  Store,
  type StoreError,
  type StoreShape,
} from "../../src/engine/index.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { drivers, START_MS, World, type WorldOptions } from "./engine-world.ts"
import { acme } from "./story.ts"

const folder = mkdtempSync(join(tmpdir(), "followup-notices-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** A host that writes down what it is told, and then does as it is bid. */
const host = (behave: (call: NoticeCall, times: number) => Promise<void> | void = () => {}) => {
  const told: Array<NoticeCall> = []
  const onNotice: OnNotice = (call) => {
    told.push(call)
    return behave(call, told.filter(({ id }) => id === call.id).length)
  }
  return { told, onNotice, kinds: () => told.map(({ channelId, notice }) => `${channelId} ${notice.kind}`) }
}

const openWith = async (options: WorldOptions, ids: ReadonlyArray<string> = ["acme"]) => {
  const world = await World.open(options)
  for (const id of ids) await world.call((engine) => engine.channel({ ...acme, id }))
  return world
}

const uses = (world: World, pu: number, channelId = "acme") =>
  world.call((engine) => engine.recordUsage({ channelId, kind: "SMS", pu }))

const pass = (world: World, ms: number) => world.jump(world.nowMs + ms)

/** A store that says late what was claimed, while it is held. */
const heardLate = (kept: Layer.Layer<Store, StoreError>) => {
  let until = Promise.resolve()
  const store = Layer.effect(Store)(
    Store.useSync(
      (shape): StoreShape => ({
        ...shape,
        claimNotices: (...args) => Effect.tap(shape.claimNotices(...args), () => Effect.promise(() => until)),
      }),
    ),
  ).pipe(Layer.provide(kept))
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    until = promise
    return resolve
  }
  return { store, hold }
}

describe.each(drivers)("notices over %s", (_, makeStore) => {
  test("R16: each is told once, with its channel, kind and instant, under an id of its own", async () => {
    const { told, onNotice } = host()
    const world = await openWith({ store: makeStore(), onNotice })
    await uses(world, 700)
    await uses(world, 300)
    await pass(world, 86_400_000)
    expect(told.map(({ id: _id, ...rest }) => rest)).toEqual([
      { channelId: "acme", notice: { atMs: START_MS, kind: "usage-70" } },
      { channelId: "acme", notice: { atMs: START_MS, kind: "usage-exhausted" } },
    ])
    expect(new Set(told.map(({ id }) => id)).size).toBe(2)
    await world.close()
  })

  test.each<[string, (call: NoticeCall) => Promise<void>]>([
    [
      "throws",
      () => {
        throw new Error("down")
      },
    ],
    ["rejects", () => Promise.reject(new Error("down"))],
    ["hangs", () => new Promise(() => {})],
  ])("R16: a host that %s is told again, later and later, under the same id", async (_what, fails) => {
    const { told, onNotice } = host((call, times) => (times < 4 ? fails(call) : undefined))
    const notices = { timeoutMs: 1_000, backoffMs: 2_000, maxBackoffMs: 5_000, maxCalls: 16 }
    const world = await openWith({ store: makeStore(), onNotice, engine: { notices } })
    const at: Array<number> = []
    await uses(world, 1_000)
    for (let seconds = 0; seconds <= 60; seconds++) {
      while (at.length < told.length) at.push(seconds)
      await pass(world, 1_000)
    }
    // What hangs takes the second that it is given.
    const taken = _what === "hangs" ? 1 : 0
    expect(at).toEqual([0, 2 + taken, 6 + 2 * taken, 11 + 3 * taken])
    expect(new Set(told.map(({ id }) => id)).size).toBe(1)
    await world.close()
  })

  test("R16: without a wait between attempts none is lost, however often the host fails", async () => {
    const { told, onNotice } = host((_call, times) => {
      if (times < 1_030) throw new Error("down")
    })
    const notices = { timeoutMs: 1_000, backoffMs: 0, maxBackoffMs: 0, maxCalls: 16 }
    const world = await openWith({ store: makeStore(), onNotice, engine: { notices } })
    await uses(world, 700)
    await pass(world, 1_000)
    expect(told).toHaveLength(1_030)
    await world.close()
  })

  test("R16: a channel whose notice fails holds up no other", async () => {
    const { kinds, onNotice } = host(({ channelId }) =>
      channelId === "acme" ? Promise.reject(new Error("down")) : undefined,
    )
    const world = await openWith({ store: makeStore(), onNotice }, ["acme", "other"])
    await uses(world, 700)
    await uses(world, 700, "other")
    await uses(world, 300)
    expect(kinds()).toEqual(["acme usage-70", "other usage-70", "acme usage-exhausted"])
    await world.close()
  })

  test("R16: hosts that hang hold up others only as long as they are given", async () => {
    const ids = Array.from({ length: 5 }, (_, index) => `channel-${index}`)
    const { told, onNotice } = host(({ channelId }) =>
      channelId === "channel-4" ? undefined : new Promise(() => {}),
    )
    const notices = { timeoutMs: 1_000, backoffMs: 60_000, maxBackoffMs: 60_000, maxCalls: 2 }
    const world = await openWith({ store: makeStore(), onNotice, engine: { notices } }, ids)
    for (const id of ids) await uses(world, 700, id)
    expect(told).toHaveLength(2)
    await pass(world, 1_000)
    expect(told).toHaveLength(4)
    await pass(world, 1_000)
    expect(told.map(({ channelId }) => channelId).toSorted()).toEqual(ids)
    await world.close()
  })

  test("R16: one that comes while others are looked for is told at once", async () => {
    const { kinds, onNotice } = host()
    const { store, hold } = heardLate(makeStore())
    const world = await openWith({ store, onNotice })
    const release = hold()
    await world.call((engine) => engine.channel({ ...acme, id: "other" }))
    await uses(world, 700)
    release()
    await world.settle()
    expect(kinds()).toEqual(["acme usage-70"])
    await world.close()
  })

  test("R16: a store that cannot be reached when they are looked for is asked again", async () => {
    const { kinds, onNotice } = host()
    const world = await openWith({ store: makeStore(), onNotice, engine: { pollMs: 1_000 } })
    world.faults.store = "down"
    await pass(world, 1_000)
    world.faults.store = "up"
    await uses(world, 700)
    await pass(world, 1_000)
    expect(kinds()).toEqual(["acme usage-70"])
    await world.close()
  })

  test("R16: a defect of the store when they are looked for is logged, and they are told at the next look", async () => {
    const { kinds, onNotice } = host()
    let isBroken = true
    const breaking = Layer.effect(Store)(
      Store.useSync(
        (shape): StoreShape => ({
          ...shape,
          claimNotices: (...args) =>
            isBroken ? Effect.die(new Error("+821012345678")) : shape.claimNotices(...args),
        }),
      ),
    )
    const store = breaking.pipe(Layer.provide(makeStore()))
    const world = await openWith({ store, onNotice, engine: { pollMs: 1_000 } })
    await uses(world, 700)
    isBroken = false
    await pass(world, 1_000)
    expect(kinds()).toEqual(["acme usage-70"])
    expect(world.logged.join()).toContain("failed unexpectedly")
    expect(world.logged.join()).not.toContain("821012345678")
    await world.close()
  })

  test("R16: one that the host took while the store could not be reached is told again, once its lease is over", async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { told, onNotice } = host(() => promise)
    const world = await openWith({ store: makeStore(), onNotice, engine: { pollMs: 1_000 } })
    await uses(world, 700)
    world.faults.store = "down"
    resolve()
    await world.settle()
    world.faults.store = "up"
    await pass(world, 24_999)
    expect(told).toHaveLength(1)
    await pass(world, 1)
    await pass(world, 60_000)
    expect(told.map(({ id }) => id)).toEqual([told[0]?.id, told[0]?.id])
    await world.close()
  })

  test("R16: a notice of a send is told as well; without a host nothing is lost and nothing fails", async () => {
    const store = makeStore()
    const world = await openWith({ store })
    await uses(world, 1_000)
    const waiting = await world.store((kept) => kept.claimNotices(world.nowMs, world.nowMs + 1, 10))
    expect(waiting.map(({ notice }) => notice.kind)).toEqual(["usage-exhausted"])
    await world.close()
  })

  test("R16: no log line says what a host threw", async () => {
    const { onNotice } = host(() => Promise.reject(new Error("+821012345678")))
    const world = await openWith({ store: makeStore(), onNotice })
    await uses(world, 700)
    expect(world.logged.join("\n")).toContain("onNotice failed")
    expect(world.logged.join("\n")).not.toContain("821012345678")
    await world.close()
  })
})

describe("notices across restarts", () => {
  const file = (name: string) => () => sqlite(join(folder, `${name}.sqlite`))

  test("R16: what was told is not told again, what was not is", async () => {
    const store = file("restart")
    const before = await openWith({ store: store() })
    await uses(before, 700)
    await before.close()
    const first = host()
    const second = await World.open({ store: store(), onNotice: first.onNotice })
    expect(first.kinds()).toEqual(["acme usage-70"])
    await uses(second, 300)
    expect(first.kinds()).toEqual(["acme usage-70", "acme usage-exhausted"])
    await second.close()
    const later = host()
    const third = await World.open({
      store: store(),
      onNotice: later.onNotice,
      startMs: START_MS + 86_400_000,
    })
    expect(later.told).toEqual([])
    await third.close()
  })

  test("R16: one that is claimed by the time that the engine closes is told", async () => {
    const { kinds, onNotice } = host()
    const { store, hold } = heardLate(file("claimed")())
    const world = await openWith({ store, onNotice })
    const release = hold()
    await uses(world, 700)
    const closed = world.close()
    await world.settle()
    release()
    await closed
    expect(kinds()).toEqual(["acme usage-70"])
  })

  test("R16: closing waits for the host that is being told, whom nobody tells again", async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const slow = host(() => promise)
    const first = await openWith({ store: file("waits")(), onNotice: slow.onNotice })
    await uses(first, 700)
    const closed = first.close()
    await first.settle()
    resolve()
    await closed
    const later = host()
    const startMs = START_MS + 86_400_000
    const second = await World.open({ store: file("waits")(), onNotice: later.onNotice, startMs })
    expect([slow.told.length, later.told.length]).toEqual([1, 0])
    await second.close()
  })

  test("R16: one that is being told is told by nobody else, also where leases are shorter than that may take", async () => {
    const store = file("slow")
    const notices = { timeoutMs: 60_000, backoffMs: 0, maxBackoffMs: 0, maxCalls: 16 }
    const engine = { notices, closeTimeoutMs: 0 }
    const slow = host(() => new Promise(() => {}))
    const first = await openWith({ store: store(), onNotice: slow.onNotice, engine })
    await uses(first, 700)
    expect(slow.told).toHaveLength(1)
    const other = host()
    const second = await World.open({
      store: store(),
      onNotice: other.onNotice,
      startMs: START_MS + 60_000,
      engine,
    })
    expect(other.told).toEqual([])
    await first.close()
    await second.close()
  })

  test("R16: one whose telling nobody heard of is told again under its id, once its lease is over", async () => {
    const store = file("lease")
    const died = host(() => new Promise(() => {}))
    const first = await openWith({ store: store(), onNotice: died.onNotice, engine: { closeTimeoutMs: 0 } })
    await uses(first, 700)
    expect(died.told).toHaveLength(1)
    await first.close()
    const early = host()
    const second = await World.open({ store: store(), onNotice: early.onNotice, startMs: START_MS + 24_999 })
    expect(early.told).toEqual([])
    await second.close()
    const late = host()
    const third = await World.open({ store: store(), onNotice: late.onNotice, startMs: START_MS + 25_000 })
    expect(late.told).toEqual(died.told)
    await third.close()
  })
})
