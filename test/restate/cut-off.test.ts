/** What runs on Restate is cut off between any two steps, and goes on from its journal, in this process or another one. */
import fc from "fast-check"
import { expect, test } from "vitest"
import type { FollowUpEvent } from "../../src/core/customer/event.ts"
import { makeClient } from "../../src/restate/client.ts"
import {
  type AnyTransport,
  followUpsOnRestate,
  type OnRestateOptions,
  type SendContext,
} from "../../src/restate/index.ts"
import { anyScenario } from "../../src/testing/scenario-arbitraries.ts"
import { durationMs } from "../../src/testing/simulator/duration.ts"
import { inOrder, type Scenario } from "../../src/testing/simulator/scenario.ts"
import { answersOf } from "../../src/testing/simulator/script.ts"
import { simulate } from "../../src/testing/simulator/simulate.ts"
import { FakeRestate } from "./fake-restate.ts"
import { tell } from "./scenario-player.ts"

const YEAR_MS = 31_536_000_000

/** Numbers from 0 to 1, the same for the same seed. */
const drawing = (seed: number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state >>> 0) / 2 ** 32
  }
}

const open = (
  { transports, policy, send }: OnRestateOptions,
  { seed, cuts, startMs = 0 }: { seed: number; cuts: (step: string) => number; startMs?: number },
) => {
  const draw = drawing(seed)
  const clock = { now: () => restate.nowMs, lasts: (ms: number) => ms }
  const process = () =>
    followUpsOnRestate({
      clock,
      ...(transports && { transports }),
      ...(policy && { policy }),
      ...(send && { send }),
    })
  const restate: FakeRestate = new FakeRestate([process(), process()], {
    startMs,
    draw,
    cut: (step) => draw() < cuts(step),
  })
  const call = async <A>(calling: Promise<A>): Promise<A> => {
    calling.catch(() => {})
    await restate.settle()
    return calling
  }
  return { restate, followUps: makeClient(restate.ingress, clock), call }
}

const isReplayable = (restate: FakeRestate): void => {
  expect(restate.mismatches).toEqual([])
  expect(restate.stuck).toEqual([])
}

/** What was decided, without what the simulator does not say. */
const decided = (events: ReadonlyArray<FollowUpEvent>): unknown =>
  JSON.parse(
    JSON.stringify(events, (name, value) => (name === "html" || name === "provider" ? undefined : value)),
  )

const play = async (scenario: Scenario, seed: number) => {
  const results = new Map<string, PromiseWithResolvers<unknown>>()
  const resultOf = (deliveryId: string) => {
    const result = results.get(deliveryId) ?? Promise.withResolvers()
    results.set(deliveryId, result)
    return result
  }
  const transports = (["push", "sns", "xms", "email"] as const).map((via) => ({
    name: via,
    via,
    receipts: "handset",
    idempotency: "key",
    send: (_: unknown, { deliveryId }: SendContext) => resultOf(deliveryId).promise,
  })) as AnyTransport[]
  const startMs = Date.parse("2026-01-05T09:00:00Z")
  const channelId = scenario.channel.id
  // A send that is broken off has a story of its own: it may have left.
  const cuts = (step: string) => (step === "run-begin" || step === "run-send" ? 0 : 0.08)
  const send = { timeoutMs: YEAR_MS, graceMs: 1, maxAttempts: 1, backoffMs: 1 }
  const { restate, followUps, call } = open(
    { transports, send, policy: scenario.policy ?? {} },
    { seed, cuts, startMs },
  )
  await call(followUps.channel({ chatUrl: "https://{channel}.example/chat/{chat}", ...scenario.channel }))
  for (const customer of scenario.customers) await call(followUps.customer({ channelId, ...customer }))
  const historyOf = (customerId: string) => call(followUps.history({ channelId, customerId }))
  const ids = scenario.customers.map(({ id }) => id)
  const planned = new Set<string>()
  const answers: Array<{ readonly atMs: number; readonly happen: () => Promise<unknown> }> = []
  const look = async () => {
    for (const event of (await Promise.all(ids.map(historyOf))).flat())
      if (event._tag === "DeliveryRequested" && !planned.has(event.deliveryId)) {
        const { deliveryId, via } = event
        planned.add(deliveryId)
        for (const input of answersOf(scenario.transports?.[via], event))
          answers.push({
            atMs: input.atMs,
            happen: async () =>
              input._tag === "Receipt"
                ? followUps.receipt({ deliveryId, status: input.status })
                : resultOf(deliveryId).resolve(input.result),
          })
      }
  }
  const timeline = inOrder(scenario.timeline).map(({ happening, atMs }) => ({
    atMs: startMs + atMs,
    happen: () => tell(followUps, channelId, happening),
  }))
  const endMs = startMs + durationMs(scenario.until)
  const placeOf = (target: string) => ids.findIndex((id) => target.endsWith(`/${id}/wake`))
  for (;;) {
    const [due] = restate.due
      .filter(({ target }) => placeOf(target) >= 0)
      .toSorted((a, b) => a.atMs - b.atMs || placeOf(a.target) - placeOf(b.target))
    const [answer] = answers.toSorted((a, b) => a.atMs - b.atMs)
    const [next] = timeline
    const nowMs = Math.min(...[due, answer, next].map((one) => one?.atMs ?? Infinity))
    if (nowMs > endMs) break
    restate.nowMs = nowMs
    if (due?.atMs === nowMs) {
      restate.fire(due)
      await restate.settle()
    } else if (answer?.atMs === nowMs) {
      answers.splice(answers.indexOf(answer), 1)
      await call(answer.happen())
    } else {
      timeline.shift()
      await call(next?.happen() ?? Promise.resolve())
    }
    await look()
  }
  isReplayable(restate)
  const usage = await call(followUps.usage(channelId))
  const notices = await call(followUps.notices(channelId))
  return { histories: (await Promise.all(ids.map(historyOf))).map(decided), notices, usedPu: usage.usedPu }
}

