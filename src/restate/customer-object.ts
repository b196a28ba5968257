/**
 * The object of a customer: the Decider over what is known of them, one input at a time. What it decides is kept here;
 * what is to be sent goes to the sender, what it costs to the channel's ledger, and when it wants to be woken is
 * Restate's to remember. Rules R1–R9, R16, R20.
 * @since 0.1.0
 */
import { implement, type ObjectContext, rpc, TerminalError } from "@restatedev/restate-sdk"
import * as Result from "effect/Result"
import { decide, dueAt } from "../core/customer/decide.ts"
import { evolveAll } from "../core/customer/evolve.ts"
import { endDeliveries } from "../core/customer/forget.ts"
import type { Input } from "../core/customer/input.ts"
import { type CustomerState, initialState, isWanted } from "../core/customer/state.ts"
import { UNDECIDED_WAIT_MS } from "../ports/error.ts"
import { outboxItem } from "../ports/outgoing.ts"
import { checkOwn, customerObject, type Heard, keyOf, senderService, UNDECIDED } from "./contract.ts"
import { type CustomerMemory, historyOf, MEMORY_KEY, memoryOf } from "./customer-memory.ts"
import { type Decision, decideAndEnter } from "./decision.ts"
import { durable } from "./durability.ts"
import { eventsKey, expiresAt, extended, forHistory, type HistoryIndex, tidied } from "./history.ts"
import type { RestateSetting } from "./setting.ts"

// Written down by Restate, so that a repetition sees the same instant.
const nowIn = ({ clock }: RestateSetting, ctx: ObjectContext): Promise<number> =>
  ctx.run("now", () => clock.now())

const tidyLater = (
  { clock, policy }: RestateSetting,
  ctx: ObjectContext,
  history: HistoryIndex,
  nowMs: number,
): void => {
  const { historyMs } = policy.retention
  const atMs = expiresAt(history, historyMs)
  if (atMs === null) return
  const delay = clock.lasts(Math.max(0, atMs - nowMs))
  const self = ctx.sendClient(customerObject, ctx.key)
  self.tidy({ beforeMs: atMs - historyMs }, rpc.sendOpts<{ beforeMs: number }>({ delay }))
}

const wakeAfter = ({ clock }: RestateSetting, ctx: ObjectContext, dueAtMs: number, ms: number): void => {
  const delay = clock.lasts(Math.max(0, ms))
  ctx.sendClient(customerObject, ctx.key).wake({ dueAtMs }, rpc.sendOpts<{ dueAtMs: number }>({ delay }))
}

// One timer runs at a time, unless an earlier instant turns up: the later one then finds nothing to do.
const withTimers = async (
  setting: RestateSetting,
  ctx: ObjectContext,
  before: CustomerMemory,
  after: CustomerMemory,
): Promise<CustomerMemory> => {
  const dueAtMs = dueAt(setting.policy, after.state)
  const wakes = dueAtMs !== null && (before.wakeAtMs === null || dueAtMs < before.wakeAtMs)
  const tidies = before.history.days.length === 0 && after.history.days.length > 0
  if (!wakes && !tidies) return after
  const nowMs = await nowIn(setting, ctx)
  if (tidies) tidyLater(setting, ctx, after.history, nowMs)
  if (!wakes) return after
  wakeAfter(setting, ctx, dueAtMs, dueAtMs - nowMs)
  return { ...after, wakeAtMs: dueAtMs }
}

const keep = async (
  setting: RestateSetting,
  ctx: ObjectContext,
  memory: CustomerMemory,
  { context, events }: Decision,
): Promise<void> => {
  const number = memory.history.next
  const decided =
    events.length === 0
      ? memory
      : {
          ...memory,
          state: evolveAll(memory.state, events),
          history: extended(memory.history, context.nowMs),
        }
  if (events.length > 0) ctx.set(eventsKey(number), events.map(forHistory))
  const after = await withTimers(setting, ctx, memory, decided)
  if (after !== memory) ctx.set(MEMORY_KEY, after)
  for (const event of events) {
    const item = event._tag === "DeliveryRequested" && outboxItem(setting.policy, context, event)
    if (item) ctx.sendClient(senderService).send(item)
  }
}

