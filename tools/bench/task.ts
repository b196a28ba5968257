/**
 * What a process of the benchmark is asked to do, and what it answers: plain data, handed over as JSON.
 */
import type { PostgresOptions } from "../../src/stores/postgres/index.ts"
import type { Place } from "./databases/database.ts"
import type { works } from "./work.ts"

/** The load: so many follow-ups (or jobs) from so many callers, after so many to warm up with. */
export interface Load {
  readonly followUps: number
  readonly callers: number
  readonly warmUp: number
}

/** Work from the reply to the follow-up that is closed, with so many customers in the database. */
export interface FinishTask {
  readonly _tag: "Finish"
  readonly place: Place
  readonly work: keyof typeof works
  readonly load: Load
  readonly customers: number
}

/** Silent pushes, their replies coming in evenly. */
export interface TimersTask {
  readonly _tag: "Timers"
  readonly place: Place
  readonly load: Load
  readonly repliesPerSecond: number
}

/** Follow-ups that wait for the receipt of their push. */
export interface MemoryTask {
  readonly _tag: "Memory"
  readonly place: Place
  readonly load: Load
}

/** Where a peer keeps its jobs. */
export interface Servers {
  readonly postgres: PostgresOptions | undefined
  /** The path of the socket. */
  readonly redis: string | undefined
}

/** The peers that can be measured. */
export const peerNames = ["pg-boss", "graphile-worker", "bullmq-postgres", "bullmq"] as const

/** A peer's name. */
export type PeerName = (typeof peerNames)[number]

/** One job a follow-up, that does nothing, added one by one or in batches. */
export interface JobsTask {
  readonly _tag: "Jobs"
  readonly peer: PeerName
  readonly servers: Servers
  readonly load: Load
  readonly batch: number
}

/** One measurement in a process of its own. */
export type Task = FinishTask | TimersTask | MemoryTask | JobsTask

/** What a process says before its clock starts. */
export const READY = "ready"

/** What was measured: numbers by their names, with the unit last. */
export type Answer = Readonly<Record<string, number>>
