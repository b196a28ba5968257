/**
 * The outbox of a store in memory: who has claimed what, until when, and whom it goes to.
 * @since 0.1.0
 */
import type { Assignment, ClaimedItem, OutboxItem, Postponement, RefusedBy } from "../../ports/store.ts"

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

/** The messages by their delivery ids. @since 0.1.0 */
export type Queue = Map<string, Queued>

/** When a message may be claimed, UTC epoch ms: from its own instant on, or once its lease ran out. Total. @since 0.1.0 */
export const claimableMs = ({ notBeforeMs, leaseUntilMs }: Queued): number => leaseUntilMs ?? notBeforeMs

/** Claims messages as the port says. @since 0.1.0 */
export const claim = (
  outbox: Queue,
  nowMs: number,
  leaseUntilMs: number,
  limit: number,
): ReadonlyArray<ClaimedItem> =>
  [...outbox]
    .filter(([, queued]) => claimableMs(queued) <= nowMs)
    .toSorted(([, a], [, b]) => claimableMs(a) - claimableMs(b))
    .slice(0, limit)
    .map(([id, queued]) => {
      const interrupted = queued.interrupted || queued.leaseUntilMs !== null
      const attempts = queued.attempts + 1
      outbox.set(id, { ...queued, attempts, interrupted, leaseUntilMs })
      const { item, refused, cancelled } = queued
      return { ...item, attempt: attempts, interrupted, cancelled, refused }
    })

// Those under the lease until that instant; whoever claimed one since has another lease.
const underLease = (outbox: Queue, deliveryId: string, leaseUntilMs: number): Queued | undefined => {
  const queued = outbox.get(deliveryId)
  return queued?.leaseUntilMs === leaseUntilMs ? queued : undefined
}

/** Writes down who gets messages, as the port says. @since 0.1.0 */
export const assign = (
  outbox: Queue,
  leaseUntilMs: number,
  assignments: ReadonlyArray<Assignment>,
): ReadonlyArray<string> =>
  assignments.flatMap(({ deliveryId, providers }) => {
    const queued = underLease(outbox, deliveryId, leaseUntilMs)
    if (queued === undefined) return []
    outbox.set(deliveryId, { ...queued, item: { ...queued.item, providers } })
    return [deliveryId]
  })

/** Gives a message back, as the port says. @since 0.1.0 */
export const postpone = (
  outbox: Queue,
  leaseUntilMs: number,
  { deliveryId, providers, notBeforeMs, attempts, interrupted, refused }: Postponement,
): void => {
  const queued = underLease(outbox, deliveryId, leaseUntilMs)
  if (queued === undefined) return
  const item = { ...queued.item, providers }
  const back = { item, notBeforeMs, attempts, interrupted, refused, leaseUntilMs: null }
  outbox.set(deliveryId, { ...queued, ...back })
}
