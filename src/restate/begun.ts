/**
 * Which sends this process has begun, so that it knows its own first run of a step from a repetition. Rule R9.
 *
 * Restate runs a step again when its process died in it, or when its result did not arrive.
 * @since 0.1.0
 */
import { randomUUID } from "node:crypto"

/** Sends that were begun in this process and have not run here yet, by their tokens. @since 0.1.0 */
export interface Begun {
  /** A token for a send that is about to run; it is journaled before. */
  readonly draw: () => string
  /** Whether the send of a token runs for the first time: it was drawn here, and is asked for here for the first time. */
  readonly isFirst: (token: string) => boolean
}

/** Far longer than it takes Restate to go on with a step, 1 h. */
const KEPT_MS = 3_600_000

/**
 * Sends of which none is begun, by a clock in ms that nobody sets. One that ran elsewhere is never asked for here: it is
 * remembered for an hour. Asked for later, it counts as a repetition, which is never sent twice.
 * @since 0.1.0
 */
export const makeBegun = (now: () => number = () => performance.now()): Begun => {
  const drawnAtMs = new Map<string, number>()
  // A map keeps the order in which tokens were drawn.
  const tidy = (beforeMs: number): void => {
    for (const [token, atMs] of drawnAtMs) {
      if (atMs > beforeMs) return
      drawnAtMs.delete(token)
    }
  }
  return {
    draw: () => {
      const token = randomUUID()
      tidy(now() - KEPT_MS)
      drawnAtMs.set(token, now())
      return token
    },
    isFirst: (token) => {
      tidy(now() - KEPT_MS)
      return drawnAtMs.delete(token)
    },
  }
}
