/**
 * A presence signal reaches the customer's Decider. Rule R2.
 * @since 0.1.0
 */
import { applySignal, type Signal, type TrackedSession } from "../presence.ts"
import { emit, type Turn } from "./turn.ts"

const same = (a: TrackedSession | undefined, b: TrackedSession): boolean =>
  a?.page === b.page &&
  a.sinceMs === b.sinceMs &&
  a.lastActiveAtMs === b.lastActiveAtMs &&
  a.lastSignalAtMs === b.lastSignalAtMs

/** Takes a signal into the session it names; one that tells nothing new makes no event. R2. @since 0.1.0 */
export const hearSignal = (turn: Turn, sessionId: string, signal: Signal, atMs: number): undefined => {
  const { sessions } = turn.state
  const before = Object.hasOwn(sessions, sessionId) ? sessions[sessionId] : undefined
  const session = applySignal(before, signal, atMs, turn.nowMs)
  if (!same(before, session))
    emit(turn, { _tag: "SessionChanged", atMs: turn.nowMs, rule: "R2", sessionId, session })
}