const hear = async (
  setting: RestateSetting,
  ctx: ObjectContext,
  memory: CustomerMemory,
  input: Input,
  nowMs: number,
): Promise<Heard> => {
  const decided = await decideAndEnter(setting, ctx, memory, nowMs, (context) =>
    decide(setting.policy, memory.state, input, context),
  )
  if (Result.isFailure(decided)) return decided.failure
  await keep(setting, ctx, memory, decided.success)
  return { _tag: "Taken" }
}

const isUndecided = (error: unknown): boolean => error instanceof TerminalError && error.code === UNDECIDED

const wake = async (setting: RestateSetting, ctx: ObjectContext, dueAtMs: number): Promise<void> => {
  const memory = await memoryOf(ctx)
  if (memory.wakeAtMs !== dueAtMs) return
  const woken = { ...memory, wakeAtMs: null }
  ctx.set(MEMORY_KEY, woken)
  // After downtime it is later than what was waited for; clocks that differ never make it earlier.
  const nowMs = Math.max(dueAtMs, await nowIn(setting, ctx))
  try {
    await hear(setting, ctx, woken, { _tag: "WakeUp", atMs: nowMs }, nowMs)
  } catch (error) {
    if (isUndecided(error)) {
      // By then it may be another version that looks.
      ctx.set(MEMORY_KEY, memory)
      wakeAfter(setting, ctx, dueAtMs, UNDECIDED_WAIT_MS)
    }
    throw error
  }
}

const forget = async (setting: RestateSetting, ctx: ObjectContext, nowMs: number): Promise<void> => {
  const memory = await memoryOf(ctx)
  // Whether what was asked for has left already is the sender's to know: it is taken to have.
  const end = (state: () => CustomerState) =>
    decideAndEnter(setting, ctx, memory, nowMs, (context) =>
      Result.succeed(endDeliveries(setting.policy, state(), context, () => true)),
    )
  try {
    await end(() => memory.state)
  } catch (error) {
    if (!isUndecided(error)) throw error
    // A state that nobody understands is what the history leads to.
    const events = await historyOf(ctx)
    await end(() => evolveAll(initialState, events))
  }
  ctx.clearAll()
}

const tidy = async (setting: RestateSetting, ctx: ObjectContext, beforeMs: number): Promise<void> => {
  const memory = await memoryOf(ctx)
  const { index, gone } = tidied(memory.history, beforeMs)
  // Of a customer who was forgotten since, another timer tidies the new history.
  if (gone.length === 0) return
  for (const number of gone) ctx.clear(eventsKey(number))
  ctx.set(MEMORY_KEY, { ...memory, history: index })
  tidyLater(setting, ctx, index, await nowIn(setting, ctx))
}

/** The object over its setting. @since 0.1.0 */
export const makeCustomerObject = (setting: RestateSetting) =>
  implement(customerObject, {
    handlers: {
      hear: async (ctx, { input, nowMs }) => hear(setting, ctx, await memoryOf(ctx), input, nowMs),
      wake: (ctx, { dueAtMs }) => wake(setting, ctx, dueAtMs),
      keep: async (ctx, contacts) => {
        checkOwn(contacts.id, keyOf(ctx.key).customerId)
        ctx.set(MEMORY_KEY, { ...(await memoryOf(ctx)), input: contacts })
      },
      forget: (ctx, { nowMs }) => forget(setting, ctx, nowMs),
      history: historyOf,
      tidy: (ctx, { beforeMs }) => tidy(setting, ctx, beforeMs),
      wanted: async (ctx, { deliveryId }) => isWanted((await memoryOf(ctx)).state, deliveryId),
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
