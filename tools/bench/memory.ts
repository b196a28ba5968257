/**
 * What open follow-ups take of the process's memory: pushes that wait for their receipts, the engine idle.
 */
import process from "node:process"
import { setTimeout as sleepMs } from "node:timers/promises"
import { untilCounted } from "./callers.ts"
import type { Answer, MemoryTask } from "./task.ts"
import { works } from "./work.ts"
import { openEngine, reply, scattered, warmUp, withDatabase } from "./world.ts"

const PAUSE_MS = 20
/** Free memory is given back step by step: it is as low as it gets when it has not been lower for so many looks. */
const STEADY_LOOKS = 10

interface Size {
  readonly residentBytes: number
  readonly heapBytes: number
}

const sizeOfProcess = async (): Promise<Size> => {
  let lowest = Number.POSITIVE_INFINITY
  for (let looks = 0; looks < STEADY_LOOKS; looks++) {
    globalThis.gc?.()
    await sleepMs(PAUSE_MS)
    const bytes = process.memoryUsage.rss()
    if (bytes < lowest) looks = 0
    lowest = Math.min(lowest, bytes)
  }
  return { residentBytes: lowest, heapBytes: process.memoryUsage().heapUsed }
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
    const size = await sizeOfProcess()
    await reply(followUps, "customer", scattered(load.followUps, load.followUps), load.callers)
    await untilCounted(accepted, before + load.followUps, "pushes accepted")
    const grown = await sizeOfProcess()
    await followUps.close()
    return {
      open: load.followUps,
      beforeBytes: size.residentBytes,
      afterBytes: grown.residentBytes,
      grownHeapBytes: grown.heapBytes - size.heapBytes,
    }
  })
