/**
 * Channels and customers of a SQL store, and the transactions that load and write them.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { initialState } from "../../core/customer/state.ts"
import {
  type CallId,
  type Changes,
  type ChannelRecord,
  type CustomerKey,
  type CustomerRecord,
  keyText,
  type Lease,
  type Loaded,
  type StoreShape,
} from "../../ports/store.ts"
import type { Dialect } from "./dialect.ts"
import { enter } from "./entries.ts"
import { linkRow } from "./links.ts"
import {
  type ChannelRow,
  type CustomerRow,
  callRow,
  channelOf,
  channelRow,
  customerOf,
  customerRow,
  eventRow,
  keyOf,
  noticeRow,
  outboxRow,
} from "./rows.ts"
import { storeCall } from "./store-error.ts"

const channelIdsOf = (keys: ReadonlyArray<CustomerKey>): ReadonlyArray<string> => [
  ...new Set(keys.map(({ channelId }) => channelId)),
]

/** The channels that are known of some. @since 0.1.0 */
export const readChannels = Effect.fnUntraced(function* (
  { sql, each, channelColumns }: Dialect,
  channelIds: ReadonlyArray<string>,
) {
  const rows = yield* sql<ChannelRow>`select ${channelColumns}
    from ${each({ id: channelIds })} join followup_channels on channel_id = one.id`
  return new Map<string, ChannelRecord>(rows.map((row) => [row.channel_id, channelOf(row)]))
})

const readCustomers = Effect.fnUntraced(function* ({ sql, each }: Dialect, keys: ReadonlyArray<CustomerKey>) {
  const rows = yield* sql<CustomerRow>`select channel_id, customer_id, input, state, opted_out
    from ${each({ channel: keys.map((key) => key.channelId), customer: keys.map((key) => key.customerId) })}
      join followup_customers on channel_id = one.channel and customer_id = one.customer`
  return new Map<string, CustomerRecord>(rows.map((row) => [keyText(keyOf(row)), customerOf(row)]))
})

// Locked: until this transaction is over whoever claims passes over them.
const readLeased = Effect.fnUntraced(function* (
  { sql, each, lockedInOrder }: Dialect,
  leases: ReadonlyArray<Lease>,
) {
  if (leases.length === 0) return new Set<string>()
  const rows = yield* sql<{ readonly delivery_id: string }>`select delivery_id
    from ${each({
      id: leases.map(({ deliveryId }) => deliveryId),
      until: leases.map(({ untilMs }) => String(untilMs)),
    })}
      join followup_outbox on delivery_id = one.id and ready_at = cast(one.until as bigint)
    where leased = 1 ${lockedInOrder}`
  return new Set(rows.map(({ delivery_id }) => delivery_id))
})

const load = Effect.fnUntraced(function* (
  dialect: Dialect,
  keys: ReadonlyArray<CustomerKey>,
  leases: ReadonlyArray<Lease>,
) {
  const channels = yield* readChannels(dialect, channelIdsOf(keys))
  const customers = yield* readCustomers(dialect, keys)
  const leased = yield* readLeased(dialect, leases)
  const loaded: Loaded = {
    channel: (channelId) => channels.get(channelId),
    customer: (key) => customers.get(keyText(key)),
    isLeased: (deliveryId) => leased.has(deliveryId),
  }
  return loaded
})

// One row each, the last one said, in one order: two transactions never wait for each other's rows crosswise.
const lastOfEach = <T>(items: ReadonlyArray<T>, nameOf: (item: T) => string): ReadonlyArray<T> =>
  [...new Map(items.map((item) => [nameOf(item), item]))]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, item]) => item)

const writeChannels = ({ sql, insert }: Dialect, channels: Changes["channels"]) =>
  insert(
    "followup_channels",
    lastOfEach(channels, ({ channelId }) => channelId).map(channelRow),
    sql`on conflict (channel_id) do update
      set input = excluded.input, ledger = excluded.ledger, email_domain = excluded.email_domain`,
  )

const writeCustomers = ({ sql, insert }: Dialect, customers: Changes["customers"]) =>
  insert(
    "followup_customers",
    lastOfEach(customers, ({ key }) => keyText(key)).map(customerRow),
    sql`on conflict (channel_id, customer_id) do update set state = excluded.state, due_at = excluded.due_at`,
  )

