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
  /** How many do it at once, each an equal share of it; one unless given. */
  readonly processes?: number
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

interface Setting {
  readonly options: BenchOptions
  readonly peers: ReadonlyArray<PeerName>
  readonly servers: Servers
  readonly load: Load
  readonly places: ReadonlyArray<Place>
}

const jobsOf = (servers: Servers, peer: PeerName, load: Load, batch: number): JobsTask => ({
  _tag: "Jobs",
  peer,
  servers,
  load,
  batch,
})

const severally = (processes: number): string => (processes === 1 ? "" : `, ${processes} processes`)

const finishedBy = (processes: number, { peers, servers, load, places }: Setting): ReadonlyArray<Line> => {
  const section = "finished"
  const by = severally(processes)
  const ours = places.flatMap((place): ReadonlyArray<Line> => {
    const line = { section, subject: place.store, processes } as const
    const task = { _tag: "Finish", place, load, customers: load.followUps } as const
    return [
      { ...line, work: `push received${by}`, task: { ...task, work: "received" } },
      { ...line, work: `whole cascade${by}`, task: { ...task, work: "cascade" } },
    ]
  })
  const theirs = peers.flatMap((peer): ReadonlyArray<Line> => {
    const line = { section, subject: peer, processes } as const
    return [
      { ...line, work: `jobs${by}`, task: jobsOf(servers, peer, load, 1) },
      { ...line, work: `jobs in batches of ${BATCH}${by}`, task: jobsOf(servers, peer, load, BATCH) },
    ]
  })
  return [...ours, ...theirs]
}

const finished = (setting: Setting): ReadonlyArray<Line> =>
  setting.options.processes.flatMap((processes) => finishedBy(processes, setting))

const acknowledged = ({ peers, servers, load, places }: Setting): ReadonlyArray<Line> => {
  const section = "acknowledged"
  const followUps = Math.min(load.followUps, ALONE_CALLS)
  const alone: Load = { followUps, callers: 1, warmUp: Math.min(load.warmUp, ALONE_CALLS) }
  const ours = places.map((place): Line => {
    const task = { _tag: "Finish", place, work: "received", load: alone, customers: followUps } as const
    return { section, subject: place.store, work: "reply", task }
  })
  const theirs = peers.map(
    (peer): Line => ({ section, subject: peer, work: "job", task: jobsOf(servers, peer, alone, 1) }),
  )
  return [...ours, ...theirs]
}

const timers = ({ load, places }: Setting): ReadonlyArray<Line> =>
  places.map((place) => {
    const moderate = { ...load, followUps: Math.min(load.followUps, TIMER_FOLLOW_UPS) }
    const task = {
      _tag: "Timers",
      place,
      load: moderate,
      repliesPerSecond: TIMER_REPLIES_PER_SECOND,
    } as const
    return { section: "timers", subject: place.store, work: "push silent", task }
  })

const memory = ({ options, load, places }: Setting): ReadonlyArray<Line> =>
  places.map((place) => {
    const task = { _tag: "Memory", place, load: { ...load, followUps: options.open } } as const
    return { section: "memory", subject: place.store, work: "push waiting", task }
  })

// In memory there is nothing to look up.
const byCustomers = ({ options, load, places }: Setting): ReadonlyArray<Line> => {
  // Every size does the same work: no more follow-ups than there are customers in the smallest.
  const same = { ...load, followUps: Math.min(load.followUps, ...options.customers) }
  return places
    .filter((place) => place.store !== "memory")
    .flatMap((place) =>
      options.customers.map((customers): Line => {
        const task = { _tag: "Finish", place, work: "rejected", load: same, customers } as const
        const work = `${customers.toLocaleString("en-US")} customers`
        return { section: "customers", subject: place.store, work, task }
      }),
    )
}

const linesOf: Readonly<Record<Section, (setting: Setting) => ReadonlyArray<Line>>> = {
  finished,
  acknowledged,
  timers,
  memory,
  customers: byCustomers,
}

/** All lines; those of one section are measured in turn, round by round. */
export const planOf = (
  options: BenchOptions,
  peers: ReadonlyArray<PeerName>,
  servers: Servers,
): ReadonlyArray<Line> => {
  const { followUps, callers, warmUp } = options
  const load: Load = { followUps, callers, warmUp }
  const places = options.stores.map((store) => placeOf(store, servers))
  return options.measures.flatMap((section) => linesOf[section]({ options, peers, servers, load, places }))
}
