/**
 * How a SQL store's tables come to be, and which later versions' tables this one can live with.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Migrator from "effect/sql/Migrator"
import * as SqlClient from "effect/sql/SqlClient"
import { StoreError } from "../../ports/store.ts"

/** Statements by migration: `"<number>_<name>"`, in the order in which they came to be. @since 0.1.0 */
export type Migrations = Readonly<Record<string, ReadonlyArray<string>>>

/** The table in which the migrations that were run are listed. @since 0.1.0 */
export const MIGRATIONS_TABLE = "followup_migrations"

/** Begins the name of a migration after which older versions no longer work. @since 0.1.0 */
export const BREAKING = "breaking_"

const running = Effect.fnUntraced(function* (statements: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})

/** The number of the newest of some migrations. Total. @since 0.1.0 */
export const newestOf = (migrations: Migrations): number =>
  Math.max(...Object.keys(migrations).map((name) => Number.parseInt(name, 10)))

/**
 * Refuses a database that a later version has changed in a way that this one cannot live with; fails with `rejected`.
 * Later migrations that only add are none of its business.
 * @since 0.1.0
 */
export const requireReadable = Effect.fnUntraced(function* (migrations: Migrations) {
  const sql = yield* SqlClient.SqlClient
  const [breaking] = yield* sql<{ readonly id: number; readonly name: string }>`
    select migration_id as id, name from ${sql(MIGRATIONS_TABLE)}
    where migration_id > ${newestOf(migrations)} and substr(name, 1, ${BREAKING.length}) = ${BREAKING} order by migration_id`
  if (breaking !== undefined)
    yield* new StoreError({
      reason: "rejected",
      message: `a newer followup changed this database so that this one cannot use it (migration ${breaking.id}_${breaking.name}); install a newer followup`,
    })
})

/** Brings a database up to date, or refuses it as `requireReadable` does. @since 0.1.0 */
export const upToDate = (migrations: Migrations) =>
  Migrator.make({})({
    table: MIGRATIONS_TABLE,
    loader: Migrator.fromRecord(
      Object.fromEntries(Object.entries(migrations).map(([name, statements]) => [name, running(statements)])),
    ),
  }).pipe(Effect.andThen(requireReadable(migrations)))