const locking = ({ sql, among, lockedInOrder }: Dialect, deliveryIds: ReadonlyArray<string>) =>
  sql`select delivery_id from followup_outbox where delivery_id ${among(deliveryIds)} ${lockedInOrder}`

// A statement locks what it changes before it changes the first of them; of two statements, the first locks for both.
const writeEnded = Effect.fnUntraced(function* (dialect: Dialect, { cancelled, answered }: Changes) {
  const { sql } = dialect
  if (cancelled.length > 0 && answered.length > 0) yield* locking(dialect, [...cancelled, ...answered])
  if (cancelled.length > 0)
    yield* sql`with leaving as materialized (${locking(dialect, cancelled)})
      update followup_outbox
      set cancelled = 1, ready_at = case when leased = 0 and interrupted = 0 then 0 else ready_at end
      where delivery_id in (select delivery_id from leaving)`
  if (answered.length > 0)
    yield* sql`with leaving as materialized (${locking(dialect, answered)})
      delete from followup_outbox where delivery_id in (select delivery_id from leaving)`
})

/** Writes a transaction's changes. @since 0.1.0 */
export const write = Effect.fnUntraced(function* (dialect: Dialect, changes: Changes) {
  const { sql, insert, orderEvents } = dialect
  yield* writeChannels(dialect, changes.channels)
  yield* writeCustomers(dialect, changes.customers)
  yield* enter(dialect, changes.entries)
  yield* insert("followup_notices", changes.notices.map(noticeRow))
  yield* insert("followup_outbox", changes.outbox.map(outboxRow), sql`on conflict do nothing`)
  yield* insert("followup_links", changes.links.map(linkRow), sql`on conflict do nothing`)
  yield* writeEnded(dialect, changes)
  if (changes.events.length === 0) return
  // Last, because everybody else waits from here on.
  yield* orderEvents
  yield* insert("followup_events", changes.events.map(eventRow))
})

// Read under the channel's lock, so that of two calls under one id the second finds the first.
const wasMade = ({ sql }: Dialect, channelId: string, { id }: CallId) =>
  sql`select 1 from followup_calls where channel_id = ${channelId} and call_id = ${id}`.pipe(
    Effect.map((rows) => rows.length > 0),
  )

/** The part of a SQL store that keeps channels and customers. @since 0.1.0 */
export const records = (
  dialect: Dialect,
): Pick<StoreShape, "transact" | "changeChannel" | "putCustomer" | "channel"> => ({
  transact: (keys, work, leases = []) =>
    storeCall(
      dialect,
      dialect.transaction(
        channelIdsOf(keys),
        Effect.gen(function* () {
          const { changes, value } = work(yield* load(dialect, keys, leases))
          yield* write(dialect, changes)
          return value
        }),
      ),
    ),
  changeChannel: (channelId, work, call) =>
    storeCall(
      dialect,
      dialect.transaction(
        [channelId],
        Effect.gen(function* () {
          if (call !== undefined && (yield* wasMade(dialect, channelId, call))) return
          const change = work((yield* readChannels(dialect, [channelId])).get(channelId))
          if (change === undefined) return
          const { record, entries, notices } = change
          yield* writeChannels(dialect, [{ channelId, record }])
          if (call !== undefined) yield* dialect.insert("followup_calls", [callRow(channelId, call)])
          yield* enter(
            dialect,
            entries.map((entry) => ({ channelId, entry })),
          )
          yield* dialect.insert(
            "followup_notices",
            notices.map((notice) => noticeRow({ channelId, notice })),
          )
        }),
      ),
    ),
  // No transaction over the channel: this writes what no transaction writes, and the other way round.
  putCustomer: (key, input) =>
    storeCall(
      dialect,
      dialect.insert(
        "followup_customers",
        [
          {
            ...customerRow({ key, record: { input, state: initialState }, dueAtMs: null }),
            input: JSON.stringify(input),
          },
        ],
        // What a customer opted out of is not theirs alone to take back: the host may say so.
        input.optedOut === undefined
          ? dialect.sql`on conflict (channel_id, customer_id) do update set input = excluded.input`
          : dialect.sql`on conflict (channel_id, customer_id) do update set input = excluded.input, opted_out = null`,
      ),
    ),
  channel: (channelId) =>
    storeCall(dialect, readChannels(dialect, [channelId]).pipe(Effect.map((found) => found.get(channelId)))),
})
