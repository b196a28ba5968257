/**
 * The history in words: what each event means to a person, without contacts or message bodies. Rule R20.
 * @since 0.1.0
 */
import { milliToPu } from "../billing/pu.ts"
import type { EventOf, FollowUpEvent } from "../customer/event.ts"
import type { Outcome, Via } from "../customer/state.ts"
import type { OfflineReason } from "../presence.ts"
import type { PostedDelivery } from "./post-log.ts"

/**
 * An instant for a person, in UTC, and saying so. Total.
 * @example
 * formatInstant(1_767_603_600_000) // => "2026-01-05 09:00:00 UTC"
 * formatInstant(1_767_603_600_250) // => "2026-01-05 09:00:00.250 UTC"
 * @since 0.1.0
 */
export const formatInstant = (atMs: number): string =>
  Number.isFinite(atMs) && Math.abs(atMs) <= 8.64e15
    ? new Date(atMs)
        .toISOString()
        .replace("T", " ")
        .replace(/(\.000)?Z$/, " UTC")
    : "an unknown instant"

const pageWords = {
  Viewing: "is active on the site",
  OtherPage: "looks at another page",
  Left: "left the site",
} as const

/** Why a customer is offline, in words. @since 0.1.0 */
export const offlineWords: Readonly<Record<OfflineReason, string>> = {
  left: "left the site",
  "other-page": "were looking at another page",
  inactive: "showed no activity",
  "never-seen": "had never been seen on the site",
}

/** A carrier in words. @since 0.1.0 */
export const viaWords: Readonly<Record<Via, string>> = {
  push: "a push",
  sns: "an SNS message",
  xms: "an XMS",
  email: "an email",
}

/** How a delivery ended, in words. @since 0.1.0 */
export const outcomeWords: Readonly<Record<Outcome | "pending", string>> = {
  received: "was received",
  delivered: "was delivered",
  accepted: "was taken over by the provider",
  failed: "failed",
  blocked: "was blocked by the recipient",
  "timed-out": "was not confirmed in time",
  uncertain: "may or may not have been sent",
  withdrawn: "was taken back before it left",
  pending: "is on its way",
}

const aside = (...parts: ReadonlyArray<string | null>): string => {
  const said = parts.filter((part) => part !== null)
  return said.length === 0 ? "" : ` (${said.join(", ")})`
}

// Of what was blocked the reason says nothing more.
const reasonBeside = ({ outcome, reason }: Pick<PostedDelivery, "outcome" | "reason">): string | null =>
  reason === outcome ? null : reason

const awaited = (untilMs: number | null): string =>
  untilMs === null ? "" : `, with news awaited until ${formatInstant(untilMs)}`

/**
 * How a message of the post log stands, in words, with its provider's reason and code, and whatever `more` there is to
 * say. Of what may have been sent: until when news of it is awaited. Total. R20.
 * @since 0.1.0
 */
export const standingWords = (delivery: PostedDelivery, more: string | null = null): string =>
  outcomeWords[delivery.unconfirmedUntilMs === null ? delivery.outcome : "uncertain"] +
  aside(reasonBeside(delivery), delivery.code, more) +
  awaited(delivery.unconfirmedUntilMs)

const cost = (milliPu: number | undefined): string => (milliPu ? `, at ${milliToPu(milliPu)} PU` : "")

const through = ({ provider }: { readonly provider?: string }): string =>
  provider === undefined ? "" : `, through ${provider}`

const requested = ({ via, content, entry }: EventOf<"DeliveryRequested">): string => {
  const kind =
    content.via === "xms"
      ? `${content.kind === "LMS" ? "an LMS" : "an SMS"}${content.segments > 1 ? ` of ${content.segments} segments` : ""}`
      : viaWords[via]
  return `${kind} was asked for${cost(entry?.milliPu)}`
}

const recorded = (event: EventOf<"MessageRecorded">): string => {
  const who = { customer: "the customer wrote", manager: "a manager replied", bot: "an automatic message" }[
    event.from
  ]
  return event.dueMs === null || event.dueMs <= event.atMs
    ? who
    : `${who}; due at ${formatInstant(event.dueMs)} if still unread`
}

const pushReadinessWords = {
  first: "push goes first",
  "not-integrated": "push is not integrated",
  "no-device": "the customer has no device for push",
  "opted-out": "the customer takes no push",
} as const

/** Whether push goes first, or why not, in words. Total. R6. @since 0.1.0 */
export const pushWords = ({ push, missesPush }: EventOf<"FollowUpStarted">): string =>
  pushReadinessWords[push] + (missesPush === true ? ", though the customer has a device for it" : "")

/**
 * One event as a clause for a person: who did what, and why. No contacts, no bodies. Total. R20.
 * @since 0.1.0
 */
export const narrate = (event: FollowUpEvent): string => {
  switch (event._tag) {
    case "SessionChanged":
      return `session ${event.sessionId}: the customer ${pageWords[event.session.page]}`
    case "SessionsForgotten":
      return `${event.sessionIds.length} session(s) that no longer matter were dropped`
    case "MessageRecorded":
      return recorded(event)
    case "RepliesRead":
      return `the customer has seen ${event.messageIds.join(", ")}`
    case "Excluded":
      return `${event.carrier === "xms" ? "XMS" : event.legs.length === 0 ? "follow-up" : event.legs.join(" and ")} not sent: ${event.detail}`
    case "FollowUpStarted":
      return `follow-up of ${event.replies.length === 1 ? "1 reply" : `${event.replies.length} replies`}: the customer ${
        event.offlineReason === "never-seen"
          ? "was never seen on the site"
          : `is offline, they ${offlineWords[event.offlineReason]}`
      }; ${pushWords(event)}`
    case "DeliveryRequested":
      return requested(event)
    case "DeliveryAccepted":
      return `${viaWords[event.via]} was accepted by ${event.provider ?? "the provider"}, which is not yet an arrival`
    case "DeliveryUnconfirmed":
      return `${viaWords[event.via]} ${outcomeWords.uncertain}${aside(event.code)}${through(event)}${awaited(event.deadlineMs)}`
    case "DeliverySettled":
      return `${viaWords[event.via]} ${outcomeWords[event.outcome]}${aside(reasonBeside(event), event.code)}${through(event)}`
    case "ReceiptCameLate":
      return `${viaWords[event.via]} was reported ${event.status} too late; what was sent meanwhile cost ${milliToPu(event.costMilli)} PU`
    case "FollowUpCancelled":
      return event.because === "read"
        ? "the customer read it: nothing more is sent"
        : "the customer came back: nothing more is sent"
    case "FollowUpClosed":
      return event.waitAgain === undefined
        ? "the follow-up is complete"
        : "nothing of the follow-up has left: it waits for the customer to be offline again"
    case "FollowUpsForgotten":
      return `${event.followUpIds.length} follow-up(s) closed long ago were dropped from memory`
    default:
      return "something happened that only a later version of followup knows"
  }
}
