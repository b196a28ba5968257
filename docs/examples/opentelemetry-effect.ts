import * as NodeSdk from "@effect/opentelemetry/NodeSdk"
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { Effect, Layer } from "effect"
import { FollowUps } from "followup/engine"
import { sqlite } from "followup/stores/sqlite"

// #region layer
const spans = new InMemorySpanExporter()
const observe = NodeSdk.layer(() => ({
  resource: { serviceName: "shop-chat" },
  spanProcessor: new SimpleSpanProcessor(spans),
}))
const layer = FollowUps.layer().pipe(Layer.provide(sqlite(":memory:")), Layer.provide(observe))
// #endregion

const program = Effect.gen(function* () {
  const followUps = yield* FollowUps
  yield* followUps.channel({ id: "acme", country: "KR", plan: { kind: "free" } })
  yield* followUps.presence({ channelId: "acme", customerId: "mina", sessionId: "tab-1", signal: "active" })
  console.log(spans.getFinishedSpans()[0]?.name)
})
await Effect.runPromise(Effect.provide(program, layer))
