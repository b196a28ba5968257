/**
 * What a SQL store lets go of: customers who are to be forgotten, and history that is old. Rule R20.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { CustomerKey, Known, Remains, StoredEvent, StoreShape } from "../../ports/store.ts"
import type { Dialect } from "./dialect.ts"
import { readChannels, write } from "./records.ts"
import { type CustomerRow, customerOf, type EventRow, eventOf, eventRow, readable } from "./rows.ts"
import { storeCall } from "./store-error.ts"

interface QueuedRow {
  readonly delivery_id: string
  readonly leased: number
  readonly interrupted: number
}

// What is deleted is what is read: a message that is claimed meanwhile is either here as claimed, or no longer there.
const take = Effect.fnUntraced(function* (dialect: Dialect, { channelId, customerId }: CustomerKey) {
  const { sql, lockedInOrder } = dialect
  const theirs = sql`channel_id = ${channelId} and customer_id = ${customerId}`
  const queued = yield* sql<QueuedRow>`with leaving as materialized (
      select delivery_id from followup_outbox where ${theirs} ${lockedInOrder}
    )
    delete from followup_outbox where delivery_id in (select delivery_id from leaving)
    returning delivery_id, leased, interrupted`
  const [customer] = yield* sql<CustomerRow>`delete from followup_customers where ${theirs}
    returning channel_id, customer_id, input, state, opted_out`
  yield* sql`delete from followup_links where ${theirs}`
  const history = yield* sql<EventRow>`select seq, channel_id, customer_id, body from followup_events
    where ${theirs} order by seq`
  const known: Known = {
    channel: (yield* readChannels(dialect, [channelId])).get(channelId),
    // Who cannot be read can be forgotten all the same.
    customer: customer && readable(customerOf, customer),
    history: history.flatMap((row) => readable(eventOf, row) ?? []),
    queued: queued.map((row) => ({
      deliveryId: row.delivery_id,
      mayHaveLeft: row.leased === 1 || row.interrupted === 1,
    })),
  }
  return known
})

/** How many events are replaced by one statement: a whole history could be too much for a parameter. */
const REPLACED = 1_000

const replace = ({ sql, each }: Dialect, kept: ReadonlyArray<StoredEvent>) => {
  const rows = kept.map(eventRow)
  return sql`update followup_events
    set customer_id = one.customer, delivery_id = nullif(one.delivery, ''), body = one.contents
    from ${each({
      number: kept.map(({ seq }) => String(seq)),
      customer: rows.map((row) => row.customer_id),
      delivery: rows.map((row) => row.delivery_id ?? ""),
      contents: rows.map((row) => row.body),
    })}
    where seq = cast(one.number as bigint)`
}

// What parses may still lack what it should say. What `work` fails on by itself counts as unreadable; what it fails on
// without that is its own failure.
const remainsOf = (known: Known, work: (known: Known) => Remains): Remains => {
  const all = readable(work, known)
  if (all !== undefined) return all
  const alone = { ...known, customer: undefined, history: [] }
  const customer = readable(work, { ...alone, customer: known.customer }) && known.customer
  const history = known.history.filter((one) => readable(work, { ...alone, history: [one] }) !== undefined)
  return work({ ...known, customer, history })
}

const forget = Effect.fnUntraced(function* (
  dialect: Dialect,
  key: CustomerKey,
  work: (known: Known) => Remains,
) {
  const { sql } = dialect
  const { kept, changes } = remainsOf(yield* take(dialect, key), work)
  for (let done = 0; done < kept.length; done += REPLACED)
    yield* replace(dialect, kept.slice(done, done + REPLACED))
  yield* sql`delete from followup_events
    where channel_id = ${key.channelId} and customer_id = ${key.customerId}`
  yield* write(dialect, changes)
})

const prune = Effect.fnUntraced(function* ({ sql, skipLocked }: Dialect, beforeMs: number, limit: number) {
  const events = yield* sql`with old as materialized (
      select seq from followup_events where at_ms < ${beforeMs} order by at_ms limit ${limit} ${skipLocked}
    )
    delete from followup_events where seq in (select seq from old) returning seq`
  const calls = yield* sql`with old as materialized (
      select channel_id, call_id from followup_calls
      where at_ms < ${beforeMs} order by at_ms limit ${limit - events.length} ${skipLocked}
    )
    delete from followup_calls where (channel_id, call_id) in (select channel_id, call_id from old) returning call_id`
  const links = yield* sql`with old as materialized (
      select name from followup_links
      where expires_at < ${beforeMs} order by expires_at limit ${limit - events.length - calls.length} ${skipLocked}
    )
    delete from followup_links where name in (select name from old) returning name`
  return events.length + calls.length + links.length
})

/** The part of a SQL store that lets go. @since 0.1.0 */
export const forgetting = (dialect: Dialect): Pick<StoreShape, "forget" | "prune"> => ({
  forget: (key, work) => storeCall(dialect, dialect.transaction([key.channelId], forget(dialect, key, work))),
  prune: (beforeMs, limit) => storeCall(dialect, prune(dialect, beforeMs, limit)),
})
