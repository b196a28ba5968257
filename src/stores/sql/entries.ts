/**
 * A channel's ledger entries in a SQL store: kept as sums, so that its usage is read from few rows however much it sends.
 * Rule R19.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { addUsage, monthOf, type UsageEntry } from "../../core/billing/usage.ts"
import type { Changes } from "../../ports/store.ts"
import type { Dialect } from "./dialect.ts"
import { entryRow } from "./rows.ts"

/**
 * How many of a channel's newest rows are looked through for the sum that an entry belongs to. Those are a month's or
 * more; an entry that finds none begins a sum, which is as right and only one row more.
 */
const LOOKED_THROUGH = 64

/** How many messages a row stands for at most: less than the column can hold. */
const MOST_MESSAGES = 1_000_000_000

interface Sum {
  readonly channelId: string
  readonly entry: UsageEntry
}

interface AddedRow {
  readonly channel_id: string
  readonly op: string
  readonly kind: string
  readonly country: string
  readonly purpose: string
  readonly month: string
}

const sumsOf = (entries: Changes["entries"]): ReadonlyArray<Sum> => {
  const channels = Map.groupBy(entries, ({ channelId }) => channelId)
  return [...channels].flatMap(([channelId, own]) =>
    own
      .map(({ entry }) => entry)
      .reduce<ReadonlyArray<UsageEntry>>(addUsage, [])
      .map((entry) => ({ channelId, entry })),
  )
}

const nameOf = (...parts: ReadonlyArray<string>): string => JSON.stringify(parts)

// Versions from before wrote a row a batch and read the sum of all rows: what is added here is in that sum as well.
const added = ({ sql, each, month }: Dialect, sums: ReadonlyArray<Sum>) => {
  const column = (read: (sum: Sum) => string) => sums.map(read)
  return sql<AddedRow>`update followup_entries
    set messages = messages + cast(one.more_messages as integer),
      milli_pu = milli_pu + cast(one.more_milli_pu as bigint)
    from ${each({
      of_channel: column(({ channelId }) => channelId),
      of_op: column(({ entry }) => entry.op),
      of_kind: column(({ entry }) => entry.kind),
      of_country: column(({ entry }) => entry.country),
      of_purpose: column(({ entry }) => entry.purpose),
      of_month: column(({ entry }) => monthOf(entry.atMs)),
      more_messages: column(({ entry }) => String(entry.messages)),
      more_milli_pu: column(({ entry }) => String(entry.milliPu)),
    })}
    where seq = (
      select max(seq) from (
        select seq, op, kind, country, purpose, messages, ${month} as month from followup_entries as entered
        where entered.channel_id = one.of_channel order by seq desc limit ${LOOKED_THROUGH}
      ) as newest
      where newest.op = one.of_op and newest.kind = one.of_kind and newest.country = one.of_country
        and newest.purpose = one.of_purpose and newest.month = one.of_month
        and newest.messages + cast(one.more_messages as bigint) <= ${MOST_MESSAGES}
    )
    returning channel_id, op, kind, country, purpose, ${month} as month`
}

/** Enters what was used and given back; under the lock of its channels. R16, R19. @since 0.1.0 */
export const enter = Effect.fnUntraced(function* (dialect: Dialect, entries: Changes["entries"]) {
  const sums = sumsOf(entries)
  if (sums.length === 0) return
  const rows = yield* added(dialect, sums)
  const names = new Set(
    rows.map(({ channel_id, op, kind, country, purpose, month }) =>
      nameOf(channel_id, op, kind, country, purpose, month),
    ),
  )
  const first = sums.filter(
    ({ channelId, entry: { op, kind, country, purpose, atMs } }) =>
      !names.has(nameOf(channelId, op, kind, country, purpose, monthOf(atMs))),
  )
  yield* dialect.insert("followup_entries", first.map(entryRow))
})
