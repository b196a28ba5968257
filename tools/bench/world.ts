/**
 * A database with customers in it, and an engine at work on it, everything as it is shipped.
 */
import { FollowUps, type OpenFollowUps } from "../../src/engine/index.ts"
import { callAll, untilCounted } from "./callers.ts"
import { type Database, openDatabase, type Place } from "./databases/index.ts"
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

/** Opens an engine; `sent` hears of every message that leaves. */
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

/** How many customers there are, by name: `warm` to warm up with, `customer` to measure. */
export interface Population {
  readonly warm: number
  readonly customer: number
}

/** Opens a new database with channels, and customers who wrote and left; it is closed after `use`. */
export const withDatabase = async <A>(
  place: Place,
  population: Population,
  use: (database: Database) => Promise<A>,
): Promise<A> => {
  const database = await openDatabase(place)
  try {
    const followUps = await openEngine(database, works.received)
    await prepare(followUps, Date.now())
    await followUps.close()
    for (const name of ["warm", "customer"] as const)
      if (population[name] > 0) await database.multiply(TEMPLATE, name, copiesFor(population[name]))
    return await use(database)
  } finally {
    await database.close()
  }
}

/** Hands in the manager's replies to these customers, so many callers at once; gives how long each call took, in ms. */
export const reply = (
  followUps: OpenFollowUps,
  name: keyof Population,
  numbers: ReadonlyArray<number>,
  callers: number,
): Promise<ReadonlyArray<number>> =>
  callAll(numbers, callers, (number) => followUps.message(replyTo(customerAt(name, number))))

/** Has the code compiled, and everything open, before anything is measured. */
export const warmUp = async (
  database: Database,
  followUps: OpenFollowUps,
  count: number,
  callers: number,
): Promise<void> => {
  await reply(followUps, "warm", [...Array(count).keys()], callers)
  await untilCounted(database.counting("FollowUpClosed"), count, "follow-ups closed while warming up")
}

/** Numbers spread over all there are, in an order without a pattern and the same every time. */
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
