import { AsyncLocalStorage } from "node:async_hooks"
import * as Layer from "effect/Layer"
import * as Tracer from "effect/Tracer"
import { expect, test } from "vitest"
import { FollowUps, type PushMessage, type Transport } from "../../src/engine/index.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { acme, jieun } from "./story.ts"

/** A tracer that knows below which span code runs, also after it waited, as OpenTelemetry's does. */
const makeTracer = () => {
  const below = new AsyncLocalStorage<string>()
  const tracer = Tracer.make({
    span: (options) => new Tracer.NativeSpan(options),
    context: (primitive, fiber) => {
      const span = fiber.cache.span
      const evaluate = () => primitive["~effect/Effect/evaluate"](fiber)
      return span?._tag === "Span" ? below.run(span.name, evaluate) : evaluate()
    },
  })
  return { below, tracer }
}

test("a transport's own spans are below the attempt's, also after it waited", async () => {
  const { below, tracer } = makeTracer()
  const { promise, resolve } = Promise.withResolvers<ReadonlyArray<string | undefined>>()
  const push: Transport<PushMessage> = {
    name: "app",
    via: "push",
    receipts: "app",
    idempotency: "key",
    send: async () => {
      const first = below.getStore()
      await Promise.resolve()
      resolve([first, below.getStore()])
      return { _tag: "Accepted" }
    },
  }
  const followUps = await FollowUps.open({
    store: memory(),
    transports: [push],
    observe: Layer.succeed(Tracer.Tracer)(tracer),
  })
  await followUps.channel(acme)
  await followUps.customer(jieun)
  const whose = { channelId: acme.id, customerId: jieun.id, chatId: "c1" }
  await followUps.message({ ...whose, messageId: "m1", from: "customer", text: "hi" })
  await followUps.message({ ...whose, messageId: "m2", from: "manager", text: "hello" })
  expect(await promise).toEqual(["followup.send", "followup.send"])
  await followUps.close()
})
