/**
 * A SqlClient over Node's own SQLite, `node:sqlite`: one connection, statements prepared once.
 *
 * The calls are synchronous and hold the event loop while they run; the engine keeps its transactions small.
 * @since 0.1.0
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import { classifySqliteError, SqlError } from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"

/** How many prepared statements a connection keeps. @since 0.1.0 */
export const PREPARED_STATEMENTS = 200

/** How long a statement waits for another process's lock, unless said. @since 0.1.0 */
export const TIMEOUT_MS = 5_000

// By SQLite's primary result code.
const troubles: Readonly<Record<number, string>> = {
  5: "another process holds the database file locked",
  8: "the database file may not be written to",
  10: "the database file cannot be read or written",
  11: "the database file is damaged",
  13: "the disk is full; make room, and followup goes on where it was",
  14: "the database cannot be opened",
  26: "the file is no database",
}

const PRIMARY_CODE = 0xff

const troubleOf = (cause: unknown, otherwise: string): string => {
  const code = cause instanceof Error && "errcode" in cause ? Number(cause.errcode) & PRIMARY_CODE : 0
  return troubles[code] ?? otherwise
}

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

const connectionOf = (database: DatabaseSync): Connection => {
  const prepared = new Map<string, StatementSync>()
  const prepare = (sql: string): StatementSync => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const statement = database.prepare(sql)
    if (prepared.size >= PREPARED_STATEMENTS) prepared.clear()
    prepared.set(sql, statement)
    return statement
  }
  const attempt = <A>(run: () => A): Effect.Effect<A, SqlError> =>
    Effect.try({
      try: run,
      catch: (cause) =>
        new SqlError({ reason: classifySqliteError(cause, { message: troubleOf(cause, "SQLite refused") }) }),
    })
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
      attempt(() => all(prepare(sql), params)).pipe(Effect.map((rows) => transformRows?.(rows) ?? rows)),
    executeRaw: (sql, params) => attempt(() => all(prepare(sql), params)),
    executeValues: (sql, params) => attempt(() => values(prepare(sql), params)),
    executeValuesUnprepared: (sql, params) => attempt(() => values(database.prepare(sql), params)),
    executeUnprepared: (sql, params, transformRows) =>
      attempt(() => all(database.prepare(sql), params)).pipe(
        Effect.map((rows) => transformRows?.(rows) ?? rows),
      ),
    executeStream: (sql, params, transformRows) =>
      Stream.unwrap(
        attempt(() => all(prepare(sql), params)).pipe(
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
   * How long a statement waits for another process's lock; 5 000 ms unless given. The whole process stands still
   * meanwhile.
   */
  readonly timeoutMs?: number
}

const open = ({ file, readOnly = false, timeoutMs = TIMEOUT_MS }: DatabaseOptions): DatabaseSync => {
  const database = new DatabaseSync(file, { readOnly, timeout: timeoutMs })
  // FULL: what was acknowledged survives a power cut, not only a crash of the process.
  if (!readOnly)
    database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 8000")
  return database
}

/** A SqlClient over a database that is closed with the current scope. @since 0.1.0 */
export const makeNodeSqlite = Effect.fnUntraced(function* (options: DatabaseOptions) {
  const database = yield* Effect.acquireRelease(
    Effect.try({
      try: () => open(options),
      catch: (cause) =>
        new SqlError({
          reason: classifySqliteError(cause, {
            message: troubleOf(cause, "the database cannot be opened"),
            operation: "open",
          }),
        }),
    }),
    (opened) => Effect.sync(() => opened.close()),
  )
  const connection = connectionOf(database)
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
