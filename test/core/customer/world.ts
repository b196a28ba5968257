/** A customer and the world around them, played input by input; the laws' tests and the examples' share it. */
import * as Result from "effect/Result"
import { applyEntry, openLedger, type PuLedger } from "../../../src/core/billing/ledger.ts"
import type { Plan } from "../../../src/core/billing/plan.ts"
import type { Context } from "../../../src/core/customer/context.ts"
import { decide, dueAt, evolve } from "../../../src/core/customer/decide.ts"
import type { EventOf, FollowUpEvent } from "../../../src/core/customer/event.ts"
import type { Input } from "../../../src/core/customer/input.ts"
import { type CustomerState, initialState } from "../../../src/core/customer/state.ts"
import { entryOf, type Refusal } from "../../../src/core/customer/turn.ts"
import type { Channel, Contact } from "../../../src/core/eligibility.ts"
import { makePolicy, type Policy } from "../../../src/core/policy.ts"
import { CUSTOMER_ID, type CustomerHistory } from "../../../src/testing/history-arbitraries.ts"

export interface Played {
  readonly nowMs: number
  readonly input: Input
  readonly before: CustomerState
  readonly after: CustomerState
  readonly context: Context
  readonly ledger: PuLedger
  readonly events: ReadonlyArray<FollowUpEvent>
  readonly refusal: Refusal | null
}

/** A customer to whom things happen; remembers each. */
export class World {
  readonly policy: Policy
  readonly played: Array<Played> = []
  state: CustomerState = initialState
  ledger: PuLedger
  constructor(policy: Policy, plan: Plan, usedMilli = 0) {
    this.policy = policy
    this.ledger = openLedger(plan, usedMilli, policy)
  }

  take(input: Input, nowMs: number, channel: Channel, contact: Contact): ReadonlyArray<FollowUpEvent> {
    const before = this.state
    const context: Context = { nowMs, customerId: CUSTOMER_ID, channel, contact, ledger: this.ledger }
    const decided = decide(this.policy, before, input, context)
    const events = Result.isSuccess(decided) ? decided.success : []
    for (const event of events) {
      this.state = evolve(this.state, event)
      const entry = entryOf(event)
      if (entry !== null) this.ledger = Result.getOrThrow(applyEntry(this.ledger, entry, this.policy)).ledger
    }
    const refusal = Result.isFailure(decided) ? decided.failure : null
    this.played.push({
      nowMs,
      input,
      before,
      after: this.state,
      context,
      ledger: this.ledger,
      events,
      refusal,
    })
    return events
  }

  /** Wakes the customer up at every instant that asks for it, up to and including this one. */
  wake(untilMs: number, channel: Channel, contact: Contact): void {
    for (;;) {
      const due = dueAt(this.policy, this.state)
      if (due === null || due > untilMs) return
      this.take({ _tag: "WakeUp", atMs: due }, due, channel, contact)
    }
  }

  get events(): ReadonlyArray<FollowUpEvent> {
    return this.played.flatMap(({ events }) => events)
  }
}

/** Plays a history; `punctual` wakes the customer up exactly when they ask for it, as the engine would at its best. */
export const play = (history: CustomerHistory, { punctual = false } = {}): World => {
  const world = new World(history.policy, history.plan, history.usedMilli)
  for (const { nowMs, input, channel, contact } of history.steps) {
    if (punctual) world.wake(nowMs, channel, contact)
    world.take(input, nowMs, channel, contact)
  }
  return world
}

/** The events of one kind, in their order. */
export const of = <Tag extends FollowUpEvent["_tag"]>(
  events: ReadonlyArray<FollowUpEvent>,
  tag: Tag,
): ReadonlyArray<EventOf<Tag>> => events.filter((event): event is EventOf<Tag> => event._tag === tag)

export const korean: Contact = {
  phone: { _tag: "Mobile", e164: "+821012345678", country: "KR" },
  email: "cust-1@example.com",
  pushTokens: ["t1"],
}

