/** Plays a scenario on the engine, with transports that answer as it scripts them, to the simulator's own report. */

import type * as Layer from "effect/Layer"
import type { EventOf } from "../../src/core/customer/event.ts"
import { makeChannel } from "../../src/core/directory.ts"
import { makePolicy } from "../../src/core/policy.ts"
import type { Store, StoreError } from "../../src/engine/index.ts"
import { durationMs } from "../../src/testing/simulator/duration.ts"
import { reportOf, type ScenarioReport } from "../../src/testing/simulator/report.ts"
import { type Happening, inOrder, type Scenario } from "../../src/testing/simulator/scenario.ts"
import { answersOf } from "../../src/testing/simulator/script.ts"
import { type Sent, World } from "./engine-world.ts"

interface Planned {
  readonly atMs: number
  readonly happen: () => void | Promise<void>
}

const isRequest =
  (deliveryId: string) =>
  (event: { readonly _tag: string }): event is EventOf<"DeliveryRequested"> =>
    event._tag === "DeliveryRequested" && "deliveryId" in event && event.deliveryId === deliveryId

// What the scenario's script says of a delivery, as calls of the engine at their instants.
const plan = async (
  world: World,
  scenario: Scenario,
  deliveryId: string,
  calls: ReadonlyArray<Sent>,
): Promise<ReadonlyArray<Planned>> => {
  const events = await world.store((store) => store.eventsAfter(0, 100_000))
  const event = events.map((stored) => stored.event).find(isRequest(deliveryId))
  if (event === undefined) throw new Error(`${deliveryId} was sent and never asked for`)
  return answersOf(scenario.transports?.[event.via], event).map((input) => ({
    atMs: input.atMs,
    happen: () => {
      if (input._tag === "SendAnswered") {
        // A push to several devices is several calls, and one delivery.
        for (const { answer } of calls) if (input.result._tag !== "Withdrawn") answer(input.result)
        return
      }
      const { status } = input
      return world.call((engine) => engine.receipt({ deliveryId, status }))
    },
  }))
}

const tell = (
  world: World,
  channelId: string,
  { presence, message, read, usage }: Happening,
): Promise<void> =>
  world.call((engine) => {
    if (presence !== undefined) {
      const { customer: customerId, session: sessionId, signal } = presence
      return engine.presence({ channelId, customerId, sessionId, signal })
    }
    if (message !== undefined) {
      const {
        chat: chatId,
        customer: customerId,
        id: messageId,
        from,
        text,
        purpose,
        session,
        author,
      } = message
      return engine.message({
        channelId,
        customerId,
        chatId,
        messageId,
        from,
        text,
        ...(purpose !== undefined && { purpose }),
        ...(session !== undefined && { sessionId: session }),
        ...(author !== undefined && { authorName: author }),
      })
    }
    if (read !== undefined)
      return engine.read({ channelId, customerId: read.customer, chatId: read.chat, upTo: read.upTo })
    if (usage === undefined) throw new Error("a happening is one of these")
    return engine.recordUsage({ channelId, ...usage })
  })

const openWorld = async (scenario: Scenario, store: Layer.Layer<Store, StoreError>, startMs: number) => {
  const channelId = scenario.channel.id
  const hangs = { then: "hangs" } as const
  const dayMs = 86_400_000
  const world = await World.open({
    store,
    startMs,
    scripts: { push: hangs, sns: hangs, xms: hangs, email: hangs },
    // Scripted answers may come later than the engine would wait.
    engine: { leaseMs: 3 * dayMs, send: { timeoutMs: 2 * dayMs, graceMs: 1, maxAttempts: 1, backoffMs: 1 } },
    ...(scenario.policy !== undefined && { policy: scenario.policy }),
  })
  await world.call((engine) =>
    engine.channel({ chatUrl: "https://{channel}.example/chat/{chat}", ...scenario.channel }),
  )
  for (const customer of scenario.customers)
    await world.call((engine) => engine.customer({ channelId, ...customer }))
  return world
}

const reportFrom = async (world: World, scenario: Scenario, startsAtMs: number): Promise<ScenarioReport> => {
  const channelId = scenario.channel.id
  const events = await world.store((store) => store.eventsAfter(0, 100_000))
  const channel = await world.store((store) => store.channel(channelId))
  if (channel === undefined) throw new Error("the channel is known")
  return reportOf({
    startsAtMs,
    channel: makeChannel(channel.input),
    policy: makePolicy(scenario.policy),
    events: events.map(({ key, event }) => ({ customerId: key.customerId, event })),
    notices: await world.store((store) => store.notices(channelId)),
    ledger: channel.ledger,
  })
}

/** Plays a scenario on an engine over a store. At one instant: what is due, what transports say, the timeline. */
export const playScenario = async (
  scenario: Scenario,
  store: Layer.Layer<Store, StoreError>,
): Promise<ScenarioReport> => {
  const startsAtMs = Date.parse(scenario.startsAt ?? "2026-01-05T09:00:00Z")
  const endMs = startsAtMs + durationMs(scenario.until)
  const world = await openWorld(scenario, store, startsAtMs)
  const answers: Array<Planned> = []
  const timeline = inOrder(scenario.timeline).map(({ happening, atMs }) => ({
    atMs: startsAtMs + atMs,
    happen: () => tell(world, scenario.channel.id, happening),
  }))
  let planned = 0
  for (;;) {
    const fresh = Map.groupBy(world.sent.slice(planned), ({ context }) => context.deliveryId)
    planned = world.sent.length
    for (const [deliveryId, calls] of fresh) answers.push(...(await plan(world, scenario, deliveryId, calls)))
    const dueMs = await world.store((one) => one.nextInstant(-1))
    if (dueMs !== null && dueMs <= world.nowMs) throw new Error("the engine left something undone")
    const [answer] = answers.toSorted((a, b) => a.atMs - b.atMs)
    const [happening] = timeline
    const nextMs = Math.min(dueMs ?? Infinity, answer?.atMs ?? Infinity, happening?.atMs ?? Infinity)
    if (nextMs > endMs) break
    if (nextMs > world.nowMs) await world.jump(nextMs)
    else if (answer !== undefined && answer.atMs <= nextMs) {
      answers.splice(answers.indexOf(answer), 1)
      await answer.happen()
      await world.settle()
    } else if (happening !== undefined && happening.atMs <= nextMs) {
      timeline.shift()
      await happening.happen()
    }
  }
  const report = await reportFrom(world, scenario, startsAtMs)
  await world.close()
  return report
}
