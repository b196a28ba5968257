/**
 * A presence signal reaches the customer's Decider. Rule R2.
 * @since 0.1.0
 */
import { applySignal, prunableSessions, type Signal, type TrackedSession } from "../presence.ts"
import { emit, type Turn } from "./turn.ts"

const same = (a: TrackedSession | undefined, b: TrackedSession): boolean =>
  a?.page === b.page &&
  a.sinceMs === b.sinceMs &&
  a.lastActiveAtMs === b.lastActiveAtMs &&
  a.lastSignalAtMs === b.lastSignalAtMs

// Without this a late signal of a session forgotten long ago would be new each time that it is repeated.
const isForgotten = ({ state, nowMs, policy }: Turn, sessionId: string, session: TrackedSession): boolean =>
  prunableSessions({ ...state.sessions, [sessionId]: session }, nowMs, policy.presence).includes(sessionId)

/**
 * Takes a signal into the session it names; one that tells nothing new, or only of a session that would be forgotten
 * at once, makes no event. R2.
 * @since 0.1.0
 */
export const hearSignal = (turn: Turn, sessionId: string, signal: Signal, atMs: number): undefined => {
  const { sessions } = turn.state
  const before = Object.hasOwn(sessions, sessionId) ? sessions[sessionId] : undefined
  const session = applySignal(before, signal, atMs, turn.nowMs)
  if (before === undefined && isForgotten(turn, sessionId, session)) return
  if (!same(before, session))
    emit(turn, { _tag: "SessionChanged", atMs: turn.nowMs, rule: "R2", sessionId, session })
}
