/**
 * How Restate keeps what runs on it.
 * @since 0.1.0
 */
import type { ServiceOptions } from "@restatedev/restate-sdk"

/**
 * An outage of any length ends by itself: Restate's own policy would leave invocations paused after 70 attempts, for
 * somebody to resume by hand. Journals hold contacts and texts: they go once their invocation is done. An idempotency
 * key is remembered for an hour, far longer than any client repeats a call.
 * @since 0.1.0
 */
export const durable: ServiceOptions = {
  retryPolicy: {
    initialInterval: 100,
    exponentiationFactor: 2,
    maxInterval: 10_000,
    maxAttempts: 1_000_000_000,
    onMaxAttempts: "pause",
  },
  journalRetention: 0,
  idempotencyRetention: 3_600_000,
}
