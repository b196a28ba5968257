/**
 * What can be looked at in a SQL store: history, post log, usage and notices. Rules R16, R19, R20.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { LogQuery, StoreShape } from "../../ports/store.ts"
import type { Dialect } from "./dialect.ts"
import { type EventRow, eventOf, type NoticeRow, noticeOf, type UsageRow, usageOf } from "./rows.ts"
import { storeCall } from "./store-error.ts"

/** How many lines are looked through at a time for those of a period: on SQLite that holds the event loop. */
const WALKED = 10_000

type Posted = EventRow & { readonly delivery_id: string | null }

const lines = ({ sql }: Dialect, { channelId, customerId, beforeSeq }: LogQuery) =>
  sql.and([
    sql`type in ('DeliveryRequested', 'Excluded')`,
    sql`channel_id = ${channelId}`,
    ...(customerId === undefined ? [] : [sql`customer_id = ${customerId}`]),
    ...(beforeSeq === undefined ? [] : [sql`seq < ${beforeSeq}`]),
  ])

const posted = (dialect: Dialect, query: LogQuery, sinceSeq = 0) => {
  const { sql } = dialect
  const { limit, fromMs, toMs } = query
  return sql<Posted>`select seq, channel_id, customer_id, delivery_id, body from followup_events
    where ${sql.and([
      lines(dialect, query),
      sql`seq >= ${sinceSeq}`,
      ...(fromMs === undefined ? [] : [sql`at_ms >= ${fromMs}`]),
      ...(toMs === undefined ? [] : [sql`at_ms < ${toMs}`]),
    ])} order by seq desc limit ${limit}`
}

// No index knows of periods: a stretch of lines after the other is looked through, and others have their turn in between.
const postedIn = Effect.fnUntraced(function* (dialect: Dialect, query: LogQuery) {
  const { sql } = dialect
  const found: Array<Posted> = []
  for (let { beforeSeq } = query; ; ) {
    const rest = {
      ...query,
      limit: query.limit - found.length,
      ...(beforeSeq !== undefined && { beforeSeq }),
    }
    const [stretch] = yield* sql<{ readonly first: number | null; readonly count: number }>`
      select min(seq) as first, count(*) as count from (
        select seq from followup_events where ${lines(dialect, rest)} order by seq desc limit ${WALKED}
      ) as walked`
    const sinceSeq = stretch?.first ?? null
    if (sinceSeq === null) return found
    found.push(...(yield* posted(dialect, rest, sinceSeq)))
    if (found.length >= query.limit || (stretch?.count ?? 0) < WALKED) return found
    beforeSeq = sinceSeq
    yield* Effect.yieldNow
  }
})

const readLog = Effect.fnUntraced(function* (dialect: Dialect, query: LogQuery) {
  const { sql, among } = dialect
  const isAnyTime = query.fromMs === undefined && query.toMs === undefined
  const rows = yield* isAnyTime ? posted(dialect, query) : postedIn(dialect, query)
  const sent = rows.filter((row) => row.delivery_id !== null)
  const customers = sent.map((row) => row.customer_id)
  const deliveries = sent.flatMap((row) => row.delivery_id ?? [])
  const later =
    sent.length === 0
      ? []
      : yield* sql<EventRow>`select seq, channel_id, customer_id, body from followup_events
          where channel_id = ${query.channelId} and customer_id ${among([...new Set(customers)])}
            and delivery_id ${among(deliveries)} and type <> 'DeliveryRequested'`
  return [...rows, ...later].map(eventOf).toSorted((a, b) => a.seq - b.seq)
})

// Reserve, release and refuse use nothing. Months sum up to a few rows, however long the history.
const readUsage = ({ sql, month }: Dialect, channelId: string) =>
  sql<UsageRow>`select op, kind, country, purpose, min(units) as units,
      cast(sum(messages) as bigint) as messages, cast(sum(milli_pu) as bigint) as milli_pu, min(at_ms) as at_ms
    from followup_entries
    where channel_id = ${channelId} and op in ('settle', 'refund', 'record')
    group by op, kind, country, purpose, ${month}
    order by at_ms`

/** The part of a SQL store that is looked at. @since 0.1.0 */
export const history = (
  dialect: Dialect,
): Pick<StoreShape, "history" | "log" | "usage" | "notices" | "eventsAfter" | "lastSeq"> => {
  const { sql } = dialect
  return {
    history: (key) =>
      storeCall(
        dialect,
        sql<EventRow>`select seq, channel_id, customer_id, body from followup_events
          where channel_id = ${key.channelId} and customer_id = ${key.customerId} order by seq`.pipe(
          Effect.map((rows) => rows.map((row) => eventOf(row).event)),
        ),
      ),
    log: (query) => storeCall(dialect, readLog(dialect, query)),
    usage: (channelId) =>
      storeCall(dialect, readUsage(dialect, channelId).pipe(Effect.map((rows) => rows.map(usageOf)))),
    notices: (channelId) =>
      storeCall(
        dialect,
        sql<NoticeRow>`select at_ms, kind from followup_notices where channel_id = ${channelId} order by seq`.pipe(
          Effect.map((rows) => rows.map(noticeOf)),
        ),
      ),
    eventsAfter: (seq, limit) =>
      storeCall(
        dialect,
        sql<EventRow>`select seq, channel_id, customer_id, body from followup_events
          where seq > ${seq} order by seq limit ${limit}`.pipe(Effect.map((rows) => rows.map(eventOf))),
      ),
    lastSeq: storeCall(
      dialect,
      sql<{ readonly seq: number | null }>`select max(seq) as seq from followup_events`.pipe(
        Effect.map(([row]) => row?.seq ?? 0),
      ),
    ),
  }
}
