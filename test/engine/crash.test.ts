import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { afterAll, describe, expect, test } from "vitest"
import {
  FollowUps,
  type PushMessage,
  type SendResult,
  type SnsMessage,
  Store,
  type StoreError,
  type StoreShape,
  type Transport,
} from "../../src/engine/index.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { accepted, rejected, START_MS, World, type WorldOptions } from "./engine-world.ts"
import { ManualClock } from "./manual-clock.ts"
import { acme, jieun, openStory, type StoryOptions, storyIn, whose } from "./story.ts"

const folder = mkdtempSync(join(tmpdir(), "followup-crash-"))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0
const HOUR_MS = 3_600_000

/** An engine on a new file, and the way to start another one on it at a later instant. */
const onFile = async (options: StoryOptions = {}) => {
  const file = join(folder, `${++files}.sqlite`)
  const policy = { autoText: { prefix: "", suffix: "" } }
  const before = await openStory({ ...options, store: sqlite(file) })
  const again = async (ms: number, more: WorldOptions = {}) =>
    storyIn(await World.open({ policy, ...more, store: sqlite(file), startMs: START_MS + ms }))
  return { file, before, again }
}

const texts = { customer: { pushTokens: [] } }

describe("an engine that was killed while it sent", () => {
  const killed = async (
    options: StoryOptions = {},
    sent: ReadonlyArray<string> = ["email@1000#1", "sns@1000#1"],
  ) => {
    const { before, again } = await onFile({ ...texts, scripts: { sns: { then: "hangs" } }, ...options })
    await before.asks(0)
    await before.replies(1_000)
    expect(before.calls().toSorted()).toEqual(sent)
    // It is never closed: its clock stands still, and nobody hears from it again.
    return again
  }

  test("R9: leaves a message that is not sent again blindly, once its lease ran out", async () => {
    const again = await killed()
    const after = await again(5_000)
    await after.world.at(25_999)
    expect(await after.outcomes()).toContain("sns pending")
    await after.world.at(HOUR_MS)
    expect(after.calls()).toEqual([])
    expect(await after.outcomes()).toContain("sns uncertain@86000")
    expect(await after.usedPu()).toEqual({ usedPu: 8, reservedPu: 0 })
  })

  test("R9: its message is sent again under the same key where keys are honoured, not before", async () => {
    const again = await killed({ engine: { leaseMs: 20_000 } })
    const after = await again(5_000, { scripts: { sns: { idempotency: "key" } } })
    await after.world.at(20_999)
    expect(after.calls()).toEqual([])
    await after.world.at(21_000)
    expect(after.calls()).toEqual(["sns@21000#2"])
    expect(after.world.sent[0]?.context.idempotencyKey).toBe("acme/cust-1/c1/m2/sns")
  })

  test("R9: by default its lease ends while an SNS is still worth sending, so that it is sent again", async () => {
    const again = await killed()
    const after = await again(5_000, { scripts: { sns: { idempotency: "key", receipts: "none" } } })
    await after.world.at(HOUR_MS)
    expect(after.calls()).toEqual(["sns@26000#2"])
  })

  test("R7: by default its lease ends while a push is still waited for, so that it is sent again", async () => {
    const again = await killed({ customer: {}, scripts: { push: { then: "hangs" } } }, ["push@1000#1"])
    const after = await again(5_000, { scripts: { push: { idempotency: "key" } } })
    await after.world.at(30_999)
    expect(after.calls()).toEqual(["push@26000#2"])
  })

  test("R9: its message is not sent again once it is not worth sending, even under the same key", async () => {
    const again = await killed()
    const after = await again(24 * HOUR_MS, { scripts: { sns: { idempotency: "key" } } })
    await after.world.at(25 * HOUR_MS)
    expect(after.calls()).toEqual([])
    expect((await after.outcomes()).find((line) => line.startsWith("sns"))).toMatch(/^sns uncertain@/)
  })

  test("R1: its message is not sent again once the customer read the reply", async () => {
    const again = await killed({ engine: { leaseMs: 20_000 } })
    const after = await again(5_000, { scripts: { sns: { idempotency: "key" } } })
    await after.reads(6_000)
    await after.world.at(HOUR_MS)
    expect(after.calls()).toEqual([])
  })

  test("R9: its message is asked for at a provider that can be asked", async () => {
    const again = await killed({ engine: { leaseMs: 20_000 } })
    const after = await again(5_000, { scripts: { sns: { lookup: () => accepted } } })
    await after.world.at(22_000)
    expect(after.calls()).toEqual(["sns?@21000#2"])
    await after.receipt(23_000, "sns")
    expect(await after.outcomes()).toContain("sns delivered@23000")
  })
})

