/**
 * Finished follow-ups a second: from a manager's reply handed in to its follow-up closed in the database.
 */
import { untilCounted } from "./callers.ts"
import { percentile } from "./statistics.ts"
import type { Answer, FinishTask } from "./task.ts"
import { works } from "./work.ts"
import { openEngine, reply, scattered, warmUp, withDatabase } from "./world.ts"

/** Measures one round; `start` says when the clock may start. */
export const finish = (
  { place, work, load, customers }: FinishTask,
  start: () => Promise<void>,
): Promise<Answer> =>
  withDatabase(place, { warm: load.warmUp, customer: customers }, async (database) => {
    const followUps = await openEngine(database, works[work])
    await warmUp(database, followUps, load.warmUp, load.callers)
    const closed = database.counting("FollowUpClosed")
    const before = await closed()
    const numbers = scattered(load.followUps, customers)
    await start()
    const startedMs = performance.now()
    const tookMs = await reply(followUps, "customer", numbers, load.callers)
    await untilCounted(closed, before + load.followUps, "follow-ups closed")
    const seconds = (performance.now() - startedMs) / 1_000
    await followUps.close()
    const finished = (await closed()) - before
    return {
      finished,
      perSecond: finished / seconds,
      acknowledgedP50Ms: percentile(tookMs, 0.5),
      acknowledgedP99Ms: percentile(tookMs, 0.99),
    }
  })
