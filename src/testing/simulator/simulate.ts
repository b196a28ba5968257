/**
 * The simulator: a scenario played on simulated time, by the same Decider that the engine runs.
 *
 * At one instant first what falls due, then what transports answer, then the timeline: whoever was active exactly
 * 270 s ago is offline, and a receipt at exactly 30 s is too late.
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { applyEntry, type MessageEntry, openLedger, type PuLedger } from "../../core/billing/ledger.ts"
import { puToMilli } from "../../core/billing/pu.ts"
import { decide, dueAt, evolve } from "../../core/customer/decide.ts"
import type { EventOf } from "../../core/customer/event.ts"
import type { Input } from "../../core/customer/input.ts"
import { type CustomerState, initialState } from "../../core/customer/state.ts"
import { entryOf } from "../../core/customer/turn.ts"
import { makeChannel, makeContact } from "../../core/directory.ts"
import type { Channel, Contact } from "../../core/eligibility.ts"
import type { HistoryEntry } from "../../core/history/post-log.ts"
import { makePolicy, type Policy } from "../../core/policy.ts"
import type { Notice } from "../../ports/store.ts"
import { durationMs } from "./duration.ts"
import { inOrder, type Scenario } from "./scenario.ts"
import { type Answer, answersOf } from "./script.ts"

/** All that happened in a simulation. @since 0.1.0 */
export interface Simulation {
  readonly startsAtMs: number
  readonly channel: Channel
  readonly policy: Policy
  readonly events: ReadonlyArray<HistoryEntry>
  readonly notices: ReadonlyArray<Notice>
  readonly ledger: PuLedger
}

const DEFAULT_START = "2026-01-05T09:00:00Z"

interface Person {
  readonly id: string
  readonly contact: Contact
  state: CustomerState
  dueMs: number | null
}

interface World {
  readonly policy: Policy
  readonly channel: Channel
  readonly transports: Scenario["transports"]
  readonly people: ReadonlyMap<string, Person>
  readonly events: Array<HistoryEntry>
  readonly notices: Array<Notice>
  readonly answers: Array<{ readonly atMs: number; readonly customerId: string; readonly input: Answer }>
  ledger: PuLedger
}

const channelOf = ({ channel }: Scenario): Channel =>
  makeChannel({ chatUrl: "https://{channel}.example/chat/{chat}", ...channel })

const enter = (world: World, entry: MessageEntry, atMs: number): void => {
  const step = applyEntry(world.ledger, entry, world.policy)
  if (Result.isFailure(step)) return
  world.ledger = step.success.ledger
  world.notices.push(...step.success.notices.map((kind) => ({ atMs, kind })))
}

const ask = (world: World, customerId: string, event: EventOf<"DeliveryRequested">): void => {
  const answers = answersOf(world.transports?.[event.via], event)
  world.answers.push(...answers.map((input) => ({ atMs: input.atMs, customerId, input })))
}

const tell = (world: World, person: Person, input: Input, nowMs: number): void => {
  const decided = decide(world.policy, person.state, input, {
    nowMs,
    customerId: person.id,
    channel: world.channel,
    contact: person.contact,
    ledger: world.ledger,
  })
  if (Result.isFailure(decided)) return
  for (const event of decided.success) {
    world.events.push({ customerId: person.id, event })
    person.state = evolve(person.state, event)
    const entry = entryOf(event)
    if (entry !== null) enter(world, entry, nowMs)
    if (event._tag === "DeliveryRequested") ask(world, person.id, event)
  }
  person.dueMs = dueAt(world.policy, person.state)
}

const play = (world: World, happening: Scenario["timeline"][number], atMs: number): void => {
  const { presence, message, read, usage } = happening
  const person = world.people.get((presence ?? message ?? read)?.customer ?? "")
  if (usage !== undefined)
    enter(
      world,
      {
        op: "record",
        milliPu: puToMilli(usage.pu),
        kind: usage.kind,
        country: usage.country ?? world.channel.country,
        purpose: usage.purpose ?? "marketing",
        units: 1,
      },
      atMs,
    )
  if (person === undefined) return
  if (presence !== undefined)
    tell(
      world,
      person,
      { _tag: "PresenceSignal", sessionId: presence.session, signal: presence.signal, atMs },
      atMs,
    )
  if (message !== undefined)
    tell(
      world,
      person,
      {
        _tag: "Message",
        chatId: message.chat,
        messageId: message.id,
        from: message.from,
        purpose: message.purpose ?? "chat",
        text: message.text,
        ...(message.session !== undefined && { sessionId: message.session }),
        ...(message.author !== undefined && { authorName: message.author }),
        atMs,
      },
      atMs,
    )
  if (read !== undefined)
    tell(world, person, { _tag: "Read", chatId: read.chat, upTo: read.upTo, atMs }, atMs)
}

const earliest = <T>(
  items: Iterable<T>,
  atOf: (item: T) => number | null,
): { item: T; atMs: number } | undefined => {
  let best: { item: T; atMs: number } | undefined
  for (const item of items) {
    const atMs = atOf(item)
    if (atMs !== null && (best === undefined || atMs < best.atMs)) best = { item, atMs }
  }
  return best
}

/**
 * Plays a scenario up to and including its `until`. The same scenario gives the same simulation. Total.
 * @since 0.1.0
 */
export const simulate = (scenario: Scenario): Simulation => {
  const startsAtMs = Date.parse(scenario.startsAt ?? DEFAULT_START)
  const policy = makePolicy(scenario.policy)
  const channel = channelOf(scenario)
  const people = scenario.customers.map(
    (customer): Person => ({
      id: customer.id,
      contact: makeContact(customer, channel.country),
      state: initialState,
      dueMs: null,
    }),
  )
  const world: World = {
    policy,
    channel,
    transports: scenario.transports,
    people: new Map(people.map((person) => [person.id, person])),
    events: [],
    notices: [],
    answers: [],
    ledger: openLedger(channel.plan, puToMilli(scenario.channel.usedPu ?? 0), policy),
  }
  const timeline = inOrder(scenario.timeline)
  const endMs = startsAtMs + durationMs(scenario.until)
  let next = 0
  for (;;) {
    const due = earliest(people, (person) => person.dueMs)
    const answer = earliest(world.answers, ({ atMs }) => atMs)
    const happening = timeline[next]
    const happensMs = happening === undefined ? Number.POSITIVE_INFINITY : startsAtMs + happening.atMs
    const nowMs = Math.min(
      due?.atMs ?? Number.POSITIVE_INFINITY,
      answer?.atMs ?? Number.POSITIVE_INFINITY,
      happensMs,
    )
    if (nowMs > endMs) break
    if (due !== undefined && due.atMs === nowMs) tell(world, due.item, { _tag: "WakeUp", atMs: nowMs }, nowMs)
    else if (answer !== undefined && answer.atMs === nowMs) {
      world.answers.splice(world.answers.indexOf(answer.item), 1)
      const person = world.people.get(answer.item.customerId)
      if (person !== undefined) tell(world, person, answer.item.input, nowMs)
    } else if (happening !== undefined) {
      next += 1
      play(world, happening.happening, nowMs)
    }
  }
  return { startsAtMs, channel, policy, events: world.events, notices: world.notices, ledger: world.ledger }
}
