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
import type {
  AnyTransport,
  OnRestateOptions,
  RestateFollowUps,
  SendResult,
  Via,
} from "../../src/restate/index.ts"
import { durationMs } from "../../src/testing/simulator/duration.ts"
import { reportOf, type ScenarioReport } from "../../src/testing/simulator/report.ts"
import { type Happening, inOrder, type Scenario } from "../../src/testing/simulator/scenario.ts"
import { answersOf } from "../../src/testing/simulator/script.ts"
import { type Endpoint, openEndpoint } from "./endpoint.ts"
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
  }))
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

let played = 0

/** The scenario with a channel that none before had. Its id is in links, whose length counts: it keeps its length. */
export const withOwnChannel = (scenario: Scenario): Scenario => {
  const { id } = scenario.channel
  const own = (++played).toString(36).padStart(id.length, "-")
  if (own.length !== id.length) throw new Error(`there are more scenarios than ids as long as ${id}`)
  return { ...scenario, channel: { name: id, ...scenario.channel, id: own } }
}

/** Tells what a scenario says that happened. */
export const tell = async (
  followUps: RestateFollowUps,
  channelId: string,
  { presence, message, read, usage }: Happening,
): Promise<void> => {
  if (presence !== undefined) {
    const { customer: customerId, session: sessionId, signal } = presence
    return followUps.presence({ channelId, customerId, sessionId, signal })
  }
  if (message !== undefined) {
    const {
      chat: chatId,
      customer: customerId,
      id: messageId,
      session,
      author: authorName,
      ...rest
    } = message
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

interface Person {
  readonly customer: Scenario["customers"][number]
  readonly whose: { readonly channelId: string; readonly customerId: string }
  readonly planned: Set<string>
  dueMs: number | null
}

interface Planned {
  readonly atMs: number
  readonly person: Person | undefined
  readonly happen: () => Promise<unknown>
}

const objectPath = ({ channelId, customerId }: Person["whose"]): string =>
  `FollowUpCustomer/${encodeURIComponent([channelId, customerId].map(encodeURIComponent).join("/"))}`

/** A scenario's channel on Restate, at the instant that the test says. */
class Stage {
  readonly startsAtMs: number
  readonly people: ReadonlyArray<Person>
  readonly answers: Planned[] = []
  nowMs: number
  private readonly server: RestateServer
  private readonly scenario: Scenario
  private readonly sends = new Arrivals<Answer>()
  private readonly heard = new Arrivals<void>()
  private endpoint: Endpoint | undefined

  constructor(server: RestateServer, scenario: Scenario) {
    this.server = server
    this.scenario = scenario
    this.startsAtMs = Date.parse(scenario.startsAt ?? "2026-01-05T09:00:00Z")
    this.nowMs = this.startsAtMs
    this.people = scenario.customers.map((customer) => ({
      customer,
      whose: { channelId: scenario.channel.id, customerId: customer.id },
      planned: new Set(),
      dueMs: null,
    }))
  }

  get followUps(): RestateFollowUps {
    if (this.endpoint === undefined) throw new Error("the stage is not open")
    return this.endpoint.followUps
  }

  async open(): Promise<void> {
    const options: OnRestateOptions = {
      policy: this.scenario.policy ?? {},
      transports: scriptedTransports((deliveryId, answer) => this.sends.came(deliveryId, answer)),
      // Scripted answers may come later than a sender would wait.
      send: { timeoutMs: YEAR_MS, graceMs: 1, maxAttempts: 1, backoffMs: 1 },
      clock: { now: () => this.nowMs, lasts: () => YEAR_MS },
    }
    const hooks = [whenHeard((deliveryId) => this.heard.came(deliveryId))]
    this.endpoint = await openEndpoint(this.server, options, { hooks })
    const chatUrl = "https://{channel}.example/chat/{chat}"
    await this.followUps.channel({ chatUrl, ...this.scenario.channel })
    for (const { customer } of this.people) await this.keep(customer)
  }

  private keep(customer: Person["customer"]): Promise<void> {
    return this.followUps.customer({ channelId: this.scenario.channel.id, ...customer })
  }

  private async plan(person: Person, event: EventOf<"DeliveryRequested">): Promise<void> {
    const { deliveryId, via } = event
    const answer = await this.sends.get(deliveryId)
    const happen = async (input: ReturnType<typeof answersOf>[number]) => {
      if (input._tag === "Receipt") return this.followUps.receipt({ deliveryId, status: input.status })
      if (input.result._tag === "Withdrawn") return undefined
      answer(input.result)
      await this.heard.get(deliveryId)
      // What is exclusive comes after: then the answer's decision is complete.
      return this.keep(person.customer)
    }
    for (const input of answersOf(this.scenario.transports?.[via], event))
      this.answers.push({ atMs: input.atMs, person, happen: () => happen(input) })
  }

  /** Sees what was decided for a person: when they are due, and what their transports are to answer. */
  async look(person: Person): Promise<void> {
    const events = await this.followUps.history(person.whose)
    person.dueMs = dueAt(makePolicy(this.scenario.policy), events.reduce(evolve, initialState))
    for (const event of events)
      if (event._tag === "DeliveryRequested" && !person.planned.has(event.deliveryId)) {
        person.planned.add(event.deliveryId)
        await this.plan(person, event)
      }
  }

  wake(person: Person): Promise<unknown> {
    const { nowMs } = this
    return post(this.server, `${objectPath(person.whose)}/hear`, {
      input: { _tag: "WakeUp", atMs: nowMs },
      nowMs,
    })
  }

  /** The scenario's timeline, in its order. */
  timeline(): Planned[] {
    return inOrder(this.scenario.timeline).map(({ happening, atMs }) => {
      const customerId = (happening.presence ?? happening.message ?? happening.read)?.customer
      return {
        atMs: this.startsAtMs + atMs,
        person: this.people.find(({ customer }) => customer.id === customerId),
        happen: () => tell(this.followUps, this.scenario.channel.id, happening),
      }
    })
  }

  async close(): Promise<ScenarioReport> {
    const channelId = this.scenario.channel.id
    const histories = this.people.map(async ({ whose: { customerId }, whose }) =>
      (await this.followUps.history(whose)).map((event) => ({ customerId, event })),
    )
    const record = await post(this.server, `FollowUpChannel/${encodeURIComponent(channelId)}/read`)
    const report = reportOf({
      startsAtMs: this.startsAtMs,
      channel: makeChannel(this.scenario.channel),
      policy: makePolicy(this.scenario.policy),
      events: (await Promise.all(histories)).flat(),
      notices: await this.followUps.notices(channelId),
      ledger: (record as { readonly ledger: PuLedger }).ledger,
    })
    await this.endpoint?.close()
    return report
  }
}

const earliest = <T>(items: ReadonlyArray<T>, atOf: (item: T) => number | null): T | undefined =>
  items.filter((item) => atOf(item) !== null).toSorted((a, b) => (atOf(a) ?? 0) - (atOf(b) ?? 0))[0]

/** Plays a scenario of a channel that no scenario before had. At one instant: what is due, answers, the timeline. */
export const playOnRestate = async (server: RestateServer, scenario: Scenario): Promise<ScenarioReport> => {
  const stage = new Stage(server, scenario)
  await stage.open()
  const timeline = stage.timeline()
  const endMs = stage.startsAtMs + durationMs(scenario.until)
  for (;;) {
    const due = earliest(stage.people, ({ dueMs }) => dueMs)
    const answer = earliest(stage.answers, ({ atMs }) => atMs)
    const [next] = timeline
    const atMs = Math.min(due?.dueMs ?? Infinity, answer?.atMs ?? Infinity, next?.atMs ?? Infinity)
    if (atMs > endMs) return stage.close()
    stage.nowMs = atMs
    let person = due
    if (due?.dueMs === atMs) await stage.wake(due)
    else if (answer?.atMs === atMs) {
      stage.answers.splice(stage.answers.indexOf(answer), 1)
      await answer.happen()
      person = answer.person
    } else {
      timeline.shift()
      await next?.happen()
      person = next?.person
    }
    if (person !== undefined) await stage.look(person)
  }
}
