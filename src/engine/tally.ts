/**
 * What is counted of a batch, once a batch: the metrics and by how much they grow. Pure. Rules R1, R6–R9.
 * @since 0.1.0
 */
import type * as Metric from "effect/Metric"
import * as Result from "effect/Result"
import { dueAt } from "../core/customer/decide.ts"
import type { FollowUpEvent } from "../core/customer/event.ts"
import type { FollowUp, Via } from "../core/customer/state.ts"
import type { Policy } from "../core/policy.ts"
import { type Changes, keyText, type Loaded } from "../ports/store.ts"
import type { Submission, SubmissionResult } from "./batch.ts"
import { refused } from "./error.ts"
import * as Telemetry from "./telemetry.ts"

/** What is counted of a batch. @since 0.1.0 */
export interface Tally {
  readonly counts: ReadonlyMap<Metric.Counter<number>, number>
  /** When the batch's wake-ups had been due, UTC epoch ms. */
  readonly dueMs: ReadonlyArray<number>
}

/** A batch that is decided, as the store is handed it. @since 0.1.0 */
export interface DecidedBatch {
  readonly changes: Changes
  readonly value: ReadonlyArray<SubmissionResult>
}

const reachedBy = (followUp: FollowUp, via: Via): boolean => {
  const status = followUp.deliveries[via]?.status
  return status === "received" || status === "delivered" || status === "accepted"
}

/** What ended a follow-up that is closed. Total. R6–R8. @since 0.1.0 */
export const endedBy = (followUp: FollowUp): Telemetry.EndedBy => {
  if (reachedBy(followUp, "push")) return "push"
  const isText = reachedBy(followUp, "sns") || reachedBy(followUp, "xms")
  const isEmail = reachedBy(followUp, "email")
  if (isText) return isEmail ? "text-and-email" : "text"
  if (isEmail) return "email"
  return followUp.cancelled === null ? "nothing" : "customer"
}

const counterOf = (
  event: FollowUpEvent,
  followUp: (id: string) => FollowUp | undefined,
): Metric.Counter<number> | undefined => {
  switch (event._tag) {
    case "FollowUpStarted":
      return Telemetry.started
    case "FollowUpCancelled":
      return Telemetry.cancelled({ "followup.reason": event.because })
    case "FollowUpClosed": {
      // Nothing is remembered of one of which nothing left.
      if (event.waitAgain !== undefined) return Telemetry.closed({ "followup.ended_by": "customer" })
      const closed = followUp(event.followUpId)
      return closed && Telemetry.closed({ "followup.ended_by": endedBy(closed) })
    }
    case "DeliveryRequested":
      return Telemetry.deliveriesRequested({ "followup.via": event.via })
    case "DeliverySettled":
      return Telemetry.deliveries({
        "followup.via": event.via,
        "followup.outcome": event.outcome,
        "error.type": event.reason ?? undefined,
      })
    case "ReceiptCameLate":
      return Telemetry.lateReceipts({ "followup.via": event.via, "followup.status": event.status })
    case "Excluded":
      return Telemetry.exclusions({ "followup.reason": event.reason })
    default:
      return undefined
  }
}

/**
 * What is counted of a batch. A follow-up's end is read from its customer as the batch leaves them, a wake-up's lateness
 * from its customer as the batch found them. Total.
 * @since 0.1.0
 */
export const tallyOf = (
  policy: Policy,
  submissions: ReadonlyArray<Submission>,
  loaded: Loaded,
  { changes, value }: DecidedBatch,
): Tally => {
  const counts = new Map<Metric.Counter<number>, number>()
  const count = (metric: Metric.Counter<number>) => counts.set(metric, (counts.get(metric) ?? 0) + 1)
  const dueMs: Array<number> = []
  // Few batches close a follow-up: only those look their customers up.
  let left: ReadonlyMap<string, Changes["customers"][number]> | undefined
  for (const [index, { key, input }] of submissions.entries()) {
    const result = value[index]
    if (result === undefined) continue
    const kind = Telemetry.inputKinds[input._tag]
    const errorType = Result.isFailure(result) ? refused(result.failure).reason : undefined
    count(Telemetry.inputs({ "followup.input.kind": kind, "error.type": errorType }))
    if (input._tag === "WakeUp") {
      const record = loaded.customer(key)
      const due = record === undefined ? null : dueAt(policy, record.state)
      if (due !== null) dueMs.push(due)
    }
    if (Result.isFailure(result)) continue
    const followUp = (id: string): FollowUp | undefined => {
      left ??= new Map(changes.customers.map((change) => [keyText(change.key), change]))
      return left.get(keyText(key))?.record.state.followUps[id]
    }
    for (const event of result.success) {
      const metric = counterOf(event, followUp)
      if (metric !== undefined) count(metric)
    }
  }
  return { counts, dueMs }
}
