import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { expect, test } from "vitest"
import { defaultPolicy } from "../../src/core/policy.ts"
import { makeCircuits } from "../../src/engine/circuits.ts"
import { makeInbox } from "../../src/engine/inbox.ts"
import { defaultEngine } from "../../src/engine/make.ts"
import type { EngineSetting } from "../../src/engine/setting.ts"
import { byVia } from "../../src/sending/providers.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { acme, whose } from "./story.ts"

const setting: EngineSetting = {
  policy: defaultPolicy,
  engine: defaultEngine,
  transports: byVia([]),
  directory: {
    channel: async () => acme,
    customer: async (_channelId, id) => (id === "cust-2" ? Promise.reject(new Error("down")) : undefined),
  },
  onNotice: undefined,
  links: undefined,
}

const asks = {
  _tag: "Message",
  chatId: "c1",
  messageId: "m1",
  from: "customer",
  text: "?",
  purpose: "chat",
  atMs: 0,
} as const

test("R1: callers are told what is committed before anything of it is sent", async () => {
  const order: Array<string> = []
  const sent = Promise.withResolvers<void>()
  await Effect.gen(function* () {
    const take = () =>
      Effect.sync(() => {
        order.push("sent")
        sent.resolve()
      })
    const circuits = makeCircuits(defaultEngine.circuit, () => {})
    const outbox = { reserve: () => 0, take }
    const inbox = yield* makeInbox(setting, circuits, outbox, Effect.void, () => {})
    inbox.offer(whose, asks, () => void order.push("told"))
    yield* Effect.forkScoped(inbox.deciding)
    yield* Effect.promise(() => sent.promise)
  }).pipe(Effect.scoped, Effect.provide(memory()), Effect.runPromise)
  expect(order).toEqual(["told", "sent"])
})

test("R1: a defect while a batch is answered fails its callers, once each, and the inbox goes on", async () => {
  const told: Array<string> = []
  const answered = Promise.withResolvers<void>()
  await Effect.gen(function* () {
    const outbox = { reserve: () => 0, take: () => Effect.void }
    const circuits = makeCircuits(defaultEngine.circuit, () => {})
    const inbox = yield* makeInbox(setting, circuits, outbox, Effect.void, () => {})
    // Whoever hears of the first answer of the batch has a defect: those after it have heard nothing yet.
    inbox.offer({ ...whose, customerId: "cust-2" }, asks, () => {
      told.push("fails")
      throw new Error("defect")
    })
    inbox.offer(whose, asks, (outcome) => {
      told.push(Exit.isSuccess(outcome) ? "decided" : "not decided")
      answered.resolve()
    })
    yield* Effect.forkScoped(inbox.deciding)
    yield* Effect.promise(() => answered.promise)
    yield* inbox.hand(whose, { ...asks, messageId: "m2" })
  }).pipe(Effect.scoped, Effect.timeout(1_000), Effect.provide(memory()), Effect.runPromise)
  expect(told).toEqual(["fails", "not decided"])
})
