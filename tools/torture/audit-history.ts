/**
 * Laws of the history: what was acknowledged is in it, and everything in it came to an end. Pure.
 */
import { keyText } from "../../src/ports/store.ts"
import { all, type CaseFile, type DeliveryCase, groupBy, heard, outcomeOf } from "./case-file.ts"
import type { Acknowledged, Told, Violation } from "./evidence.ts"

type ToldOf<Call extends Told["call"]> = Extract<Told, { readonly call: Call }>

const LAW = "an acknowledged input is in the history"

const nameOf = ({ channelId, customerId }: Told): string => `${channelId}/${customerId}`

const eventsOf = ({ customers }: CaseFile, told: Told) => customers.get(keyText(told)) ?? []

const messageLost = (file: CaseFile, told: ToldOf<"message">): ReadonlyArray<Violation> => {
  const found = all(eventsOf(file, told), "MessageRecorded").filter(
    ({ event }) => event.chatId === told.chatId && event.messageId === told.messageId,
  )
  return found.length === 1
    ? []
    : [
        {
          law: LAW,
          about: `${nameOf(told)} message ${told.messageId} of ${told.chatId}`,
          expected: "one MessageRecorded, however often it was told",
          found: `${found.length}`,
        },
      ]
}

// A signal changes its session, since each is later than the one before; told again, it changes nothing, unless the
// session was forgotten in between.
const signalLost = (file: CaseFile, told: ToldOf<"presence">): ReadonlyArray<Violation> => {
  const events = eventsOf(file, told)
  const forgotten = all(events, "SessionsForgotten").filter(({ event }) =>
    event.sessionIds.includes(told.sessionId),
  )
  const found = all(events, "SessionChanged").filter(
    ({ event }) => event.sessionId === told.sessionId && event.session.lastSignalAtMs === told.atMs,
  )
  return found.length === 1 || (found.length > 1 && forgotten.length > 0)
    ? []
    : [
        {
          law: LAW,
          about: `${nameOf(told)} signal of ${told.sessionId} at ${told.atMs}`,
          expected: "one SessionChanged with that instant",
          found: `${found.length}`,
        },
      ]
}

// Whatever the read covers was read, or its follow-up was over by then; and none of it is asked for afterwards.
const readLost = (file: CaseFile, told: ToldOf<"read">, ackedAtMs: number): ReadonlyArray<Violation> => {
  const events = eventsOf(file, told).filter(
    ({ event }) => !("chatId" in event) || event.chatId === told.chatId,
  )
  // One of which nothing left is not over: its replies wait for another one.
  const closedAtMs = new Map(
    all(events, "FollowUpClosed").flatMap(({ event }) =>
      event.waitAgain === undefined ? [[event.followUpId, event.atMs]] : [],
    ),
  )
  const replies = all(events, "MessageRecorded")
    .filter(({ event }) => event.reply !== null && told.messageIds.includes(event.messageId))
    .map(({ event }) => event.messageId)
  return replies.flatMap((messageId) => {
    const read = all(events, "RepliesRead").find(({ event }) => event.messageIds.includes(messageId))
    const start = all(events, "FollowUpStarted").findLast(({ event }) =>
      event.replies.some((reply) => reply.messageId === messageId),
    )
    const overAtMs = start && closedAtMs.get(start.event.followUpId)
    const about = `${nameOf(told)} read of ${messageId} of ${told.chatId}, acknowledged at ${ackedAtMs}`
    if (
      (read === undefined || read.event.atMs > ackedAtMs) &&
      (overAtMs === undefined || overAtMs > ackedAtMs)
    )
      return [{ law: LAW, about, expected: "RepliesRead, or a follow-up closed by then", found: "neither" }]
    const after = all(events, "DeliveryRequested").filter(
      ({ seq, event }) =>
        event.messageIds.includes(messageId) &&
        (event.atMs > ackedAtMs || (read !== undefined && seq > read.seq)),
    )
    return after.map(({ event }) => ({
      law: LAW,
      about,
      expected: "nothing asked for afterwards",
      found: event.deliveryId,
    }))
  })
}

const inputLost = (file: CaseFile, { told, ackedAtMs }: Acknowledged): ReadonlyArray<Violation> => {
  switch (told.call) {
    case "message":
      return messageLost(file, told)
    case "presence":
      return signalLost(file, told)
    case "read":
      return readLost(file, told, ackedAtMs)
  }
}

const arrived = (word: string | undefined): boolean => word === "received" || word === "delivered"
const failed = (word: string | undefined): boolean => word === "failed" || word === "blocked"

