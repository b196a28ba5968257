/**
 * A SqlClient over Node's own SQLite, `node:sqlite`: one connection, statements prepared once.
 *
 * The calls are synchronous and hold the event loop while they run; the engine keeps its transactions small. A lock that
 * another process holds is waited for without holding it.
 * @since 0.1.0
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import { ConstraintError, classifySqliteError, SqlError } from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"
import { DurationMs } from "../../core/decode.ts"
import { StoreError } from "../../ports/store.ts"
import { type LockWait, makeLockWait } from "./lock-wait.ts"

/** How many prepared statements a connection keeps. @since 0.1.0 */
export const PREPARED_STATEMENTS = 200

/** How long another process's lock is waited for, unless said. @since 0.1.0 */
export const TIMEOUT_MS = 5_000

const LOCKED = 5

// By SQLite's primary result code.
const troubles: Readonly<Record<number, string>> = {
  [LOCKED]: "another process holds the database file locked",
  8: "the database file may not be written to",
  10: "the database file cannot be read or written",
  11: "the database file is damaged",
  13: "the disk is full; make room, and followup goes on where it was",
  14: "the database file cannot be opened; its folder has to be there, and followup may have to write to it",
  26: "the file is no database",
}

const PRIMARY_CODE = 0xff

// By SQLite's primary result code: a value that is too long, of another kind, or out of range. It is no better the next time.
const refusedValues: ReadonlySet<number> = new Set([18, 20, 25])

const codeOf = (cause: unknown): number =>
  cause instanceof Error && "errcode" in cause ? Number(cause.errcode) & PRIMARY_CODE : 0

const isLocked = ({ reason: { cause } }: SqlError): boolean => codeOf(cause) === LOCKED

/** What SQLite failed with, in words that say what to do where that is known. @since 0.1.0 */
export const sqlErrorOf = (
  cause: unknown,
  trouble: { readonly message: string; readonly operation?: string },
): SqlError => {
  const message = troubles[codeOf(cause)] ?? trouble.message
  const reason = refusedValues.has(codeOf(cause))
    ? new ConstraintError({ cause, ...trouble })
    : classifySqliteError(cause, { ...trouble, message })
  return new SqlError({ reason })
}

const attempt = <A>(run: () => A, trouble: { readonly message: string; readonly operation?: string }) =>
  Effect.try({ try: run, catch: (cause) => sqlErrorOf(cause, trouble) })

const isInput = (value: unknown): value is SQLInputValue =>
  value === null ||
  typeof value === "string" ||
  typeof value === "number" ||
  typeof value === "bigint" ||
  value instanceof Uint8Array

const inputs = (params: ReadonlyArray<unknown>): Array<SQLInputValue> =>
  params.map((param) => {
    if (isInput(param)) return param
    throw new TypeError(`SQLite takes no ${typeof param}`)
  })

/**
 * Rows that a statement is run for, each in its turn: given as the only parameter. @since 0.1.0
 */
export class Rows {
  readonly values: ReadonlyArray<ReadonlyArray<SQLInputValue>>
  constructor(values: ReadonlyArray<ReadonlyArray<SQLInputValue>>) {
    this.values = values
  }
}

const connectionOf = (database: DatabaseSync, lockWait: LockWait): Connection => {
  const prepared = new Map<string, StatementSync>()
  const prepare = (sql: string): StatementSync => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const statement = database.prepare(sql)
    if (prepared.size >= PREPARED_STATEMENTS) prepared.clear()
    prepared.set(sql, statement)
    return statement
  }
  // Whoever has begun holds the lock already.
  const isHeld = (error: SqlError): boolean => isLocked(error) && !database.isTransaction
  const ask = <A>(run: () => A): Effect.Effect<A, SqlError> =>
    lockWait(attempt(run, { message: "SQLite refused" }), isHeld)
  const all = (statement: StatementSync, params: ReadonlyArray<unknown>) => {
    const [rows] = params
    if (!(rows instanceof Rows)) return statement.all(...inputs(params))
    for (const row of rows.values) statement.run(...row)
    return []
  }
  const values = (statement: StatementSync, params: ReadonlyArray<unknown>) =>
    all(statement, params).map((row) => Object.values(row))
  return {
    execute: (sql, params, transformRows) =>
      ask(() => all(prepare(sql), params)).pipe(Effect.map((rows) => transformRows?.(rows) ?? rows)),
    executeRaw: (sql, params) => ask(() => all(prepare(sql), params)),
    executeValues: (sql, params) => ask(() => values(prepare(sql), params)),
    executeValuesUnprepared: (sql, params) => ask(() => values(database.prepare(sql), params)),
    executeUnprepared: (sql, params, transformRows) =>
      ask(() => all(database.prepare(sql), params)).pipe(Effect.map((rows) => transformRows?.(rows) ?? rows)),
    executeStream: (sql, params, transformRows) =>
      Stream.unwrap(
        ask(() => all(prepare(sql), params)).pipe(
          Effect.map((rows) => Stream.fromIterable(transformRows?.(rows) ?? rows)),
        ),
      ),
  }
}

