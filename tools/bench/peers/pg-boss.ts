/**
 * pg-boss: https://pgboss.io. Jobs stay in its table once they are completed.
 */
import { PgBoss } from "pg-boss"
import type { PostgresOptions } from "../../../src/stores/postgres/index.ts"
import { closeWith, newName, openSession } from "../databases/session.ts"
import type { Peer } from "./peer.ts"

const QUEUE = "follow-ups"

/**
 * The options of `work` for many jobs: several a fetch, and the next fetch at once while they come in full. The
 * shortest interval that there is, for those that do not. https://pgboss.io/api/workers. Without its notifications,
 * which make it slower under this load: they wake workers sooner, but every commit waits its turn to notify.
 */
const working = { batchSize: 100, localConcurrency: 4, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 }

/** Starts pg-boss with one queue. */
export const openPgBoss = async (server: PostgresOptions): Promise<Peer> => {
  const schema = newName()
  const { host, database, username: user } = server
  const boss = new PgBoss({
    ...(host && { host }),
    ...(database && { database }),
    ...(user && { user }),
    schema,
  })
  const session = await openSession(server)
  boss.on("error", (error) => {
    throw error
  })
  await boss.start()
  // A table of its own, as is recommended for a queue that is busy. https://pgboss.io/api/queues
  await boss.createQueue(QUEUE, { partition: true })
  await boss.work(QUEUE, working, async () => {})
  return {
    add: () => boss.send(QUEUE, {}),
    addMany: (count) =>
      boss.insert(
        QUEUE,
        Array.from({ length: count }, () => ({ data: {} })),
      ),
    completed: async () => {
      const [row] = await session.ask(
        `select count(*) as completed from ${schema}.job where name = $1 and state = 'completed'`,
        [QUEUE],
      )
      return Number(row?.["completed"])
    },
    close: async () => {
      await boss.stop({ graceful: false })
      await closeWith(session, schema)
    },
  }
}
