/**
 * What an engine runs with: the rules' policy, its own pace, transports and the host's directory.
 * @since 0.1.0
 */
import type { Policy } from "../core/policy.ts"
import type { SendPolicy } from "../ports/attempt.ts"
import type { Directory } from "../ports/directory.ts"
import type { Links } from "../ports/links.ts"
import type { Transports } from "../sending/providers.ts"
import type { CircuitPolicy } from "./circuit.ts"
import type { NoticePolicy, OnNotice } from "./notifier.ts"

/**
 * How the engine works, apart from the product's rules. `maxBatch`: inputs decided in one transaction at most.
 * `maxWaiting`: inputs that may wait for their turn before callers are made to. `maxSends`: sends under way at most.
 * `leaseMs`: how long a claimed message is left to the process that claimed it; longer than an attempt with its grace, and
 * shorter than policy's `cascade.pushTimeoutMs` and `cascade.snsDeadlineMs`, or what a dead process left is too late.
 * `pollMs`: how often other processes' work, and what could not be done, is looked for. `directoryTimeoutMs`: how long
 * the host's directory may take. `closeTimeoutMs`: how long closing waits for sends, notices and calls under way.
 * `pruneEveryMs`: how often old history is looked for. `pruneBatch`: events removed in one transaction at most. Times in
 * ms.
 * @since 0.1.0
 */
export interface EnginePolicy {
  readonly maxBatch: number
  readonly maxWaiting: number
  readonly maxSends: number
  readonly leaseMs: number
  readonly pollMs: number
  readonly directoryTimeoutMs: number
  readonly closeTimeoutMs: number
  readonly pruneEveryMs: number
  readonly pruneBatch: number
  readonly send: SendPolicy
  readonly circuit: CircuitPolicy
  readonly notices: NoticePolicy
}

/** How an engine works as a host says it: what is left out, also inside of the parts, keeps its default. @since 0.1.0 */
export interface EngineInput extends Partial<Omit<EnginePolicy, "send" | "circuit" | "notices">> {
  readonly send?: Partial<SendPolicy>
  readonly circuit?: Partial<CircuitPolicy>
  readonly notices?: Partial<NoticePolicy>
}

/** What an engine runs with. @since 0.1.0 */
export interface EngineSetting {
  readonly policy: Policy
  readonly engine: EnginePolicy
  readonly transports: Transports
  readonly directory: Directory | undefined
  readonly onNotice: OnNotice | undefined
  readonly links: Links | undefined
}
