/**
 * How records become rows and rows become records again.
 * @since 0.1.0
 */
import type { UsageEntry } from "../../core/billing/usage.ts"
import type { FollowUpEvent } from "../../core/customer/event.ts"
import {
  type CallId,
  type Changes,
  type ChannelRecord,
  type ClaimedItem,
  type ClaimedNotice,
  type CustomerKey,
  type CustomerRecord,
  type Notice,
  type OptedOut,
  type OutboxItem,
  type OutboxMessage,
  type RefusedBy,
  type StoredEvent,
  StoreError,
  withOptOuts,
} from "../../ports/store.ts"

/** A row of followup_channels. @since 0.1.0 */
export interface ChannelRow {
  readonly channel_id: string
  readonly input: string
  readonly ledger: string
  readonly email_domain?: string | null
}

/** The columns that name a customer. @since 0.1.0 */
export interface KeyRow {
  readonly channel_id: string
  readonly customer_id: string
}

/** A row of followup_customers. @since 0.1.0 */
export interface CustomerRow extends KeyRow {
  readonly input: string | null
  readonly state: string
  readonly opted_out: string | null
}

/** A row of followup_events. @since 0.1.0 */
export interface EventRow extends KeyRow {
  readonly seq: number
  readonly body: string
}

/** A row of followup_outbox under lease. @since 0.1.0 */
export interface OutboxRow extends KeyRow {
  readonly delivery_id: string
  readonly follow_up_id: string
  readonly via: OutboxItem["via"]
  readonly message: string
  readonly expires_at: number
  readonly attempts: number
  readonly interrupted: number
  readonly cancelled: number
  readonly providers: string
  readonly refused: string
}

/** A row of followup_notices. @since 0.1.0 */
export interface NoticeRow {
  readonly at_ms: number
  readonly kind: Notice["kind"]
}

/** A row of followup_notices under lease. @since 0.1.0 */
export interface ClaimedNoticeRow extends NoticeRow {
  readonly seq: number
  readonly channel_id: string
  readonly attempts: number
}

/** Entries summed up, as the usage query gives them. @since 0.1.0 */
export interface UsageRow {
  readonly op: UsageEntry["op"]
  readonly kind: UsageEntry["kind"]
  readonly country: string
  readonly purpose: UsageEntry["purpose"]
  readonly units: number
  readonly messages: number
  readonly milli_pu: number
  readonly at_ms: number
}

/** A channel as a row. @since 0.1.0 */
export const channelRow = ({ channelId, record }: Changes["channels"][number]) => ({
  channel_id: channelId,
  input: JSON.stringify(record.input),
  ledger: JSON.stringify(record.ledger),
  email_domain: record.emailDomain === undefined ? null : JSON.stringify(record.emailDomain),
})

/** A customer's state as a row; their contacts are kept apart from it. @since 0.1.0 */
export const customerRow = ({ key, record, dueAtMs }: Changes["customers"][number]) => ({
  channel_id: key.channelId,
  customer_id: key.customerId,
  input: null,
  state: JSON.stringify(record.state),
  due_at: dueAtMs,
})

/** An event as a row. @since 0.1.0 */
export const eventRow = ({ key, event }: Changes["events"][number]) => ({
  channel_id: key.channelId,
  customer_id: key.customerId,
  type: event._tag,
  delivery_id: "deliveryId" in event ? event.deliveryId : null,
  at_ms: event.atMs,
  body: JSON.stringify(event),
})

/** A ledger entry as a row. @since 0.1.0 */
export const entryRow = ({ channelId, entry }: Changes["entries"][number]) => ({
  channel_id: channelId,
  at_ms: entry.atMs,
  op: entry.op,
  kind: entry.kind,
  country: entry.country,
  purpose: entry.purpose,
  units: entry.units,
  messages: entry.messages,
  milli_pu: entry.milliPu,
})

/** A call that was made under an id, as a row. @since 0.1.0 */
export const callRow = (channelId: string, { id, atMs }: CallId) => ({
  channel_id: channelId,
  call_id: id,
  at_ms: atMs,
})

/** A notice as a row that nobody has claimed. @since 0.1.0 */
export const noticeRow = ({ channelId, notice }: Changes["notices"][number]) => ({
  channel_id: channelId,
  at_ms: notice.atMs,
  kind: notice.kind,
  ready_at: notice.atMs,
  attempts: 0,
})

