/**
 * Completed jobs a second of a peer: one job a follow-up, that does nothing, from adding it to its completion in the
 * peer's database.
 */
import { callAll, untilCounted } from "./callers.ts"
import type { Peer } from "./peers/peer.ts"
import { percentile } from "./statistics.ts"
import type { Answer, JobsTask, PeerName, Servers } from "./task.ts"

const missing = (what: string): never => {
  throw new Error(`there is no ${what} to measure on`)
}

// Loaded only where it is measured: none of them is in another one's process.
const openers: Readonly<Record<PeerName, (servers: Servers) => Promise<Peer>>> = {
  "pg-boss": async ({ postgres }) =>
    (await import("./peers/pg-boss.ts")).openPgBoss(postgres ?? missing("Postgres")),
  "graphile-worker": async ({ postgres }) =>
    (await import("./peers/graphile-worker.ts")).openGraphileWorker(postgres ?? missing("Postgres")),
  "bullmq-postgres": async ({ postgres }) =>
    (await import("./peers/bullmq.ts")).openBullmqPostgres(postgres ?? missing("Postgres")),
  bullmq: async ({ redis }) => (await import("./peers/bullmq.ts")).openBullmq(redis ?? missing("Redis")),
}

const batchesOf = (count: number, size: number): ReadonlyArray<number> =>
  Array.from({ length: Math.ceil(count / size) }, (_, index) => Math.min(size, count - index * size))

/** Measures one round; `start` says when the clock may start. */
export const jobs = async (
  { peer: name, servers, load, batch }: JobsTask,
  start: () => Promise<void>,
): Promise<Answer> => {
  const peer = await openers[name](servers)
  try {
    const add = (count: number) =>
      callAll(batchesOf(count, batch), load.callers, (size) =>
        batch === 1 ? peer.add() : peer.addMany(size),
      )
    await add(load.warmUp)
    await untilCounted(peer.completed, load.warmUp, `${name}'s jobs completed while warming up`)
    await start()
    const startedMs = performance.now()
    const tookMs = await add(load.followUps)
    await untilCounted(peer.completed, load.warmUp + load.followUps, `${name}'s jobs completed`)
    const seconds = (performance.now() - startedMs) / 1_000
    const finished = (await peer.completed()) - load.warmUp
    return {
      finished,
      perSecond: finished / seconds,
      acknowledgedP50Ms: percentile(tookMs, 0.5),
      acknowledgedP99Ms: percentile(tookMs, 0.99),
    }
  } finally {
    await peer.close()
  }
}
