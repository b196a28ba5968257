/**
 * A store in memory: for tests, trials and what need not outlive the process.
 * @module followup/stores/memory
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { addUsage, type UsageEntry } from "../../core/billing/usage.ts"
import { initialState } from "../../core/customer/state.ts"
import {
  type Changes,
  type ChannelRecord,
  type ClaimedNotice,
  type CustomerKey,
  type CustomerRecord,
  type Known,
  keyText,
  type Notice,
  type Remains,
  Store,
  type StoredEvent,
  type StoreShape,
} from "../../ports/store.ts"
import {
  forgetLinks,
  keepLink,
  type Links,
  linkCalls,
  makeLinks,
  optedOutOf,
  optOut,
  pruneLinks,
} from "./links.ts"
import { log } from "./log.ts"
import {
  answered,
  assign,
  cancel,
  claim,
  enqueue,
  leasedOf,
  makeOutbox,
  nextClaimable,
  type Outbox,
  postpone,
  queuedFor,
} from "./outbox.ts"
import { makeSchedule, namesDue, nextDue, type Schedule, setDue } from "./schedule.ts"

interface Row {
  readonly key: CustomerKey
  readonly record: CustomerRecord
}

interface Told {
  readonly channelId: string
  readonly notice: Notice
  readonly attempts: number
  /** When it may be claimed; `null` once the host was told. */
  readonly readyAtMs: number | null
}

interface Memory {
  readonly customers: Map<string, Row>
  /** When customers are due, by their key. */
  readonly due: Schedule
  readonly channels: Map<string, ChannelRecord>
  events: Array<StoredEvent>
  lastSeq: number
  /** What each channel used, summed up. */
  readonly usage: Map<string, ReadonlyArray<UsageEntry>>
  /** By number, in their order. */
  readonly notices: Map<number, Told>
  readonly outbox: Outbox
  readonly links: Links
  /** When the calls were made that have an id, by channel and id. */
  readonly calls: Map<string, number>
}

const sameKey = (a: CustomerKey, b: CustomerKey): boolean =>
  a.channelId === b.channelId && a.customerId === b.customerId

const enter = ({ usage }: Memory, channelId: string, entries: ReadonlyArray<UsageEntry>): void => {
  usage.set(channelId, entries.reduce(addUsage, usage.get(channelId) ?? []))
}

const tell = (memory: Memory, channelId: string, notices: ReadonlyArray<Notice>): void => {
  for (const notice of notices)
    memory.notices.set(memory.notices.size + 1, { channelId, notice, attempts: 0, readyAtMs: notice.atMs })
}

const write = (memory: Memory, changes: Changes): void => {
  for (const { key, record, dueAtMs } of changes.customers) {
    memory.customers.set(keyText(key), { key, record })
    setDue(memory.due, keyText(key), dueAtMs)
  }
  for (const { channelId, record } of changes.channels) memory.channels.set(channelId, record)
  for (const { key, event } of changes.events) memory.events.push({ seq: ++memory.lastSeq, key, event })
  for (const { channelId, entry } of changes.entries) enter(memory, channelId, [entry])
  for (const { channelId, notice } of changes.notices) tell(memory, channelId, [notice])
  for (const item of changes.outbox) enqueue(memory.outbox, item)
  for (const link of changes.links) keepLink(memory.links, link)
  for (const id of changes.cancelled) cancel(memory.outbox, id)
  for (const id of changes.answered) answered(memory.outbox, id)
}

const keptOf = ({ customers }: Memory, key: CustomerKey): CustomerRecord =>
  customers.get(keyText(key))?.record ?? { input: undefined, state: initialState }

const customerOf = (memory: Memory, key: CustomerKey): CustomerRecord | undefined => {
  const record = memory.customers.get(keyText(key))?.record
  return record && { ...record, input: optedOutOf(memory.links, key, record.input) }
}

const claimNotices = (
  memory: Memory,
  nowMs: number,
  leaseUntilMs: number,
  limit: number,
): ReadonlyArray<ClaimedNotice> =>
  [...memory.notices]
    .flatMap(([seq, told]) =>
      told.readyAtMs !== null && told.readyAtMs <= nowMs ? [{ seq, told, readyAtMs: told.readyAtMs }] : [],
    )
    .toSorted((a, b) => a.readyAtMs - b.readyAtMs)
    .slice(0, limit)
    .map(({ seq, told: { channelId, notice, attempts } }) => {
      const attempt = attempts + 1
      memory.notices.set(seq, { channelId, notice, attempts: attempt, readyAtMs: leaseUntilMs })
      return { seq, channelId, notice, attempt }
    })

const forget = (memory: Memory, key: CustomerKey, work: (known: Known) => Remains): void => {
  const queued = queuedFor(memory.outbox, key)
  const { kept, changes } = work({
    channel: memory.channels.get(key.channelId),
    customer: customerOf(memory, key),
    history: memory.events.filter((one) => sameKey(one.key, key)),
    queued: queued.map(({ item, leaseUntilMs, interrupted }) => ({
      deliveryId: item.deliveryId,
      mayHaveLeft: interrupted || leaseUntilMs !== null,
    })),
  })
  const stays = new Map(kept.map((one) => [one.seq, one]))
  memory.customers.delete(keyText(key))
  setDue(memory.due, keyText(key), null)
  forgetLinks(memory.links, key)
  for (const { item } of queued) answered(memory.outbox, item.deliveryId)
  memory.events = memory.events.flatMap((one) => {
    const next = sameKey(one.key, key) ? stays.get(one.seq) : one
    return next === undefined ? [] : [next]
  })
  write(memory, changes)
}