/** A new outbox item as a row. @since 0.1.0 */
export const outboxRow = (item: OutboxItem) => ({
  delivery_id: item.deliveryId,
  follow_up_id: item.followUpId,
  channel_id: item.key.channelId,
  customer_id: item.key.customerId,
  via: item.via,
  message: JSON.stringify(item.message),
  ready_at: item.leaseUntilMs ?? item.notBeforeMs,
  expires_at: item.expiresAtMs,
  attempts: item.leaseUntilMs === null ? 0 : 1,
  leased: item.leaseUntilMs === null ? 0 : 1,
  interrupted: 0,
  cancelled: 0,
  providers: JSON.stringify(item.providers),
  refused: "[]",
})

/** Whom a row names. @since 0.1.0 */
export const keyOf = (row: KeyRow): CustomerKey => ({
  channelId: row.channel_id,
  customerId: row.customer_id,
})

/** A channel from its row. @since 0.1.0 */
export const channelOf = (row: ChannelRow): ChannelRecord => ({
  input: JSON.parse(row.input),
  ledger: JSON.parse(row.ledger),
  ...(typeof row.email_domain === "string" && { emailDomain: JSON.parse(row.email_domain) }),
})

/** What a row's customer opted out of themselves. @since 0.1.0 */
export const optedOutOf = (row: Pick<CustomerRow, "opted_out">): ReadonlyArray<OptedOut> =>
  row.opted_out === null ? [] : JSON.parse(row.opted_out)

/** A customer from their row. @since 0.1.0 */
export const customerOf = (row: CustomerRow): CustomerRecord => ({
  input: row.input === null ? undefined : withOptOuts(JSON.parse(row.input), optedOutOf(row)),
  state: JSON.parse(row.state),
})

/** A notice from its row. @since 0.1.0 */
export const noticeOf = (row: NoticeRow): Notice => ({ atMs: row.at_ms, kind: row.kind })

/** A claimed notice from its row. @since 0.1.0 */
export const claimedNoticeOf = (row: ClaimedNoticeRow): ClaimedNotice => ({
  seq: row.seq,
  channelId: row.channel_id,
  notice: noticeOf(row),
  attempt: row.attempts,
})

/** What a row holds, or undefined when it cannot be read. Total. @since 0.1.0 */
export const readable = <Row, A>(read: (row: Row) => A, row: Row): A | undefined => {
  try {
    return read(row)
  } catch {
    return undefined
  }
}

const eventIn = (row: EventRow): FollowUpEvent | undefined => {
  const event: FollowUpEvent | null = JSON.parse(row.body)
  return typeof event?._tag === "string" ? event : undefined
}

/**
 * An event from its row. One that cannot be read is named by its number, and not passed over: a log without it would
 * look whole.
 *
 * @throws StoreError `corrupt`.
 * @since 0.1.0
 */
export const eventOf = (row: EventRow): StoredEvent => {
  const event = readable(eventIn, row)
  if (event === undefined)
    throw new StoreError({
      reason: "corrupt",
      message: `event ${row.seq} of the history cannot be read`,
    })
  return { seq: row.seq, key: keyOf(row), event }
}

const unreadable = { via: "unreadable" } as const

const messageOf = (row: OutboxRow): OutboxMessage => {
  const message: OutboxMessage | null = JSON.parse(row.message)
  return message?.via === row.via ? message : unreadable
}

const contentsOf = (row: OutboxRow) => {
  const providers: ReadonlyArray<string> = JSON.parse(row.providers)
  const refused: ReadonlyArray<RefusedBy> = JSON.parse(row.refused)
  return Array.isArray(providers) && Array.isArray(refused)
    ? { message: messageOf(row), providers, refused }
    : undefined
}

/** A claimed item from its row; one that cannot be read says so, and keeps no other back. Total. @since 0.1.0 */
export const claimedOf = (row: OutboxRow): ClaimedItem => ({
  deliveryId: row.delivery_id,
  followUpId: row.follow_up_id,
  key: keyOf(row),
  via: row.via,
  ...(readable(contentsOf, row) ?? { message: unreadable, providers: [], refused: [] }),
  expiresAtMs: row.expires_at,
  attempt: row.attempts,
  interrupted: row.interrupted === 1,
  cancelled: row.cancelled === 1,
})

/** A usage entry from its row. @since 0.1.0 */
export const usageOf = (row: UsageRow): UsageEntry => ({
  op: row.op,
  kind: row.kind,
  country: row.country,
  purpose: row.purpose,
  units: row.units,
  messages: row.messages,
  milliPu: row.milli_pu,
  atMs: row.at_ms,
})
