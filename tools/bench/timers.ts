/**
 * How late timers are: a push stays silent, and its text is asked for and sent some time after the push has timed out.
 */
import { setTimeout as sleepMs } from "node:timers/promises"
import { deliveryIdOf } from "../../src/core/customer/state.ts"
import { untilCounted } from "./callers.ts"
import type { Database } from "./databases/index.ts"
import { percentile } from "./statistics.ts"
import type { Answer, TimersTask } from "./task.ts"
import { customerAt, replyTo, works } from "./work.ts"
import { openEngine, scattered, warmUp, withDatabase } from "./world.ts"

const work = works.silent

interface Fallback {
  /** When the push has timed out. */
  readonly dueMs: number
  /** When the text was asked for. */
  readonly askedMs: number
  readonly deliveryId: string
}

const fallbacks = async (database: Database): Promise<ReadonlyArray<Fallback>> => {
  const due = new Map<string, number>()
  const found: Array<Fallback> = []
  for (const { key, event } of await database.history()) {
    if (event._tag !== "DeliveryRequested" || !key.customerId.startsWith("customer-")) continue
    const { followUpId, via, atMs } = event
    if (via === "push") due.set(followUpId, atMs + work.pushTimeoutMs)
    const dueMs = due.get(followUpId)
    if (via === "sns" && dueMs !== undefined)
      found.push({ dueMs, askedMs: atMs, deliveryId: deliveryIdOf(followUpId, via) })
  }
  return found
}

/** Measures one round. */
export const timers = ({ place, load, repliesPerSecond }: TimersTask): Promise<Answer> =>
  withDatabase(place, { warm: load.warmUp, customer: load.followUps }, async (database) => {
    const sentMs = new Map<string, number>()
    const followUps = await openEngine(database, work, (deliveryId) => sentMs.set(deliveryId, Date.now()))
    await warmUp(database, followUps, load.warmUp, load.callers)
    const closed = database.counting("FollowUpClosed")
    const before = await closed()
    const startsMs = performance.now()
    const replies: Array<Promise<void>> = []
    for (const [index, number] of scattered(load.followUps, load.followUps).entries()) {
      const waitMs = startsMs + (index * 1_000) / repliesPerSecond - performance.now()
      if (waitMs > 0) await sleepMs(waitMs)
      replies.push(followUps.message(replyTo(customerAt("customer", number))))
    }
    await Promise.all(replies)
    await untilCounted(closed, before + load.followUps, "follow-ups closed")
    await followUps.close()
    const all = await fallbacks(database)
    const askedLateMs = all.map(({ dueMs, askedMs }) => askedMs - dueMs)
    const sentLateMs = all.map(({ dueMs, deliveryId }) => (sentMs.get(deliveryId) ?? Number.NaN) - dueMs)
    return {
      finished: all.length,
      askedLateP50Ms: percentile(askedLateMs, 0.5),
      askedLateP99Ms: percentile(askedLateMs, 0.99),
      sentLateP50Ms: percentile(sentLateMs, 0.5),
      sentLateP99Ms: percentile(sentLateMs, 0.99),
    }
  })
