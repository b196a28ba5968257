/**
 * What a channel sees of its usage and of what each message costs. Rule R19.
 * @since 0.1.0
 */
import { leftMilli, type MessageEntry, type PuLedger, prepaidLeftMilli, type UsagePurpose } from "./ledger.ts"
import { type Price, type PriceKind, priceKinds, pricesAt } from "./price-book.ts"
import { type MilliPu, milliToPu } from "./pu.ts"

/**
 * A message's movement in the ledger as it is kept: with its instant, and how many messages it stands for. R19.
 * @since 0.1.0
 */
export interface UsageEntry extends MessageEntry {
  /** When it was entered, in UTC epoch ms. */
  readonly atMs: number
  /** 1 for a message that was sent here; as many as the host reports for a `record`. */
  readonly messages: number
}

/**
 * What some messages cost in all, and how many they were. R19.
 * @since 0.1.0
 */
export interface UsageSum {
  readonly pu: number
  readonly messages: number
}

/**
 * A channel's current usage and prices, all in PU. R19.
 *
 * The amounts come from the ledger, which knows all; the sums from the entries given, which may be a part, such as
 * one year. Countries and months without entries are absent; kinds and purposes are always there.
 * @since 0.1.0
 */
export interface UsageReport {
  readonly usedPu: number
  /** null when usage is unlimited. */
  readonly limitPu: number | null
  /** What is left of the prepaid PU. */
  readonly prepaidPu: number
  readonly reservedPu: number
  /** null when usage is unlimited. */
  readonly leftPu: number | null
  readonly byKind: Readonly<Record<PriceKind, UsageSum>>
  readonly byCountry: Readonly<Record<string, UsageSum>>
  readonly byPurpose: Readonly<Record<UsagePurpose, UsageSum>>
  /** By UTC month, such as "2026-01". A refund counts in its own month, which it can take below 0. */
  readonly byMonth: Readonly<Record<string, UsageSum>>
  /** The prices that hold now. */
  readonly prices: readonly Pick<Price, "kind" | "country" | "pu">[]
}

/** How often an entry counts as used: a refund takes back the message as well as its PU. */
const usedBy: { readonly [op in MessageEntry["op"]]: -1 | 0 | 1 } = {
  reserve: 0,
  settle: 1,
  release: 0,
  refund: -1,
  refuse: 0,
  record: 1,
}

/** Whether an entry uses PU or gives back what was used; the others leave all sums as they are. Total. R19. @since 0.1.0 */
export const isUsage = ({ op }: Pick<MessageEntry, "op">): boolean => usedBy[op] !== 0

const purposes: readonly UsagePurpose[] = ["follow-up", "marketing", "other"]

/**
 * The UTC month of an instant in epoch ms, such as "2026-01"; the month begins with its first instant. Total. R19.
 *
 * @example
 * monthOf(Date.UTC(2026, 0, 31, 23, 59, 59, 999)) // => "2026-01"
 * monthOf(Date.UTC(2026, 1, 1)) // => "2026-02"
 * @since 0.1.0
 */
export const monthOf = (atMs: number): string => {
  const date = new Date(atMs)
  return `${date.getUTCFullYear()}-${String(date.getUTCMonth() + 1).padStart(2, "0")}`
}

const sameSum = (a: UsageEntry, b: UsageEntry): boolean =>
  a.op === b.op &&
  a.kind === b.kind &&
  a.country === b.country &&
  a.purpose === b.purpose &&
  monthOf(a.atMs) === monthOf(b.atMs)

/**
 * The sums with one movement more: one sum a month and all else that a report tells apart, dated like its first
 * movement, so that years of usage stay small. What uses nothing and gives nothing back leaves them as they are. Total.
 * R19.
 * @since 0.1.0
 */
export const addUsage = (sums: readonly UsageEntry[], entry: UsageEntry): readonly UsageEntry[] => {
  if (!isUsage(entry)) return sums
  const place = sums.findIndex((sum) => sameSum(sum, entry))
  const sum = sums[place]
  if (sum === undefined) return [...sums, entry]
  return sums.with(place, {
    ...sum,
    milliPu: sum.milliPu + entry.milliPu,
    messages: sum.messages + entry.messages,
    units: sum.units + entry.units,
  })
}

const sumBy = <K extends string>(
  entries: readonly UsageEntry[],
  keyOf: (entry: UsageEntry) => K,
  always: readonly K[],
): Readonly<Record<K, UsageSum>> => {
  const sums = new Map<K, { milli: MilliPu; messages: number }>(
    always.map((key) => [key, { milli: 0, messages: 0 }]),
  )
  for (const entry of entries) {
    const key = keyOf(entry)
    const { milli, messages } = sums.get(key) ?? { milli: 0, messages: 0 }
    const times = usedBy[entry.op]
    // Added up in thousandths: sums of PU would drift.
    sums.set(key, { milli: milli + times * entry.milliPu, messages: messages + times * entry.messages })
  }
  return Object.fromEntries(
    [...sums].map(([key, { milli, messages }]) => [key, { pu: milliToPu(milli), messages }]),
  ) as Record<K, UsageSum>
}

/**
 * A channel's usage at an instant: what it used, may use and has left, by kind, country, purpose and month, and
 * what each message costs. Entries may be given as they are kept, in any order: only those that use PU or take use
 * back are counted, with `month` (such as "2026-01", UTC) only those of that month. Every sum is exact. Total. R19.
 * @since 0.1.0
 */
export const usageReport = (
  entries: readonly UsageEntry[],
  {
    prices,
    atMs,
    ledger,
    month,
  }: {
    readonly prices: readonly Price[]
    readonly atMs: number
    readonly ledger: PuLedger
    readonly month?: string
  },
): UsageReport => {
  const used = entries.filter(
    (entry) => isUsage(entry) && (month === undefined || monthOf(entry.atMs) === month),
  )
  const left = leftMilli(ledger)
  return {
    usedPu: milliToPu(ledger.usedMilli),
    limitPu: ledger.limitMilli === null ? null : milliToPu(ledger.limitMilli),
    prepaidPu: milliToPu(prepaidLeftMilli(ledger)),
    reservedPu: milliToPu(ledger.reservedMilli),
    leftPu: left === null ? null : milliToPu(left),
    byKind: sumBy(used, ({ kind }) => kind, priceKinds),
    byCountry: sumBy(used, ({ country }) => country, []),
    byPurpose: sumBy(used, ({ purpose }) => purpose, purposes),
    byMonth: sumBy(used, (entry) => monthOf(entry.atMs), []),
    prices: pricesAt(prices, atMs),
  }
}
