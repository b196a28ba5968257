/**
 * What open follow-ups take of the process's memory: pushes that wait for their receipts, the engine idle.
 */
import process from "node:process"
import { setTimeout as sleepMs } from "node:timers/promises"
import { untilCounted } from "./callers.ts"
import type { Answer, MemoryTask } from "./task.ts"
import { works } from "./work.ts"
import { openEngine, reply, scattered, warmUp, withDatabase } from "./world.ts"

/** Collections of garbage, and the pauses between them: what is free is given back step by step. */
const COLLECTIONS = 5
const PAUSE_MS = 20

const residentBytes = async (): Promise<number> => {
  for (let left = COLLECTIONS; left > 0; left--) {
    globalThis.gc?.()
    await sleepMs(PAUSE_MS)
  }
  return process.memoryUsage.rss()
}

/** Measures once. */
export const memory = ({ place, load }: MemoryTask): Promise<Answer> =>
  withDatabase(place, { warm: load.warmUp, customer: load.followUps }, async (database) => {
    const warm = await openEngine(database, works.cascade)
    await warmUp(database, warm, load.warmUp, load.callers)
    await warm.close()
    const followUps = await openEngine(database, works.open)
    const accepted = database.counting("DeliveryAccepted")
    const before = await accepted()
    const beforeBytes = await residentBytes()
    await reply(followUps, "customer", scattered(load.followUps, load.followUps), load.callers)
    await untilCounted(accepted, before + load.followUps, "pushes accepted")
    const afterBytes = await residentBytes()
    await followUps.close()
    return { open: load.followUps, beforeBytes, afterBytes, grownBytes: afterBytes - beforeBytes }
  })
