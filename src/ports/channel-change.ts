/**
 * What becomes of a channel's record when its host says so: another plan or setting, usage from elsewhere, a
 * prepayment, a check of its domain. Pure. Rules R5, R14, R16, R17.
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { applyEntry, changePlan, openLedger, topUp } from "../core/billing/ledger.ts"
import { puToMilli } from "../core/billing/pu.ts"
import { type DomainFact, standAfter } from "../core/email/domain/standing.ts"
import type { Policy } from "../core/policy.ts"
import type { ChannelCallSchema, UsageCallSchema } from "./calls.ts"
import type { ChannelChange, ChannelRecord } from "./store.ts"

const only = (record: ChannelRecord): ChannelChange => ({ record, entries: [], notices: [] })

/** The channel as its host says it is now; its usage goes on. Total. R15, R17. @since 0.1.0 */
export const hostSays =
  ({ usedPu, ...input }: typeof ChannelCallSchema.Type, policy: Policy) =>
  (record: ChannelRecord | undefined): ChannelChange =>
    only({
      ...record,
      input,
      ledger:
        record === undefined
          ? openLedger(input.plan, puToMilli(usedPu ?? 0), policy)
          : changePlan(record.ledger, input.plan, policy),
    })

/**
 * What a channel remembers a call by that its host named, so that it counts once; undefined for one without a name. An
 * order's number may name both the prepayment and the usage of an order: each kind of call has names of its own. Total.
 * R5, R17.
 * @since 0.1.0
 */
export const callName = (
  kind: "recordUsage" | "topUp",
  { id }: { readonly id?: string },
): string | undefined => (id === undefined ? undefined : `${kind} ${id}`)

/** The channel after usage that happened elsewhere. Total. R5, R16. @since 0.1.0 */
export const recorded =
  (call: typeof UsageCallSchema.Type, atMs: number, policy: Policy) =>
  (record: ChannelRecord): ChannelChange => {
    const { kind, country = record.input.country, messages = 1, purpose = "marketing" } = call
    const entry = {
      op: "record",
      milliPu: puToMilli(call.pu),
      kind,
      country,
      purpose,
      units: messages,
    } as const
    const step = applyEntry(record.ledger, entry, policy)
    return Result.isFailure(step)
      ? only(record)
      : {
          record: { ...record, ledger: step.success.ledger },
          entries: [{ ...entry, atMs, messages }],
          notices: step.success.notices.map((notice) => ({ atMs, kind: notice })),
        }
  }

/**
 * The channel after its linked domain was checked; undefined when that says nothing new. Total. R14.
 * @since 0.1.0
 */
export const domainChecked =
  (fact: DomainFact, policy: Policy) =>
  (record: ChannelRecord): ChannelChange | undefined => {
    const step = standAfter(record.input.emailDomain, record.emailDomain, fact, policy.email)
    return (
      step && {
        record: { ...record, emailDomain: step.standing },
        entries: [],
        notices: step.notice === null ? [] : [{ atMs: fact.atMs, kind: step.notice }],
      }
    )
  }

/** The channel after a prepayment. Total. R17. @since 0.1.0 */
export const toppedUp =
  (pu: number) =>
  (record: ChannelRecord): ChannelChange =>
    only({ ...record, ledger: topUp(record.ledger, puToMilli(pu)) })
