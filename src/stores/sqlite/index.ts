/**
 * The embedded default store: one SQLite file, through Node's own `node:sqlite`.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
import { initialState } from "../../core/customer/state.ts"
import {
  type Changes,
  type ChannelRecord,
  type CustomerKey,
  type CustomerRecord,
  type Loaded,
  type LogQuery,
  type Notice,
  Store,
  StoreError,
  type StoreShape,
} from "../../ports/store.ts"
import { type DatabaseOptions, makeNodeSqlite } from "./node-sqlite.ts"
import {
  type ChannelRow,
  type CustomerRow,
  claimedOf,
  type EventRow,
  entryRow,
  eventOf,
  eventRow,
  noticeRow,
  type OutboxRow,
  outboxRow,
  type UsageRow,
  usageOf,
} from "./rows.ts"
import { migrate } from "./tables.ts"

export type { DatabaseOptions } from "./node-sqlite.ts"

const rejectedBy: ReadonlySet<string> = new Set(["ConstraintError", "UniqueViolation", "SqlSyntaxError"])

const storeError = (cause: unknown): StoreError =>
  isSqlError(cause)
    ? new StoreError({
        reason: rejectedBy.has(cause.reason._tag) ? "rejected" : "unavailable",
        message: cause.message,
        cause,
      })
    : new StoreError({ reason: "corrupt", message: "what is stored cannot be read", cause })

// Reading back what was stored fails only when the file was changed by something else.
const reading = <A, R>(effect: Effect.Effect<A, unknown, R>): Effect.Effect<A, StoreError, R> =>
  effect.pipe(
    Effect.mapError(storeError),
    Effect.catchDefect((defect) => Effect.fail(storeError(defect))),
  )

const channelOf = (row: ChannelRow | undefined): ChannelRecord | undefined =>
  row && { input: JSON.parse(row.input), ledger: JSON.parse(row.ledger) }

const customerOf = (row: CustomerRow | undefined): CustomerRecord | undefined =>
  row && { input: row.input === null ? undefined : JSON.parse(row.input), state: JSON.parse(row.state) }

const textOf = (key: CustomerKey): string => JSON.stringify([key.channelId, key.customerId])

type Sql = SqlClient.SqlClient

const readChannel = (sql: Sql, channelId: string) =>
  sql<ChannelRow>`select input, ledger from followup_channels where channel_id = ${channelId}`.pipe(
    Effect.map(([row]) => channelOf(row)),
  )

const load = Effect.fnUntraced(function* (sql: Sql, keys: ReadonlyArray<CustomerKey>) {
  const channels = new Map<string, ChannelRecord | undefined>()
  const customers = new Map<string, CustomerRecord | undefined>()
  for (const key of keys) {
    const { channelId, customerId } = key
    if (!channels.has(channelId)) channels.set(channelId, yield* readChannel(sql, channelId))
    const [row] = yield* sql<CustomerRow>`select input, state from followup_customers
      where channel_id = ${channelId} and customer_id = ${customerId}`
    customers.set(textOf(key), customerOf(row))
  }
  const loaded: Loaded = {
    channel: (channelId) => channels.get(channelId),
    customer: (key) => customers.get(textOf(key)),
  }
  return loaded
})

const writeChannel = (sql: Sql, channelId: string, { input, ledger }: ChannelRecord) =>
  sql`insert into followup_channels (channel_id, input, ledger)
    values (${channelId}, ${JSON.stringify(input)}, ${JSON.stringify(ledger)})
    on conflict do update set input = excluded.input, ledger = excluded.ledger`

const insertAll = (sql: Sql, table: string, rows: ReadonlyArray<Record<string, string | number | null>>) =>
  Effect.forEach(rows, (row) => sql`insert into ${sql(table)} ${sql.insert(row)}`, { discard: true })

const write = Effect.fnUntraced(function* (sql: Sql, changes: Changes) {
  for (const { channelId, record } of changes.channels) yield* writeChannel(sql, channelId, record)
  for (const { key, record, dueAtMs } of changes.customers)
    yield* sql`insert into followup_customers (channel_id, customer_id, input, state, due_at)
      values (${key.channelId}, ${key.customerId}, null, ${JSON.stringify(record.state)}, ${dueAtMs})
      on conflict do update set state = excluded.state, due_at = excluded.due_at`
  yield* insertAll(sql, "followup_events", changes.events.map(eventRow))
  yield* insertAll(
    sql,
    "followup_entries",
    changes.entries.map((one) => entryRow(one.channelId, one.entry)),
  )
  yield* insertAll(
    sql,
    "followup_notices",
    changes.notices.map((one) => noticeRow(one.channelId, one.notice)),
  )
  for (const item of changes.outbox)
    yield* sql`insert into followup_outbox ${sql.insert(outboxRow(item))} on conflict do nothing`
  for (const id of changes.cancelled)
    yield* sql`update followup_outbox set cancelled = 1 where follow_up_id = ${id}`
  for (const id of changes.answered) yield* sql`delete from followup_outbox where delivery_id = ${id}`
})

const posted = (sql: Sql, { channelId, customerId, limit, beforeSeq }: LogQuery) =>
  sql<EventRow & { readonly delivery_id: string | null }>`
    select seq, channel_id, customer_id, delivery_id, body from followup_events
    where ${sql.and([
      sql`type in ('DeliveryRequested', 'Excluded')`,
      sql`channel_id = ${channelId}`,
      ...(customerId === undefined ? [] : [sql`customer_id = ${customerId}`]),
      ...(beforeSeq === undefined ? [] : [sql`seq < ${beforeSeq}`]),
    ])} order by seq desc limit ${limit}`

const readLog = Effect.fnUntraced(function* (sql: Sql, query: LogQuery) {
  const rows = yield* posted(sql, query)
  const ids = rows.flatMap((row) => (row.delivery_id === null ? [] : [row.delivery_id]))
  const later =
    ids.length === 0
      ? []
      : yield* sql<EventRow>`select seq, channel_id, customer_id, body from followup_events
          where ${sql.in("delivery_id", ids)} and type <> 'DeliveryRequested' order by seq`
  return [...rows, ...later].map(eventOf).toSorted((a, b) => a.seq - b.seq)
})

// Reserve, release and refuse use nothing. Months sum up to a few rows, however long the history.
const readUsage = (sql: Sql, channelId: string) =>
  sql<UsageRow>`select op, kind, country, purpose, min(units) as units, sum(messages) as messages,
      sum(milli_pu) as milli_pu, min(at_ms) as at_ms
    from followup_entries
    where channel_id = ${channelId} and op in ('settle', 'refund', 'record')
    group by op, kind, country, purpose, strftime('%Y-%m', at_ms / 1000, 'unixepoch')
    order by at_ms`.pipe(Effect.map((rows) => rows.map(usageOf)))

const claimFrom = (sql: Sql, nowMs: number, leaseUntilMs: number, limit: number) =>
  sql<OutboxRow>`update followup_outbox
    set attempts = attempts + 1, interrupted = max(interrupted, leased), leased = 1, ready_at = ${leaseUntilMs}
    where delivery_id in
      (select delivery_id from followup_outbox where ready_at <= ${nowMs} order by ready_at limit ${limit})
    returning *`.pipe(Effect.map((rows) => rows.map(claimedOf)))

const writes = (sql: Sql): Pick<StoreShape, "transact" | "changeChannel" | "putCustomer"> => ({
  transact: (keys, work) =>
    reading(
      sql.withTransaction(
        Effect.gen(function* () {
          const { changes, value } = work(yield* load(sql, keys))
          yield* write(sql, changes)
          return value
        }),
      ),
    ),
  changeChannel: (channelId, work) =>
    reading(
      sql.withTransaction(
        Effect.gen(function* () {
          const change = work(yield* readChannel(sql, channelId))
          if (change === undefined) return
          yield* writeChannel(sql, channelId, change.record)
          yield* insertAll(
            sql,
            "followup_entries",
            change.entries.map((entry) => entryRow(channelId, entry)),
          )
          yield* insertAll(
            sql,
            "followup_notices",
            change.notices.map((notice) => noticeRow(channelId, notice)),
          )
        }),
      ),
    ),
  putCustomer: (key, input) =>
    reading(
      sql`insert into followup_customers (channel_id, customer_id, input, state, due_at)
        values (${key.channelId}, ${key.customerId}, ${JSON.stringify(input)}, ${JSON.stringify(initialState)}, null)
        on conflict do update set input = excluded.input`.pipe(Effect.asVoid),
    ),
})

const agenda = (sql: Sql): Pick<StoreShape, "due" | "claim" | "postpone" | "nextInstant"> => ({
  due: (nowMs, limit) =>
    reading(
      sql<{ readonly channel_id: string; readonly customer_id: string }>`select channel_id, customer_id
        from followup_customers where due_at <= ${nowMs} order by due_at limit ${limit}`.pipe(
        Effect.map((rows) => rows.map((row) => ({ channelId: row.channel_id, customerId: row.customer_id }))),
      ),
    ),
  claim: (nowMs, leaseUntilMs, limit) => reading(claimFrom(sql, nowMs, leaseUntilMs, limit)),
  postpone: (deliveryId, notBeforeMs, interrupted) =>
    reading(
      sql`update followup_outbox set ready_at = ${notBeforeMs}, leased = 0, interrupted = ${interrupted ? 1 : 0}
        where delivery_id = ${deliveryId}`.pipe(Effect.asVoid),
    ),
  nextInstant: reading(
    sql<{ readonly next: number | null }>`select min(at) as next from (
      select min(due_at) as at from followup_customers where due_at is not null
      union all select min(ready_at) from followup_outbox)`.pipe(Effect.map(([row]) => row?.next ?? null)),
  ),
})

const reads = (
  sql: Sql,
): Pick<StoreShape, "channel" | "history" | "log" | "usage" | "notices" | "eventsAfter" | "lastSeq"> => ({
  channel: (channelId) => reading(readChannel(sql, channelId)),
  history: (key) =>
    reading(
      sql<EventRow>`select seq, channel_id, customer_id, body from followup_events
        where channel_id = ${key.channelId} and customer_id = ${key.customerId} order by seq`.pipe(
        Effect.map((rows) => rows.map((row) => eventOf(row).event)),
      ),
    ),
  log: (query) => reading(readLog(sql, query)),
  usage: (channelId) => reading(readUsage(sql, channelId)),
  notices: (channelId) =>
    reading(
      sql<{ readonly at_ms: number; readonly kind: Notice["kind"] }>`select at_ms, kind from followup_notices
        where channel_id = ${channelId} order by seq`.pipe(
        Effect.map((rows) => rows.map((row) => ({ atMs: row.at_ms, kind: row.kind }))),
      ),
    ),
  eventsAfter: (seq, limit) =>
    reading(
      sql<EventRow>`select seq, channel_id, customer_id, body from followup_events
        where seq > ${seq} order by seq limit ${limit}`.pipe(Effect.map((rows) => rows.map(eventOf))),
    ),
  lastSeq: reading(
    sql<{ readonly seq: number | null }>`select max(seq) as seq from followup_events`.pipe(
      Effect.map(([row]) => row?.seq ?? 0),
    ),
  ),
})

const isOurs = (sql: Sql) =>
  sql`select 1 from sqlite_schema where type = 'table' and name = 'followup_events'`.pipe(
    Effect.map((rows) => rows.length > 0),
  )

/**
 * A store in one SQLite file; `"file.sqlite"` or options. Closing it and opening the file again goes on where it was.
 * A file that is opened to look only must be one of followup's.
 * @since 0.1.0
 */
export const sqlite = (database: string | DatabaseOptions): Layer.Layer<Store, StoreError> => {
  const options: DatabaseOptions = typeof database === "string" ? { file: database } : database
  return Layer.effect(Store)(
    Effect.gen(function* () {
      const sql = yield* makeNodeSqlite(options)
      if (options.readOnly !== true) yield* migrate.pipe(Effect.provideService(SqlClient.SqlClient, sql))
      else if (!(yield* isOurs(sql)))
        return yield* Effect.fail(
          new StoreError({ reason: "corrupt", message: "the file is not a followup database" }),
        )
      return { ...writes(sql), ...agenda(sql), ...reads(sql) }
    }).pipe(Effect.mapError((error) => (error instanceof StoreError ? error : storeError(error)))),
  )
}
