/**
 * What can go wrong for a host that uses the engine.
 * @since 0.1.0
 */
import type { Input } from "../core/customer/input.ts"
import { FollowUpsError, rulesFailed } from "../ports/error.ts"
import { type CustomerKey, StoreError } from "../ports/store.ts"

export {
  badInput,
  badInputAt,
  decodeCall,
  FollowUpsError,
  type FollowUpsErrorReason,
  refused,
  unknownChannel,
} from "../ports/error.ts"

/** The failure of a call because of the store. Total. @since 0.1.0 */
export const storeFailed = (error: StoreError): FollowUpsError =>
  new FollowUpsError({ reason: "store", message: `the store: ${error.message}`, cause: error })

/**
 * Whether the store could not be reached, which is nobody's fault and passes for all at once; anything else may be due
 * to one input. Total.
 * @since 0.1.0
 */
export const isOutage = (error: unknown): boolean => {
  const cause = error instanceof FollowUpsError ? error.cause : error
  return cause instanceof StoreError && cause.reason === "unavailable"
}

/**
 * Whether the same may be done in a moment: the store could not be reached, or the host's directory did not answer.
 * Total.
 * @since 0.1.0
 */
export const mayPass = (error: unknown): boolean =>
  isOutage(error) || (error instanceof FollowUpsError && error.reason === "directory")

/**
 * The failure of a call whose input cannot be decided: its channel and of which kind it is, without what it says. The
 * customer's id stays out, as hosts may make ids of addresses: the caller has it, and `quarantine()` tells it. Total.
 * @since 0.1.0
 */
export const undecided = ({ channelId }: CustomerKey, input: Input, cause: unknown): FollowUpsError => {
  const isTheStore = cause instanceof FollowUpsError && cause.reason === "store"
  const why = isTheStore ? cause.message : rulesFailed
  return new FollowUpsError({
    reason: "undecided",
    message: `${input._tag} of a customer of channel ${channelId} cannot be decided: ${why}`,
    cause: isTheStore ? cause.cause : cause,
  })
}

/** The failure of a call after `close()`. Total. @since 0.1.0 */
export const closedError = (): FollowUpsError =>
  new FollowUpsError({ reason: "closed", message: "followup was closed; open it again" })
