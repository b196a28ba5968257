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
import { dueAt, takeInput } from "../../core/customer/decide.ts"
import type { EventOf } from "../../core/customer/event.ts"
import type { Input } from "../../core/customer/input.ts"
import { type CustomerState, initialState } from "../../core/customer/state.ts"
import { entryOf } from "../../core/customer/turn.ts"
import { makeChannel, makeContact } from "../../core/directory.ts"
import type { Channel, Contact } from "../../core/eligibility.ts"
import type { HistoryEntry } from "../../core/history/post-log.ts"
import { makePolicy, type Policy } from "../../core/policy.ts"
import type { Notice } from "../../ports/store.ts"
import { Agenda } from "./agenda.ts"
import { durationMs } from "./duration.ts"
import { inOrder, type Scenario } from "./scenario.ts"
import { answersOf } from "./script.ts"

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

// At one instant, customers who are due have ranks below these, in their order.
const ANSWER_RANK = 0
const TIMELINE_RANK = 1

interface Person {
  readonly id: string
  readonly rank: number
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
  readonly agenda: Agenda
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

const ask = (world: World, person: Person, event: EventOf<"DeliveryRequested">): void => {
  for (const input of answersOf(world.transports?.[event.via], event)) {
    const happen = () => tell(world, person, input)
    world.agenda.add({ atMs: input.atMs, rank: ANSWER_RANK, happen })
  }
}

const wakeWhenDue = (world: World, person: Person): void => {
  const atMs = dueAt(world.policy, person.state)
  const isEntered = atMs === null || atMs === person.dueMs
  person.dueMs = atMs
  if (isEntered) return
  const happen = () => {
    // By then something else may be due, or nothing.
    if (person.dueMs === atMs) tell(world, person, { _tag: "WakeUp", atMs })
  }
  world.agenda.add({ atMs, rank: person.rank, happen })
}

// Everything is heard of in the instant in which it happens.
const tell = (world: World, person: Person, input: Input): void => {
  const decided = takeInput(world.policy, person.state, input, {
    nowMs: input.atMs,
    customerId: person.id,
    channel: world.channel,
    contact: person.contact,
    ledger: world.ledger,
  })
  if (Result.isFailure(decided)) return
  person.state = decided.success.state
  for (const event of decided.success.events) {
    world.events.push({ customerId: person.id, event })
    const entry = entryOf(event)
    if (entry !== null) enter(world, entry, input.atMs)
    if (event._tag === "DeliveryRequested") ask(world, person, event)
  }
  wakeWhenDue(world, person)
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
    tell(world, person, {
      _tag: "PresenceSignal",
      sessionId: presence.session,
      signal: presence.signal,
      atMs,
    })
  if (message !== undefined)
    tell(world, person, {
      _tag: "Message",
      chatId: message.chat,
      messageId: message.id,
      from: message.from,
      purpose: message.purpose ?? "chat",
      text: message.text,
      ...(message.session !== undefined && { sessionId: message.session }),
      ...(message.author !== undefined && { authorName: message.author }),
      atMs,
    })
  if (read !== undefined) tell(world, person, { _tag: "Read", chatId: read.chat, upTo: read.upTo, atMs })
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
    (customer, index): Person => ({
      id: customer.id,
      rank: index - scenario.customers.length,
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
    agenda: new Agenda(),
    ledger: openLedger(channel.plan, puToMilli(scenario.channel.usedPu ?? 0), policy),
  }
  for (const { happening, atMs: sinceStartMs } of inOrder(scenario.timeline)) {
    const atMs = startsAtMs + sinceStartMs
    world.agenda.add({ atMs, rank: TIMELINE_RANK, happen: () => play(world, happening, atMs) })
  }
  const endMs = startsAtMs + durationMs(scenario.until)
  for (;;) {
    const next = world.agenda.next()
    if (next === undefined || next.atMs > endMs) break
    next.happen()
  }
  return { startsAtMs, channel, policy, events: world.events, notices: world.notices, ledger: world.ledger }
}
