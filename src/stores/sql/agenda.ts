/**
 * What is to be done next in a SQL store: customers with something due, and messages on their way out.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Assignment, Postponement, StoreShape } from "../../ports/store.ts"
import type { Dialect } from "./dialect.ts"
import { claimedOf, type KeyRow, keyOf, type OutboxRow } from "./rows.ts"
import { storeCall } from "./store-error.ts"

// Materialized: the rows are looked for once, or more than the limit could be claimed. Columns by name: a later version
// may add one meanwhile, and Postgres refuses a prepared statement whose columns are no longer the same.
const claimed = ({ sql, skipLocked }: Dialect, nowMs: number, leaseUntilMs: number, limit: number) =>
  sql<OutboxRow>`with claimable as materialized (
      select delivery_id from followup_outbox where ready_at <= ${nowMs} order by ready_at limit ${limit} ${skipLocked}
    )
    update followup_outbox
    set attempts = attempts + 1, interrupted = interrupted | leased, leased = 1, ready_at = ${leaseUntilMs}
    where delivery_id in (select delivery_id from claimable)
    returning delivery_id, follow_up_id, channel_id, customer_id, via, message, expires_at, attempts, interrupted,
      cancelled, providers, refused`

// While an item is under lease, its ready_at is the lease's end: whoever claimed it since has another one.
const underLease = (
  { sql, among, lockedInOrder }: Dialect,
  leaseUntilMs: number,
  items: ReadonlyArray<{ readonly deliveryId: string }>,
) =>
  sql`with leased_items as materialized (
      select delivery_id as leased_id from followup_outbox
      where delivery_id ${among(items.map(({ deliveryId }) => deliveryId))}
        and leased = 1 and ready_at = ${leaseUntilMs} ${lockedInOrder}
    )`

const assigned = (dialect: Dialect, leaseUntilMs: number, assignments: ReadonlyArray<Assignment>) =>
  dialect.sql<{ readonly delivery_id: string }>`${underLease(dialect, leaseUntilMs, assignments)}
    update followup_outbox set providers = one.chosen
    from ${dialect.each({
      id: assignments.map(({ deliveryId }) => deliveryId),
      chosen: assignments.map(({ providers }) => JSON.stringify(providers)),
    })}
    where delivery_id = one.id and one.id in (select leased_id from leased_items)
    returning delivery_id`

const postponed = (dialect: Dialect, leaseUntilMs: number, postponements: ReadonlyArray<Postponement>) =>
  dialect.sql`${underLease(dialect, leaseUntilMs, postponements)}
    update followup_outbox
    set leased = 0, providers = one.left_to_try, refused = one.refused_by,
      ready_at = case when cancelled = 1 and one.was_interrupted = '0' then 0 else cast(one.not_before as bigint) end,
      attempts = cast(one.attempted as integer),
      interrupted = cast(one.was_interrupted as integer)
    from ${dialect.each({
      id: postponements.map(({ deliveryId }) => deliveryId),
      left_to_try: postponements.map(({ providers }) => JSON.stringify(providers)),
      refused_by: postponements.map(({ refused }) => JSON.stringify(refused)),
      not_before: postponements.map(({ notBeforeMs }) => String(notBeforeMs)),
      attempted: postponements.map(({ attempts }) => String(attempts)),
      was_interrupted: postponements.map(({ interrupted }) => (interrupted ? "1" : "0")),
    })}
    where delivery_id = one.id and one.id in (select leased_id from leased_items)`

/** The part of a SQL store that says what is next. @since 0.1.0 */
export const agenda = (
  dialect: Dialect,
): Pick<StoreShape, "due" | "claim" | "assign" | "postpone" | "nextInstant"> => {
  const { sql } = dialect
  return {
    due: (nowMs, limit) =>
      storeCall(
        dialect,
        sql<KeyRow>`select channel_id, customer_id from followup_customers
          where due_at <= ${nowMs} order by due_at limit ${limit}`.pipe(
          Effect.map((rows) => rows.map(keyOf)),
        ),
      ),
    claim: (nowMs, leaseUntilMs, limit) =>
      storeCall(
        dialect,
        claimed(dialect, nowMs, leaseUntilMs, limit).pipe(Effect.map((rows) => rows.map(claimedOf))),
      ),
    assign: (leaseUntilMs, assignments) =>
      storeCall(
        dialect,
        assigned(dialect, leaseUntilMs, assignments).pipe(
          Effect.map((rows) => rows.map((row) => row.delivery_id)),
        ),
      ),
    postpone: (leaseUntilMs, postponements) =>
      storeCall(dialect, postponed(dialect, leaseUntilMs, postponements).pipe(Effect.asVoid)),
    nextInstant: (afterMs) =>
      storeCall(
        dialect,
        sql<{ readonly next: number | null }>`select min(at) as next from (
          select min(due_at) as at from followup_customers where due_at > ${afterMs}
          union all select min(ready_at) from followup_outbox where ready_at > ${afterMs}) as instants`.pipe(
          Effect.map(([row]) => row?.next ?? null),
        ),
      ),
  }
}
