/**
 * The object of a customer: the Decider over what is known of them, one input at a time. What it decides is kept here;
 * what is to be sent goes to the sender, what it costs to the channel's ledger, and when it wants to be woken is
 * Restate's to remember. Rules R1–R9, R16, R20.
 * @since 0.1.0
 */
import { implement, type ObjectContext, type ObjectSharedContext, rpc } from "@restatedev/restate-sdk"
import * as Result from "effect/Result"
import type { Context } from "../core/customer/context.ts"
import { decide, dueAt, evolve } from "../core/customer/decide.ts"
import type { FollowUpEvent } from "../core/customer/event.ts"
import { endDeliveries } from "../core/customer/forget.ts"
import type { Input } from "../core/customer/input.ts"
import {
  type CustomerState,
  initialState,
  isOpen,
  parseDeliveryId,
  type Via,
} from "../core/customer/state.ts"
import { entryOf } from "../core/customer/turn.ts"
import { type ChannelInput, type CustomerInput, makeChannel, makeContact } from "../core/directory.ts"
import type { Channel } from "../core/eligibility.ts"
import { outboxItem } from "../ports/outgoing.ts"
import type { ChannelRecord } from "../ports/store.ts"
import {
  channelObject,
  customerObject,
  type DatedEntry,
  type Heard,
  keyOf,
  senderService,
} from "./contract.ts"
import { durable } from "./durability.ts"
import {
  emptyHistory,
  eventsKey,
  expiresAt,
  extended,
  forHistory,
  type HistoryIndex,
  numbersOf,
  tidied,
} from "./history.ts"
import type { RestateSetting } from "./setting.ts"

/** `wakeAtMs`: the earliest instant for which a timer runs; `null` for none. */
interface CustomerMemory {
  readonly input: CustomerInput | null
  readonly state: CustomerState
  readonly wakeAtMs: number | null
  readonly history: HistoryIndex
}

const unknown: CustomerMemory = { input: null, state: initialState, wakeAtMs: null, history: emptyHistory }

const memoryOf = async (ctx: ObjectSharedContext): Promise<CustomerMemory> =>
  (await ctx.get<CustomerMemory>("customer")) ?? unknown

// A carrier without a transport is not integrated.
const servedChannel = (input: ChannelInput, carriers: ReadonlySet<Via>): Channel => {
  const channel = makeChannel(input)
  const { push, sns, xms, email } = channel.integrations
  return {
    ...channel,
    integrations: {
      push: push && carriers.has("push"),
      sns: sns && carriers.has("sns"),
      xms: xms !== false && carriers.has("xms"),
      email: email !== false && carriers.has("email"),
    },
  }
}

const entriesOf = (events: ReadonlyArray<FollowUpEvent>): ReadonlyArray<DatedEntry> =>
  events.flatMap((event) => {
    const entry = entryOf(event)
    return entry === null ? [] : [{ atMs: event.atMs, entry }]
  })

interface Decided {
  readonly context: Context
  readonly events: ReadonlyArray<FollowUpEvent>
}

