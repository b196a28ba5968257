/**
 * Notices of a SQL store on their way to the host. Rule R16.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { StoreShape } from "../../ports/store.ts"
import type { Dialect } from "./dialect.ts"
import { type ClaimedNoticeRow, claimedNoticeOf } from "./rows.ts"
import { storeCall } from "./store-error.ts"

// Materialized: the rows are looked for once, or more than the limit could be claimed.
const claimed = ({ sql, skipLocked }: Dialect, nowMs: number, leaseUntilMs: number, limit: number) =>
  sql<ClaimedNoticeRow>`with claimable as materialized (
      select seq from followup_notices where ready_at <= ${nowMs} order by ready_at, seq limit ${limit} ${skipLocked}
    )
    update followup_notices set attempts = attempts + 1, ready_at = ${leaseUntilMs}
    where seq in (select seq from claimable)
    returning seq, channel_id, at_ms, kind, attempts`

/** The part of a SQL store that hands notices out. @since 0.1.0 */
export const noticeQueue = (dialect: Dialect): Pick<StoreShape, "claimNotices" | "releaseNotice"> => ({
  claimNotices: (nowMs, leaseUntilMs, limit) =>
    storeCall(
      dialect,
      claimed(dialect, nowMs, leaseUntilMs, limit).pipe(Effect.map((rows) => rows.map(claimedNoticeOf))),
    ),
  releaseNotice: (seq, againAtMs) =>
    storeCall(
      dialect,
      dialect.sql`update followup_notices set ready_at = ${againAtMs}
        where seq = ${seq} and ready_at is not null`.pipe(Effect.asVoid),
    ),
})
