/**
 * The tables of the SQLite store, in the order in which they came to be. A migration that was released never changes.
 * @since 0.1.0
 */
import { type Migrations, requireReadable, upToDate } from "../sql/migrations.ts"

const tables = [
  `create table followup_channels (
    channel_id text primary key,
    input text not null,
    ledger text not null
  ) strict, without rowid`,
  `create table followup_customers (
    channel_id text not null,
    customer_id text not null,
    input text,
    state text not null,
    due_at integer,
    primary key (channel_id, customer_id)
  ) strict, without rowid`,
  "create index followup_customers_due on followup_customers (due_at) where due_at is not null",
  `create table followup_events (
    seq integer primary key autoincrement,
    channel_id text not null,
    customer_id text not null,
    type text not null,
    delivery_id text,
    at_ms integer not null,
    body text not null
  ) strict`,
  "create index followup_events_customer on followup_events (channel_id, customer_id, seq)",
  `create index followup_events_posted on followup_events (channel_id, seq)
    where type in ('DeliveryRequested', 'Excluded')`,
  "create index followup_events_delivery on followup_events (delivery_id, seq) where delivery_id is not null",
  `create table followup_entries (
    seq integer primary key autoincrement,
    channel_id text not null,
    at_ms integer not null,
    op text not null,
    kind text not null,
    country text not null,
    purpose text not null,
    units integer not null,
    messages integer not null,
    milli_pu integer not null
  ) strict`,
  "create index followup_entries_channel on followup_entries (channel_id, seq)",
  `create table followup_notices (
    seq integer primary key autoincrement,
    channel_id text not null,
    at_ms integer not null,
    kind text not null
  ) strict`,
  "create index followup_notices_channel on followup_notices (channel_id, seq)",
  `create table followup_outbox (
    delivery_id text primary key,
    follow_up_id text not null,
    channel_id text not null,
    customer_id text not null,
    via text not null,
    message text not null,
    ready_at integer not null,
    expires_at integer not null,
    attempts integer not null,
    leased integer not null,
    interrupted integer not null,
    cancelled integer not null
  ) strict, without rowid`,
  "create index followup_outbox_ready on followup_outbox (ready_at)",
  "create index followup_outbox_follow_up on followup_outbox (follow_up_id)",
]

// Notices from before are told already: hosts read them as they pleased.
const delivery = [
  "alter table followup_notices add column ready_at integer",
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
    at_ms integer not null,
    primary key (channel_id, call_id)
  ) strict, without rowid`,
  "create index followup_calls_age on followup_calls (at_ms)",
]

// Rows of a table without row ids are cut to pieces from about a quarter of a page on: a customer's state is longer. The
// rest is found by the customer as well, or by the delivery ids that a follow-up's id gives.
const anew = (table: string, columns: string): ReadonlyArray<string> => [
  `create table ${table}_anew (${columns}) strict`,
  `insert into ${table}_anew select * from ${table}`,
  `drop table ${table}`,
  `alter table ${table}_anew rename to ${table}`,
]

const leaner = [
  ...anew(
    "followup_customers",
    `channel_id text not null,
    customer_id text not null,
    input text,
    state text not null,
    due_at integer,
    primary key (channel_id, customer_id)`,
  ),
  "create index followup_customers_due on followup_customers (due_at) where due_at is not null",
  ...anew(
    "followup_outbox",
    `delivery_id text primary key,
    follow_up_id text not null,
    channel_id text not null,
    customer_id text not null,
    via text not null,
    message text not null,
    ready_at integer not null,
    expires_at integer not null,
    attempts integer not null,
    leased integer not null,
    interrupted integer not null,
    cancelled integer not null,
    providers text not null default '[]',
    refused text not null default '[]'`,
  ),
  "create index followup_outbox_ready on followup_outbox (ready_at)",
  "drop index if exists followup_events_delivery",
]

const links = [
  "alter table followup_customers add column opted_out text",
  `create table followup_links (
    name text primary key,
    channel_id text not null,
    customer_id text not null,
    chat_id text not null,
    expires_at integer not null,
    revoked_at integer
  ) strict, without rowid`,
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

/** Brings a database up to date. @since 0.1.0 */
export const migrate = upToDate(migrations)

/** Refuses a database that a later version changed beyond what this one can read. @since 0.1.0 */
export const requireReadableTables = requireReadable(migrations)
