/**
 * A channel's PU ledger: what it has used, holds in reserve, prepaid, and has been told. Rules R16, R17.
 *
 * A send is quoted, reserved before it is asked for, and then settled (the provider took it) or released (it did
 * not); a refund takes back what was settled. Because the reservation counts against the limit at once, no number
 * of sends at the same time can pass it. How much of a prepayment is left follows from what was used since, so a
 * message never has to be split between prepaid PU and the rest.
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { type BillingPolicy, defaultBillingPolicy, type Plan } from "./plan.ts"
import type { PriceKind } from "./price-book.ts"
import { isMilliPu, type MilliPu, puToMilli } from "./pu.ts"

/**
 * The ledger of one channel: plain data, to be stored as it is. No amount in it is ever negative. R16, R17.
 * @since 0.1.0
 */
export interface PuLedger {
  /** What may be used in all, or null when usage is unlimited, which is what makes the plan a paid one. */
  readonly limitMilli: MilliPu | null
  /** What sends have cost, on every plan that the channel has had. */
  readonly usedMilli: MilliPu
  /** What sends under way would cost. */
  readonly reservedMilli: MilliPu
  /** What has been prepaid. */
  readonly prepaidGrantedMilli: MilliPu
  /** What was used before there were prepaid PU, or beyond them up to the last top-up; at most `usedMilli`. */
  readonly prepaidBaseUsedMilli: MilliPu
  /** Highest percentage of the limit that needs no telling any more; 0 is none, 100 is "used up". */
  readonly toldPercent: number
  /** Whether the channel was told that its prepaid PU ran out, since it last prepaid. */
  readonly prepaidTold: boolean
}

/**
 * What a message was sent for: follow-ups and marketing count against one quota, R5 and R16.
 * @since 0.1.0
 */
export type UsagePurpose = "follow-up" | "marketing" | "other"

/**
 * One movement that a message makes in the ledger. R16.
 * - `reserve`: free to reserved, before the message is handed to a provider;
 * - `settle`: reserved to used, the provider accepted it;
 * - `release`: reserved to free, it was rejected before that and costs nothing;
 * - `refund`: used to free, it was rejected after all;
 * - `refuse`: nothing moves: it was not sent because it did not fit;
 * - `record`: used, reported by the host after the fact, so that it may pass the limit.
 * @since 0.1.0
 */
export interface MessageEntry {
  readonly op: "reserve" | "settle" | "release" | "refund" | "refuse" | "record"
  readonly milliPu: MilliPu
  readonly kind: PriceKind
  /** The recipient's country as in the price book; "*" when it has none, as an email. */
  readonly country: string
  readonly purpose: UsagePurpose
  /** What the price was multiplied by: segments of an SMS, otherwise messages. */
  readonly units: number
}

/**
 * One entry of the ledger: a message's movement, or PU that the channel prepaid. R16, R17.
 * @since 0.1.0
 */
export type LedgerEntry = MessageEntry | { readonly op: "top-up"; readonly milliPu: MilliPu }

/**
 * What a channel is told: that its usage reached a percentage of the limit, is used up, or that its prepaid PU ran
 * out. R16, R17.
 * @since 0.1.0
 */
export type NoticeKind = `usage-${number}` | "usage-exhausted" | "prepaid-exhausted"

/**
 * The ledger after an entry, and what the channel is to be told because of it. R16.
 * @since 0.1.0
 */
export interface LedgerStep {
  readonly ledger: PuLedger
  readonly notices: readonly NoticeKind[]
}

/**
 * Why an entry does not fit: it asks for more than is left, moves more than was reserved, takes back more than was
 * used, or is no whole amount from 0 to `MAX_PU`. R16.
 * @since 0.1.0
 */
export type LedgerRefusal =
  | { readonly _tag: "OverLimit"; readonly milliPu: MilliPu; readonly leftMilli: MilliPu }
  | { readonly _tag: "NotReserved"; readonly milliPu: MilliPu; readonly reservedMilli: MilliPu }
  | { readonly _tag: "NotUsed"; readonly milliPu: MilliPu; readonly usedMilli: MilliPu }
  | { readonly _tag: "InvalidAmount"; readonly milliPu: number }

/** The percentage at which usage is used up. */
const EXHAUSTED_PERCENT = 100

const limitOf = (plan: Plan, policy: BillingPolicy): MilliPu | null =>
  plan.kind === "paid" ? null : puToMilli(plan.kind === "free" ? policy.freeLimitPu : policy.trialLimitPu)

const prepaidOf = (plan: Plan): MilliPu => (plan.kind === "paid" ? puToMilli(plan.prepaidPu ?? 0) : 0)

