/**
 * Plays a scenario on Restate, to the simulator's own report. The test is the clock: it says what time it is, hands in
 * what happens at its instant, and wakes customers when the Decider wants to be woken. Restate's own timers are asked
 * for a year later, and never fire.
 */
import type { HooksProvider } from "@restatedev/restate-sdk"
import type { PuLedger } from "../../src/core/billing/ledger.ts"
import { dueAt, evolve } from "../../src/core/customer/decide.ts"
import type { EventOf } from "../../src/core/customer/event.ts"
import { initialState } from "../../src/core/customer/state.ts"
import { makeChannel } from "../../src/core/directory.ts"
import { makePolicy } from "../../src/core/policy.ts"
import type { AnyTransport, RestateFollowUps, SendResult, Via } from "../../src/restate/index.ts"
import { durationMs } from "../../src/testing/simulator/duration.ts"
import { reportOf, type ScenarioReport } from "../../src/testing/simulator/report.ts"
import { type Happening, inOrder, type Scenario } from "../../src/testing/simulator/scenario.ts"
import { answersOf } from "../../src/testing/simulator/script.ts"
import { openEndpoint } from "./endpoint.ts"
import type { RestateServer } from "./restate-server.ts"

const YEAR_MS = 31_536_000_000

/** Things that are waited for by name, whether they come before or after. */
class Arrivals<A> {
  private readonly waits = new Map<string, PromiseWithResolvers<A>>()
  private of(name: string): PromiseWithResolvers<A> {
    const wait = this.waits.get(name) ?? Promise.withResolvers<A>()
    this.waits.set(name, wait)
    return wait
  }
  came(name: string, thing: A): void {
    this.of(name).resolve(thing)
  }
  get(name: string): Promise<A> {
    return this.of(name).promise
  }
}

type Answer = (result: SendResult) => void

// A push to several devices is several calls, and one delivery: one answer settles them all.
const scriptedTransports = (arrived: (deliveryId: string, answer: Answer) => void): AnyTransport[] => {
  const results = new Map<string, PromiseWithResolvers<SendResult>>()
  return (["push", "sns", "xms", "email"] as const).map((via: Via) => ({
    name: via,
    via,
    receipts: "handset" as const,
    idempotency: "none" as const,
    send: (_: unknown, { deliveryId }: { readonly deliveryId: string }) => {
      const result = results.get(deliveryId) ?? Promise.withResolvers<SendResult>()
      results.set(deliveryId, result)
      arrived(deliveryId, result.resolve)
      return result.promise
    },
  })) as AnyTransport[]
}

// Tells when a send's answer has been heard, which may change nothing that can be seen.
const whenHeard =
  (heard: (deliveryId: string) => void): HooksProvider =>
  ({ request }) => ({
    interceptor: {
      handler: async (next) => {
        await next()
        if (request.target.handler !== "hear") return
        const { input } = JSON.parse(new TextDecoder().decode(request.body))
        if (input._tag === "SendAnswered") heard(input.deliveryId)
      },
    },
  })

const tell = async (
  followUps: RestateFollowUps,
  channelId: string,
  { presence, message, read, usage }: Happening,
): Promise<void> => {
  if (presence !== undefined) {
    const { customer: customerId, session: sessionId, signal } = presence
    return followUps.presence({ channelId, customerId, sessionId, signal })
  }
  if (message !== undefined) {
    const { chat: chatId, customer: customerId, id: messageId, session, author: authorName, ...rest } = message
    return followUps.message({
      channelId,
      customerId,
      chatId,
      messageId,
      ...rest,
      ...(session !== undefined && { sessionId: session }),
      ...(authorName !== undefined && { authorName }),
    })
  }
  if (read !== undefined)
    return followUps.read({ channelId, customerId: read.customer, chatId: read.chat, upTo: read.upTo })
  if (usage === undefined) throw new Error("a happening is one of these")
  return followUps.recordUsage({ channelId, ...usage })
}

