/**
 * Why a reply was followed up, or was not: as data, as one sentence, and with the one change that would have made it
 * otherwise. Rule R20.
 * @since 0.1.0
 */
import { milliToPu, puToMilli } from "../billing/pu.ts"
import type { EventOf, ExclusionReason, FollowUpEvent } from "../customer/event.ts"
import { otherwiseOfDisabled } from "../disabled.ts"
import type { RuleId } from "../rule.ts"
import { formatInstant, narrate, offlineWords, pushWords, standingWords, viaWords } from "./narrate.ts"
import { type PostedDelivery, type PostedExclusion, type PostLogEntry, postLog } from "./post-log.ts"

/** One thing that happened to a reply. @since 0.1.0 */
export interface ExplanationStep {
  readonly atMs: number
  readonly rule: RuleId
  readonly what: string
}

/**
 * What became of a message and why. `verdict`: `followed-up` (something was asked for), `excluded` (nothing was),
 * `waiting` (the customer is still online, or the quiet period runs), `not-a-reply` (it is the customer's own),
 * `unknown` (never heard of), `ambiguous` (several chats have a message with this id, and none was named: nothing is
 * told of any). `otherwise` is the one change that would have made it otherwise. R20.
 * @since 0.1.0
 */
export interface Explanation {
  readonly messageId: string
  readonly verdict: "followed-up" | "excluded" | "waiting" | "not-a-reply" | "unknown" | "ambiguous"
  readonly rule: RuleId | null
  readonly deliveries: ReadonlyArray<PostedDelivery>
  readonly exclusions: ReadonlyArray<PostedExclusion>
  readonly steps: ReadonlyArray<ExplanationStep>
  readonly costPu: number
  readonly sentence: string
  readonly otherwise: string
}

const wouldChange: Readonly<Record<Exclude<ExclusionReason, "disabled">, string>> = {
  "manager-initiated":
    "Had the customer written in this chat first, it would have been sent once they were offline, if still unread.",
  marketing:
    "Had it been an ordinary reply, it would have been sent once the customer was offline, if still unread.",
  automatic:
    "Had a manager written it, it would have been sent once the customer was offline, if still unread.",
  read: "Had the customer not seen it, it would have been sent once they were offline.",
  returned: "Had the customer stayed away, it would have been sent.",
  "no-contact": "Had the customer a usable contact for it, it would have been sent.",
  "quota-exhausted": "Had the plan enough PU left, it would have been sent.",
  "country-not-allowed": "Were the country allowed and priced, it would have been sent.",
  "too-long": "Were the text shorter, it would have been sent.",
  unencodable: "Without the characters that the phone network cannot carry there, it would have been sent.",
  "opted-out": "Had the customer not opted out, it would have been sent.",
}

const otherwiseWithout = ({ reason, detail }: PostedExclusion): string =>
  reason === "disabled" ? otherwiseOfDisabled(detail) : wouldChange[reason]

const idsIn = (event: FollowUpEvent): ReadonlyArray<string> | undefined => {
  switch (event._tag) {
    case "MessageRecorded":
      return [event.messageId]
    case "RepliesRead":
    case "Excluded":
    case "DeliveryRequested":
      return event.messageIds
    default:
      return undefined
  }
}

const isAbout = (event: FollowUpEvent, messageId: string, followUps: ReadonlySet<string>): boolean =>
  idsIn(event)?.includes(messageId) ??
  ("followUpId" in event && event.followUpId !== null && followUps.has(event.followUpId))

const chatsWith = (history: ReadonlyArray<FollowUpEvent>, messageId: string): ReadonlyArray<string> => [
  ...new Set(
    history.flatMap((event) =>
      "chatId" in event && idsIn(event)?.includes(messageId) === true ? [event.chatId] : [],
    ),
  ),
]

const clause = (delivery: PostedDelivery): string => {
  const what = delivery.kind === null ? viaWords[delivery.via] : delivery.kind === "LMS" ? "an LMS" : "an SMS"
  const standing = standingWords(delivery, delivery.pu === 0 ? null : `${delivery.pu} PU`)
  return `${what} at ${formatInstant(delivery.atMs)}, which ${standing}`
}

