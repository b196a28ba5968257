/**
 * A SQLite file in a temporary folder, written as it is shipped: WAL, synchronous = full.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { DatabaseSync } from "node:sqlite"
import { sqlite } from "../../../src/stores/sqlite/index.ts"
import { counter, type Database } from "./database.ts"
import { historyOf } from "./history.ts"

// Whatever columns there are: names of customers are in texts only, and everything else is copied as it is.
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

/** A new file. It goes with the process at the latest. */
export const openSqlite = (): Database => {
  const folder = mkdtempSync(join(tmpdir(), "followup-bench-"))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once("exit", remove)
  const file = join(folder, "followup.sqlite")
  const layer = sqlite(file)
  const readers: Array<DatabaseSync> = []
  return {
    layer,
    multiply: async (template, name, copies) => {
      const database = new DatabaseSync(file)
      database.prepare(copying(database)).run({ template, name, copies })
      database.exec("pragma wal_checkpoint(truncate)")
      database.close()
    },
    counting: (kind) => {
      const reader = new DatabaseSync(file, { readOnly: true })
      readers.push(reader)
      const ask = reader.prepare(
        "select count(*) filter (where type = ?) as counted, max(seq) as last from followup_events where seq > ?",
      )
      return counter(async (seq) => {
        const news = ask.get(kind, seq)
        return { counted: Number(news?.["counted"] ?? 0), lastSeq: Number(news?.["last"] ?? 0) }
      })
    },
    history: () => historyOf(layer),
    close: async () => {
      for (const reader of readers) reader.close()
      process.off("exit", remove)
      remove()
    },
  }
}
