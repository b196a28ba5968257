/**
 * Where a customer's history is kept in their object: the events of each decision under a number of their own, so that
 * adding to it reads nothing, and the first number of each day, so that old days can go. Pure. Rule R20.
 * @since 0.1.0
 */
import type { FollowUpEvent } from "../core/customer/event.ts"

const DAY_MS = 86_400_000

/** Which numbers are in use: `next` is the first free one; `days` begin at theirs, the oldest day first. @since 0.1.0 */
export interface HistoryIndex {
  readonly next: number
  readonly days: ReadonlyArray<{ readonly startsMs: number; readonly first: number }>
}

/** No history. @since 0.1.0 */
export const emptyHistory: HistoryIndex = { next: 0, days: [] }

/** What a number's events are kept under. Total. @since 0.1.0 */
export const eventsKey = (number: number): string => `events/${number}`

/** The index with one number more, taken at `atMs`. Total. @since 0.1.0 */
export const extended = ({ next, days }: HistoryIndex, atMs: number): HistoryIndex => {
  const startsMs = atMs - (atMs % DAY_MS)
  const isNewDay = startsMs > (days.at(-1)?.startsMs ?? -1)
  return { next: next + 1, days: isNewDay ? [...days, { startsMs, first: next }] : days }
}

/** Every number in use, the oldest first. Total. @since 0.1.0 */
export const numbersOf = ({ next, days }: HistoryIndex): ReadonlyArray<number> => {
  const first = days[0]?.first ?? next
  return Array.from({ length: next - first }, (_, index) => first + index)
}

/** When the oldest day is as old as it may get, UTC epoch ms; `null` without history. Total. R20. @since 0.1.0 */
export const expiresAt = ({ days }: HistoryIndex, keepMs: number): number | null => {
  const [oldest] = days
  return oldest === undefined ? null : oldest.startsMs + DAY_MS + keepMs
}

/** The index without the days that ended before `beforeMs`, and the numbers that go with them. Total. R20. @since 0.1.0 */
export const tidied = (
  index: HistoryIndex,
  beforeMs: number,
): { readonly index: HistoryIndex; readonly gone: ReadonlyArray<number> } => {
  const days = index.days.filter(({ startsMs }) => startsMs + DAY_MS > beforeMs)
  const kept = { next: index.next, days }
  const stays = new Set(numbersOf(kept))
  return { index: kept, gone: numbersOf(index).filter((number) => !stays.has(number)) }
}

/** An event as the history keeps it: a mail's words, without its HTML. Total. @since 0.1.0 */
export const forHistory = (event: FollowUpEvent): FollowUpEvent =>
  event._tag === "DeliveryRequested" && event.content.via === "email"
    ? { ...event, content: { ...event.content, html: "" } }
    : event
