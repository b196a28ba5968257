/**
 * What a simulation came to, in the shape that scenario files' results have: instants counted from the start.
 * @since 0.1.0
 */
import { prepaidLeftMilli } from "../../core/billing/ledger.ts"
import { milliToPu } from "../../core/billing/pu.ts"
import type { ExclusionReason } from "../../core/customer/event.ts"
import type { Outcome, Via } from "../../core/customer/state.ts"
import { type PostedDelivery, postLog } from "../../core/history/post-log.ts"
import type { RuleId } from "../../core/rule.ts"
import type { Simulation } from "./simulate.ts"

/** A message that was asked for, as a scenario's result shows it; instants in ms from the start. @since 0.1.0 */
export interface ReportedDelivery {
  readonly atMs: number
  readonly via: Via
  readonly kind: "SMS" | "LMS" | null
  readonly segments: number | null
  readonly pu: number
  readonly customer: string
  readonly chat: string
  readonly messages: ReadonlyArray<string>
  readonly text: string
  readonly outcome: Exclude<Outcome, "accepted"> | "pending"
  readonly settledAtMs: number | null
}

/** Something that was not sent, as a scenario's result shows it; `atMs` in ms from the start. @since 0.1.0 */
export interface ReportedExclusion {
  readonly atMs: number
  readonly customer: string
  readonly chat: string
  readonly messages: ReadonlyArray<string>
  readonly rule: RuleId
  readonly reason: ExclusionReason
}

/** The result of a scenario. @since 0.1.0 */
export interface ScenarioReport {
  readonly deliveries: ReadonlyArray<ReportedDelivery>
  readonly exclusions: ReadonlyArray<ReportedExclusion>
  readonly usage: { readonly usedPu: number; readonly limitPu: number | null; readonly prepaidPu: number }
  readonly notices: ReadonlyArray<{ readonly atMs: number; readonly kind: string }>
}

// A leg that is withheld for the same reason as another is one line in the result, which does not tell legs apart.
const distinct = (exclusions: ReadonlyArray<ReportedExclusion>): ReadonlyArray<ReportedExclusion> => [
  ...new Map(exclusions.map((exclusion) => [JSON.stringify(exclusion), exclusion])).values(),
]

// Scenario files know of no email that nobody says more of: to them it is pending for as long as they last.
const endOf = (
  { outcome, settledAtMs }: PostedDelivery,
  since: (atMs: number) => number,
): Pick<ReportedDelivery, "outcome" | "settledAtMs"> =>
  outcome === "accepted" || settledAtMs === null
    ? { outcome: "pending", settledAtMs: null }
    : { outcome, settledAtMs: since(settledAtMs) }

/** The result of a simulation. Total. R20. @since 0.1.0 */
export const reportOf = ({ startsAtMs, events, ledger, notices }: Simulation): ScenarioReport => {
  const since = (atMs: number): number => atMs - startsAtMs
  const log = postLog(events)
  return {
    deliveries: log
      .filter((entry) => entry._tag === "Delivery")
      .map((entry) => ({
        atMs: since(entry.atMs),
        via: entry.via,
        kind: entry.kind,
        segments: entry.segments,
        pu: entry.pu,
        customer: entry.customerId,
        chat: entry.chatId,
        messages: entry.messageIds,
        text: entry.text,
        ...endOf(entry, since),
      })),
    exclusions: distinct(
      log
        .filter((entry) => entry._tag === "Exclusion")
        .map((entry) => ({
          atMs: since(entry.atMs),
          customer: entry.customerId,
          chat: entry.chatId,
          messages: entry.messageIds,
          rule: entry.rule,
          reason: entry.reason,
        })),
    ),
    usage: {
      usedPu: milliToPu(ledger.usedMilli),
      limitPu: ledger.limitMilli === null ? null : milliToPu(ledger.limitMilli),
      prepaidPu: milliToPu(prepaidLeftMilli(ledger)),
    },
    notices: notices.map(({ atMs, kind }) => ({ atMs: since(atMs), kind })),
  }
}
