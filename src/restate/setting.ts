/**
 * What the objects and services run with.
 * @since 0.1.0
 */
import type { Via } from "../core/customer/state.ts"
import type { Policy } from "../core/policy.ts"
import type { SendPolicy } from "../ports/attempt.ts"
import type { OnNotice } from "../ports/notice.ts"
import type { Transports } from "../sending/providers.ts"
import type { RestateClock } from "./clock.ts"

/** What the objects and services run with. @since 0.1.0 */
export interface RestateSetting {
  readonly policy: Policy
  /** One at most for each leg. */
  readonly transports: Transports
  /** The legs for which a transport is there. */
  readonly carriers: ReadonlySet<Via>
  readonly send: SendPolicy
  readonly onNotice: OnNotice | undefined
  readonly clock: RestateClock
}