const prune = (memory: Memory, beforeMs: number, limit: number): number => {
  const old = memory.events
    .filter(({ event }) => event.atMs < beforeMs)
    .toSorted((a, b) => a.event.atMs - b.event.atMs)
    .slice(0, limit)
  const gone = new Set(old)
  if (gone.size > 0) memory.events = memory.events.filter((one) => !gone.has(one))
  const calls = [...memory.calls].filter(([, atMs]) => atMs < beforeMs).slice(0, limit - gone.size)
  for (const [name] of calls) memory.calls.delete(name)
  const kept = gone.size + calls.length
  return kept + pruneLinks(memory.links, beforeMs, limit - kept)
}

const writes = (
  memory: Memory,
): Pick<StoreShape, "transact" | "changeChannel" | "putCustomer" | "optOut" | "forget" | "prune"> => ({
  transact: (_keys, work, leases = []) =>
    Effect.sync(() => {
      const leased = leasedOf(memory.outbox, leases)
      const { changes, value } = work({
        channel: (channelId) => memory.channels.get(channelId),
        customer: (key) => customerOf(memory, key),
        isLeased: (deliveryId) => leased.has(deliveryId),
      })
      write(memory, changes)
      return value
    }),
  changeChannel: (channelId, work, call) =>
    Effect.sync(() => {
      const name = call && JSON.stringify([channelId, call.id])
      if (name !== undefined && memory.calls.has(name)) return
      const change = work(memory.channels.get(channelId))
      if (change === undefined) return
      if (name !== undefined) memory.calls.set(name, call?.atMs ?? 0)
      memory.channels.set(channelId, change.record)
      enter(memory, channelId, change.entries)
      tell(memory, channelId, change.notices)
    }),
  putCustomer: (key, input) =>
    Effect.sync(() => {
      if (input.optedOut !== undefined) memory.links.optedOut.delete(keyText(key))
      memory.customers.set(keyText(key), { key, record: { ...keptOf(memory, key), input } })
    }),
  optOut: (key, from) =>
    Effect.sync(() => {
      optOut(memory.links, key, from)
      memory.customers.set(keyText(key), { key, record: keptOf(memory, key) })
    }),
  forget: (key, work) => Effect.sync(() => forget(memory, key, work)),
  prune: (beforeMs, limit) => Effect.sync(() => prune(memory, beforeMs, limit)),
})

const agenda = (
  memory: Memory,
): Pick<StoreShape, "due" | "claim" | "assign" | "postpone" | "nextInstant"> => ({
  due: (nowMs, limit) =>
    Effect.sync(() =>
      namesDue(memory.due, nowMs, limit).flatMap((name) => memory.customers.get(name)?.key ?? []),
    ),
  claim: (nowMs, leaseUntilMs, limit) => Effect.sync(() => claim(memory.outbox, nowMs, leaseUntilMs, limit)),
  assign: (leaseUntilMs, assignments) => Effect.sync(() => assign(memory.outbox, leaseUntilMs, assignments)),
  postpone: (leaseUntilMs, postponements) =>
    Effect.sync(() => {
      for (const one of postponements) postpone(memory.outbox, leaseUntilMs, one)
    }),
  nextInstant: (afterMs) =>
    Effect.sync(() => {
      const next = Math.min(nextDue(memory.due, afterMs), nextClaimable(memory.outbox, afterMs))
      return Number.isFinite(next) ? next : null
    }),
})

const shapeOf = (memory: Memory): StoreShape => ({
  ...writes(memory),
  ...agenda(memory),
  ...linkCalls(memory.links),
  channel: (channelId) => Effect.sync(() => memory.channels.get(channelId)),
  history: (key) =>
    Effect.sync(() => memory.events.filter((one) => sameKey(one.key, key)).map((one) => one.event)),
  log: (query) => Effect.sync(() => log(memory.events, query)),
  usage: (channelId) => Effect.sync(() => memory.usage.get(channelId) ?? []),
  claimNotices: (nowMs, leaseUntilMs, limit) =>
    Effect.sync(() => claimNotices(memory, nowMs, leaseUntilMs, limit)),
  releaseNotice: (seq, againAtMs) =>
    Effect.sync(() => {
      const told = memory.notices.get(seq)
      if (told !== undefined && told.readyAtMs !== null)
        memory.notices.set(seq, { ...told, readyAtMs: againAtMs })
    }),
  notices: (channelId) =>
    Effect.sync(() =>
      [...memory.notices.values()].flatMap((told) => (told.channelId === channelId ? [told.notice] : [])),
    ),
  eventsAfter: (seq, limit) =>
    Effect.sync(() => {
      // Those who follow are near the end.
      const first = memory.events.findLastIndex((one) => one.seq <= seq) + 1
      return memory.events.slice(first, first + limit)
    }),
  lastSeq: Effect.sync(() => memory.events.at(-1)?.seq ?? 0),
})

/**
 * A store in memory. Each use of the layer starts empty; nothing survives the process.
 * @since 0.1.0
 */
export const memory = (): Layer.Layer<Store> =>
  Layer.sync(Store)(() =>
    shapeOf({
      customers: new Map(),
      due: makeSchedule(),
      channels: new Map(),
      events: [],
      lastSeq: 0,
      usage: new Map(),
      notices: new Map(),
      outbox: makeOutbox(),
      links: makeLinks(),
      calls: new Map(),
    }),
  )