/** The object over its setting. @since 0.1.0 */
export const makeCustomerObject = ({ policy, carriers, clock }: RestateSetting) => {
  const contextOf = (ctx: ObjectContext, memory: CustomerMemory, record: ChannelRecord, nowMs: number) => ({
    nowMs,
    customerId: keyOf(ctx.key).customerId,
    channel: servedChannel(record.input, carriers),
    contact: makeContact(memory.input ?? {}, record.input.country),
    ledger: record.ledger,
  })

  // Decided on what the ledger was, entered if it would be decided so on what it is; otherwise decided again. Nothing
  // is kept, sent or waited for before the ledger has it.
  const decideAndEnter = async (
    ctx: ObjectContext,
    memory: CustomerMemory,
    nowMs: number,
    decideIn: (context: Context) => Result.Result<ReadonlyArray<FollowUpEvent>, Heard>,
  ): Promise<Result.Result<Decided, Heard>> => {
    const { channelId } = keyOf(ctx.key)
    const channel = ctx.client(channelObject, channelId)
    let record = await channel.read()
    for (;;) {
      if (record === null) return Result.fail({ _tag: "UnknownChannel", channelId })
      const context = contextOf(ctx, memory, record, nowMs)
      const decided = decideIn(context)
      if (Result.isFailure(decided)) return Result.fail(decided.failure)
      const entries = entriesOf(decided.success)
      const entered = entries.length === 0 ? undefined : await channel.enter(entries)
      if (entered?._tag !== "Stale") return Result.succeed({ context, events: decided.success })
      record = entered.record
    }
  }

  const tidyLater = (ctx: ObjectContext, history: HistoryIndex, nowMs: number): void => {
    const atMs = expiresAt(history, policy.retention.historyMs)
    if (atMs === null) return
    const delay = clock.lasts(Math.max(0, atMs - nowMs))
    const beforeMs = atMs - policy.retention.historyMs
    ctx.sendClient(customerObject, ctx.key).tidy({ beforeMs }, rpc.sendOpts<{ beforeMs: number }>({ delay }))
  }

  // One timer runs at a time, unless an earlier instant turns up: the later one then finds nothing to do.
  const setTimers = async (ctx: ObjectContext, before: CustomerMemory, after: CustomerMemory) => {
    const dueAtMs = dueAt(policy, after.state)
    const wakes = dueAtMs !== null && (before.wakeAtMs === null || dueAtMs < before.wakeAtMs)
    const tidies = before.history.days.length === 0 && after.history.days.length > 0
    if (!wakes && !tidies) return after
    const nowMs = await ctx.run("now", () => clock.now())
    if (tidies) tidyLater(ctx, after.history, nowMs)
    if (!wakes) return after
    const delay = clock.lasts(Math.max(0, dueAtMs - nowMs))
    ctx.sendClient(customerObject, ctx.key).wake({ dueAtMs }, rpc.sendOpts<{ dueAtMs: number }>({ delay }))
    return { ...after, wakeAtMs: dueAtMs }
  }

  const keep = async (ctx: ObjectContext, memory: CustomerMemory, { context, events }: Decided) => {
    if (events.length === 0) {
      const after = await setTimers(ctx, memory, memory)
      if (after !== memory) ctx.set("customer", after)
      return
    }
    const after = {
      ...memory,
      state: events.reduce(evolve, memory.state),
      history: extended(memory.history, context.nowMs),
    }
    ctx.set(eventsKey(memory.history.next), events.map(forHistory))
    ctx.set("customer", await setTimers(ctx, memory, after))
    for (const event of events) {
      const item = event._tag === "DeliveryRequested" ? outboxItem(policy, context, event) : undefined
      if (item !== undefined) ctx.sendClient(senderService).send(item)
    }
  }

  const hear = async (
    ctx: ObjectContext,
    memory: CustomerMemory,
    input: Input,
    nowMs: number,
  ): Promise<Heard> => {
    const decided = await decideAndEnter(ctx, memory, nowMs, (context) =>
      decide(policy, memory.state, input, context),
    )
    if (Result.isFailure(decided)) return decided.failure
    await keep(ctx, memory, decided.success)
    return { _tag: "Taken" }
  }

  const history = async (ctx: ObjectSharedContext): Promise<ReadonlyArray<FollowUpEvent>> => {
    const { history: index } = await memoryOf(ctx)
    const parts: Array<ReadonlyArray<FollowUpEvent> | null> = []
    for (const number of numbersOf(index)) parts.push(await ctx.get(eventsKey(number)))
    return parts.flatMap((part) => part ?? [])
  }

  return implement(customerObject, {
    handlers: {
      hear: async (ctx, { input, nowMs }) => hear(ctx, await memoryOf(ctx), input, nowMs),
      wake: async (ctx, { dueAtMs }) => {
        const memory = await memoryOf(ctx)
        if (memory.wakeAtMs !== dueAtMs) return
        // After downtime it is later than what was waited for; clocks that differ never make it earlier.
        const nowMs = Math.max(dueAtMs, await ctx.run("now", () => clock.now()))
        const woken = { ...memory, wakeAtMs: null }
        ctx.set("customer", woken)
        await hear(ctx, woken, { _tag: "WakeUp", atMs: nowMs }, nowMs)
      },
      keep: async (ctx, input) => ctx.set("customer", { ...(await memoryOf(ctx)), input }),
      forget: async (ctx, { nowMs }) => {
        const memory = await memoryOf(ctx)
        // Whether what was asked for has left already is the sender's to know: it is taken to have.
        await decideAndEnter(ctx, memory, nowMs, (context) =>
          Result.succeed(endDeliveries(policy, memory.state, context, () => true)),
        )
        ctx.clearAll()
      },
      history,
      tidy: async (ctx, { beforeMs }) => {
        const memory = await memoryOf(ctx)
        const { index, gone } = tidied(memory.history, beforeMs)
        for (const number of gone) ctx.clear(eventsKey(number))
        // Of a customer who was forgotten since, somebody else's timer tidies the new history.
        if (gone.length === 0) return
        ctx.set("customer", { ...memory, history: index })
        tidyLater(ctx, index, await ctx.run("now", () => clock.now()))
      },
      wanted: async (ctx, { deliveryId }) => {
        const id = parseDeliveryId(deliveryId)
        const { state } = await memoryOf(ctx)
        const followUp = id && state.followUps[id.followUpId]
        const delivery = id && followUp?.deliveries[id.via]
        return followUp?.cancelled === null && delivery !== undefined && isOpen(delivery)
      },
    },
    options: {
      ...durable,
      enableLazyState: true,
      handlers: {
        // All of the history at once, rather than number by number.
        history: { enableLazyState: false },
        wake: { ingressPrivate: true },
        tidy: { ingressPrivate: true },
        wanted: { ingressPrivate: true },
      },
    },
  })
}
