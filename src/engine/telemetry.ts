/**
 * Every name by which the engine can be watched: spans, metrics and log lines, as docs/guides/observability.md lists
 * them. Rules R6–R9, R16, R20.
 *
 * Attributes have few values and none comes from a customer: no contact, no word, and no id of a customer, chat, message
 * or delivery, since a host may have made those of an address or a number. A channel's id is on spans and log lines
 * only: there are too many channels for metrics. Names follow OpenTelemetry: lower case, dots, units in UCUM, and
 * `error.type` on what failed and nowhere else. Its `messaging.*` names are for queues between programs, and not used.
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"
import type { ExclusionReason } from "../core/customer/event.ts"
import type { Input } from "../core/customer/input.ts"
import type { CancelReason, Outcome, Via } from "../core/customer/state.ts"
import type { RejectReason } from "../core/send-result.ts"
import type { Notice, StoreError, StoreShape } from "../ports/store.ts"
import { mistakeLines } from "../sending/mistakes.ts"
import type { FollowUpsErrorReason } from "./error.ts"

/** Names of the spans. @since 0.1.0 */
export const spans = {
  /** A batch of inputs, from when it was taken to when its callers were answered. */
  batch: "followup.batch",
  /** The host's directory is asked for all that a batch needs. Within `followup.batch`. */
  directory: "followup.directory",
  /** A batch is decided and written, in one transaction. Within `followup.batch`. */
  transaction: "followup.transaction",
  /** One attempt to send one message. */
  send: "followup.send",
  /** The host is told one notice. R16. */
  notice: "followup.notice",
} as const

/** Texts of the log lines, all of them warnings. They stay as they are; what varies is in annotations. @since 0.1.0 */
export const logLines = {
  storeAway: "followup: the store cannot be reached; trying again",
  storeBack: "followup: the store works again",
  roundFailed: "followup: looking for what is due failed unexpectedly; trying again",
  quarantined:
    "followup: what is due of customers cannot be decided; they are left alone for a while, and quarantine() names them",
  answerLost:
    "followup: the answer to a send could not be kept; it counts as interrupted once its lease is over",
  messageUnreadable: "followup: what is stored of a message cannot be read; it is given up",
  ...mistakeLines,
  requestNotKept: "followup: what a request told could not be kept; it was answered so that it is told again",
  noRequest:
    "followup: the handler expected a web-standard Request; with node:http or Express wrap it, as docs/guides/webhooks.md shows",
  newsRefused: "followup: what a webhook told makes no sense; it is left out",
  pruneFailed: "followup: old history could not be removed; trying again later",
  providerFails: "followup: a provider fails again and again; it is left alone but for a probe now and then",
  providerWorks: "followup: a provider that was left alone works again",
  placeholderSender:
    "followup: mails come from a placeholder of a domain; set policy.email.defaultDomain to one of yours",
} as const

/** Attributes of a metric: every value is one of a few. @since 0.1.0 */
export type Attributes = Readonly<Record<string, string | undefined>>

/** What kind of input it was, as metrics say it. @since 0.1.0 */
export const inputKinds = {
  PresenceSignal: "presence",
  Message: "message",
  Read: "read",
  WakeUp: "wake-up",
  SendAnswered: "send-answer",
  Receipt: "receipt",
} as const satisfies Readonly<Record<Input["_tag"], string>>

/**
 * What ended a follow-up: the legs that got through (received, delivered, or accepted by a provider that tells no more),
 * else the customer, who read it or came back; else nothing did. R6–R8.
 * @since 0.1.0
 */
export type EndedBy = "push" | "text" | "email" | "text-and-email" | "customer" | "nothing"

/** What one attempt to send came to; `postponed` will be tried again. R7–R9. @since 0.1.0 */
export type SendOutcome = "accepted" | "rejected" | "uncertain" | "withdrawn" | "postponed"

/** Whether a provider is used (`closed`), left alone (`open`) or tried (`half-open`). @since 0.1.0 */
export type CircuitState = "closed" | "open" | "half-open"

/** Why a call did not succeed: a `FollowUpsError`'s reason, or a defect. @since 0.1.0 */
export type CallErrorType = FollowUpsErrorReason | "defect"

/** A metric for each set of values of its attributes. @since 0.1.0 */
export type CounterBy<A extends Attributes> = (attributes: A) => Metric.Counter<number>
/** A metric for each set of values of its attributes. @since 0.1.0 */
export type HistogramBy<A extends Attributes> = (attributes: A) => Metric.Histogram<number>

// One instance for each set of values: its key in the registry is made once.
const series = <M>(unit: string, make: (attributes: Record<string, string>) => M) => {
  const made = new Map<string, M>()
  return (attributes: Attributes): M => {
    const key = Object.values(attributes).join("\n")
    const known = made.get(key)
    if (known !== undefined) return known
    const given = Object.entries(attributes).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    )
    // Exporters for Effect's metrics find the unit among the attributes.
    const one = make({ ...Object.fromEntries(given), unit })
    made.set(key, one)
    return one
  }
}

const counter = (name: string, unit: string, description: string) =>
  series(unit, (attributes) => Metric.counter(name, { description, incremental: true, attributes }))

const histogram = (name: string, unit: string, description: string, boundaries: ReadonlyArray<number>) =>
  series(unit, (attributes) => Metric.histogram(name, { description, boundaries, attributes }))

