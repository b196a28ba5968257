/**
 * What can go wrong for a host that uses the engine.
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import { FollowUpsError } from "../ports/error.ts"
import { StoreError } from "../ports/store.ts"

export {
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
export const isOutage = (cause: Cause.Cause<FollowUpsError>): boolean => {
  const error = Cause.squash(cause)
  return (
    error instanceof FollowUpsError &&
    error.cause instanceof StoreError &&
    error.cause.reason === "unavailable"
  )
}

/** The failure of a call after `close()`. Total. @since 0.1.0 */
export const closedError = (): FollowUpsError =>
  new FollowUpsError({ reason: "closed", message: "followup was closed; open it again" })
