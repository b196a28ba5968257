/**
 * A job queue to compare with: it takes a job that does nothing, works it, and knows when it is done.
 */

/** A peer at work, with a store of its own that goes when it is closed. */
export interface Peer {
  /** Adds one job; resolves once it is durable. */
  readonly add: () => Promise<unknown>
  /** Adds so many jobs in the way that the peer documents for many. */
  readonly addMany: (count: number) => Promise<unknown>
  /** How many jobs are completed, as its database says. */
  readonly completed: () => Promise<number>
  readonly close: () => Promise<void>
}
