/**
 * Presence: whether a customer is online and, if not, since when and why. Rules R2, R3.
 * @since 0.1.0
 */

/** Inactivity that makes a session offline: 270 000 ms (4 min 30 s), the boundary included. R2. @since 0.1.0 */
export const INACTIVITY_MS = 270_000

/**
 * What a session shows: the site in front, another page or tab in front of it, or the site left. R2.
 * @since 0.1.0
 */
export type Page = "Viewing" | "OtherPage" | "Left"

/**
 * One tab or device of a customer. `sinceMs` is when its `page` began, `lastActiveAtMs` the last activity seen
 * on the site, -1 when there was none (a tab opened behind another one); both UTC epoch ms.
 * @since 0.1.0
 */
export interface Session {
  readonly page: Page
  readonly sinceMs: number
  readonly lastActiveAtMs: number
}

/**
 * A session and the instant of the newest signal heard from it (UTC epoch ms), against which late signals are told.
 * @since 0.1.0
 */
export interface TrackedSession extends Session {
  readonly lastSignalAtMs: number
}

/** What a browser or app reports about one session. @since 0.1.0 */
export type Signal = "active" | "hidden" | "visible" | "left"

/**
 * The numbers of presence. `inactivityMs`: silence that makes a session offline, boundary included.
 * `hiddenGraceMs`: how long a hidden tab still counts as online (0: not at all). `maxSessions`: how many sessions of
 * one customer are remembered, at least 1; the one just heard of and the one last active may come on top.
 * @since 0.1.0
 */
export interface PresencePolicy {
  readonly inactivityMs: number
  readonly hiddenGraceMs: number
  readonly maxSessions: number
}

/** The product's values. R2. @since 0.1.0 */
export const defaultPresence: PresencePolicy = {
  inactivityMs: INACTIVITY_MS,
  hiddenGraceMs: 0,
  maxSessions: 50,
}

/** Why a customer is offline; `never-seen` is a customer without any session. R2. @since 0.1.0 */
export type OfflineReason = "left" | "other-page" | "inactive" | "never-seen"

/**
 * Online until `untilMs` (excluded) if nothing more happens, or offline since `sinceMs` (included). UTC epoch ms.
 * @since 0.1.0
 */
export type Presence =
  | { readonly _tag: "Online"; readonly untilMs: number }
  | { readonly _tag: "Offline"; readonly sinceMs: number; readonly reason: OfflineReason }

/**
 * Instant from which this session no longer keeps its customer online, in UTC epoch ms. Total.
 *
 * @example
 * offlineFrom({ page: "Viewing", sinceMs: 0, lastActiveAtMs: 1_000 }) // => 271_000
 * offlineFrom({ page: "OtherPage", sinceMs: 3_000, lastActiveAtMs: 1_000 }) // => 3_000
 * offlineFrom({ page: "Left", sinceMs: 5_000, lastActiveAtMs: 1_000 }) // => 5_000
 * @since 0.1.0
 */
export const offlineFrom = (session: Session, policy: PresencePolicy = defaultPresence): number =>
  // Leaving is certain, inactivity inferred: the certain reason wins even when both hold.
  session.page === "Left"
    ? session.sinceMs
    : session.page === "OtherPage"
      ? // A grace keeps nobody online for longer than no activity would, and brings nobody back.
        Math.min(
          session.sinceMs + policy.hiddenGraceMs,
          Math.max(session.sinceMs, session.lastActiveAtMs + policy.inactivityMs),
        )
      : session.lastActiveAtMs + policy.inactivityMs

const reasonOf: Readonly<Record<Page, OfflineReason>> = {
  Left: "left",
  OtherPage: "other-page",
  Viewing: "inactive",
}

// Of two sessions that end at one instant the more certain one gives the reason.
const certainty: Readonly<Record<Page, number>> = { Left: 2, OtherPage: 1, Viewing: 0 }

/**
 * The session that keeps its customer online longest (or ended last), undefined when there is none. Total.
 * @since 0.1.0
 */
export const lastingSession = <S extends Session>(
  sessions: Iterable<S>,
  policy: PresencePolicy = defaultPresence,
): S | undefined => {
  let best: S | undefined
  for (const session of sessions) {
    if (best === undefined) {
      best = session
      continue
    }
    const difference = offlineFrom(session, policy) - offlineFrom(best, policy)
    if (difference > 0 || (difference === 0 && certainty[session.page] > certainty[best.page])) best = session
  }
  return best
}