// The provider says one thing of a delivery, however often: it is its outcome, or came late.
const receiptLost = (delivery: DeliveryCase): ReadonlyArray<Violation> => {
  const [receipt] = heard(delivery)
  if (receipt === undefined) return []
  const isSo = receipt.status === "failed" ? failed : arrived
  const known =
    delivery.settled.some(({ event }) => isSo(event.outcome)) ||
    delivery.late.some(({ event }) => isSo(event.status))
  return known
    ? []
    : [
        {
          law: LAW,
          about: `receipt "${receipt.status}" of ${delivery.deliveryId}, acknowledged at ${receipt.atMs}`,
          expected: "it is the outcome, or a ReceiptCameLate",
          found: `outcome ${outcomeOf(delivery)}`,
        },
      ]
}

/** Each acknowledged message, signal, read and receipt is in the history, and what was told twice is there once. */
export const lostInputs = (file: CaseFile): ReadonlyArray<Violation> => [
  ...file.evidence.acknowledged.flatMap((one) => inputLost(file, one)),
  ...[...file.deliveries.values()].flatMap(receiptLost),
]

const SETTLED = "every follow-up is settled"

const repliesLeft = (file: CaseFile): ReadonlyArray<Violation> =>
  [...file.customers].flatMap(([customer, events]) => {
    const started = all(events, "FollowUpStarted").flatMap(({ event }) =>
      event.replies.map(({ messageId }) => `${event.chatId}/${messageId}`),
    )
    // Of a follow-up of which nothing left, replies wait for another one.
    const again = all(events, "FollowUpClosed").flatMap(({ event }) =>
      (event.waitAgain ?? []).map((messageId) => `${event.chatId}/${messageId}`),
    )
    const read = all(events, "RepliesRead").flatMap(({ event }) =>
      event.messageIds.map((messageId) => `${event.chatId}/${messageId}`),
    )
    return all(events, "MessageRecorded")
      .filter(({ event }) => event.reply !== null)
      .flatMap(({ event }) => {
        const reply = `${event.chatId}/${event.messageId}`
        const count = (replies: ReadonlyArray<string>) => replies.filter((one) => one === reply).length
        const times = count(started) - count(again)
        return times === 1 || (times === 0 && read.includes(reply))
          ? []
          : [
              {
                law: SETTLED,
                about: `reply ${reply} to ${customer}`,
                expected: "one follow-up, or read before",
                found: `${times} follow-ups`,
              },
            ]
      })
  })

const openFollowUps = ({ evidence }: CaseFile): ReadonlyArray<Violation> => {
  const { events } = evidence
  const closed = groupBy(all(events, "FollowUpClosed"), ({ event }) => event.followUpId)
  const started = groupBy(all(events, "FollowUpStarted"), ({ event }) => event.followUpId)
  return [...new Set([...started.keys(), ...closed.keys()])].flatMap((id) => {
    const times = [started.get(id)?.length ?? 0, closed.get(id)?.length ?? 0]
    return times[0] === 1 && times[1] === 1
      ? []
      : [
          {
            law: SETTLED,
            about: id,
            expected: "started once and closed once",
            found: `started ${times[0]} and closed ${times[1]} times`,
          },
        ]
  })
}

const openDeliveries = (file: CaseFile): ReadonlyArray<Violation> =>
  [...file.deliveries.values()].flatMap(({ deliveryId, requested, settled }) => {
    const outcomes = settled.map(({ event }) => event.outcome)
    // Only "accepted", which no receipt was to follow, may still be followed by one.
    const isFinal = outcomes.length === 1 || (outcomes.length === 2 && outcomes[0] === "accepted")
    return requested.length <= 1 && (requested.length === 0 || isFinal)
      ? []
      : [
          {
            law: SETTLED,
            about: deliveryId,
            expected: "asked for once and settled",
            found: `asked for ${requested.length} times, settled as ${outcomes.join(", ") || "nothing"}`,
          },
        ]
  })

/** Every reply led to one follow-up or was read; every follow-up is closed, every delivery settled; nothing waits. */
export const unsettled = (file: CaseFile): ReadonlyArray<Violation> => [
  ...repliesLeft(file),
  ...openFollowUps(file),
  ...openDeliveries(file),
  ...file.evidence.outbox.map((deliveryId) => ({
    law: SETTLED,
    about: deliveryId,
    expected: "an empty outbox",
    found: "still in it",
  })),
]
