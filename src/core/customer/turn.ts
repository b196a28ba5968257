/**
 * One decision in the making: the state and the ledger as the events so far leave them.
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { applyEntry, type MessageEntry, type PuLedger } from "../billing/ledger.ts"
import type { Policy } from "../policy.ts"
import type { Context } from "./context.ts"
import type { FollowUpEvent } from "./event.ts"
import { draftOf, follow } from "./evolve.ts"
import type { CancelReason, CustomerState, FollowUp } from "./state.ts"

/**
 * Why an input makes no sense for this customer: a read up to a message never heard of, or news of a delivery that
 * was never asked for (or was forgotten long after it closed).
 * @since 0.1.0
 */
export type Refusal =
  | { readonly _tag: "UnknownMessage"; readonly chatId: string; readonly messageId: string }
  | { readonly _tag: "UnknownDelivery"; readonly deliveryId: string }

/** A decision in the making; only `emit` changes it. @since 0.1.0 */
export interface Turn {
  readonly policy: Policy
  readonly context: Context
  readonly nowMs: number
  state: CustomerState
  ledger: PuLedger
  readonly events: Array<FollowUpEvent>
}

/** The movement in the channel's ledger that an event makes, if any. Total. R16. @since 0.1.0 */
export const entryOf = (event: FollowUpEvent): MessageEntry | null => ("entry" in event ? event.entry : null)

/** Adds an event and lets state and ledger follow it. @since 0.1.0 */
export const emit = (turn: Turn, event: FollowUpEvent): void => {
  // Copied once, and not for each event: a decision may concern thousands of chats.
  if (turn.events.length === 0) turn.state = draftOf(turn.state)
  turn.events.push(event)
  follow(turn.state, event)
  const entry = entryOf(event)
  if (entry === null) return
  const step = applyEntry(turn.ledger, entry, turn.policy)
  if (Result.isSuccess(step)) turn.ledger = step.success.ledger
}

/** The customer's follow-ups that still wait for something. Total. @since 0.1.0 */
export const openFollowUps = (state: CustomerState): ReadonlyArray<FollowUp> =>
  Object.values(state.followUps).filter((followUp) => followUp.closedAtMs === null)

/** Cancels what is not yet sent of the open follow-ups, of one chat or of all. R1. @since 0.1.0 */
export const cancelOpen = (
  turn: Turn,
  because: CancelReason,
  concerns: (followUp: FollowUp) => boolean = () => true,
): void => {
  for (const followUp of openFollowUps(turn.state))
    if (followUp.cancelled === null && concerns(followUp))
      emit(turn, {
        _tag: "FollowUpCancelled",
        atMs: turn.nowMs,
        rule: "R1",
        followUpId: followUp.id,
        chatId: followUp.chatId,
        because,
      })
}