const gauge = (name: string, unit: string, description: string): Metric.Gauge<number> =>
  Metric.gauge(name, { description, attributes: { unit } })

/** Bounds in seconds for what takes a part of a second: a transaction, a provider's answer. */
const BRIEF_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30]

/** Bounds in seconds for what may be late by any time, such as after an outage. */
const LATE_S = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3_600]

/** Bounds of a batch's size. */
const BATCH_INPUTS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024]

/** Inputs, by kind: decided, or not taken for the reason in `error.type`. @since 0.1.0 */
export const inputs: CounterBy<{
  readonly "followup.input.kind": (typeof inputKinds)[Input["_tag"]]
  readonly "error.type": CallErrorType | undefined
}> = counter("followup.inputs", "{input}", "Inputs decided, or not taken")

/** Inputs that wait for their turn, at this moment. @since 0.1.0 */
export const inboxWaiting = gauge("followup.inbox.waiting", "{input}", "Inputs that wait for their turn")

/** Inputs decided in one transaction. @since 0.1.0 */
export const batchSize = histogram(
  "followup.batch.size",
  "{input}",
  "Inputs decided together",
  BATCH_INPUTS,
)({})

/** How long a batch took, the host's directory included, in seconds. @since 0.1.0 */
export const batchDuration = histogram(
  "followup.batch.duration",
  "s",
  "How long a batch of inputs took",
  BRIEF_S,
)({})

/** How long after a wake-up was due it was committed, in seconds. R1, R7. @since 0.1.0 */
export const timerLateness = histogram(
  "followup.timer.lateness",
  "s",
  "How late wake-ups were decided",
  LATE_S,
)({})

/** Follow-ups that started. R1. @since 0.1.0 */
export const started = counter("followup.started", "{followup}", "Follow-ups started")({})

/** Follow-ups that stopped before all of it was sent, because the customer read it or came back. R1. @since 0.1.0 */
export const cancelled: CounterBy<{ readonly "followup.reason": CancelReason }> = counter(
  "followup.cancelled",
  "{followup}",
  "Follow-ups cancelled",
)

/** Follow-ups of which nothing more is awaited, by what ended them. R6–R8. @since 0.1.0 */
export const closed: CounterBy<{ readonly "followup.ended_by": EndedBy }> = counter(
  "followup.closed",
  "{followup}",
  "Follow-ups closed, by what ended them",
)

/** Messages that the rules asked for. R6–R9. @since 0.1.0 */
export const deliveriesRequested: CounterBy<{ readonly "followup.via": Via }> = counter(
  "followup.deliveries.requested",
  "{message}",
  "Messages asked for",
)

/** Messages whose outcome is settled; `error.type` is a provider's reason to refuse. R7–R9. @since 0.1.0 */
export const deliveries: CounterBy<{
  readonly "followup.via": Via
  readonly "followup.outcome": Outcome
  readonly "error.type": RejectReason | undefined
}> = counter("followup.deliveries", "{message}", "Messages whose outcome is settled")

/** Receipts that came after the outcome was settled. R7. @since 0.1.0 */
export const lateReceipts: CounterBy<{
  readonly "followup.via": Via
  readonly "followup.status": "received" | "delivered" | "failed"
}> = counter("followup.receipts.late", "{receipt}", "Receipts that came too late to matter")

/** What was not sent, by reason. R4, R5, R15, R16. @since 0.1.0 */
export const exclusions: CounterBy<{ readonly "followup.reason": ExclusionReason }> = counter(
  "followup.exclusions",
  "{exclusion}",
  "What was not sent, by reason",
)

/** How long attempts to send took, in seconds; their count is the number of attempts. R7–R9. @since 0.1.0 */
export const sendDuration: HistogramBy<{
  readonly "followup.via": Via
  readonly "followup.transport": string
  readonly "followup.outcome": SendOutcome
  readonly "error.type": RejectReason | "uncertain" | "postponed" | undefined
}> = histogram("followup.send.duration", "s", "How long attempts to send took", BRIEF_S)

/** Sends under way, at this moment. @since 0.1.0 */
export const sendsActive = gauge("followup.send.active", "{send}", "Sends under way")

/** How long the host took over notices, in seconds; their count is the number of calls. R16. @since 0.1.0 */
export const noticeDuration: HistogramBy<{
  readonly "followup.notice.kind": Notice["kind"]
  readonly "error.type": "failed" | undefined
}> = histogram("followup.notice.duration", "s", "How long the host took over notices", BRIEF_S)

/** How long calls of the store took, in seconds; those with an `error.type` failed. @since 0.1.0 */
export const storeDuration: HistogramBy<{
  readonly "followup.store.call": keyof StoreShape
  readonly "error.type": StoreError["reason"] | undefined
}> = histogram("followup.store.duration", "s", "How long calls of the store took", BRIEF_S)

/** How often a provider's circuit came to be in a state. @since 0.1.0 */
export const circuitChanges: CounterBy<{
  readonly "followup.via": Via
  readonly "followup.transport": string
  readonly "followup.circuit.state": CircuitState
}> = counter(
  "followup.circuit.changes",
  "{change}",
  "Changes of a provider's circuit, by the state it came to",
)
