/**
 * What is measured, line by line of the report.
 */
import type { Place } from "./databases/index.ts"
import type { BenchOptions, Section, StoreName } from "./options.ts"
import type { JobsTask, Load, PeerName, Servers, Task } from "./task.ts"

/** One line of the report, measured in every round. */
export interface Line {
  readonly section: Section
  /** A store or a peer. */
  readonly subject: StoreName | PeerName
  readonly work: string
  readonly task: Task
}

/** One caller makes as many calls as tell p99, and takes some milliseconds for each. */
const ALONE_CALLS = 200
/** Moderate: a tenth of what engines can do. */
const TIMER_REPLIES_PER_SECOND = 200
const TIMER_FOLLOW_UPS = 1_000
/** How many jobs go into a batch, where a peer takes batches. */
const BATCH = 100

const placeOf = (store: StoreName, servers: Servers): Place => {
  if (store !== "postgres") return { store }
  if (servers.postgres === undefined) throw new Error("there is no Postgres to measure on")
  return { store, server: servers.postgres }
}

/** All lines; those of one section are measured in turn, round by round. */
export const planOf = (
  options: BenchOptions,
  peers: ReadonlyArray<PeerName>,
  servers: Servers,
): ReadonlyArray<Line> => {
  const { followUps, callers, warmUp } = options
  const load: Load = { followUps, callers, warmUp }
  const alone: Load = {
    followUps: Math.min(followUps, ALONE_CALLS),
    callers: 1,
    warmUp: Math.min(warmUp, ALONE_CALLS),
  }
  const places = options.stores.map((store) => placeOf(store, servers))
  // Every size does the same work: no more follow-ups than there are customers in the smallest.
  const each = Math.min(followUps, ...options.customers)
  const peerLine = (
    section: Section,
    peer: PeerName,
    work: string,
    rest: Pick<JobsTask, "load" | "batch">,
  ): Line => ({ section, subject: peer, work, task: { _tag: "Jobs", peer, servers, ...rest } })

  const lines: Readonly<Record<Section, () => ReadonlyArray<Line>>> = {
    finished: () => [
      ...places.flatMap((place): ReadonlyArray<Line> => {
        const { store: subject } = place
        const task = { _tag: "Finish", place, load, customers: followUps } as const
        return [
          { section: "finished", subject, work: "push received", task: { ...task, work: "received" } },
          { section: "finished", subject, work: "whole cascade", task: { ...task, work: "cascade" } },
        ]
      }),
      ...peers.flatMap((peer) => [
        peerLine("finished", peer, "jobs", { load, batch: 1 }),
        peerLine("finished", peer, `jobs in batches of ${BATCH}`, { load, batch: BATCH }),
      ]),
    ],
    acknowledged: () => [
      ...places.map((place): Line => {
        const task = {
          _tag: "Finish",
          place,
          work: "received",
          load: alone,
          customers: alone.followUps,
        } as const
        return { section: "acknowledged", subject: place.store, work: "reply", task }
      }),
      ...peers.map((peer) => peerLine("acknowledged", peer, "job", { load: alone, batch: 1 })),
    ],
    timers: () =>
      places.map((place): Line => {
        const timerLoad = { ...load, followUps: Math.min(followUps, TIMER_FOLLOW_UPS) }
        const task = {
          _tag: "Timers",
          place,
          load: timerLoad,
          repliesPerSecond: TIMER_REPLIES_PER_SECOND,
        } as const
        return { section: "timers", subject: place.store, work: "push silent", task }
      }),
    memory: () =>
      places.map((place): Line => {
        const task = { _tag: "Memory", place, load: { ...load, followUps: options.open } } as const
        return { section: "memory", subject: place.store, work: "push waiting", task }
      }),
    customers: () =>
      places
        .filter((place) => place.store !== "memory")
        .flatMap((place) =>
          options.customers.map((customers): Line => {
            const work = `${customers.toLocaleString("en-US")} customers`
            const task = {
              _tag: "Finish",
              place,
              work: "rejected",
              load: { ...load, followUps: each },
              customers,
            } as const
            return { section: "customers", subject: place.store, work, task }
          }),
        ),
  }
  return options.measures.flatMap((section) => lines[section]())
}
