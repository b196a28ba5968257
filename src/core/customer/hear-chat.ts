/**
 * A message or a read reaches the customer's Decider. Rules R1, R4, R5.
 * @since 0.1.0
 */
import { messageObstacle, type Obstacle } from "../eligibility.ts"
import { lastActiveSession } from "../presence.ts"
import { chatOf } from "./evolve.ts"
import { dueOfReply } from "./follow-up.ts"
import { hearSignal } from "./hear-presence.ts"
import type { InputOf } from "./input.ts"
import { type FollowUp, type Reply, unreadReplies } from "./state.ts"
import { cancelOpen, emit, openFollowUps, type Refusal, type Turn } from "./turn.ts"

const record = (turn: Turn, input: InputOf<"Message">, reply: Reply | null): void =>
  emit(turn, {
    _tag: "MessageRecorded",
    atMs: turn.nowMs,
    rule: "R1",
    chatId: input.chatId,
    messageId: input.messageId,
    from: input.from,
    purpose: input.purpose,
    reply,
    dueMs: reply && dueOfReply(turn, input.chatId, reply),
  })

const exclude = (
  turn: Turn,
  chatId: string,
  messageIds: ReadonlyArray<string>,
  { reason, rule, detail }: Obstacle,
): void =>
  emit(turn, {
    _tag: "Excluded",
    atMs: turn.nowMs,
    rule,
    followUpId: null,
    chatId,
    messageIds,
    legs: [],
    carrier: null,
    reason,
    detail,
    entry: null,
  })

// Replies that waited for the customer to leave and were seen before that.
const excludeRead = (turn: Turn, chatId: string, messageIds: ReadonlyArray<string>, detail: string): void => {
  if (messageIds.length > 0) exclude(turn, chatId, messageIds, { reason: "read", rule: "R1", detail })
}

/** The session in which a customer wrote: the one named, or their last active one if it still views the page. */
const sessionOfMessage = ({ state }: Turn, named: string | undefined): string | undefined => {
  if (named !== undefined) return named
  const last = lastActiveSession(state.sessions)
  return last !== undefined && state.sessions[last]?.page === "Viewing" ? last : undefined
}

// Replies that the customer was called back for, and has not seen yet.
const calledFor = ({ state }: Turn, chatId: string): ReadonlyArray<Reply> =>
  openFollowUps(state)
    .filter((followUp) => followUp.chatId === chatId)
    .flatMap(unreadReplies)

const idsOf = (replies: ReadonlyArray<Reply>): ReadonlyArray<string> =>
  replies.map(({ messageId }) => messageId)

const isReadThrough = (followUp: FollowUp): boolean => unreadReplies(followUp).length === 0

// Whoever writes in a chat has seen what was written before: replies that waited are read, and a follow-up of which all
// is read has done its work. A message may be heard of late, and says nothing of what came after it.
const hearCustomer = (turn: Turn, input: InputOf<"Message">): void => {
  const { chatId } = input
  // One dated after now is of a process whose clock is ahead, and was there before this message was heard of.
  const wasSeen = ({ atMs }: Reply): boolean => atMs <= input.atMs || atMs > turn.nowMs
  const waiting = idsOf(chatOf(turn.state, chatId).waiting.filter(wasSeen))
  const messageIds = [...idsOf(calledFor(turn, chatId).filter(wasSeen)), ...waiting]
  record(turn, input, null)
  if (messageIds.length > 0)
    emit(turn, { _tag: "RepliesRead", atMs: turn.nowMs, rule: "R1", chatId, messageIds })
  excludeRead(turn, chatId, waiting, "the customer wrote in the chat, so they have seen it")
  const sessionId = sessionOfMessage(turn, input.sessionId)
  if (sessionId !== undefined) hearSignal(turn, sessionId, "active", input.atMs)
  cancelOpen(turn, "returned", (followUp) => followUp.chatId === chatId && isReadThrough(followUp))
}

/** Takes a message into its chat; one heard before makes no event. R1, R4, R5. @since 0.1.0 */
export const hearMessage = (turn: Turn, input: InputOf<"Message">): undefined => {
  const chat = chatOf(turn.state, input.chatId)
  if (chat.messageIds.includes(input.messageId)) return
  if (input.from === "customer" && input.purpose === "chat") {
    hearCustomer(turn, input)
    return
  }
  const obstacle = messageObstacle(input, chat)
  if (obstacle === undefined) {
    const { messageId, text, authorName } = input
    const atMs = Math.min(input.atMs, turn.nowMs)
    record(
      turn,
      input,
      authorName === undefined ? { messageId, text, atMs } : { messageId, text, authorName, atMs },
    )
    return
  }
  record(turn, input, null)
  exclude(turn, input.chatId, [input.messageId], obstacle)
}

/** Takes a read: what it covers is no longer unread. One that covers nothing new makes no event. R1. @since 0.1.0 */
export const hearRead = (turn: Turn, input: InputOf<"Read">): Refusal | undefined => {
  const { chatId, upTo } = input
  const chat = chatOf(turn.state, chatId)
  const index = chat.messageIds.indexOf(upTo)
  if (index < 0) return { _tag: "UnknownMessage", chatId, messageId: upTo }
  // A reply older than the ids that are remembered is covered as well.
  const later = new Set(chat.messageIds.slice(index + 1))
  const waiting = idsOf(chat.waiting).filter((id) => !later.has(id))
  const called = idsOf(calledFor(turn, chatId)).filter((id) => !later.has(id))
  if (waiting.length + called.length === 0) return undefined
  emit(turn, {
    _tag: "RepliesRead",
    atMs: turn.nowMs,
    rule: "R1",
    chatId,
    messageIds: [...called, ...waiting],
  })
  excludeRead(turn, chatId, waiting, "the customer read it before they went offline")
  cancelOpen(turn, "read", (followUp) => followUp.chatId === chatId && isReadThrough(followUp))
  return undefined
}
