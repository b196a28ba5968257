/**
 * A schema of its own on a Postgres server that is shared with the peers.
 */
import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { makeClient } from "../../../src/stores/postgres/driver.ts"
import { type PostgresOptions, postgres } from "../../../src/stores/postgres/index.ts"
import type { Database } from "./database.ts"
import { historyOf } from "./history.ts"

/** How long a statement of the benchmark's own may take: a million customers are made in one. */
const STATEMENT_TIMEOUT_MS = 600_000

const quoted = (name: string): string => `"${name}"`

/** A new schema. */
export const openPostgres = async (server: PostgresOptions): Promise<Database> => {
  const schema = `bench_${randomUUID()}`
  const options: PostgresOptions = { ...server, schema }
  const layer = postgres(options)
  const scope = Scope.makeUnsafe()
  const sql = await Effect.runPromise(
    makeClient({ ...options, maxConnections: 1, timeoutMs: STATEMENT_TIMEOUT_MS }).pipe(Scope.provide(scope)),
  )
  const ask = (text: string, values: ReadonlyArray<unknown> = []) =>
    Effect.runPromise(sql.unsafe<Record<string, unknown>>(text, values))
  let seen = { closed: 0, seq: 0 }
  return {
    layer,
    multiply: async (template, name, copies) => {
      const columns = await ask(
        `select column_name as name, data_type as type from information_schema.columns
          where table_schema = $1 and table_name = 'followup_customers'`,
        [schema],
      )
      const names = columns.map((column) => String(column["name"]))
      const values = columns.map(({ name: column, type }) =>
        column === "channel_id" || type !== "text"
          ? String(column)
          : `replace(${String(column)}, $1::text, $2::text || '-' || number)`,
      )
      await ask(
        `insert into followup_customers (${names.join(", ")})
          select ${values.join(", ")} from followup_customers, generate_series(0, $3::int - 1) as number
          where customer_id = $1::text`,
        [template, name, copies],
      )
      // What autovacuum would do some time later, amid the measurement.
      await ask("vacuum analyze followup_customers")
      await ask("checkpoint")
    },
    closed: async () => {
      const [news] = await ask(
        `select count(*) filter (where type = 'FollowUpClosed') as closed, max(seq) as seq
          from followup_events where seq > $1`,
        [seen.seq],
      )
      seen = {
        closed: seen.closed + Number(news?.["closed"] ?? 0),
        seq: Math.max(seen.seq, Number(news?.["seq"] ?? 0)),
      }
      return seen.closed
    },
    history: () => historyOf(layer),
    close: async () => {
      await ask(`drop schema ${quoted(schema)} cascade`)
      await Effect.runPromise(Scope.close(scope, Exit.void))
    },
  }
}
