/**
 * The store for several processes: one PostgreSQL database, through `@effect/sql-pg`.
 * @module followup/stores/postgres
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Store, type StoreError, type StoreShape } from "../../ports/store.ts"
import type { Dialect } from "../sql/dialect.ts"
import { sqlStore } from "../sql/store.ts"
import { readDatabaseOptions, storeError, withoutSpans } from "../sql/store-error.ts"
import { postgresDialect } from "./dialect.ts"
import { defaults, makeClient, type PostgresOptions, PostgresOptionsSchema, URL_EXAMPLE } from "./driver.ts"
import { prepareDatabase } from "./opening.ts"
import { type InSession, runningIn } from "./sessions.ts"
import { makeTurns } from "./turns.ts"

export type { PostgresOptions } from "./driver.ts"

const expected = `a URL such as ${URL_EXAMPLE}, or options`

// Time-outs and pauses are the database's, whatever clock the engine runs on.
const inRealTime = Effect.provideService(Clock.Clock, Clock.Clock.defaultValue())

// What hosts ask for one by one, thousands at once it may be, has half of the connections; changes of one channel wait for
// its lock with theirs in hand. The other half is for the engine's own work, which is a few calls at a time.
const withTurns = (dialect: Dialect, connections: number, inSession: InSession): StoreShape => {
  const turns = makeTurns(Math.max(1, Math.floor(connections / 2)))
  const own = sqlStore({ ...dialect, bounded: (call) => dialect.bounded(inSession(call)) })
  const asked = sqlStore({ ...dialect, bounded: (call) => dialect.bounded(turns(inSession(call))) })
  const { transact, due, claim, assign, postpone, nextInstant, claimNotices, releaseNotice, prune } = own
  const engines = { transact, due, claim, assign, postpone, nextInstant, claimNotices, releaseNotice, prune }
  return { ...asked, ...engines }
}

/**
 * A store in a PostgreSQL database, from version 12 on; a URL or options. Any number of processes may use one database
 * at a time, and each may come, go or die whenever it likes. A call that fails as `unavailable` may be repeated; one
 * whose connection broke just as it was committed may have been written all the same.
 * @since 0.1.0
 */
export const postgres = (database: string | PostgresOptions): Layer.Layer<Store, StoreError> => {
  const given = typeof database === "string" ? { url: database } : database
  return Layer.effect(Store)(
    Effect.gen(function* () {
      const said = yield* readDatabaseOptions("postgres", PostgresOptionsSchema, expected, given)
      const options = { ...defaults, ...said }
      const sessions = yield* prepareDatabase(options)
      const sql = yield* makeClient(options, sessions)
      const { call, transaction } = runningIn(sql, sessions, options)
      const dialect = postgresDialect(sql, options, transaction)
      const bounded: Dialect["bounded"] = (run) => inRealTime(dialect.bounded(run))
      return withTurns({ ...dialect, bounded }, options.maxConnections, call)
    }).pipe(Effect.mapError(storeError), withoutSpans, inRealTime),
  )
}
