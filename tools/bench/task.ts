/**
 * What a process of the benchmark is asked to do, and what it answers: plain data, handed over as JSON.
 */
import type { Place } from "./databases/database.ts"
import type { works } from "./work.ts"

/** The load: so many follow-ups from so many callers, after so many to warm up with. */
export interface Load {
  readonly followUps: number
  readonly callers: number
  readonly warmUp: number
}

/** One measurement in a process of its own. */
export type Task = {
  readonly _tag: "Finish"
  readonly place: Place
  readonly work: keyof typeof works
  readonly load: Load
  /** Customers in the database; at least as many as follow-ups. */
  readonly customers: number
}

/** What was finished, and how long callers waited. */
export interface Finished {
  readonly _tag: "Finished"
  readonly finished: number
  readonly perSecond: number
  readonly acknowledgedP50Ms: number
  readonly acknowledgedP99Ms: number
}

/** The answer to a task. */
export type Answer = Finished
