/**
 * Arbitraries of sessions and signals for property tests, leaning on the instants at which a session goes offline.
 * Rules R2, R3.
 * @since 0.1.0
 */
import fc from "fast-check"
import { INACTIVITY_MS, type Signal, type TrackedSession } from "../core/presence.ts"

/** The signals that a browser or app sends. @since 0.1.0 */
export const signals: ReadonlyArray<Signal> = ["active", "hidden", "visible", "left"]

/** Any signal. @since 0.1.0 */
export const anySignal = (): fc.Arbitrary<Signal> => fc.constantFrom(...signals)

/**
 * Instants in ms from 0 to about half an hour, often the inactivity time apart, or a millisecond less or more. R2.
 * @since 0.1.0
 */
export const presenceInstantMs = (): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: 0, max: 20 }),
    fc
      .tuple(
        fc.integer({ min: 0, max: 20 }),
        fc.constantFrom(INACTIVITY_MS, 2 * INACTIVITY_MS),
        fc.integer({ min: -2, max: 2 }),
      )
      .map((parts) => parts.reduce((sum, part) => sum + part, 0)),
    fc.integer({ min: 0, max: 2_000_000 }),
  )

/** A session as signals can leave it: its page began, and it was last active, no later than its newest signal. @since 0.1.0 */
export const anySession = (): fc.Arbitrary<TrackedSession> =>
  fc
    .record({
      page: fc.constantFrom("Viewing" as const, "OtherPage" as const, "Left" as const),
      instants: fc.tuple(presenceInstantMs(), presenceInstantMs()),
    })
    .map(({ page, instants: [one, other] }) => {
      const [earlierMs, laterMs] = one < other ? [one, other] : [other, one]
      return page === "Viewing"
        ? { page, sinceMs: earlierMs, lastActiveAtMs: laterMs, lastSignalAtMs: laterMs }
        : { page, sinceMs: laterMs, lastActiveAtMs: earlierMs, lastSignalAtMs: laterMs }
    })

/** Some customer's sessions by their names; there may be none. @since 0.1.0 */
export const anySessions = (
  maxSessions: number = 6,
): fc.Arbitrary<Readonly<Record<string, TrackedSession>>> =>
  fc
    .array(anySession(), { maxLength: maxSessions })
    .map((all) => Object.fromEntries(all.map((one, index) => [`tab-${index}`, one])))
