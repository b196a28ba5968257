/**
 * Finished follow-ups a second: from a manager's reply handed in to its follow-up closed in the database.
 */
import { FollowUps, type OpenFollowUps } from "../../src/engine/index.ts"
import { callAll, untilCounted } from "./callers.ts"
import { type Database, openDatabase } from "./databases/index.ts"
import { percentile } from "./statistics.ts"
import type { Finished, Task } from "./task.ts"
import {
  copiesFor,
  customerAt,
  policyFor,
  prepare,
  providers,
  replyTo,
  TEMPLATE,
  type Work,
  works,
} from "./work.ts"

/** An engine at work on a database, everything as it is shipped. */
export const openEngine = async (
  database: Database,
  work: Work,
  sent?: (deliveryId: string) => void,
): Promise<OpenFollowUps> => {
  const followUps: OpenFollowUps = await FollowUps.open({
    store: database.layer,
    policy: policyFor(work),
    // A receipt that fails is not caught: it ends the process, and with it the measurement.
    transports: providers(work, (receipt) => void followUps.receipt(receipt), sent),
  })
  return followUps
}

/** Fills a new database: channels, and customers who wrote and left. */
export const populate = async (
  database: Database,
  customers: Readonly<Record<string, number>>,
): Promise<void> => {
  const followUps = await openEngine(database, works.received)
  await prepare(followUps, Date.now())
  await followUps.close()
  for (const [name, count] of Object.entries(customers))
    if (count > 0) await database.multiply(TEMPLATE, name, copiesFor(count))
}

/** Numbers that are spread over all there are, in an order without a pattern and the same every time. */
export const scattered = (count: number, among: number): ReadonlyArray<number> => {
  const numbers = Array.from({ length: count }, (_, index) => Math.floor((index * among) / count))
  let random = 1
  for (let last = numbers.length - 1; last > 0; last--) {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0
    const other = random % (last + 1)
    const [a = 0, b = 0] = [numbers[last], numbers[other]]
    numbers[last] = b
    numbers[other] = a
  }
  return numbers
}

/** Measures one round. */
export const finish = async ({ place, work, load, customers }: Task): Promise<Finished> => {
  const database = await openDatabase(place)
  try {
    await populate(database, { warm: load.warmUp, customer: customers })
    const followUps = await openEngine(database, works[work])
    const reply = (name: string) => (number: number) => followUps.message(replyTo(customerAt(name, number)))
    await callAll(scattered(load.warmUp, load.warmUp), load.callers, reply("warm"))
    await untilCounted(database.closed, load.warmUp, "follow-ups closed while warming up")
    const numbers = scattered(load.followUps, customers)
    const startedMs = performance.now()
    const tookMs = await callAll(numbers, load.callers, reply("customer"))
    await untilCounted(database.closed, load.warmUp + load.followUps, "follow-ups closed")
    const seconds = (performance.now() - startedMs) / 1_000
    const finished = (await database.closed()) - load.warmUp
    await followUps.close()
    return {
      _tag: "Finished",
      finished,
      perSecond: finished / seconds,
      acknowledgedP50Ms: percentile(tookMs, 0.5),
      acknowledgedP99Ms: percentile(tookMs, 0.99),
    }
  } finally {
    await database.close()
  }
}
