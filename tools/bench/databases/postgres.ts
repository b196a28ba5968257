/**
 * A schema of its own on a Postgres server that is shared with the peers.
 */
import { type PostgresOptions, postgres } from "../../../src/stores/postgres/index.ts"
import { counter, type Database } from "./database.ts"
import { historyOf } from "./history.ts"
import { closeWith, newName, openSession, type Session } from "./session.ts"

// Whatever columns there are: names of customers are in texts only, and everything else is copied as it is.
const copying = async ({ ask }: Session, schema: string): Promise<string> => {
  const columns = await ask(
    `select column_name as name, data_type as type from information_schema.columns
      where table_schema = $1 and table_name = 'followup_customers'`,
    [schema],
  )
  const names = columns.map(({ name }) => String(name))
  const values = columns.map(({ name, type }) =>
    name === "channel_id" || type !== "text"
      ? String(name)
      : `replace(${String(name)}, $1::text, $2::text || '-' || number)`,
  )
  return `insert into followup_customers (${names.join(", ")})
    select ${values.join(", ")} from followup_customers, generate_series(0, $3::int - 1) as number
    where customer_id = $1::text`
}

/** A new schema. */
export const openPostgres = async (server: PostgresOptions): Promise<Database> => {
  const schema = newName()
  const options: PostgresOptions = { ...server, schema }
  const layer = postgres(options)
  const session = await openSession(options)
  const { ask } = session
  return {
    layer,
    multiply: async (template, name, copies) => {
      await ask(await copying(session, schema), [template, name, copies])
      // What would otherwise be done some time later, amid the measurement.
      await ask("vacuum analyze followup_customers")
      await ask("checkpoint")
    },
    counting: (kind) =>
      counter(async (seq) => {
        const [news] = await ask(
          `select count(*) filter (where type = $1) as counted, max(seq) as last
            from followup_events where seq > $2`,
          [kind, seq],
        )
        return { counted: Number(news?.["counted"] ?? 0), lastSeq: Number(news?.["last"] ?? 0) }
      }),
    history: () => historyOf(layer),
    close: () => closeWith(session, schema),
  }
}