test("R7, R20: whatever is cut off between two steps comes out as if nothing had been", async () => {
  const property = fc.asyncProperty(anyScenario(), fc.integer(), async (scenario, seed) => {
    const { events, notices, ledger } = simulate({ ...scenario, startsAt: "2026-01-05T09:00:00Z" })
    const histories = scenario.customers.map(({ id }) =>
      decided(events.filter(({ customerId }) => customerId === id).map(({ event }) => event)),
    )
    const usedPu = ledger.usedMilli / 1_000
    expect(await play(scenario, seed)).toEqual({ histories, notices, usedPu })
  })
  await fc.assert(property, { numRuns: 150 })
})

test("R16: PU for 3 texts are 3 texts, in whatever order many customers decide, and wherever they are cut off", async () => {
  const property = fc.asyncProperty(fc.integer(), async (seed) => {
    const sent = new Set<string>()
    const xms = {
      name: "xms",
      via: "xms",
      receipts: "none",
      idempotency: "key",
      send: async (_: unknown, { deliveryId }: SendContext) => {
        sent.add(deliveryId)
        return { _tag: "Accepted" }
      },
    } as AnyTransport
    const policy = { autoText: { prefix: "", suffix: "" }, freeLimitPu: 30 }
    const { restate, followUps, call } = open({ transports: [xms], policy }, { seed, cuts: () => 0.05 })
    await call(
      followUps.channel({ id: "acme", country: "KR", plan: { kind: "free" }, settings: { email: false } }),
    )
    const ids = Array.from({ length: 8 }, (_, index) => `cust-${index}`)
    const tellAll = (one: (customerId: string) => Promise<void>) => call(Promise.all(ids.map(one)))
    await tellAll((id) => followUps.customer({ channelId: "acme", id, phone: "010-1234-5678" }))
    const message = (customerId: string) => ({ channelId: "acme", customerId, chatId: "c1" })
    await tellAll((id) => followUps.message({ ...message(id), messageId: "m1", from: "customer", text: "?" }))
    await tellAll((id) =>
      followUps.message({ ...message(id), messageId: "m2", from: "manager", text: "It is." }),
    )
    isReplayable(restate)
    const { usedPu, reservedPu } = await call(followUps.usage("acme"))
    expect([sent.size, usedPu, reservedPu]).toEqual([3, 30, 0])
    expect(await call(followUps.notices("acme"))).toMatchObject([{ kind: "usage-exhausted" }])
  })
  await fc.assert(property, { numRuns: 60 })
})
