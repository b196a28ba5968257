/**
 * A SQLite file in a temporary folder, written as it is shipped: WAL, synchronous = full.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { DatabaseSync } from "node:sqlite"
import { sqlite } from "../../../src/stores/sqlite/index.ts"
import type { Database } from "./database.ts"
import { historyOf } from "./history.ts"

const copying = (database: DatabaseSync): string => {
  const columns = database.prepare("select name, type from pragma_table_info('followup_customers')").all()
  const names = columns.map(({ name }) => String(name))
  const values = columns.map(({ name, type }) =>
    name === "channel_id" || type !== "TEXT" ? String(name) : `replace(${String(name)}, :template, id)`,
  )
  return `with recursive copy (number, id) as (
      select 0, :name || '-0'
      union all select number + 1, :name || '-' || (number + 1) from copy where number + 1 < :copies
    )
    insert into followup_customers (${names.join(", ")})
    select ${values.join(", ")}
    from (select * from followup_customers where customer_id = :template), copy`
}

/** A new file. It is removed with the process too, however that ends the channel to the one that started it. */
export const openSqlite = (): Database => {
  const folder = mkdtempSync(join(tmpdir(), "followup-bench-"))
  const file = join(folder, "followup.sqlite")
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.on("exit", remove)
  const layer = sqlite(file)
  let reader: DatabaseSync | undefined
  let seen = { closed: 0, seq: 0 }
  return {
    layer,
    multiply: async (template, name, copies) => {
      const database = new DatabaseSync(file)
      database.prepare(copying(database)).run({ template, name, copies })
      database.exec("pragma wal_checkpoint(truncate)")
      database.close()
    },
    closed: async () => {
      reader ??= new DatabaseSync(file, { readOnly: true })
      const news = reader
        .prepare(
          `select sum(type = 'FollowUpClosed') as closed, max(seq) as seq from followup_events where seq > ?`,
        )
        .get(seen.seq)
      seen = {
        closed: seen.closed + Number(news?.["closed"] ?? 0),
        seq: Math.max(seen.seq, Number(news?.["seq"] ?? 0)),
      }
      return seen.closed
    },
    history: () => historyOf(layer),
    close: async () => {
      reader?.close()
      remove()
    },
  }
}
