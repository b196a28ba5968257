/**
 * Resume links and opt-outs of a SQL store: what customers do with the links that they are sent. Rules R12, R15.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { initialState } from "../../core/customer/state.ts"
import type { CustomerKey, OptedOut, ResumeLink, StoreShape } from "../../ports/store.ts"
import type { Dialect } from "./dialect.ts"
import { type CustomerRow, customerRow, type KeyRow, keyOf, optedOutOf } from "./rows.ts"
import { storeCall } from "./store-error.ts"

interface LinkRow extends KeyRow {
  readonly chat_id: string
  readonly expires_at: number
  readonly revoked_at: number | null
}

/** A resume link as a row. @since 0.1.0 */
export const linkRow = ({ name, key, chatId, expiresAtMs }: ResumeLink) => ({
  name,
  channel_id: key.channelId,
  customer_id: key.customerId,
  chat_id: chatId,
  expires_at: expiresAtMs,
  revoked_at: null,
})

const read = ({ sql }: Dialect, name: string) =>
  sql<LinkRow>`select channel_id, customer_id, chat_id, expires_at, revoked_at
    from followup_links where name = ${name}`.pipe(
    Effect.map(
      ([row]) =>
        row && {
          name,
          key: keyOf(row),
          chatId: row.chat_id,
          expiresAtMs: row.expires_at,
          revokedAtMs: row.revoked_at,
        },
    ),
  )

const revoke = ({ sql }: Dialect, key: CustomerKey, chatId: string | undefined, atMs: number) =>
  sql`update followup_links set revoked_at = ${atMs}
    where ${sql.and([
      sql`channel_id = ${key.channelId}`,
      sql`customer_id = ${key.customerId}`,
      sql`revoked_at is null`,
      ...(chatId === undefined ? [] : [sql`chat_id = ${chatId}`]),
    ])}`

// Under the channel's lock, so that of two opt-outs at once none is lost.
const optOut = Effect.fnUntraced(function* ({ sql, insert }: Dialect, key: CustomerKey, from: OptedOut) {
  const [row] = yield* sql<Pick<CustomerRow, "opted_out">>`select opted_out from followup_customers
    where channel_id = ${key.channelId} and customer_id = ${key.customerId}`
  const before = row === undefined ? [] : optedOutOf(row)
  if (before.includes(from)) return
  const stranger = customerRow({ key, record: { input: undefined, state: initialState }, dueAtMs: null })
  yield* insert(
    "followup_customers",
    [{ ...stranger, opted_out: JSON.stringify([...before, from]) }],
    sql`on conflict (channel_id, customer_id) do update set opted_out = excluded.opted_out`,
  )
})

/** The part of a SQL store that keeps links and opt-outs. @since 0.1.0 */
export const links = (dialect: Dialect): Pick<StoreShape, "resumeLink" | "revokeLinks" | "optOut"> => ({
  resumeLink: (name) => storeCall(dialect, read(dialect, name)),
  revokeLinks: (key, chatId, atMs) =>
    storeCall(dialect, revoke(dialect, key, chatId, atMs).pipe(Effect.asVoid)),
  optOut: (key, from) => storeCall(dialect, dialect.transaction([key.channelId], optOut(dialect, key, from))),
})
