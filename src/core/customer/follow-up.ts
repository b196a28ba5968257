/**
 * The life of a follow-up: due, started, moved on leg by leg, closed. Rules R1, R6–R9.
 * @since 0.1.0
 */
import type { MessageEntry } from "../billing/ledger.ts"
import { nextStep, outcomeAtDeadline, type Step } from "../cascade.ts"
import { pushReadiness, takesPush } from "../eligibility.ts"
import type { Policy } from "../policy.ts"
import { lastingSession, offlineFrom, presenceAt } from "../presence.ts"
import type { RuleId } from "../rule.ts"
import type { Content, EventOf } from "./event.ts"
import { chatOf } from "./evolve.ts"
import { type LegPlan, planEmail, planPush, planText, planXms } from "./plan.ts"
import {
  aboutDelivery,
  type CustomerState,
  type Delivery,
  deliveryIdOf,
  type FollowUp,
  followUpId,
  isOpen,
  type Leg,
  type Outcome,
  type Reply,
  unreadReplies,
  type Via,
} from "./state.ts"
import { emit, openFollowUps, type Turn } from "./turn.ts"

// --- when something is due -------------------------------------------------------------------------------------

const offlineAtMs = (state: CustomerState, policy: Policy): number => {
  const session = lastingSession(Object.values(state.sessions), policy.presence)
  return session === undefined ? 0 : offlineFrom(session, policy.presence)
}

// As arguments of one call, a hundred thousand instants would overflow the stack.
const earliest = (instants: ReadonlyArray<number>): number =>
  instants.reduce((first, atMs) => Math.min(first, atMs), Number.POSITIVE_INFINITY)
const latest = (instants: ReadonlyArray<number>): number =>
  instants.reduce((last, atMs) => Math.max(last, atMs), Number.NEGATIVE_INFINITY)

const quietAtMs = (waiting: ReadonlyArray<Reply>, { digest }: Policy): number => {
  // Replies may be heard of in another order than they were written in.
  const written = waiting.map(({ atMs }) => atMs)
  return waiting.length === 0
    ? Number.POSITIVE_INFINITY
    : Math.min(latest(written) + digest.quietMs, earliest(written) + digest.maxWaitMs)
}

/** When a reply just recorded would be followed up if nothing else happens, UTC epoch ms. Total. R1. @since 0.1.0 */
export const dueOfReply = ({ state, policy }: Turn, chatId: string, reply: Reply): number =>
  Math.max(offlineAtMs(state, policy), quietAtMs([...chatOf(state, chatId).waiting, reply], policy))

const deadlines = (state: CustomerState): ReadonlyArray<number> =>
  openFollowUps(state)
    .flatMap((followUp) => Object.values(followUp.deliveries))
    .filter(isOpen)
    .flatMap((delivery) => (delivery.deadlineMs === null ? [] : [delivery.deadlineMs]))

/**
 * The next instant at which the customer's Decider needs a `WakeUp`, UTC epoch ms; `null` when it waits only for the
 * outside. Total. R1, R7, R9.
 * @since 0.1.0
 */
export const dueAt = (policy: Policy, state: CustomerState): number | null => {
  const quietMs = earliest(Object.values(state.chats).map(({ waiting }) => quietAtMs(waiting, policy)))
  const next = earliest([Math.max(offlineAtMs(state, policy), quietMs), ...deadlines(state)])
  return Number.isFinite(next) ? next : null
}

// --- settling --------------------------------------------------------------------------------------------------

/** The rule by which news of a delivery is understood: the push's wait, the text's carriers, the email on its own. @since 0.1.0 */
export const newsRule: Readonly<Record<Via, RuleId>> = { push: "R7", sns: "R9", xms: "R9", email: "R8" }

const costsNothing: Readonly<Partial<Record<Outcome, true>>> = {
  failed: true,
  blocked: true,
  withdrawn: true,
}

// Only a carrier that refused costs nothing; what may have been sent is paid for.
const entryAfter = (delivery: Delivery, outcome: Outcome): MessageEntry | null => {
  if (delivery.reserve === null || delivery.charge === "none") return null
  if (costsNothing[outcome])
    return { ...delivery.reserve, op: delivery.charge === "used" ? "refund" : "release" }
  return delivery.charge === "used" ? null : { ...delivery.reserve, op: "settle" }
}

/** What a provider said as it ended a delivery. @since 0.1.0 */
export type LastWord = Partial<Pick<EventOf<"DeliverySettled">, "reason" | "code" | "provider" | "left">>

/** Ends a delivery with an outcome, and lets the ledger follow. R7, R9, R16. @since 0.1.0 */
export const settle = (
  turn: Turn,
  followUp: FollowUp,
  delivery: Delivery,
  outcome: Outcome,
  said: LastWord = {},
): void =>
  emit(turn, {
    _tag: "DeliverySettled",
    atMs: turn.nowMs,
    rule: newsRule[delivery.via],
    ...aboutDelivery(followUp, delivery.via),
    outcome,
    reason: null,
    code: null,
    ...said,
    entry: entryAfter(delivery, outcome),
  })

/**
 * Settles every delivery whose deadline has come, the deadline itself included, but for the one `spared`, by its id.
 * R7, R9.
 * @since 0.1.0
 */
export const expire = (turn: Turn, spared?: string): void => {
  for (const followUp of openFollowUps(turn.state))
    for (const delivery of Object.values(followUp.deliveries))
      if (
        isOpen(delivery) &&
        delivery.deadlineMs !== null &&
        delivery.deadlineMs <= turn.nowMs &&
        deliveryIdOf(followUp.id, delivery.via) !== spared
      )
        settle(turn, followUp, delivery, outcomeAtDeadline(delivery))
}

