/**
 * What SQLite says in its own way.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Dialect } from "../sql/dialect.ts"
import { Rows } from "./node-sqlite.ts"

/** SQLite as the store sees it: one writer at a time, so that no two transactions overlap at all. @since 0.1.0 */
export const sqliteDialect = (sql: SqlClient): Dialect => ({
  sql,
  bounded: identity,
  transaction: (_channelIds, run) => sql.withTransaction(run),
  orderEvents: Effect.void,
  insert: (table, rows, onConflict = sql.literal("")) => {
    const [first] = rows
    if (first === undefined) return Effect.void
    const columns = Object.keys(first)
    const [conflict] = sql`${onConflict}`.compile()
    return Effect.asVoid(
      sql.unsafe(
        `insert into ${table} (${columns.join(", ")}) values (${columns.map(() => "?").join(", ")}) ${conflict}`,
        [new Rows(rows.map(Object.values))],
      ),
    )
  },
  each: (columns) => {
    const lists = Object.values(columns)
    const rows = lists[0]?.map((_, row) => lists.map((list) => list[row]))
    const selected = Object.keys(columns).map((name, index) => `value ->> ${index} as ${name}`)
    return sql`(select ${sql.literal(selected.join(", "))} from json_each(${JSON.stringify(rows)})) as one`
  },
  // Not a join: SQLite would rather read all of a channel and look for the texts.
  among: (texts) => sql`in (select value from json_each(${JSON.stringify(texts)}))`,
  channelColumns: sql`followup_channels.*`,
  month: sql`strftime('%Y-%m', at_ms / 1000, 'unixepoch')`,
  skipLocked: sql.literal(""),
  lockedInOrder: sql.literal(""),
})