/** The highest of some percentages of the limit that usage has reached, itself included; 0 when none or no limit. */
const percentReached = (usedMilli: MilliPu, limitMilli: MilliPu | null, percents: readonly number[]) =>
  limitMilli === null
    ? 0
    : Math.max(0, ...percents.filter((percent) => usedMilli * 100 >= limitMilli * percent))

/** The percentages that are told early enough to be old news on the day a limit begins; "used up" never is. */
const earlyPercents = (policy: BillingPolicy) =>
  policy.noticePercents.filter((percent) => percent < EXHAUSTED_PERCENT)

/**
 * The ledger of a channel that joins with what it has used so far. Percentages that this already reached are not
 * told any more; that it is used up still is, at the first refusal or the next use. Total. R16, R17.
 *
 * @example
 * openLedger({ kind: "free" }, 700_000).toldPercent // => 70
 * openLedger({ kind: "free" }, 1_000_000).toldPercent // => 90
 * openLedger({ kind: "paid", prepaidPu: 500 }, 0).limitMilli // => null
 * @since 0.1.0
 */
export const openLedger = (
  plan: Plan,
  usedMilli: MilliPu,
  policy: BillingPolicy = defaultBillingPolicy,
): PuLedger => {
  const limitMilli = limitOf(plan, policy)
  return {
    limitMilli,
    usedMilli,
    reservedMilli: 0,
    prepaidGrantedMilli: prepaidOf(plan),
    prepaidBaseUsedMilli: usedMilli,
    toldPercent: percentReached(usedMilli, limitMilli, earlyPercents(policy)),
    prepaidTold: false,
  }
}

/**
 * What may still be reserved, in thousandths of a PU: the limit less what is used and reserved, never below 0; null
 * when usage is unlimited. Total. R16, R17.
 *
 * @example
 * leftMilli(openLedger({ kind: "trial" }, 250_000)) // => 750_000
 * leftMilli(openLedger({ kind: "paid" }, 250_000)) // => null
 * @since 0.1.0
 */
export const leftMilli = ({ limitMilli, usedMilli, reservedMilli }: PuLedger): MilliPu | null =>
  limitMilli === null ? null : Math.max(0, limitMilli - usedMilli - reservedMilli)

/**
 * What is left of the prepaid PU, in thousandths. On a paid plan it is used before anything else and never goes
 * below 0; on the others it waits, untouched, for the channel to be on a paid plan again. Total. R17.
 *
 * @example
 * prepaidLeftMilli(openLedger({ kind: "paid", prepaidPu: 500 }, 9_000)) // => 500_000
 * @since 0.1.0
 */
export const prepaidLeftMilli = (ledger: PuLedger): MilliPu =>
  ledger.limitMilli === null
    ? Math.max(0, ledger.prepaidGrantedMilli - (ledger.usedMilli - ledger.prepaidBaseUsedMilli))
    : ledger.prepaidGrantedMilli

/**
 * Whether a send of this cost may begin: it fits what is left, to the last thousandth. What costs nothing always
 * fits, even with the limit used up. Total. R16.
 *
 * @example
 * canReserve(openLedger({ kind: "free" }, 990_000), 10_000) // => true
 * canReserve(openLedger({ kind: "free" }, 990_000), 10_001) // => false
 * canReserve(openLedger({ kind: "free" }, 1_000_000), 0) // => true
 * @since 0.1.0
 */
export const canReserve = (ledger: PuLedger, milli: MilliPu): boolean => {
  const left = leftMilli(ledger)
  return isMilliPu(milli) && (left === null || milli <= left)
}

/**
 * The ledger after the channel prepaid PU; what it had used beyond its earlier prepayments is not taken from the
 * new one. The amount is 0 or more. Total. R17.
 *
 * @example
 * prepaidLeftMilli(topUp(openLedger({ kind: "paid", prepaidPu: 500 }, 0), 20_000)) // => 520_000
 * @since 0.1.0
 */
export const topUp = (ledger: PuLedger, milli: MilliPu): PuLedger => {
  const prepaidUsedMilli = ledger.prepaidGrantedMilli - prepaidLeftMilli(ledger)
  return {
    ...ledger,
    prepaidGrantedMilli: ledger.prepaidGrantedMilli + milli,
    prepaidBaseUsedMilli: ledger.usedMilli - prepaidUsedMilli,
    prepaidTold: false,
  }
}

/**
 * The ledger after its channel's plan, or the plan's limit, changed. Usage and reservations stay, whatever the new
 * limit; so does what is left of the prepaid PU, to which a channel that comes to a paid plan adds what the plan
 * says is prepaid. A higher limit makes the percentages that no longer hold worth telling again; a lower one tells
 * nothing by itself. With the limit it has, or between paid plans, nothing changes. Total. R16, R17.
 *
 * @example
 * leftMilli(changePlan(openLedger({ kind: "free" }, 600_000), { kind: "paid" })) // => null
 * leftMilli(changePlan(openLedger({ kind: "paid" }, 1_600_000), { kind: "free" })) // => 0
 * @since 0.1.0
 */
