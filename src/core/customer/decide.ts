/**
 * The Decider over one customer: what follows from what happened. Rules R1–R9, R16.
 *
 * Each input is taken in three strokes. First what has passed its deadline is settled, so that a receipt at the
 * deadline is too late; only an SNS whose deadline nobody has acted on yet may still arrive. Then the input itself
 * changes what is known. Last the follow-ups are moved on from there: whoever comes back in the same instant in which
 * they would have been called is not called.
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type { Policy } from "../policy.ts"
import { type Presence, presenceAt, prunableSessions } from "../presence.ts"
import type { Context } from "./context.ts"
import type { FollowUpEvent } from "./event.ts"
import { advance, expire } from "./follow-up.ts"
import { hearMessage, hearRead } from "./hear-chat.ts"
import { hearAnswer, hearReceipt } from "./hear-delivery.ts"
import { hearSignal } from "./hear-presence.ts"
import type { Input } from "./input.ts"
import { type CustomerState, deliveryIdOf, parseDeliveryId } from "./state.ts"
import { cancelOpen, emit, type Refusal, type Turn } from "./turn.ts"

export { evolve } from "./evolve.ts"
export { dueAt } from "./follow-up.ts"
export type { Refusal } from "./turn.ts"

const hear = (turn: Turn, input: Input): Refusal | undefined => {
  switch (input._tag) {
    case "PresenceSignal":
      return hearSignal(turn, input.sessionId, input.signal, input.atMs)
    case "Message":
      return hearMessage(turn, input)
    case "Read":
      return hearRead(turn, input)
    case "SendAnswered":
      return hearAnswer(turn, input)
    case "Receipt":
      return hearReceipt(turn, input)
    case "WakeUp":
      return undefined
  }
}

// An XMS after an SNS that is known to have arrived would be a second text, however late the news (R9).
const confirmedSns = (input: Input): string | undefined => {
  if (input._tag !== "Receipt" || input.status === "failed") return undefined
  const id = parseDeliveryId(input.deliveryId)
  return id?.via === "sns" ? deliveryIdOf(id.followUpId, "sns") : undefined
}

const presenceOf = ({ state, nowMs, policy }: Turn): Presence =>
  presenceAt(Object.values(state.sessions), nowMs, policy.presence)

// A follow-up may have been started by a clock ahead of this one, by which the customer has not left yet: then whoever
// stays for longer than until it started has come back.
const cancelReturned = (turn: Turn, before: Presence): void => {
  const after = presenceOf(turn)
  if (after._tag === "Offline") return
  const wasAwayAt = (atMs: number) =>
    before._tag === "Offline" || (before.untilMs <= atMs && atMs < after.untilMs)
  cancelOpen(turn, "returned", ({ startedAtMs }) => wasAwayAt(startedAtMs))
}

const forget = (turn: Turn): void => {
  const { nowMs: atMs, policy, state } = turn
  // A session just heard of stays for now: were it forgotten at once, the same signal would be news again.
  const heard = turn.events.flatMap((event) => (event._tag === "SessionChanged" ? [event.sessionId] : []))
  const sessionIds = prunableSessions(state.sessions, atMs, policy.presence).filter(
    (sessionId) => !heard.includes(sessionId),
  )
  if (sessionIds.length > 0) emit(turn, { _tag: "SessionsForgotten", atMs, rule: "R2", sessionIds })
  const followUpIds = Object.values(state.followUps)
    .filter(({ closedAtMs }) => closedAtMs !== null && closedAtMs + policy.cascade.rememberClosedMs <= atMs)
    .map((followUp) => followUp.id)
  if (followUpIds.length > 0) emit(turn, { _tag: "FollowUpsForgotten", atMs, rule: "R20", followUpIds })
}

// A wait of 0 ms ends in the instant in which it begins, so what is asked for may be due already.
const settleDown = (turn: Turn): void => {
  for (;;) {
    const decided = turn.events.length
    advance(turn)
    expire(turn)
    if (turn.events.length === decided) return
  }
}

/** What was decided: events to remember, in order, and the state that they lead to. @since 0.1.0 */
export interface Decided {
  readonly events: ReadonlyArray<FollowUpEvent>
  readonly state: CustomerState
}

/**
 * What {@link decide} decides, and the state after it: for whoever keeps the state, and so need not follow the events
 * once more. Total for well-formed ids. R1–R9, R16.
 * @since 0.1.0
 */
export const takeInput = (
  policy: Policy,
  state: CustomerState,
  input: Input,
  context: Context,
): Result.Result<Decided, Refusal> => {
  const turn: Turn = { policy, context, nowMs: context.nowMs, state, ledger: context.ledger, events: [] }
  const before = presenceOf(turn)
  expire(turn, confirmedSns(input))
  const refusal = hear(turn, input)
  if (refusal !== undefined) return Result.fail(refusal)
  cancelReturned(turn, before)
  settleDown(turn)
  // Memory is tidied only when something else changed, so that a repeated input changes nothing.
  if (turn.events.length > 0) forget(turn)
  return Result.succeed(turn)
}

/**
 * What follows from an input: events to remember, in order, or why the input makes no sense here. An input heard
 * before gives no events. A refused input changes nothing. Total for well-formed ids. R1–R9, R16.
 * @since 0.1.0
 */
export const decide = (
  policy: Policy,
  state: CustomerState,
  input: Input,
  context: Context,
): Result.Result<ReadonlyArray<FollowUpEvent>, Refusal> =>
  Result.map(takeInput(policy, state, input, context), ({ events }) => events)
