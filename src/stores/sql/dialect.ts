/**
 * What a SQL database says in its own way. Everything else is said once, for all of them.
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"

/** A row to be inserted: a value for each column. @since 0.1.0 */
export type NewRow = Readonly<Record<string, string | number | null>>

/** A SQL database as the store sees it. Its tables are the same everywhere. @since 0.1.0 */
export interface Dialect {
  readonly sql: SqlClient
  /**
   * Makes a call again that another one made impossible, and bounds how long that may take, where the database does not
   * do so itself.
   */
  readonly bounded: <A, E>(call: Effect.Effect<A, E>) => Effect.Effect<A, E | SqlError>
  /** Runs in one transaction, that no other with one of these channels overlaps. */
  readonly transaction: <A, E>(
    channelIds: ReadonlyArray<string>,
    run: Effect.Effect<A, E>,
  ) => Effect.Effect<A, E | SqlError>
  /** In a transaction, before its events are written: from here on no other writes any until it is committed. */
  readonly orderEvents: Effect.Effect<void, SqlError>
  /** Inserts rows in their order; `onConflict` says what becomes of one that is there. */
  readonly insert: (
    table: string,
    rows: ReadonlyArray<NewRow>,
    onConflict?: Fragment,
  ) => Effect.Effect<void, SqlError>
  /**
   * A table `one` with these columns of texts: lists of one length, a row for each place in them. A parameter a list or
   * for all of them: the statement is the same, and prepared once, however many rows there are.
   */
  readonly each: (columns: Readonly<Record<string, ReadonlyArray<string>>>) => Fragment
  /** After a column: whether it is one of these texts. One parameter and one statement, as for `each`. */
  readonly among: (texts: ReadonlyArray<string>) => Fragment
  /**
   * The columns of a channel's row. By name where a prepared statement must not change its columns, which a later version
   * may add to meanwhile; all there are where a file is read that an older version made.
   */
  readonly channelColumns: Fragment
  /** The month of the column `at_ms`, in UTC. */
  readonly month: Fragment
  /** After a query for rows to change: passes over those that another transaction changes. */
  readonly skipLocked: Fragment
  /**
   * After a query for messages that are to change: locks them, in the order of their ids. Whoever changes several does it
   * first, or two could each wait for what the other one holds.
   */
  readonly lockedInOrder: Fragment
}