/** Where the database is, and whether it may be written to. @since 0.1.0 */
export interface DatabaseOptions {
  /** A file, made if it is not there; `":memory:"` for none. */
  readonly file: string
  /** Only look: a file that is not there is an error, and nothing is written. */
  readonly readOnly?: boolean
  /**
   * How long another process's lock is waited for; 5 000 ms unless given. The process goes on meanwhile. Once it was
   * waited for that long, calls fail at once until the lock is gone.
   */
  readonly timeoutMs?: number
}

/**
 * Schema of where the database is. SQLite takes an empty name for a file of its own that is gone with the process: it
 * is refused.
 * @since 0.1.0
 */
export const DatabaseOptionsSchema = Schema.Struct({
  file: Schema.String.check(Schema.isMinLength(1, { expected: 'the name of a file, or ":memory:"' })),
  readOnly: Schema.optionalKey(Schema.Boolean),
  timeoutMs: Schema.optionalKey(DurationMs),
}) satisfies Schema.Codec<DatabaseOptions>

type Driver = typeof import("node:sqlite")

/** The `engines` of package.json. */
const NEEDED_NODE = "22.19"

/** Node's own SQLite, which older ones lack or keep behind a flag: then it says which Node is needed. @since 0.1.0 */
export const requireSqlite = (
  load: () => Promise<Driver> = () => import("node:sqlite"),
): Effect.Effect<Driver, StoreError> =>
  Effect.tryPromise({
    try: load,
    catch: (cause) =>
      new StoreError({
        reason: "rejected",
        message: `followup/stores/sqlite needs Node ${NEEDED_NODE} or newer, for node:sqlite; this is ${process.versions.node}`,
        cause,
      }),
  })

const open = (driver: Driver, { file, readOnly = false }: DatabaseOptions): DatabaseSync => {
  const database = new driver.DatabaseSync(file, { readOnly, timeout: 0 })
  try {
    // FULL: what was acknowledged survives a power cut, not only a crash of the process.
    if (!readOnly)
      database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 8000")
    return database
  } catch (cause) {
    database.close()
    throw cause
  }
}

/** A SqlClient over a database that is closed with the current scope. @since 0.1.0 */
export const makeNodeSqlite = Effect.fnUntraced(function* (options: DatabaseOptions) {
  const driver = yield* requireSqlite()
  const lockWait = makeLockWait(options.timeoutMs ?? TIMEOUT_MS)
  const opening = attempt(() => open(driver, options), {
    message: "the database cannot be opened",
    operation: "open",
  })
  const database = yield* Effect.acquireRelease(lockWait(opening, isLocked), (opened) =>
    Effect.sync(() => opened.close()),
  )
  const connection = connectionOf(database, lockWait)
  const acquirers = SqlClient.makeSqliteAcquirers({
    connection: Effect.succeed(connection),
    semaphore: Semaphore.makeUnsafe(1),
    isTransaction: () => database.isTransaction,
  })
  return yield* SqlClient.make({
    ...acquirers,
    compiler: Statement.makeCompilerSqlite(),
    driver: "node:sqlite",
    beginTransaction: "BEGIN IMMEDIATE",
    spanAttributes: [["db.system.name", "sqlite"]],
  }).pipe(Effect.provide(Reactivity.layer))
})