/** Posts to a handler that hosts in other languages would call so. */
const post = async (server: RestateServer, path: string, body?: unknown): Promise<unknown> => {
  const response = await fetch(`${server.ingress}/${path}`, {
    method: "POST",
    ...(body !== undefined && {
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
  return text === "" ? undefined : JSON.parse(text)
}

/** Plays a scenario of a channel that no scenario before had. At one instant: what is due, answers, the timeline. */
export const playOnRestate = async (server: RestateServer, scenario: Scenario): Promise<ScenarioReport> => {
  const channelId = scenario.channel.id
  const policy = makePolicy(scenario.policy)
  const startsAtMs = Date.parse(scenario.startsAt ?? "2026-01-05T09:00:00Z")
  const endMs = startsAtMs + durationMs(scenario.until)
  let nowMs = startsAtMs
  const sends = new Arrivals<Answer>()
  const heard = new Arrivals<void>()
  const { followUps, close } = await openEndpoint(
    server,
    {
      policy: scenario.policy ?? {},
      transports: scriptedTransports((deliveryId, answer) => sends.came(deliveryId, answer)),
      // Scripted answers may come later than a sender would wait.
      send: { timeoutMs: YEAR_MS, graceMs: 1, maxAttempts: 1, backoffMs: 1 },
      clock: { now: () => nowMs, lasts: () => YEAR_MS },
    },
    { hooks: [whenHeard((deliveryId) => heard.came(deliveryId))] },
  )
  await followUps.channel({ chatUrl: "https://{channel}.example/chat/{chat}", ...scenario.channel })

  const people = scenario.customers.map((customer) => ({
    customer,
    whose: { channelId, customerId: customer.id },
    key: `FollowUpCustomer/${encodeURIComponent(`${encodeURIComponent(channelId)}/${encodeURIComponent(customer.id)}`)}`,
    dueMs: null as number | null,
    planned: new Set<string>(),
  }))
  for (const { customer } of people) await followUps.customer({ channelId, ...customer })
  const answers: Array<{ readonly atMs: number; readonly happen: () => Promise<void> }> = []

  type Person = (typeof people)[number]

  const planAnswers = async (person: Person, event: EventOf<"DeliveryRequested">) => {
    const { deliveryId } = event
    const answer = await sends.get(deliveryId)
    for (const input of answersOf(scenario.transports?.[event.via], event))
      answers.push({
        atMs: input.atMs,
        happen: async () => {
          if (input._tag === "Receipt") {
            await followUps.receipt({ deliveryId, status: input.status })
          } else if (input.result._tag !== "Withdrawn") {
            answer(input.result)
            await heard.get(deliveryId)
            // What is exclusive comes after: then the answer's decision is complete.
            await followUps.customer({ channelId, ...person.customer })
          }
        },
      })
  }

  const look = async (): Promise<void> => {
    for (const person of people) {
      const events = await followUps.history(person.whose)
      person.dueMs = dueAt(policy, events.reduce(evolve, initialState))
      for (const event of events)
        if (event._tag === "DeliveryRequested" && !person.planned.has(event.deliveryId)) {
          person.planned.add(event.deliveryId)
          await planAnswers(person, event)
        }
    }
  }

  const timeline = inOrder(scenario.timeline).map(({ happening, atMs }) => ({
    atMs: startsAtMs + atMs,
    happening,
  }))
  for (;;) {
    await look()
    const [due] = people.filter((person) => person.dueMs !== null).toSorted((a, b) => (a.dueMs ?? 0) - (b.dueMs ?? 0))
    const [answer] = answers.toSorted((a, b) => a.atMs - b.atMs)
    const [next] = timeline
    const atMs = Math.min(due?.dueMs ?? Infinity, answer?.atMs ?? Infinity, next?.atMs ?? Infinity)
    if (atMs > endMs) break
    nowMs = Math.max(nowMs, atMs)
    if (due?.dueMs === atMs) await post(server, `${due.key}/hear`, { input: { _tag: "WakeUp", atMs }, nowMs })
    else if (answer?.atMs === atMs) {
      answers.splice(answers.indexOf(answer), 1)
      await answer.happen()
    } else if (next !== undefined) {
      timeline.shift()
      await tell(followUps, channelId, next.happening)
    }
  }

  const events = []
  for (const { whose } of people)
    for (const event of await followUps.history(whose)) events.push({ customerId: whose.customerId, event })
  const record = await post(server, `FollowUpChannel/${encodeURIComponent(channelId)}/read`)
  const report = reportOf({
    startsAtMs,
    channel: makeChannel(scenario.channel),
    policy,
    events,
    notices: await followUps.notices(channelId),
    ledger: (record as { readonly ledger: PuLedger }).ledger,
  })
  await close()
  return report
}
