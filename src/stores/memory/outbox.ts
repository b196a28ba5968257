/**
 * The outbox of a store in memory: who has claimed what, until when, and whom it goes to.
 * @since 0.1.0
 */
import {
  type Assignment,
  type ClaimedItem,
  type CustomerKey,
  keyText,
  type Lease,
  type OutboxItem,
  type Postponement,
  type RefusedBy,
} from "../../ports/store.ts"
import { makeSchedule, namesDue, nextDue, type Schedule, setDue } from "./schedule.ts"

/** A message on its way out, and how it stands. @since 0.1.0 */
export interface Queued {
  readonly item: OutboxItem
  readonly refused: ReadonlyArray<RefusedBy>
  readonly notBeforeMs: number
  readonly attempts: number
  readonly leaseUntilMs: number | null
  readonly interrupted: boolean
  readonly cancelled: boolean
}

/** The messages by their delivery ids, and when they may be claimed. @since 0.1.0 */
export interface Outbox {
  readonly queue: Map<string, Queued>
  readonly claimable: Schedule
}

/** An outbox with nothing in it. @since 0.1.0 */
export const makeOutbox = (): Outbox => ({ queue: new Map(), claimable: makeSchedule() })

// A message may be claimed from its own instant on, or once its lease ran out without an answer.
// One that is cancelled and has not left waits for nothing.
const put = ({ queue, claimable }: Outbox, queued: Queued): void => {
  const { item, leaseUntilMs, notBeforeMs, cancelled, interrupted } = queued
  queue.set(item.deliveryId, queued)
  setDue(claimable, item.deliveryId, leaseUntilMs ?? (cancelled && !interrupted ? 0 : notBeforeMs))
}

/** Queues a message that is not queued yet. @since 0.1.0 */
export const enqueue = (outbox: Outbox, item: OutboxItem): void => {
  if (outbox.queue.has(item.deliveryId)) return
  const { notBeforeMs, leaseUntilMs } = item
  put(outbox, {
    item,
    notBeforeMs,
    leaseUntilMs,
    refused: [],
    attempts: leaseUntilMs === null ? 0 : 1,
    interrupted: false,
    cancelled: false,
  })
}

/** Marks a message as not wanted any more. @since 0.1.0 */
export const cancel = (outbox: Outbox, deliveryId: string): void => {
  const queued = outbox.queue.get(deliveryId)
  if (queued !== undefined) put(outbox, { ...queued, cancelled: true })
}

/** A message is done. @since 0.1.0 */
export const answered = ({ queue, claimable }: Outbox, deliveryId: string): void => {
  queue.delete(deliveryId)
  setDue(claimable, deliveryId, null)
}

/** A customer's messages. @since 0.1.0 */
export const queuedFor = ({ queue }: Outbox, key: CustomerKey): ReadonlyArray<Queued> =>
  [...queue.values()].filter(({ item }) => keyText(item.key) === keyText(key))

/** When the next message after an instant may be claimed, UTC epoch ms; infinite for never. @since 0.1.0 */
export const nextClaimable = ({ claimable }: Outbox, afterMs: number): number => nextDue(claimable, afterMs)

/** Claims messages as the port says. @since 0.1.0 */
export const claim = (
  outbox: Outbox,
  nowMs: number,
  leaseUntilMs: number,
  limit: number,
): ReadonlyArray<ClaimedItem> =>
  namesDue(outbox.claimable, nowMs, limit).flatMap((id) => {
    const queued = outbox.queue.get(id)
    if (queued === undefined) return []
    const interrupted = queued.interrupted || queued.leaseUntilMs !== null
    const attempts = queued.attempts + 1
    put(outbox, { ...queued, attempts, interrupted, leaseUntilMs })
    const { item, refused, cancelled } = queued
    return [{ ...item, attempt: attempts, interrupted, cancelled, refused }]
  })

// Those under the lease until that instant; whoever claimed one since has another lease.
const underLease = ({ queue }: Outbox, deliveryId: string, leaseUntilMs: number): Queued | undefined => {
  const queued = queue.get(deliveryId)
  return queued?.leaseUntilMs === leaseUntilMs ? queued : undefined
}

/** The messages that are still under these leases. @since 0.1.0 */
export const leasedOf = (outbox: Outbox, leases: ReadonlyArray<Lease>): ReadonlySet<string> =>
  new Set(
    leases.flatMap(({ deliveryId, untilMs }) =>
      underLease(outbox, deliveryId, untilMs) === undefined ? [] : [deliveryId],
    ),
  )

/** Writes down who gets messages, as the port says. @since 0.1.0 */
export const assign = (
  outbox: Outbox,
  leaseUntilMs: number,
  assignments: ReadonlyArray<Assignment>,
): ReadonlyArray<string> =>
  assignments.flatMap(({ deliveryId, providers }) => {
    const queued = underLease(outbox, deliveryId, leaseUntilMs)
    if (queued === undefined) return []
    put(outbox, { ...queued, item: { ...queued.item, providers } })
    return [deliveryId]
  })

/** Gives a message back, as the port says. @since 0.1.0 */
export const postpone = (
  outbox: Outbox,
  leaseUntilMs: number,
  { deliveryId, providers, notBeforeMs, attempts, interrupted, refused }: Postponement,
): void => {
  const queued = underLease(outbox, deliveryId, leaseUntilMs)
  if (queued === undefined) return
  const item = { ...queued.item, providers }
  const back = { item, notBeforeMs, attempts, interrupted, refused, leaseUntilMs: null }
  put(outbox, { ...queued, ...back })
}
