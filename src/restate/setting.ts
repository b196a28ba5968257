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

/** How long the host may take over a notice before it is told again. R16. @since 0.1.0 */
export interface NoticePace {
  readonly timeoutMs: number
}

/** As with the engine, 15 s. @since 0.1.0 */
export const defaultNotices: NoticePace = { timeoutMs: 15_000 }

/** What the objects and services run with. @since 0.1.0 */
export interface RestateSetting {
  readonly policy: Policy
  /** One at most for each leg. */
  readonly transports: Transports
  /** The legs for which a transport is there. */
  readonly carriers: ReadonlySet<Via>
  readonly send: SendPolicy
  readonly onNotice: OnNotice | undefined
  readonly notices: NoticePace
  readonly clock: RestateClock
}
