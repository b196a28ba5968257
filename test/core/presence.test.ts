/** R2, R3: who is online, and since when not. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  applySignal,
  defaultPresence,
  INACTIVITY_MS,
  lastingSession,
  offlineFrom,
  presenceAt,
  prunableSessions,
  type Signal,
  type TrackedSession,
} from "../../src/core/presence.ts"
import {
  anySession,
  anySessions,
  anySignal,
  presenceInstantMs,
  signals,
} from "../../src/testing/presence-arbitraries.ts"

const isOnline = (sessions: Iterable<TrackedSession>, nowMs: number, policy = defaultPresence) =>
  presenceAt(sessions, nowMs, policy)._tag === "Online"

const anyGraceMs = () => fc.constantFrom(0, 1, 10_000)
const withGrace = (hiddenGraceMs: number) => ({ ...defaultPresence, hiddenGraceMs })

describe("one session", () => {
  const active = (atMs: number) => applySignal(undefined, "active", atMs, atMs)

  it("R2: 269 999 ms without activity is online, 270 000 ms is offline", () => {
    expect(INACTIVITY_MS).toBe(270_000)
    fc.assert(
      fc.property(fc.nat(1_000_000), (atMs) => {
        expect(presenceAt([active(atMs)], atMs + 269_999)).toEqual({
          _tag: "Online",
          untilMs: atMs + 270_000,
        })
        expect(presenceAt([active(atMs)], atMs + 270_000)).toEqual({
          _tag: "Offline",
          sinceMs: atMs + 270_000,
          reason: "inactive",
        })
      }),
    )
  })

  it("R2: whoever leaves or puts another page in front is offline from that instant", () => {
    for (const [signal, reason] of [
      ["left", "left"],
      ["hidden", "other-page"],
    ] as const)
      expect(presenceAt([applySignal(active(0), signal, 5_000, 5_000)], 5_000)).toEqual({
        _tag: "Offline",
        sinceMs: 5_000,
        reason,
      })
  })

  it("R2: a grace keeps a hidden tab online for that long, and repeated reports do not prolong it", () => {
    const once = applySignal(active(0), "hidden", 5_000, 5_000)
    const twice = applySignal(once, "hidden", 14_000, 14_000)
    expect(presenceAt([twice], 14_999, withGrace(10_000))).toEqual({ _tag: "Online", untilMs: 15_000 })
    expect(isOnline([twice], 15_000, withGrace(10_000))).toBe(false)
  })

  it("R2: hiding a tab makes nobody online, and keeps nobody online longer than no activity would", () => {
    fc.assert(
      fc.property(anySessions(), presenceInstantMs(), anyGraceMs(), (sessions, nowMs, graceMs) => {
        const policy = withGrace(graceMs)
        for (const before of Object.values(sessions)) {
          // One that left and is heard of again has its grace: its page is there.
          if (before.page === "Left") continue
          const ends = offlineFrom(before, policy)
          const after = applySignal(before, "hidden", nowMs, nowMs)
          if (after.lastSignalAtMs === nowMs)
            expect(offlineFrom(after, policy)).toBeLessThanOrEqual(Math.max(ends, nowMs))
        }
      }),
    )
  })

  it("R3: more than five minutes away, in another tab or without activity come out offline", () => {
    const minutes = 60_000
    const away = applySignal(active(0), "left", 1_000, 1_000)
    const otherTab = applySignal(active(0), "hidden", 1_000, 1_000)
    for (const session of [away, otherTab, active(0)])
      expect(isOnline([session], 5 * minutes + 1)).toBe(false)
  })

  it("R2: coming back, by a signal or to the front, is being online again", () => {
    for (const signal of ["active", "visible"] as const)
      for (const before of ["left", "hidden"] as const) {
        const gone = applySignal(active(0), before, 1_000, 1_000)
        expect(isOnline([applySignal(gone, signal, 2_000, 2_000)], 2_000)).toBe(true)
      }
  })
})

describe("many sessions", () => {
  it("R2: a customer is online if and only if one of their sessions is", () => {
    fc.assert(
      fc.property(anySessions(), presenceInstantMs(), anyGraceMs(), (sessions, nowMs, graceMs) => {
        const policy = withGrace(graceMs)
        const all = Object.values(sessions)
        const ends = all.map((session) => offlineFrom(session, policy))
        const presence = presenceAt(all, nowMs, policy)
        expect(presence._tag === "Online").toBe(ends.some((endsMs) => endsMs > nowMs))
        if (all.length > 0)
          expect(presence._tag === "Online" ? presence.untilMs : presence.sinceMs).toBe(Math.max(...ends))
      }),
    )
  })

  it("R2: time alone turns online into offline at the instant foretold, and never the other way", () => {
    fc.assert(
      fc.property(anySessions(), presenceInstantMs(), fc.nat(1_000_000), (sessions, nowMs, laterMs) => {
        const all = Object.values(sessions)
        const now = presenceAt(all, nowMs)
        const later = presenceAt(all, nowMs + laterMs)
        if (now._tag === "Offline") expect(later).toEqual(now)
        else expect(later._tag === "Online").toBe(nowMs + laterMs < now.untilMs)
      }),
    )
  })

  it("R2: the order in which sessions are listed does not matter", () => {
    fc.assert(
      fc.property(anySessions(), presenceInstantMs(), (sessions, nowMs) => {
        const all = Object.values(sessions)
        expect(presenceAt(all.toReversed(), nowMs)).toEqual(presenceAt(all, nowMs))
      }),
    )
  })

  it("R2: of two sessions that end at one instant the more certain one gives the reason", () => {
    const left = applySignal(undefined, "left", 5_000, 5_000)
    const hidden = applySignal(undefined, "hidden", 5_000, 5_000)
    for (const all of [
      [left, hidden],
      [hidden, left],
    ])
      expect(presenceAt(all, 5_000)).toMatchObject({ reason: "left" })
  })

  it("R2: a customer without any session is offline, never seen", () => {
    expect(presenceAt([], 1_000)).toEqual({ _tag: "Offline", sinceMs: 0, reason: "never-seen" })
  })
})

describe("signals", () => {
  const heard = (all: ReadonlyArray<{ signal: Signal; atMs: number }>, nowMs: number) =>
    all.reduce<TrackedSession | undefined>(
      (session, { signal, atMs }) => applySignal(session, signal, atMs, nowMs),
      undefined,
    )

  it("R2: with distinct instants the order of hearing changes neither the page nor being online", () => {
    const distinct = fc.uniqueArray(fc.record({ signal: anySignal(), atMs: presenceInstantMs() }), {
      selector: ({ atMs }) => atMs,
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(
        distinct.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        fc.nat(600_000),
        ([all, shuffled], afterMs) => {
          const nowMs = Math.max(...all.map(({ atMs }) => atMs))
          const [one, other] = [heard(all, nowMs), heard(shuffled, nowMs)]
          if (one === undefined || other === undefined) return
          expect(other.page).toBe(one.page)
          expect(isOnline([other], nowMs + afterMs)).toBe(isOnline([one], nowMs + afterMs))
        },
      ),
    )
  })

  it("R2: a signal older than the newest one known changes nothing", () => {
    fc.assert(
      fc.property(
        anySession(),
        anySignal(),
        fc.integer({ min: 1, max: 500_000 }),
        (session, signal, ageMs) => {
          const { lastSignalAtMs } = session
          expect(applySignal(session, signal, lastSignalAtMs - ageMs, lastSignalAtMs)).toBe(session)
        },
      ),
    )
  })

  it("R2: a signal from the future counts as now", () => {
    fc.assert(
      fc.property(
        anySession(),
        anySignal(),
        fc.nat(1_000_000),
        fc.nat(1_000),
        (session, signal, aheadMs, gapMs) => {
          const nowMs = session.lastSignalAtMs + gapMs
          const expected = applySignal(session, signal, nowMs, nowMs)
          expect(applySignal(session, signal, nowMs + aheadMs, nowMs)).toEqual(expected)
        },
      ),
    )
  })

  it("R2: of two signals at one instant the one heard last wins", () => {
    for (const first of signals)
      for (const [last, page] of [
        ["left", "Left"],
        ["hidden", "OtherPage"],
        ["active", "Viewing"],
      ] as const)
        expect(applySignal(applySignal(undefined, first, 5, 5), last, 5, 5).page).toBe(page)
  })

  it("R2: a session never claims to be active later than it was heard", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ signal: anySignal(), atMs: presenceInstantMs() }), { minLength: 1 }),
        presenceInstantMs(),
        (all, nowMs) => {
          const session = heard(all, nowMs)
          expect(session?.lastSignalAtMs).toBeLessThanOrEqual(nowMs)
          expect(session?.lastActiveAtMs).toBeLessThanOrEqual(session?.lastSignalAtMs ?? 0)
          expect(session?.sinceMs).toBeLessThanOrEqual(session?.lastSignalAtMs ?? 0)
        },
      ),
    )
  })
})

describe("forgetting sessions", () => {
  const keptOf = (
    sessions: Readonly<Record<string, TrackedSession>>,
    nowMs: number,
    policy = defaultPresence,
  ) => {
    const gone = new Set(prunableSessions(sessions, nowMs, policy))
    return Object.entries(sessions).flatMap(([name, session]) => (gone.has(name) ? [] : [session]))
  }

  it("R2: forgetting sessions changes presence neither now nor later", () => {
    fc.assert(
      fc.property(
        anySessions(8),
        presenceInstantMs(),
        fc.nat(1_000_000),
        anyGraceMs(),
        fc.constantFrom(1, 2, 50),
        (sessions, nowMs, laterMs, graceMs, maxSessions) => {
          const policy = { ...withGrace(graceMs), maxSessions }
          const before = presenceAt(Object.values(sessions), nowMs + laterMs, policy)
          expect(presenceAt(keptOf(sessions, nowMs, policy), nowMs + laterMs, policy)).toEqual(before)
        },
      ),
    )
  })

  it("R2: a session is forgotten once its last signal is 270 000 ms old, not before", () => {
    const old = applySignal(undefined, "left", 1_000, 1_000)
    const sessions = { old, kept: applySignal(undefined, "active", 5_000, 5_000) }
    expect(prunableSessions(sessions, 270_999)).toEqual([])
    for (const graceMs of [0, 30_000])
      expect(prunableSessions(sessions, 271_000, withGrace(graceMs))).toEqual(["old"])
  })

  it("R2: a hidden tab that had its grace has none again, however late it says once more that it is hidden", () => {
    const sessions = {
      hidden: applySignal(undefined, "hidden", 1_000, 1_000),
      active: applySignal(undefined, "active", 900_000, 900_000),
    }
    expect(prunableSessions(sessions, 900_000, withGrace(30_000))).toEqual([])
    expect(prunableSessions(sessions, 900_000)).toEqual(["hidden"])
  })

  it("R2: of thousands of sessions only as many as policy says stay, the longest lasting ones", () => {
    const sessions = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [
        `tab-${index}`,
        applySignal(undefined, "active", index, 5_000),
      ]),
    )
    const kept = keptOf(sessions, 5_000)
    expect(kept).toHaveLength(defaultPresence.maxSessions)
    expect(Math.min(...kept.map(({ lastActiveAtMs }) => lastActiveAtMs))).toBe(4_950)
  })

  it("R2: the session that decides stays, however old, and so does the one last active", () => {
    fc.assert(
      fc.property(anySessions(), (sessions) => {
        const all = Object.values(sessions)
        const lastActiveAtMs = Math.max(...all.map((session) => session.lastActiveAtMs))
        const lastActive = all.findLast((session) => session.lastActiveAtMs === lastActiveAtMs)
        const lasting = lastingSession(all)
        const stay = all.filter((session) => session === lasting || session === lastActive)
        expect(keptOf(sessions, Number.MAX_SAFE_INTEGER)).toEqual(stay)
      }),
    )
  })
})
