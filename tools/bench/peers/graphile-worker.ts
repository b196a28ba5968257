/**
 * graphile-worker: https://worker.graphile.org. It deletes a job that is completed, so what is left is counted.
 */
import { Logger, makeWorkerUtils, run } from "graphile-worker"
import type { PostgresOptions } from "../../../src/stores/postgres/index.ts"
import { newName, openSession } from "../databases/session.ts"
import type { Peer } from "./peer.ts"

const TASK = "follow-up"

/** The configuration of its own figures: https://worker.graphile.org/docs/performance */
const preset = {
  worker: {
    concurrentJobs: 24,
    maxPoolSize: 25,
    localQueue: { size: 500 },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  },
}

const silent = new Logger(() => () => {})

const connectionTo = ({ host = "", database = "", username = "" }: PostgresOptions): string =>
  `postgres://${username}@/${database}?host=${encodeURIComponent(host)}`

/** Starts a worker. */
export const openGraphileWorker = async (server: PostgresOptions): Promise<Peer> => {
  // A database of its own, that goes with the server: what one notifies of, whatever its schema, all workers on a
  // database hear.
  const database = newName()
  const admin = await openSession(server)
  await admin.ask(`create database ${database}`)
  await admin.close()
  const own = { ...server, database }
  const options = { connectionString: connectionTo(own), logger: silent, preset }
  const session = await openSession(own)
  const tasks = await makeWorkerUtils(options)
  await tasks.migrate()
  const worker = await run({ ...options, noHandleSignals: true, taskList: { [TASK]: async () => {} } })
  let added = 0
  return {
    add: async () => {
      await tasks.addJob(TASK, {})
      added += 1
    },
    addMany: async (count) => {
      await tasks.addJobs(Array.from({ length: count }, () => ({ identifier: TASK, payload: {} })))
      added += count
    },
    completed: async () => {
      const soFar = added
      const [row] = await session.ask(`select count(*) as waiting from graphile_worker._private_jobs`)
      return soFar - Number(row?.["waiting"])
    },
    close: async () => {
      await worker.stop()
      await tasks.release()
      await session.close()
    },
  }
}