export const changePlan = (
  ledger: PuLedger,
  plan: Plan,
  policy: BillingPolicy = defaultBillingPolicy,
): PuLedger => {
  const limitMilli = limitOf(plan, policy)
  if (limitMilli === ledger.limitMilli) return ledger
  const raised = limitMilli === null || (ledger.limitMilli !== null && limitMilli > ledger.limitMilli)
  const reached = (percents: readonly number[]) => percentReached(ledger.usedMilli, limitMilli, percents)
  return {
    ...ledger,
    limitMilli,
    prepaidGrantedMilli: prepaidLeftMilli(ledger) + prepaidOf(plan),
    prepaidBaseUsedMilli: ledger.usedMilli,
    toldPercent: raised
      ? Math.min(ledger.toldPercent, reached([...policy.noticePercents, EXHAUSTED_PERCENT]))
      : Math.max(ledger.toldPercent, reached(earlyPercents(policy))),
    prepaidTold: false,
  }
}

/** What each movement does to the reserved and to the used amount, as a factor of the entry's own. */
const movements: {
  readonly [op in MessageEntry["op"]]: { readonly reserved: number; readonly used: number }
} = {
  reserve: { reserved: 1, used: 0 },
  settle: { reserved: -1, used: 1 },
  release: { reserved: -1, used: 0 },
  refund: { reserved: 0, used: -1 },
  refuse: { reserved: 0, used: 0 },
  record: { reserved: 0, used: 1 },
}

const tell = (before: PuLedger, after: PuLedger, refused: boolean, policy: BillingPolicy): LedgerStep => {
  const percents = [...policy.noticePercents, EXHAUSTED_PERCENT]
  const percent =
    refused && after.limitMilli !== null
      ? EXHAUSTED_PERCENT
      : // A ledger that opens at its limit is not told so by an entry that uses nothing.
        after.usedMilli > before.usedMilli
        ? percentReached(after.usedMilli, after.limitMilli, percents)
        : 0
  const ranOut = !before.prepaidTold && prepaidLeftMilli(before) > 0 && prepaidLeftMilli(after) === 0
  const notices: NoticeKind[] = []
  if (percent > before.toldPercent)
    notices.push(percent === EXHAUSTED_PERCENT ? "usage-exhausted" : `usage-${percent}`)
  if (ranOut) notices.push("prepaid-exhausted")
  return {
    ledger: {
      ...after,
      toldPercent: Math.max(before.toldPercent, percent),
      prepaidTold: before.prepaidTold || ranOut,
    },
    notices,
  }
}

/**
 * The ledger after an entry, and what the channel is told; or why the entry does not fit, and then nothing moves.
 *
 * Each notice is told once. Of several percentages reached by one entry only the highest is told, and none below it
 * later. Usage counts once it is used, a percentage itself included; reservations do not. "Used up" is told when
 * usage reaches the limit or the first message is refused, whichever comes first. Total. R16, R17.
 * @since 0.1.0
 */
export const applyEntry = (
  ledger: PuLedger,
  entry: LedgerEntry,
  policy: BillingPolicy = defaultBillingPolicy,
): Result.Result<LedgerStep, LedgerRefusal> => {
  const { op, milliPu } = entry
  if (!isMilliPu(milliPu)) return Result.fail({ _tag: "InvalidAmount", milliPu })
  if (op === "top-up") return Result.succeed({ ledger: topUp(ledger, milliPu), notices: [] })
  if (op === "reserve" && !canReserve(ledger, milliPu))
    return Result.fail({ _tag: "OverLimit", milliPu, leftMilli: leftMilli(ledger) ?? 0 })
  const reservedMilli = ledger.reservedMilli + movements[op].reserved * milliPu
  const usedMilli = ledger.usedMilli + movements[op].used * milliPu
  if (reservedMilli < 0)
    return Result.fail({ _tag: "NotReserved", milliPu, reservedMilli: ledger.reservedMilli })
  if (usedMilli < 0) return Result.fail({ _tag: "NotUsed", milliPu, usedMilli: ledger.usedMilli })
  // A refund undoes the latest usage: beyond the prepaid PU, then out of them, then what was used before them.
  const prepaidBaseUsedMilli = Math.min(ledger.prepaidBaseUsedMilli, usedMilli)
  const moved = { ...ledger, reservedMilli, usedMilli, prepaidBaseUsedMilli }
  return Result.succeed(tell(ledger, moved, op === "refuse", policy))
}
