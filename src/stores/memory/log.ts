/**
 * The post log over a history in memory. Rule R20.
 * @since 0.1.0
 */
import { isPosted } from "../../core/history/post-log.ts"
import type { LogQuery, StoredEvent } from "../../ports/store.ts"

/**
 * The events behind a part of the post log: requests and exclusions asked for, and what became of them. Total. R20.
 * @since 0.1.0
 */
export const log = (
  events: ReadonlyArray<StoredEvent>,
  {
    channelId,
    customerId,
    limit,
    beforeSeq = Number.POSITIVE_INFINITY,
    fromMs = Number.NEGATIVE_INFINITY,
    toMs = Number.POSITIVE_INFINITY,
  }: LogQuery,
): ReadonlyArray<StoredEvent> => {
  const own = events.filter(
    ({ key }) => key.channelId === channelId && (customerId === undefined || key.customerId === customerId),
  )
  const posted = own
    .filter(
      ({ seq, event }) => isPosted(event) && seq < beforeSeq && event.atMs >= fromMs && event.atMs < toMs,
    )
    .toReversed()
    .slice(0, limit)
  const deliveries = new Set(
    posted.flatMap(({ event }) => (event._tag === "DeliveryRequested" ? [event.deliveryId] : [])),
  )
  const seqs = new Set(posted.map(({ seq }) => seq))
  return own.filter(
    (one) =>
      seqs.has(one.seq) ||
      (!isPosted(one.event) && "deliveryId" in one.event && deliveries.has(one.event.deliveryId)),
  )
}