/**
 * Presence of a customer at an instant: online while any session is, offline from the latest of their ends,
 * the boundary included. Without sessions: offline since 0, `never-seen`. Total. R2, R3.
 *
 * @example
 * presenceAt([{ page: "Viewing", sinceMs: 0, lastActiveAtMs: 0 }], 269_999) // => { _tag: "Online", untilMs: 270_000 }
 * presenceAt([{ page: "Viewing", sinceMs: 0, lastActiveAtMs: 0 }], 270_000) // => { _tag: "Offline", sinceMs: 270_000, reason: "inactive" }
 * presenceAt([], 1_000) // => { _tag: "Offline", sinceMs: 0, reason: "never-seen" }
 * @since 0.1.0
 */
export const presenceAt = (
  sessions: Iterable<Session>,
  nowMs: number,
  policy: PresencePolicy = defaultPresence,
): Presence => {
  const session = lastingSession(sessions, policy)
  if (session === undefined) return { _tag: "Offline", sinceMs: 0, reason: "never-seen" }
  const endsMs = offlineFrom(session, policy)
  return nowMs < endsMs
    ? { _tag: "Online", untilMs: endsMs }
    : { _tag: "Offline", sinceMs: endsMs, reason: reasonOf[session.page] }
}

// Before every instant: a session active at 0 was active later than one that never was.
const NEVER_MS = -1

const pageOf: Readonly<Record<Signal, Page>> = {
  active: "Viewing",
  visible: "Viewing",
  hidden: "OtherPage",
  left: "Left",
}

/**
 * A session after one more signal. A signal from the future counts as `nowMs` (clocks differ); one older than the
 * newest signal already known changes nothing; of two signals at one instant the later heard wins. Total. R2.
 *
 * @example
 * applySignal(undefined, "active", 5, 5) // => { page: "Viewing", sinceMs: 5, lastActiveAtMs: 5, lastSignalAtMs: 5 }
 * applySignal({ page: "Left", sinceMs: 9, lastActiveAtMs: 5, lastSignalAtMs: 9 }, "active", 7, 10).page // => "Left"
 * @since 0.1.0
 */
export const applySignal = (
  session: TrackedSession | undefined,
  signal: Signal,
  atMs: number,
  nowMs: number,
): TrackedSession => {
  const heardMs = Math.min(atMs, nowMs)
  if (session !== undefined && heardMs < session.lastSignalAtMs) return session
  const page = pageOf[signal]
  return {
    ...session,
    page,
    // A repeated report does not restart the state: a heartbeat of "hidden" must not renew the grace for ever.
    sinceMs: session?.page === page ? session.sinceMs : heardMs,
    lastActiveAtMs: page === "Viewing" ? heardMs : (session?.lastActiveAtMs ?? NEVER_MS),
    lastSignalAtMs: heardMs,
  }
}

/**
 * Name of the session in which the customer was active last, undefined when there is none; of several at one instant
 * the one listed last. Total. R2.
 *
 * @example
 * lastActiveSession({ "tab-1": { page: "Left", sinceMs: 9, lastActiveAtMs: 5 } }) // => "tab-1"
 * @since 0.1.0
 */
export const lastActiveSession = (sessions: Readonly<Record<string, Session>>): string | undefined =>
  Object.entries(sessions)
    .toSorted(([, a], [, b]) => a.lastActiveAtMs - b.lastActiveAtMs)
    .at(-1)?.[0]

/**
 * Names of the sessions that may be forgotten: those whose newest signal is at least the inactivity time old and that
 * keep nobody online (a late signal could not revive them), and whatever exceeds `maxSessions`. The session that
 * decides the customer's presence always stays, and so does the one last active, in which a message would count; a
 * hidden one does where policy gives it a grace. Total.
 * @since 0.1.0
 */
export const prunableSessions = (
  sessions: Readonly<Record<string, TrackedSession>>,
  nowMs: number,
  policy: PresencePolicy = defaultPresence,
): ReadonlyArray<string> => {
  const keep = lastingSession(Object.values(sessions), policy)
  const lastActive = lastActiveSession(sessions)
  const others = Object.entries(sessions).filter(([name, session]) => session !== keep && name !== lastActive)
  const spent = ([, session]: readonly [string, TrackedSession]) =>
    // Heard of again, a hidden tab that was forgotten would have its grace once more.
    (session.page !== "OtherPage" || policy.hiddenGraceMs === 0) &&
    session.lastSignalAtMs + policy.inactivityMs <= nowMs
  const spared = others
    .filter((entry) => !spent(entry))
    .toSorted(([, a], [, b]) => offlineFrom(b, policy) - offlineFrom(a, policy))
  const excess = spared.slice(Math.max(0, policy.maxSessions - 1))
  return [...others.filter(spent), ...excess].map(([name]) => name)
}
