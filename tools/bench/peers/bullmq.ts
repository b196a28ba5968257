/**
 * BullMQ: https://docs.bullmq.io, on Redis or on Postgres. Jobs stay once they are completed.
 */
import { createPostgresBackend, Queue, Worker } from "bullmq"
import type { PostgresOptions } from "../../../src/stores/postgres/index.ts"
import { closeWith, newName, openSession } from "../databases/session.ts"
import type { Peer } from "./peer.ts"

const QUEUE = "follow-ups"
const JOB = "follow-up"

/** As in its guide for jobs that wait rather than compute: https://docs.bullmq.io/guide/workers/concurrency */
const CONCURRENCY = 50

interface Adding {
  add(name: string, data: object): Promise<unknown>
  addBulk(jobs: Array<{ name: string; data: object }>): Promise<unknown>
  getCompletedCount(): Promise<number>
}

const adding = (queue: Adding): Omit<Peer, "close"> => ({
  add: () => queue.add(JOB, {}),
  addMany: (count) => queue.addBulk(Array.from({ length: count }, () => ({ name: JOB, data: {} }))),
  completed: () => queue.getCompletedCount(),
})

/** Starts a queue and a worker on the Redis server with this socket. */
export const openBullmq = async (path: string): Promise<Peer> => {
  const connection = { path, maxRetriesPerRequest: null }
  const queue = new Queue(QUEUE, { connection })
  const worker = new Worker(QUEUE, async () => {}, { connection, concurrency: CONCURRENCY })
  await worker.waitUntilReady()
  return {
    ...adding(queue),
    close: async () => {
      await worker.close()
      await queue.obliterate({ force: true })
      await queue.close()
    },
  }
}

/** Starts a queue and a worker on Postgres: https://docs.bullmq.io/guide/postgresql */
export const openBullmqPostgres = async (server: PostgresOptions): Promise<Peer> => {
  const schema = newName()
  const { host, database, username: user } = server
  const connection = { ...(host && { host }), ...(database && { database }), ...(user && { user }), schema }
  const session = await openSession(server)
  const queue = new Queue(QUEUE, { connection: { ...connection, migrate: true } }, createPostgresBackend)
  await queue.waitUntilReady()
  const worker = new Worker(
    QUEUE,
    async () => {},
    { connection, concurrency: CONCURRENCY },
    createPostgresBackend,
  )
  await worker.waitUntilReady()
  return {
    ...adding(queue),
    close: async () => {
      await worker.close()
      await queue.close()
      await closeWith(session, schema)
    },
  }
}