describe("an engine that stood still, as a machine that was suspended", () => {
  // What asks for the first messages comes back `ms` later than it was committed.
  const slow = (store: Layer.Layer<Store, StoreError>, ms: number) =>
    Layer.effect(Store)(
      Store.useSync((shape): StoreShape => {
        let isFirst = true
        const pause = Effect.suspend(() => {
          const pauseMs = isFirst ? ms : 0
          isFirst = false
          return Effect.sleep(pauseMs)
        })
        return {
          ...shape,
          transact: (keys, work, leases) => {
            let asks = false
            const watched: typeof work = (loaded) => {
              const decided = work(loaded)
              asks = decided.changes.outbox.length > 0
              return decided
            }
            return shape.transact(keys, watched, leases).pipe(Effect.tap(() => (asks ? pause : Effect.void)))
          },
        }
      }),
    ).pipe(Layer.provide(store))

  const claiming = async (ms: number) => {
    const story = await openStory({
      ...texts,
      engine: { leaseMs: 40_000 },
      store: slow(sqlite(":memory:"), ms),
      scripts: { sns: { then: "hangs" }, email: { then: "hangs" } },
    })
    await story.asks(0)
    await story.world.at(1_000)
    const said = story.replies(1_000)
    await story.world.settle()
    await story.world.jump(START_MS + 1_000 + ms)
    await said
    return story
  }

  test("R9: gives back unsent what is no longer its to send: another one may have asked what became of it", async () => {
    const late = await claiming(40_000)
    expect(late.calls().toSorted()).toEqual(["email@41000#1", "sns@41000#1"])
    const inTime = await claiming(30_000)
    expect(inTime.calls().toSorted()).toEqual(["email@31000#1", "sns@31000#1"])
  })

  test("R9: waits for an answer as long as the message is its own at most, a last word included", async () => {
    const { world } = await claiming(30_000)
    const [sent] = world.sent
    await world.jump(START_MS + 39_999)
    expect(sent?.context.signal.aborted).toBe(false)
    await world.jump(START_MS + 40_000)
    expect(sent?.context.signal.aborted).toBe(true)
  })

  /** One that stands still while its SNS is out, and another one that has taken the SNS over and has no answer yet. */
  const takenOver = async () => {
    const { before, file, again } = await onFile(texts)
    await before.world.close()
    const clock = new ManualClock()
    const asked = Promise.withResolvers<(result: SendResult) => void>()
    const sns: Transport<SnsMessage> = {
      name: "sns",
      via: "sns",
      receipts: "handset",
      idempotency: "key",
      send: () => new Promise((resolve) => asked.resolve(resolve)),
    }
    const engine = { leaseMs: 20_000 }
    const stopped = await FollowUps.open({ store: sqlite(file), clock, transports: [sns], engine })
    for (const [messageId, from] of [
      ["m1", "customer"],
      ["m2", "manager"],
    ] as const)
      await stopped.message({ ...whose, chatId: "c1", messageId, from, text: "Is it?" })
    const answer = await asked.promise
    const scripts = { sns: { idempotency: "key", then: "hangs" } } as const
    const other = await again(21_000, { scripts, engine })
    expect(other.calls()).toEqual(["sns@21000#2"])
    // It goes on where it stood, and hears at once what the provider said long ago.
    const goesOn = async (result: SendResult) => {
      clock.nowMs += 22_000
      answer(result)
      await clock.settle()
    }
    return { stopped, goesOn, other, again: (ms: number) => again(ms, { scripts, engine }) }
  }

  test("R9: leaves alone what another one has taken over meanwhile", async () => {
    const { stopped, goesOn, again } = await takenOver()
    await goesOn(rejected("rate-limited", 1_000))
    const third = await again(30_000)
    expect(third.calls()).toEqual([])
    await stopped.close()
  })

  test("R9: that its own attempt was refused for good ends nothing that another one is sending: no XMS beside it", async () => {
    const { stopped, goesOn, other } = await takenOver()
    await goesOn(rejected("blocked"))
    expect(await other.outcomes()).toEqual(["sns pending"])
    other.world.sent[0]?.answer(accepted)
    await other.receipt(22_000, "sns")
    expect(await other.outcomes()).toEqual(["sns delivered@22000"])
    await stopped.close()
  })
})

