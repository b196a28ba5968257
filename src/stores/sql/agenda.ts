/**
 * What is to be done next in a SQL store: customers with something due, and messages on their way out.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { ClaimedItem, StoreShape } from "../../ports/store.ts"
import type { Dialect } from "./dialect.ts"
import { claimedOf, type KeyRow, keyOf, type OutboxRow } from "./rows.ts"
import { storeCall } from "./store-error.ts"

// Materialized: the rows are looked for once, or more than the limit could be claimed.
const claimed = ({ sql, skipLocked }: Dialect, nowMs: number, leaseUntilMs: number, limit: number) =>
  sql<OutboxRow>`with claimable as materialized (
      select delivery_id from followup_outbox where ready_at <= ${nowMs} order by ready_at limit ${limit} ${skipLocked}
    )
    update followup_outbox
    set attempts = attempts + 1, interrupted = interrupted | leased, leased = 1, ready_at = ${leaseUntilMs}
    where delivery_id in (select delivery_id from claimable)
    returning *`

const sayUnreadable = ({ deliveryId }: ClaimedItem) =>
  Effect.logWarning(`followup: what is stored of message ${deliveryId} cannot be read; it is given up`)

/** The part of a SQL store that says what is next. @since 0.1.0 */
export const agenda = (dialect: Dialect): Pick<StoreShape, "due" | "claim" | "postpone" | "nextInstant"> => {
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
        claimed(dialect, nowMs, leaseUntilMs, limit).pipe(
          Effect.map((rows) => rows.map(claimedOf)),
          Effect.tap((items) =>
            Effect.forEach(
              items.filter(({ message }) => message.via === "unreadable"),
              sayUnreadable,
            ),
          ),
        ),
      ),
    postpone: (deliveryId, notBeforeMs, interrupted) =>
      storeCall(
        dialect,
        sql`update followup_outbox set ready_at = ${notBeforeMs}, leased = 0, interrupted = ${interrupted ? 1 : 0}
          where delivery_id = ${deliveryId}`.pipe(Effect.asVoid),
      ),
    nextInstant: storeCall(
      dialect,
      sql<{ readonly next: number | null }>`select min(at) as next from (
        select min(due_at) as at from followup_customers where due_at is not null
        union all select min(ready_at) from followup_outbox) as instants`.pipe(
        Effect.map(([row]) => row?.next ?? null),
      ),
    ),
  }
}
