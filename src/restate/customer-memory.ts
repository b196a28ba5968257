/**
 * What a customer's object keeps: their contacts, the Decider's state, the next timer, and their history. Rules R1, R20.
 * @since 0.1.0
 */
import type { ObjectSharedContext } from "@restatedev/restate-sdk"
import type { FollowUpEvent } from "../core/customer/event.ts"
import { type CustomerState, initialState } from "../core/customer/state.ts"
import type { CustomerInput } from "../core/directory.ts"
import { emptyHistory, eventsKey, type HistoryIndex, numbersOf } from "./history.ts"

/**
 * What is kept of a customer, besides the events. `wakeAtMs`: the earliest instant for which a timer runs, UTC epoch ms;
 * `null` for none.
 * @since 0.1.0
 */
export interface CustomerMemory {
  readonly input: CustomerInput | null
  readonly state: CustomerState
  readonly wakeAtMs: number | null
  readonly history: HistoryIndex
}

/** What it is kept under. @since 0.1.0 */
export const MEMORY_KEY = "customer"

const unknown: CustomerMemory = { input: null, state: initialState, wakeAtMs: null, history: emptyHistory }

/** What is kept of the object's customer. @since 0.1.0 */
export const memoryOf = async (ctx: ObjectSharedContext): Promise<CustomerMemory> =>
  (await ctx.get<CustomerMemory>(MEMORY_KEY)) ?? unknown

/** Every event of the object's customer that is still kept, oldest first. R20. @since 0.1.0 */
export const historyOf = async (ctx: ObjectSharedContext): Promise<ReadonlyArray<FollowUpEvent>> => {
  const { history } = await memoryOf(ctx)
  const parts: Array<ReadonlyArray<FollowUpEvent> | null> = []
  for (const number of numbersOf(history)) parts.push(await ctx.get(eventsKey(number)))
  return parts.flatMap((part) => part ?? [])
}
