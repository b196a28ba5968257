/**
 * The evidence of a run, sorted by what it is about. Pure.
 */
import type { EventOf, FollowUpEvent } from "../../src/core/customer/event.ts"
import { type CustomerKey, keyText, type StoredEvent } from "../../src/ports/store.ts"
import type { Evidence, LookupRequest, PostedReceipt, SendRequest } from "./evidence.ts"

/** All about one delivery: what the history says, and what the provider wrote down, each in its order. */
export interface DeliveryCase {
  readonly deliveryId: string
  readonly requested: Array<StoredOf<"DeliveryRequested">>
  readonly accepted: Array<StoredOf<"DeliveryAccepted">>
  readonly settled: Array<StoredOf<"DeliverySettled">>
  readonly late: Array<StoredOf<"ReceiptCameLate">>
  readonly sends: Array<SendRequest>
  readonly lookups: Array<LookupRequest>
  readonly receipts: Array<PostedReceipt>
}

/** A stored event of one kind. */
export interface StoredOf<Tag extends FollowUpEvent["_tag"]> {
  readonly seq: number
  readonly key: CustomerKey
  readonly event: EventOf<Tag>
}

/** The evidence, sorted. */
export interface CaseFile {
  readonly evidence: Evidence
  readonly deliveries: ReadonlyMap<string, DeliveryCase>
  /** A customer's events, by `keyText`. */
  readonly customers: ReadonlyMap<string, ReadonlyArray<StoredEvent>>
}

/** Whether a stored event is of one kind. */
export const isOf =
  <Tag extends FollowUpEvent["_tag"]>(tag: Tag) =>
  (stored: StoredEvent): stored is StoredEvent & StoredOf<Tag> =>
    stored.event._tag === tag

/** The stored events of one kind. */
export const all = <Tag extends FollowUpEvent["_tag"]>(
  events: ReadonlyArray<StoredEvent>,
  tag: Tag,
): ReadonlyArray<StoredOf<Tag>> => events.filter(isOf(tag))

/** A list for each name. */
export const groupBy = <T>(
  items: ReadonlyArray<T>,
  nameOf: (item: T) => string,
): ReadonlyMap<string, ReadonlyArray<T>> => {
  const groups = new Map<string, Array<T>>()
  for (const item of items) {
    const name = nameOf(item)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [item])
    else group.push(item)
  }
  return groups
}

/** Sorts the evidence. */
export const openCase = (evidence: Evidence): CaseFile => {
  const deliveries = new Map<string, DeliveryCase>()
  const of = (deliveryId: string): DeliveryCase => {
    const known = deliveries.get(deliveryId)
    if (known !== undefined) return known
    const lists = { requested: [], accepted: [], settled: [], late: [], sends: [], lookups: [], receipts: [] }
    const opened: DeliveryCase = { deliveryId, ...lists }
    deliveries.set(deliveryId, opened)
    return opened
  }
  const { events } = evidence
  for (const one of all(events, "DeliveryRequested")) of(one.event.deliveryId).requested.push(one)
  for (const one of all(events, "DeliveryAccepted")) of(one.event.deliveryId).accepted.push(one)
  for (const one of all(events, "DeliverySettled")) of(one.event.deliveryId).settled.push(one)
  for (const one of all(events, "ReceiptCameLate")) of(one.event.deliveryId).late.push(one)
  for (const record of evidence.provider) {
    const { sends, lookups, receipts } = of(record.deliveryId)
    if (record._tag === "Send") sends.push(record)
    else if (record._tag === "Lookup") lookups.push(record)
    else receipts.push(record)
  }
  return { evidence, deliveries, customers: groupBy(events, ({ key }) => keyText(key)) }
}

/** How a delivery ended, by the history; `undefined` where it never did. */
export const outcomeOf = ({ settled }: DeliveryCase) => settled.at(-1)?.event.outcome

/** Whether the provider delivered it to anybody. */
export const wasDelivered = ({ sends }: DeliveryCase): boolean => sends.some(({ delivered }) => delivered)

/** Whether the provider took it, so that it is to be paid. */
export const wasTaken = ({ sends }: DeliveryCase): boolean =>
  sends.some(({ verdict }) => verdict === "accepted")

/** Receipts that an engine process acknowledged. */
export const heard = ({ receipts }: DeliveryCase): ReadonlyArray<PostedReceipt> =>
  receipts.filter(({ answer }) => answer === "acknowledged")
