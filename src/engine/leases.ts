/**
 * Leases of messages that are on their way here: each of them belongs to one send, until what came of it is written down.
 * @since 0.1.0
 */
import type { ClaimedItem, Lease } from "../ports/store.ts"

/** The lease of a message that is on its way, which may be made longer meanwhile. @since 0.1.0 */
export interface Held extends Lease {
  /** What came of it is known here: it stays with this send whoever claimed it in between. */
  readonly makeSure: () => void
  /** It is on its way no longer. */
  readonly letGo: () => void
}

/** The leases of one process. @since 0.1.0 */
export interface Leases {
  /** A message goes on its way under a lease until then. */
  readonly hold: (item: ClaimedItem, untilMs: number) => Held
  /**
   * Whether a message that was just claimed is on its way here already, and was nobody else's since, as after the machine's
   * clock was set on by more than a lease, or what came of it is known: then it stays with that send, whose lease is now
   * until `untilMs`.
   */
  readonly keeps: (claimed: ClaimedItem, untilMs: number) => boolean
}

/** No leases yet. Total. @since 0.1.0 */
export const makeLeases = (): Leases => {
  const leases = new Map<string, Held & { untilMs: number; attempt: number; isSure: boolean }>()
  return {
    hold: ({ deliveryId, attempt }, untilMs) => {
      const letGo = () => {
        if (leases.get(deliveryId) === lease) leases.delete(deliveryId)
      }
      const makeSure = () => {
        lease.isSure = true
      }
      const lease = { deliveryId, untilMs, attempt, isSure: false, makeSure, letGo }
      leases.set(deliveryId, lease)
      return lease
    },
    keeps: ({ deliveryId, attempt }, untilMs) => {
      const lease = leases.get(deliveryId)
      // Each claim counts as an attempt: one more than one, and another process has had it in between.
      if (lease === undefined || (attempt !== lease.attempt + 1 && !lease.isSure)) return false
      lease.untilMs = untilMs
      lease.attempt = attempt
      return true
    },
  }
}
