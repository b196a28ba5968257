/**
 * What happens to a database when it is opened: whether it can be used at all, how, and that its tables are there.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
import { StoreError } from "../../ports/store.ts"
import { codesIn } from "../sql/store-error.ts"
import { LONGEST_MS, makeClient, type PostgresOptions } from "./driver.ts"
import { runningIn, type Sessions } from "./sessions.ts"
import { migrate } from "./tables.ts"

/** The oldest server with all that statements say: `as materialized` came with it. */
const OLDEST_VERSION = 12

/** Encodings that hold every text: the second one looks at no bytes. */
const ENCODINGS: ReadonlySet<string> = new Set(["UTF8", "SQL_ASCII"])

/** What a server says of itself. @since 0.1.0 */
export interface ServerRow {
  /** As a number of six digits, or five: 180004. */
  readonly version: string
  readonly encoding: string
  /** In ms. */
  readonly statement_timeout: string
}

const look = (sql: SqlClient.SqlClient) =>
  Effect.map(
    sql<ServerRow>`select current_setting('server_version_num') as version,
      current_setting('server_encoding') as encoding,
      (select setting from pg_settings where name = 'statement_timeout') as statement_timeout`,
    ([row]) => row,
  )

const unusable = (message: string): StoreError => new StoreError({ reason: "rejected", message })

/** Refuses a server that is too old, or that cannot hold every text; fails with `rejected`. @since 0.1.0 */
export const requireUsable = Effect.fnUntraced(function* ({
  version,
  encoding,
}: Pick<ServerRow, "version" | "encoding">) {
  const major = Math.floor(Number(version) / 10_000)
  if (major < OLDEST_VERSION)
    yield* unusable(`the server is PostgreSQL ${major}; followup needs ${OLDEST_VERSION} or later`)
  if (!ENCODINGS.has(encoding))
    yield* unusable(
      `the database's encoding is ${encoding}, which cannot hold all that people write; use one that was made with encoding UTF8`,
    )
})

// As patient as can be: an index over years of history takes longer than any call may. It is also a time-out that no
// database has by itself: where the server does not know of it, a pooler kept what was asked of the session to itself.
const patient = { timeoutMs: LONGEST_MS, maxConnections: 1 } as const

const prepare = (options: PostgresOptions, sessions: Sessions) =>
  Effect.gen(function* () {
    const held = { ...options, ...patient }
    const sql = yield* makeClient(held, sessions)
    const server = yield* look(sql)
    if (server === undefined) return yield* unusable("the server does not say what it is")
    if (sessions === "own" && server.statement_timeout !== String(patient.timeoutMs)) return undefined
    yield* requireUsable(server)
    const migrated = migrate(options.schema).pipe(Effect.provideService(SqlClient.SqlClient, sql))
    yield* runningIn(sql, sessions, held).call(migrated)
    return sessions
  }).pipe(Effect.scoped)

// Protocol violation: what PgBouncer says to a client that asks for settings which it cannot keep.
const isRefusedByPooler = (error: unknown): boolean =>
  isSqlError(error) && error.reason.operation === "connect" && codesIn(error.reason.cause).includes("08P01")

/** Has a database ready for use, and says whose its sessions are. @since 0.1.0 */
export const prepareDatabase = Effect.fnUntraced(function* (options: PostgresOptions) {
  const sessions = yield* prepare(options, "own").pipe(
    Effect.catchIf(isRefusedByPooler, () => Effect.undefined),
  )
  if (sessions !== undefined) return sessions
  yield* prepare(options, "shared")
  return "shared" as const
})