const list = (parts: ReadonlyArray<string>): string =>
  parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join("; ")}; and ${parts.at(-1)}`

const withoutPush = (started: EventOf<"FollowUpStarted"> | undefined): ReadonlyArray<string> =>
  started?.missesPush === true ? [`push was not sent because ${pushWords(started)}`] : []

const notSent = (
  started: EventOf<"FollowUpStarted"> | undefined,
  exclusions: ReadonlyArray<PostedExclusion>,
): string =>
  list([
    ...withoutPush(started),
    ...exclusions.map(
      ({ legs, carrier, detail }) =>
        `${carrier === "xms" ? "XMS" : legs.length === 0 ? "nothing" : legs.join(" and ")} ${
          legs.length === 0 ? "was" : "was not"
        } sent because ${detail}`,
    ),
  ])

const followedUp = (
  started: EventOf<"FollowUpStarted">,
  deliveries: ReadonlyArray<PostedDelivery>,
  exclusions: ReadonlyArray<PostedExclusion>,
): string => {
  const why =
    started.offlineReason === "never-seen"
      ? "they had never been seen on the site"
      : `they ${offlineWords[started.offlineReason]} (offline since ${formatInstant(started.offlineSinceMs)})`
  const rest = notSent(started, exclusions)
  return `The customer had not seen it and was offline, because ${why}, so it was followed up with ${list(deliveries.map(clause))}${rest === "" ? "" : `; ${rest}`}.`
}

const otherwiseFor = (
  started: EventOf<"FollowUpStarted">,
  deliveries: ReadonlyArray<PostedDelivery>,
): string => {
  const push = deliveries.find((delivery) => delivery.via === "push")
  if (push?.outcome === "received")
    return "Had the push not been received in time, a text and an email would have been tried."
  if (push !== undefined && deliveries.length > 1 && push.settledAtMs !== null)
    return `Had the push been received before ${formatInstant(push.settledAtMs)}, only the push would have been sent.`
  return `Had the customer read it, or been active on the site, at ${formatInstant(started.atMs)}, nothing would have been sent.`
}

type Verdict = Pick<Explanation, "verdict" | "rule" | "sentence" | "otherwise">

// A reply of a follow-up of which nothing left waits again, as if that had not been.
const wasGivenBack = (
  about: ReadonlyArray<FollowUpEvent>,
  messageId: string,
  followUpId: string | undefined,
): boolean =>
  about.some(
    (event) =>
      event._tag === "FollowUpClosed" &&
      event.followUpId === followUpId &&
      (event.waitAgain?.includes(messageId) ?? false),
  )

const judge = (
  recorded: EventOf<"MessageRecorded"> | undefined,
  started: EventOf<"FollowUpStarted"> | undefined,
  waitsAgain: boolean,
  deliveries: ReadonlyArray<PostedDelivery>,
  exclusions: ReadonlyArray<PostedExclusion>,
): Verdict => {
  if (recorded === undefined)
    return { verdict: "unknown", rule: null, sentence: "No such message is in the history.", otherwise: "" }
  if (recorded.from === "customer" && exclusions.length === 0)
    return {
      verdict: "not-a-reply",
      rule: "R1",
      sentence: "It is the customer's own message.",
      otherwise: "",
    }
  if (waitsAgain && exclusions.length === 0)
    return {
      verdict: "waiting",
      rule: "R1",
      sentence:
        "It waits for the customer to be offline again: they came back before anything of it had left.",
      otherwise: "Had they stayed away, it would have been sent.",
    }
  if (started !== undefined && deliveries.length > 0)
    return {
      verdict: "followed-up",
      rule: started.rule,
      sentence: followedUp(started, deliveries, exclusions),
      otherwise: otherwiseFor(started, deliveries),
    }
  const [exclusion] = exclusions
  if (exclusion !== undefined)
    return {
      verdict: "excluded",
      rule: exclusion.rule,
      sentence: `It was not followed up: ${notSent(started, exclusions)}.`,
      otherwise: otherwiseWithout(exclusion),
    }
  return {
    verdict: "waiting",
    rule: "R1",
    sentence: `It waits: the customer is online or may write more, so it is due at ${formatInstant(recorded.dueMs ?? recorded.atMs)} at the earliest.`,
    otherwise: "Should the customer read it, or write, before they are offline, nothing will be sent.",
  }
}

/** How many chats are named where it is not clear which is meant. */
const MAX_NAMED = 5

const whichChat = (chats: ReadonlyArray<string>): Verdict => {
  const named = chats.slice(0, MAX_NAMED).join(", ") + (chats.length > MAX_NAMED ? ", …" : "")
  return {
    verdict: "ambiguous",
    rule: null,
    sentence: `The customer has messages with this id in ${chats.length} chats, so say which is meant: ${named}.`,
    otherwise: "",
  }
}

const isOfChat = (event: FollowUpEvent, chatId: string | undefined): boolean =>
  !("chatId" in event) || event.chatId === chatId

/**
 * Explains what became of a message, from one customer's history (oldest first). `chatId` says which one is meant where
 * message ids are unique within a chat only; without it, a message whose id several chats have is `ambiguous`. `customerId`
 * is whose history it is, for the entries of the explanation, since events do not say it. Total. R20.
 * @since 0.1.0
 */
export const explain = (
  customerHistory: ReadonlyArray<FollowUpEvent>,
  messageId: string,
  chatId?: string,
  customerId = "",
): Explanation => {
  const chats = chatId === undefined ? chatsWith(customerHistory, messageId) : [chatId]
  // Of several, nothing is told.
  const history = customerHistory.filter((event) => chats.length < 2 && isOfChat(event, chats[0]))
  const starts = history.filter(
    (event): event is EventOf<"FollowUpStarted"> =>
      event._tag === "FollowUpStarted" && event.replies.some((reply) => reply.messageId === messageId),
  )
  const followUps = new Set(starts.map((start) => start.followUpId))
  const about = history.filter((event) => isAbout(event, messageId, followUps))
  const recorded = about.find((event) => event._tag === "MessageRecorded")
  const entries = postLog(about.map((event) => ({ customerId, event })))
  const deliveries = entries.filter((entry) => entry._tag === "Delivery")
  const exclusions = entries.filter((entry) => entry._tag === "Exclusion")
  // Nothing left of the follow-ups before the last one, nor of that one if it gave the message back.
  const last = starts.at(-1)
  const waitsAgain = wasGivenBack(about, messageId, last?.followUpId)
  const counts = waitsAgain ? undefined : last
  const isOfLast = ({ followUpId }: PostLogEntry): boolean =>
    followUpId === null || followUpId === counts?.followUpId
  return {
    messageId,
    deliveries,
    exclusions,
    steps: about.map((event) => ({ atMs: event.atMs, rule: event.rule, what: narrate(event) })),
    costPu: milliToPu(deliveries.reduce((sum, { pu }) => sum + puToMilli(pu), 0)),
    ...(chats.length > 1
      ? whichChat(chats)
      : judge(recorded, counts, waitsAgain, deliveries.filter(isOfLast), exclusions.filter(isOfLast))),
  }
}
