/**
 * When something happened, as a host says it. Rules R1, R2, R7.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { badInputAt, type FollowUpsError } from "./error.ts"

/** What an instant is, to whoever said seconds. @since 0.1.0 */
export const notSeconds = "milliseconds since 1970; this looks like seconds"

/**
 * Whether an instant is one of 2001 to 2286 in seconds, said by a clock that is beyond 2001 in milliseconds. Taken for
 * milliseconds it would be a day of 1970: the customer would long have been away. Total.
 *
 * @example
 * looksLikeSeconds(1_767_600_000, 1_767_600_000_000) // => true
 * looksLikeSeconds(1_767_600_000_000, 1_767_600_000_000) // => false
 * @since 0.1.0
 */
export const looksLikeSeconds = (atMs: number, nowMs: number): boolean =>
  atMs >= 1e9 && atMs < 1e10 && nowMs > 1e12

/** When it happened, by what the host said, or now where it said nothing; seconds are refused. @since 0.1.0 */
export const saidAt = (
  call: string,
  atMs: number | undefined,
  nowMs: number,
): Effect.Effect<number, FollowUpsError> =>
  atMs !== undefined && looksLikeSeconds(atMs, nowMs)
    ? Effect.fail(badInputAt(call, [{ path: "atMs", expected: notSeconds }]))
    : Effect.succeed(atMs ?? nowMs)