describe("an engine that starts again on its file", () => {
  test("R7: fires the 30 s of a push at their instant", async () => {
    const { before, again } = await onFile()
    await before.asks(0)
    await before.replies(1_000)
    await before.world.close()
    const after = await again(10_000)
    await after.world.at(30_999)
    expect(after.calls()).toEqual([])
    await after.world.at(31_000)
    expect(after.calls().toSorted()).toEqual(["email@31000#1", "sns@31000#1"])
  })

  test("R7: takes the receipt of a push that was sent before", async () => {
    const { before, again } = await onFile()
    await before.asks(0)
    await before.replies(1_000)
    await before.world.close()
    const after = await again(10_000)
    await after.receipt(20_000, "push", "received")
    await after.world.at(HOUR_MS)
    expect(after.calls()).toEqual([])
    expect(await after.outcomes()).toEqual(["push received@20000"])
  })

  test("R1, R7: does at once what fell due while it was down", async () => {
    const { before, again } = await onFile()
    await before.signals(0, "active")
    await before.asks(1_000)
    await before.replies(2_000)
    const after = await again(HOUR_MS)
    expect(after.calls()).toEqual([`push@${HOUR_MS}#1`])
    const later = await again(2 * HOUR_MS)
    expect(later.calls().toSorted()).toEqual([`email@${2 * HOUR_MS}#1`, `sns@${2 * HOUR_MS}#1`])
  })

  test("R1: a call that is repeated after the crash changes nothing", async () => {
    const { before, again } = await onFile()
    await before.asks(0)
    await before.replies(1_000)
    const after = await again(2_000)
    await after.asks(2_000)
    await after.replies(2_000)
    await after.receipt(3_000, "push", "received")
    await after.world.at(HOUR_MS)
    expect(after.calls()).toEqual([])
  })
})

test("R2: what is due by the policy of before, and not by this one, is looked at once and waits", async () => {
  const presence = (inactivityMs: number) => ({ policy: { presence: { inactivityMs } } })
  const { file, before } = await onFile(presence(1_000))
  await before.signals(0, "active")
  await before.asks(0)
  await before.replies(100)
  await before.world.close()
  const clock = new ManualClock()
  clock.nowMs = START_MS + 2_000
  let looks = 0
  const counted = Layer.effect(Store)(
    Store.useSync(
      (store): StoreShape => ({
        ...store,
        due: (...args) => {
          looks++
          return store.due(...args)
        },
      }),
    ),
  )
  let sent = 0
  const push: Transport<PushMessage> = {
    name: "push",
    via: "push",
    receipts: "none",
    idempotency: "none",
    send: async () => {
      sent++
      return accepted
    },
  }
  const after = await FollowUps.open({
    ...presence(60_000),
    store: counted.pipe(Layer.provide(sqlite(file))),
    clock,
    transports: [push],
  })
  await clock.settle()
  expect(looks).toBeLessThan(5)
  await clock.pass(57_999)
  expect(sent).toBe(0)
  await clock.pass(1)
  expect(sent).toBe(1)
  await after.close()
})

test("R6, R8: two engines on one file send each message once", async () => {
  const { before: one, again } = await onFile(texts)
  const two = await again(0)
  const ids = Array.from({ length: 12 }, (_, index) => `cust-${index}`)
  for (const [index, customerId] of ids.entries()) {
    const story = index % 2 === 0 ? one : two
    await story.world.call((engine) =>
      engine.customer({ channelId: "acme", id: customerId, phone: "010-1234-5678" }),
    )
    await story.signals(0, "active")
    await story.asks(1_000, "m1", { customerId })
  }
  for (const [index, customerId] of ids.entries())
    await (index % 2 === 0 ? two : one).replies(2_000, "m2", { customerId })
  for (let ms = 2_000; ms < 10 * HOUR_MS; ms += HOUR_MS)
    for (const story of [one, two]) await story.world.jump(START_MS + ms)
  const sent = [...one.world.sent, ...two.world.sent]
    .filter(({ via }) => via === "sns")
    .map(({ context }) => context.deliveryId)
  expect(sent.toSorted()).toEqual(ids.map((id) => `acme/${id}/c1/m2/sns`).toSorted())
})

test("R7: a customer whose row cannot be read does not stop the others, now or later", async () => {
  const { file, before } = await onFile()
  const { world } = before
  await world.call((engine) => engine.customer({ ...jieun, id: "cust-2" }))
  for (const customerId of ["cust-1", "cust-2"]) {
    await before.asks(0, "m1", { customerId })
    await before.replies(1_000, "m2", { customerId })
  }
  const database = new DatabaseSync(file)
  database.exec("update followup_customers set state = '{' || state where customer_id = 'cust-1'")
  database.close()
  await world.call((engine) => engine.channel(acme))
  await world.at(31_000)
  const ofSns = () => world.sent.filter(({ via }) => via === "sns").map(({ context }) => context.deliveryId)
  expect(ofSns()).toEqual(["acme/cust-2/c1/m2/sns"])
})
