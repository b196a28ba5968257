/**
 * The tables of the Postgres store, in the order in which they came to be. A migration that was released never changes.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { MIGRATIONS_TABLE, type Migrations, newestOf, requireReadable, upToDate } from "../sql/migrations.ts"

const tables = [
  `create table followup_channels (
    channel_id text primary key,
    input text not null,
    ledger text not null
  )`,
  `create table followup_customers (
    channel_id text not null,
    customer_id text not null,
    input text,
    state text not null,
    due_at bigint,
    primary key (channel_id, customer_id)
  )`,
  "create index followup_customers_due on followup_customers (due_at) where due_at is not null",
  `create table followup_events (
    seq bigint generated always as identity primary key,
    channel_id text not null,
    customer_id text not null,
    type text not null,
    delivery_id text,
    at_ms bigint not null,
    body text not null
  )`,
  "create index followup_events_customer on followup_events (channel_id, customer_id, seq)",
  `create index followup_events_posted on followup_events (channel_id, seq)
    where type in ('DeliveryRequested', 'Excluded')`,
  "create index followup_events_delivery on followup_events (delivery_id, seq) where delivery_id is not null",
  `create table followup_entries (
    seq bigint generated always as identity primary key,
    channel_id text not null,
    at_ms bigint not null,
    op text not null,
    kind text not null,
    country text not null,
    purpose text not null,
    units integer not null,
    messages integer not null,
    milli_pu bigint not null
  )`,
  "create index followup_entries_channel on followup_entries (channel_id, seq)",
  `create table followup_notices (
    seq bigint generated always as identity primary key,
    channel_id text not null,
    at_ms bigint not null,
    kind text not null
  )`,
  "create index followup_notices_channel on followup_notices (channel_id, seq)",
  `create table followup_outbox (
    delivery_id text primary key,
    follow_up_id text not null,
    channel_id text not null,
    customer_id text not null,
    via text not null,
    message text not null,
    ready_at bigint not null,
    expires_at bigint not null,
    attempts integer not null,
    leased integer not null,
    interrupted integer not null,
    cancelled integer not null
  )`,
  "create index followup_outbox_ready on followup_outbox (ready_at)",
  "create index followup_outbox_follow_up on followup_outbox (follow_up_id)",
]

// Notices from before are told already: hosts read them as they pleased.
const delivery = [
  "alter table followup_notices add column ready_at bigint",
  "alter table followup_notices add column attempts integer not null default 0",
  "create index followup_notices_ready on followup_notices (ready_at) where ready_at is not null",
  "create index followup_events_age on followup_events (at_ms)",
]

// Messages from before name no provider: there was one for each leg.
const providers = [
  "alter table followup_outbox add column providers text not null default '[]'",
  "alter table followup_outbox add column refused text not null default '[]'",
]

const calls = [
  `create table followup_calls (
    channel_id text not null,
    call_id text not null,
    at_ms bigint not null,
    primary key (channel_id, call_id)
  )`,
  "create index followup_calls_age on followup_calls (at_ms)",
]

// What they found is found by the customer as well, or by the delivery ids that a follow-up's id gives.
const leaner = [
  "drop index if exists followup_events_delivery",
  "drop index if exists followup_outbox_follow_up",
]

const links = [
  "alter table followup_customers add column opted_out text",
  `create table followup_links (
    name text primary key,
    channel_id text not null,
    customer_id text not null,
    chat_id text not null,
    expires_at bigint not null,
    revoked_at bigint
  )`,
  "create index followup_links_customer on followup_links (channel_id, customer_id)",
  "create index followup_links_age on followup_links (expires_at)",
]

const domains = ["alter table followup_channels add column email_domain text"]

const migrations: Migrations = {
  "1_tables": tables,
  "2_delivery_and_retention": delivery,
  "3_providers": providers,
  "4_calls": calls,
  "5_leaner": leaner,
  "6_links": links,
  "7_email_domains": domains,
}

// Asked first: who may not make schemas may not even say "if not exists".
const makeSchema = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, schema: string) {
  const there = yield* sql`select 1 from pg_namespace where nspname = ${schema}`
  if (there.length === 0) yield* sql`create schema ${sql(schema)}`
})

// As the Migrator makes it, which asks again after a failure: in a transaction that hides why it failed.
const makeList = (sql: SqlClient.SqlClient) => sql`create table if not exists ${sql(MIGRATIONS_TABLE)} (
    migration_id integer primary key,
    created_at timestamp with time zone not null default now(),
    name text not null
  )`

// Looked at without a lock: who only looks waits for nobody, such as a backup that reads all tables for hours, and needs
// no right to make any.
const isUpToDate = Effect.fnUntraced(function* (sql: SqlClient.SqlClient) {
  const there = yield* sql`select 1 where to_regclass(${MIGRATIONS_TABLE}) is not null`
  if (there.length === 0) return false
  const done =
    yield* sql`select 1 from ${sql(MIGRATIONS_TABLE)} where migration_id >= ${newestOf(migrations)}`
  return done.length > 0
})

/**
 * Brings a database up to date, all of it or nothing; makes the schema if it is not there. Processes that start at once
 * take turns.
 * @since 0.1.0
 */
export const migrate = Effect.fnUntraced(function* (schema: string | undefined) {
  const sql = yield* SqlClient.SqlClient
  if (yield* isUpToDate(sql)) return yield* requireReadable(migrations)
  yield* sql.withTransaction(
    Effect.gen(function* () {
      yield* sql`select pg_advisory_xact_lock(hashtextextended('followup_migrations', 0))`
      if (schema !== undefined) yield* makeSchema(sql, schema)
      yield* makeList(sql)
      yield* upToDate(migrations)
    }),
  )
})