// --- moving on -------------------------------------------------------------------------------------------------

const request = (
  turn: Turn,
  followUp: FollowUp,
  via: Via,
  content: Content,
  country: string,
  entry: MessageEntry | null,
): void => {
  const { nowMs, policy } = turn
  const { pushTimeoutMs, snsDeadlineMs, sendWithinMs } = policy.cascade
  const worthMs = { push: pushTimeoutMs, sns: snsDeadlineMs, xms: sendWithinMs, email: sendWithinMs }[via]
  const rule: RuleId = via === "push" ? "R6" : via === "email" ? "R8" : "R9"
  emit(turn, {
    _tag: "DeliveryRequested",
    atMs: nowMs,
    rule,
    ...aboutDelivery(followUp, via),
    messageIds: unreadReplies(followUp).map((reply) => reply.messageId),
    content,
    country,
    // A push has its 30 s from the asking; the others wait for news only once the provider has answered.
    deadlineMs: via === "push" ? nowMs + pushTimeoutMs : null,
    expiresAtMs: nowMs + worthMs,
    entry,
  })
}

const carryOut = (turn: Turn, followUp: FollowUp, leg: Leg, plan: LegPlan): void => {
  if (plan._tag === "Send") return request(turn, followUp, plan.via, plan.content, plan.country, plan.entry)
  emit(turn, {
    _tag: "Excluded",
    atMs: turn.nowMs,
    ...plan.obstacle,
    followUpId: followUp.id,
    chatId: followUp.chatId,
    messageIds: unreadReplies(followUp).map((reply) => reply.messageId),
    legs: [leg],
    carrier: plan.carrier,
    entry: plan.entry,
  })
}

// Whoever came back before anything left was not called: what they still have not seen waits for them to leave again.
const whatWaits = (followUp: FollowUp): Pick<EventOf<"FollowUpClosed">, "waitAgain"> => {
  const deliveries = Object.values(followUp.deliveries)
  const nothingLeft =
    deliveries.length > 0 && deliveries.every(({ status, left }) => status in costsNothing && left !== true)
  const unread = unreadReplies(followUp).map((reply) => reply.messageId)
  return nothingLeft && followUp.cancelled === "returned" && unread.length > 0 ? { waitAgain: unread } : {}
}

const withheldBecause = {
  read: "the customer read it",
  returned: "the customer came back",
} as const

const take = (turn: Turn, followUp: FollowUp, step: Step): void => {
  const about = { atMs: turn.nowMs, followUpId: followUp.id, chatId: followUp.chatId }
  const context = { ...turn.context, ledger: turn.ledger }
  const replies = unreadReplies(followUp)
  switch (step._tag) {
    case "Start":
      return step.leg === "text"
        ? carryOut(turn, followUp, "text", planText(turn.policy, context, followUp.chatId, replies))
        : carryOut(turn, followUp, "email", planEmail(turn.policy, context, followUp.chatId, replies))
    case "StartXms":
      return carryOut(turn, followUp, "text", planXms(turn.policy, context, followUp.chatId, replies))
    case "Withhold":
      return emit(turn, {
        _tag: "Excluded",
        ...about,
        rule: "R1",
        // What is withheld because it was read is all of it.
        messageIds: (replies.length > 0 ? replies : followUp.replies).map((reply) => reply.messageId),
        legs: step.legs,
        carrier: step.carrier,
        reason: step.because,
        detail: withheldBecause[step.because],
        entry: null,
      })
    case "Close":
      return emit(turn, { _tag: "FollowUpClosed", ...about, rule: "R20", ...whatWaits(followUp) })
  }
}

const start = (
  turn: Turn,
  chatId: string,
  sinceMs: number,
  reason: "left" | "other-page" | "inactive" | "never-seen",
): void => {
  const { channel, contact, customerId } = turn.context
  const replies = chatOf(turn.state, chatId).waiting
  const [first] = replies
  if (first === undefined) return
  const id = followUpId(channel.id, customerId, chatId, first.messageId, first.round)
  const push = pushReadiness(channel, contact)
  emit(turn, {
    _tag: "FollowUpStarted",
    atMs: turn.nowMs,
    rule: "R1",
    followUpId: id,
    chatId,
    replies,
    offlineSinceMs: sinceMs,
    offlineReason: reason,
    push,
    ...(push === "not-integrated" && takesPush(contact) && { missesPush: true }),
  })
  const followUp = turn.state.followUps[id]
  if (push === "first" && followUp !== undefined)
    request(turn, followUp, "push", planPush(turn.context, replies), channel.country, null)
}

// A step changes the follow-up, which may need another one; there are at most a handful before it waits or closes.
const moveOn = (turn: Turn, id: string): void => {
  for (;;) {
    const followUp = turn.state.followUps[id]
    const step = followUp && nextStep(followUp, turn.policy.cascade)
    if (followUp === undefined || step === undefined) return
    take(turn, followUp, step)
  }
}

/** Starts the follow-ups that are due and takes every open one as far as it goes. R1, R6–R9. @since 0.1.0 */
export const advance = (turn: Turn): void => {
  const { nowMs, policy } = turn
  const presence = presenceAt(Object.values(turn.state.sessions), nowMs, policy.presence)
  if (presence._tag === "Offline")
    for (const [chatId, { waiting }] of Object.entries(turn.state.chats))
      if (quietAtMs(waiting, policy) <= nowMs) start(turn, chatId, presence.sinceMs, presence.reason)
  for (const followUp of openFollowUps(turn.state)) moveOn(turn, followUp.id)
}
