/** Whoever watches the engine may fail; what is watched goes on. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Tracer from "effect/Tracer"
import { afterEach, describe, expect, test } from "vitest"
import {
  FollowUps,
  type OpenFollowUps,
  type PushMessage,
  Store,
  StoreError,
  type StoreShape,
  type Transport,
} from "../../src/engine/index.ts"
import { spans } from "../../src/engine/telemetry.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { ManualClock } from "./manual-clock.ts"
import { acme, jieun, whose } from "./story.ts"

let opened: OpenFollowUps | undefined
afterEach(async () => {
  // What the engine is stuck in must not keep the test.
  void opened?.close()
})

/** What comes of calls, of a message and of a notice while `observe` watches. */
const watchedBy = async (observe: Layer.Layer<never>, beginToFail: () => void) => {
  const clock = new ManualClock()
  const came: Array<string> = []
  const push: Transport<PushMessage> = {
    name: "app",
    via: "push",
    receipts: "app",
    idempotency: "none",
    send: async () => {
      came.push("sent")
      return { _tag: "Accepted" }
    },
  }
  const { channelId: _, ...contacts } = jieun
  const followUps = await FollowUps.open({
    store: memory(),
    clock,
    observe,
    transports: [push],
    directory: { channel: async () => acme, customer: async () => contacts },
    onNotice: async ({ notice }) => void came.push(notice.kind),
  })
  opened = followUps
  const says = async (call: Promise<void>) => {
    void call.then(
      () => came.push("done"),
      (error) => came.push(error.reason),
    )
    await clock.settle()
  }
  await says(followUps.message({ ...whose, chatId: "c1", messageId: "m1", from: "customer", text: "?" }))
  beginToFail()
  await says(followUps.message({ ...whose, chatId: "c1", messageId: "m2", from: "manager", text: "!" }))
  await says(followUps.recordUsage({ channelId: "acme", kind: "SMS", pu: 700 }))
  await says(followUps.message({ ...whose, chatId: "c1", messageId: "m3", from: "customer", text: "!" }))
  return came.toSorted()
}

const all = ["done", "done", "done", "done", "sent", "usage-70"]

describe.each(Object.values(spans))("a tracer that fails once, at %s", (name) => {
  test.each(["begins", "is told more", "ends"] as const)(
    "R1, R6, R16: when it %s: all is decided, sent and told",
    async (when) => {
      let fails = false
      let failed = 0
      const failNow = () => {
        fails = false
        failed++
        throw new Error("no room for spans: 010-1234-5678")
      }
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          if (!fails || span.name !== name) return span
          if (when === "begins") return failNow()
          if (when === "ends") span.end = failNow
          else span.attribute = failNow
          return span
        },
      })
      const came = await watchedBy(Layer.succeed(Tracer.Tracer)(tracer), () => {
        fails = true
      })
      expect(came).toEqual(all)
      if (when !== "is told more") expect(failed).toBe(1)
    },
  )
})

test("R7: a logger that fails does not end what wakes and sends", async () => {
  const failing = Logger.layer([
    Logger.make(() => {
      throw new Error("no room for lines")
    }),
  ])
  const clock = new ManualClock()
  let isDown = false
  let looks = 0
  const store = Layer.effect(Store)(
    Store.useSync(
      (shape): StoreShape => ({
        ...shape,
        due: (...args) => {
          looks++
          return isDown
            ? Effect.fail(new StoreError({ reason: "unavailable", message: "away" }))
            : shape.due(...args)
        },
      }),
    ),
  ).pipe(Layer.provide(memory()))
  opened = await FollowUps.open({ store, clock, observe: failing })
  await clock.pass(2_000)
  isDown = true
  await clock.pass(5_000)
  isDown = false
  const before = looks
  await clock.pass(5_000)
  expect(looks).toBeGreaterThan(before + 3)
})
