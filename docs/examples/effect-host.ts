import { Effect, Stream } from "effect"
import { FollowUps } from "followup/engine"
import { memory } from "followup/stores/memory"
import { consoleTransport } from "followup/transports/console"

const chat = { channelId: "acme", customerId: "jun", chatId: "c2" }
const program = Effect.gen(function* () {
  const followUps = yield* FollowUps
  yield* followUps.channel({ id: "acme", country: "JP", plan: { kind: "trial" } })
  yield* followUps.customer({ channelId: "acme", id: "jun", phone: "090-1234-5678" })
  yield* followUps.message({ ...chat, messageId: "m1", from: "customer", text: "在庫はありますか。" })
  yield* followUps.message({ ...chat, messageId: "m2", from: "manager", text: "はい、ございます。" })
  yield* Stream.runDrain(Stream.take(followUps.events({ after: 0 }), 7)) // to the last one, FollowUpClosed
  console.log((yield* followUps.explain({ ...chat, messageId: "m2" })).sentence)
}).pipe(Effect.provide(FollowUps.layer({ transports: [consoleTransport("xms")] })), Effect.provide(memory()))
await Effect.runPromise(program)