export const acme: Channel = {
  id: "acme",
  name: "Acme",
  country: "KR",
  plan: { kind: "free" },
  settings: { phoneNumber: true, email: true },
  integrations: { push: true, sns: true },
}

/** A World in which the examples read as sentences: who did what, and when, in seconds from the start. */
export const story = (
  given: {
    policy?: Parameters<typeof makePolicy>[0]
    channel?: Partial<Channel>
    contact?: Partial<Contact>
  } = {},
) => {
  const policy = makePolicy({ autoText: { prefix: "", suffix: "" }, ...given.policy })
  const channel = { ...acme, ...given.channel }
  const contact = { ...korean, ...given.contact }
  const world = new World(policy, channel.plan)
  const at = (seconds: number, input: (atMs: number) => Input) => {
    const nowMs = Math.round(seconds * 1_000)
    world.wake(nowMs, channel, contact)
    return world.take(input(nowMs), nowMs, channel, contact)
  }
  const message = (seconds: number, from: "customer" | "manager" | "bot", messageId: string, more = {}) =>
    at(seconds, (atMs) => ({
      _tag: "Message",
      chatId: "c1",
      messageId,
      from,
      purpose: "chat",
      text: "Yes.",
      atMs,
      ...more,
    }))
  return {
    world,
    signal: (seconds: number, signal: "active" | "hidden" | "visible" | "left", sessionId = "tab-1") =>
      at(seconds, (atMs) => ({ _tag: "PresenceSignal", sessionId, signal, atMs })),
    asks: (seconds: number, messageId = "m1", more = {}) => message(seconds, "customer", messageId, more),
    replies: (seconds: number, messageId = "m2", more = {}) => message(seconds, "manager", messageId, more),
    bot: (seconds: number, messageId: string, more = {}) => message(seconds, "bot", messageId, more),
    reads: (seconds: number, upTo = "m2", chatId = "c1") =>
      at(seconds, (atMs) => ({ _tag: "Read", chatId, upTo, atMs })),
    wakes: (seconds: number) => at(seconds, (atMs) => ({ _tag: "WakeUp", atMs })),
    answers: (
      seconds: number,
      via: string,
      result: Extract<Input, { _tag: "SendAnswered" }>["result"],
      receiptExpected = true,
    ) =>
      at(seconds, (atMs) => ({
        _tag: "SendAnswered",
        deliveryId: deliveryId(world, via),
        result,
        receiptExpected,
        atMs,
      })),
    /** As `answers`, of any delivery by its id. */
    answersTo: (seconds: number, id: string, result: Extract<Input, { _tag: "SendAnswered" }>["result"]) =>
      at(seconds, (atMs) => ({
        _tag: "SendAnswered",
        deliveryId: id,
        result,
        receiptExpected: true,
        atMs,
      })),
    receipt: (seconds: number, via: string, status: "received" | "delivered" | "failed") =>
      at(seconds, (atMs) => ({ _tag: "Receipt", deliveryId: deliveryId(world, via), status, atMs })),
    /** What was asked for so far, as `via@seconds`. */
    asked: () => of(world.events, "DeliveryRequested").map(({ via, atMs }) => `${via}@${atMs / 1_000}`),
    /** How deliveries ended so far, as `via outcome@seconds`. */
    settled: () =>
      of(world.events, "DeliverySettled").map(
        ({ via, outcome, atMs }) => `${via} ${outcome}@${atMs / 1_000}`,
      ),
    /** What was withheld so far, as `legs reason@seconds`. */
    excluded: () =>
      of(world.events, "Excluded").map(
        ({ legs, reason, atMs }) => `${legs.join("+")} ${reason}@${atMs / 1_000}`,
      ),
  }
}

// Of the follow-up that started last.
const deliveryId = (world: World, via: string): string =>
  `${of(world.events, "FollowUpStarted").at(-1)?.followUpId ?? "none"}/${via}`
