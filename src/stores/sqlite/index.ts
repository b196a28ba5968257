/**
 * The embedded default store: one SQLite file, through Node's own `node:sqlite`.
 * @module followup/stores/sqlite
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { Store, StoreError, type StoreShape } from "../../ports/store.ts"
import { sqlStore } from "../sql/store.ts"
import { readDatabaseOptions, storeCall, storeError, withoutSpans } from "../sql/store-error.ts"
import { sqliteDialect } from "./dialect.ts"
import { type DatabaseOptions, DatabaseOptionsSchema, makeNodeSqlite, TIMEOUT_MS } from "./node-sqlite.ts"
import { makeScrub } from "./scrub.ts"
import { migrate, requireReadableTables } from "./tables.ts"

export type { DatabaseOptions } from "./node-sqlite.ts"

const isOurs = (sql: SqlClient.SqlClient) =>
  sql`select 1 from sqlite_schema where type = 'table' and name = 'followup_events'`.pipe(
    Effect.map((rows) => rows.length > 0),
  )

const expected = 'a file such as "followup.sqlite", or options'

/**
 * A store in one SQLite file; `"file.sqlite"` or options. Closing it and opening the file again goes on where it was.
 * A file that is opened to look only must be one of followup's.
 * @since 0.1.0
 */
export const sqlite = (database: string | DatabaseOptions): Layer.Layer<Store, StoreError> => {
  const given = typeof database === "string" ? { file: database } : database
  return Layer.effect(Store)(
    Effect.gen(function* () {
      const options = yield* readDatabaseOptions("sqlite", DatabaseOptionsSchema, expected, given)
      const sql = yield* makeNodeSqlite(options)
      if (options.readOnly === true && !(yield* isOurs(sql)))
        return yield* new StoreError({ reason: "corrupt", message: "the file is not a followup database" })
      yield* (options.readOnly === true ? requireReadableTables : migrate).pipe(
        Effect.provideService(SqlClient.SqlClient, sql),
      )
      const dialect = sqliteDialect(sql)
      const scrub = makeScrub(sql, options.timeoutMs ?? TIMEOUT_MS)
      const store = sqlStore(dialect)
      return {
        ...store,
        forget: (key, work) => store.forget(key, work).pipe(Effect.andThen(storeCall(dialect, scrub))),
      } satisfies StoreShape
    }).pipe(Effect.mapError(storeError), withoutSpans),
  )
}
