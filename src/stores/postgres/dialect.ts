/**
 * What Postgres says in its own way.
 *
 * Transactions keep one another out by locks on names, not on rows: a name can be locked before there is a row, and
 * leaves none behind.
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { flow } from "effect/Function"
import * as Schedule from "effect/Schedule"
import * as Semaphore from "effect/Semaphore"
import type { SqlClient } from "effect/sql/SqlClient"
import { ConnectionError, isSqlError, SqlError, StatementTimeoutError } from "effect/sql/SqlError"
import { fragment, literal, parameter } from "effect/sql/Statement"
import type { Dialect, NewRow } from "../sql/dialect.ts"
import type { PostgresOptions } from "./driver.ts"
import type { InSession } from "./sessions.ts"

type Limits = Required<Pick<PostgresOptions, "timeoutMs" | "connectTimeoutMs" | "maxConnections">>

/** How often a call that another one made impossible is made again, at most. @since 0.1.0 */
export const CONFLICT_RETRIES = 5

const betweenRetries = Schedule.exponential("10 millis").pipe(Schedule.jittered)

/** Whether a call failed because of another one, wrote nothing and may be made again. Total. @since 0.1.0 */
export const isConflict = (error: unknown): boolean =>
  isSqlError(error) && (error.reason._tag === "DeadlockError" || error.reason._tag === "SerializationError")

// In the order of the locks themselves: two names may share one.
const lockChannels = (sql: SqlClient, channelIds: ReadonlyArray<string>) =>
  sql`select pg_advisory_xact_lock(lock) from (
    select distinct hashtextextended(name, 'followup_channels'::regclass::oid::bigint) as lock
    from json_array_elements_text(${JSON.stringify(channelIds)}::json) as names(name)
    order by lock
  ) as locks`

const late = (timeoutMs: number): SqlError =>
  new SqlError({
    reason: new StatementTimeoutError({
      cause: timeoutMs,
      message: `the database did not answer within ${timeoutMs} ms`,
    }),
  })

// A pool that is closed interrupts who uses it. To who called, who was not interrupted, that is a failure like another.
const wasCutOff = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)

const closed = (): SqlError =>
  new SqlError({
    reason: new ConnectionError({
      cause: undefined,
      message: "the store was closed before the database answered",
    }),
  })

// A connection that died without a word is found dead only by who waits for it in vain. The others may be dead as well:
// all that nobody uses are asked at once, and the driver lets go of those that do not answer.
const makeKnock = (sql: SqlClient, { maxConnections, connectTimeoutMs }: Limits): Effect.Effect<void> => {
  const ask = Effect.exit(Effect.timeout(sql`select 1`, connectTimeoutMs))
  const knocking = Semaphore.makeUnsafe(1)
  return Effect.forEach(Array.from({ length: maxConnections }), () => ask, {
    concurrency: "unbounded",
    discard: true,
  }).pipe(knocking.withPermitsIfAvailable(1), Effect.interruptible, Effect.asVoid)
}

// In a fiber of its own: who called is answered on time also where nothing can be interrupted, such as a commit on a
// connection on which nothing comes back any more.
const within =
  (timeoutMs: number, whenLate: Effect.Effect<void>) =>
  <A, E>(call: Effect.Effect<A, E>): Effect.Effect<A, E | SqlError> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.forkDetach(Effect.interruptible(call)), (calling) =>
        restore(
          Effect.callback<A, E | SqlError>((resume) => {
            const timer = setTimeout(
              () => resume(Effect.andThen(Effect.forkDetach(whenLate), Effect.fail(late(timeoutMs)))),
              timeoutMs,
            )
            calling.addObserver((exit) => {
              clearTimeout(timer)
              resume(wasCutOff(exit) ? Effect.fail(closed()) : exit)
            })
          }),
        ).pipe(Effect.ensuring(Effect.sync(() => calling.interruptUnsafe()))),
      ),
    )

// Rows as a list for each column. Numbers go as texts that the server reads; a column of nothing but null says no type.
const columnsOf = (rows: ReadonlyArray<NewRow>) => {
  const params: Array<ReadonlyArray<string | null>> = []
  const lists: Array<string> = []
  const columns = Object.keys(rows[0] ?? {})
  const selected = columns.map((name) => {
    const values = rows.map((row) => row[name] ?? null)
    const said = values.find((value) => value !== null)
    if (said === undefined) return "null"
    params.push(values.map((value) => (value === null ? null : String(value))))
    lists.push(`$${params.length}::text[]${typeof said === "number" ? "::bigint[]" : ""}`)
    return `one.c${params.length}`
  })
  const names = params.map((_, index) => `c${index + 1}`)
  const from = `unnest(${lists.join(", ")}) as one(${names.join(", ")})`
  return { text: `(${columns.join(", ")}) select ${selected.join(", ")} from ${from}`, params }
}

/** Postgres as the store sees it. @since 0.1.0 */
export const postgresDialect = (sql: SqlClient, limits: Limits, transaction: InSession): Dialect => ({
  sql,
  bounded: flow(
    Effect.retry({ schedule: betweenRetries, times: CONFLICT_RETRIES, while: isConflict }),
    within(limits.timeoutMs, makeKnock(sql, limits)),
  ),
  transaction: (channelIds, run) =>
    transaction(channelIds.length === 0 ? run : Effect.andThen(lockChannels(sql, channelIds), run)),
  orderEvents: Effect.asVoid(
    sql`select pg_advisory_xact_lock(hashtextextended('', 'followup_events'::regclass::oid::bigint))`,
  ),
  // A parameter for each column and one text, whatever the number of rows: one round trip, prepared once.
  insert: (table, rows, onConflict = sql.literal("")) => {
    if (rows.length === 0) return Effect.void
    const { text, params } = columnsOf(rows)
    const [conflict] = sql`${onConflict}`.compile()
    return Effect.asVoid(sql.unsafe(`insert into ${table} ${text} ${conflict}`, params))
  },
  // Of arrays the planner expects a few rows and looks each up. Of JSON it expects a hundred, and reads all of a table
  // that it believes to be small, such as an outbox that was empty a moment ago.
  each: (columns) =>
    fragment([
      literal("unnest("),
      ...Object.values(columns).flatMap((list, index) => [
        literal(index === 0 ? "" : ", "),
        parameter(list),
        literal("::text[]"),
      ]),
      literal(`) as one(${Object.keys(columns).join(", ")})`),
    ]),
  // Not of a table of the array: without statistics the planner would rather read all of a channel and join.
  among: (texts) => fragment([literal("= any("), parameter(texts), literal("::text[])")]),
  channelColumns: sql`channel_id, input, ledger, email_domain`,
  month: sql`to_char(to_timestamp(at_ms / 1000) at time zone 'UTC', 'YYYY-MM')`,
  skipLocked: sql.literal("for update skip locked"),
  lockedInOrder: sql.literal("order by delivery_id for update"),
})
