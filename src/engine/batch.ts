/**
 * A batch of inputs decided together: what one transaction reads, decides and writes. Pure.
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { applyEntry, changePlan, openLedger, type PuLedger } from "../core/billing/ledger.ts"
import { addUsage, type UsageEntry } from "../core/billing/usage.ts"
import { dueAt, type Refusal, takeInput } from "../core/customer/decide.ts"
import type { EventOf, FollowUpEvent } from "../core/customer/event.ts"
import { takenBackBy } from "../core/customer/evolve.ts"
import type { Input } from "../core/customer/input.ts"
import { initialState, type Via } from "../core/customer/state.ts"
import { entryOf } from "../core/customer/turn.ts"
import { type ChannelInput, type CustomerInput, makeContact } from "../core/directory.ts"
import type { Policy } from "../core/policy.ts"
import { type CustomerLinks, customerLinks, type LinkedContext } from "../ports/customer-links.ts"
import type { Links } from "../ports/links.ts"
import { outboxItem } from "../ports/outgoing.ts"
import { servedChannel } from "../ports/served-channel.ts"
import {
  type Changes,
  type ChannelRecord,
  type ClaimedItem,
  type CustomerKey,
  type CustomerRecord,
  keyText,
  type Lease,
  type Loaded,
  type Notice,
  type OutboxItem,
  type ResumeLink,
} from "../ports/store.ts"

/**
 * An input that waits for its turn; `nowMs` is when it reached the engine. `lease`: whose it has to be still when it is
 * decided, where it is an answer that counts only then. R9.
 * @since 0.1.0
 */
export interface Submission {
  readonly key: CustomerKey
  readonly input: Input
  readonly nowMs: number
  readonly lease?: Lease | undefined
}

/** Why a submission was not taken. @since 0.1.0 */
export type SubmissionRefusal = Refusal | { readonly _tag: "UnknownChannel"; readonly channelId: string }

/** What came of a submission: the events it led to, or why it was not taken. @since 0.1.0 */
export type SubmissionResult = Result.Result<ReadonlyArray<FollowUpEvent>, SubmissionRefusal>

/** What the host's directory answered, where there is one; `undefined` where the store keeps the answers. @since 0.1.0 */
export interface Answers {
  readonly channel: (channelId: string) => ChannelInput | undefined
  readonly customer: (key: CustomerKey) => CustomerInput | undefined
}

/** What a batch is decided with. @since 0.1.0 */
export interface BatchSetting {
  readonly policy: Policy
  /** The carriers for which a transport is there. */
  readonly carriers: ReadonlySet<Via>
  /** The providers that a message goes to at first, as far as can be said; whoever claims it may choose others. */
  readonly providersFor: (item: OutboxItem) => ReadonlyArray<string>
  readonly answers: Answers | undefined
  /** Who signs links; undefined where nobody does. */
  readonly links: Links | undefined
  /** How many messages are sent at once by whoever decides, and until when they are under their lease. */
  readonly lease: { readonly messages: number; readonly untilMs: number }
}

// The mail's HTML goes to the outbox; the history keeps the words only, and opens no door to whoever may read it.
const forHistory = (event: FollowUpEvent, links: CustomerLinks | undefined): FollowUpEvent => {
  if (event._tag !== "DeliveryRequested") return event
  const { content, chatId } = event
  const text = links === undefined ? content.text : links.withoutTokens(content.text, chatId)
  return {
    ...event,
    content: content.via === "email" ? { ...content, text, html: "" } : { ...content, text },
  }
}

interface Work {
  readonly customers: Map<string, { readonly key: CustomerKey; readonly record: CustomerRecord }>
  readonly channels: Map<string, ChannelRecord>
  readonly events: Array<Changes["events"][number]>
  /** What the channels used, summed up. */
  readonly usage: Map<string, ReadonlyArray<UsageEntry>>
  readonly notices: Array<{ readonly channelId: string; readonly notice: Notice }>
  readonly outbox: Array<OutboxItem>
  readonly links: Array<ResumeLink>
  readonly cancelled: Array<string>
  readonly answered: Array<string>
}

const begin = (): Work => ({
  customers: new Map(),
  channels: new Map(),
  events: [],
  usage: new Map(),
  notices: [],
  outbox: [],
  links: [],
  cancelled: [],
  answered: [],
})

const changesOf = (work: Work, policy: Policy): Changes => ({
  ...work,
  customers: [...work.customers.values()].map(({ key, record }) => ({
    key,
    record,
    dueAtMs: dueAt(policy, record.state),
  })),
  channels: [...work.channels].map(([channelId, record]) => ({ channelId, record })),
  entries: [...work.usage].flatMap(([channelId, sums]) => sums.map((entry) => ({ channelId, entry }))),
})

const enter = (
  work: Work,
  policy: Policy,
  context: LinkedContext,
  event: FollowUpEvent,
  ledger: PuLedger,
): PuLedger => {
  const entry = entryOf(event)
  if (entry === null) return ledger
  const step = applyEntry(ledger, entry, policy)
  if (Result.isFailure(step)) return ledger
  const channelId = context.channel.id
  const moved = { ...entry, atMs: event.atMs, messages: 1 }
  work.usage.set(channelId, addUsage(work.usage.get(channelId) ?? [], moved))
  for (const kind of step.success.notices)
    work.notices.push({ channelId, notice: { atMs: event.atMs, kind } })
  return step.success.ledger
}

const ask = (
  work: Work,
  policy: Policy,
  context: LinkedContext,
  event: EventOf<"DeliveryRequested">,
): void => {
  const item = outboxItem(policy, context, event)
  if (item === undefined) return
  work.outbox.push(item)
  const link = context.links?.resumeLink(event.chatId)
  if (link !== undefined) work.links.push(link)
}

const keep = (
  work: Work,
  policy: Policy,
  context: LinkedContext,
  events: ReadonlyArray<FollowUpEvent>,
): PuLedger => {
  let { ledger } = context
  const key = { channelId: context.channel.id, customerId: context.customerId }
  for (const event of events) {
    ledger = enter(work, policy, context, event, ledger)
    work.events.push({ key, event: forHistory(event, context.links) })
    work.cancelled.push(...takenBackBy(event))
    if (event._tag === "DeliveryRequested") ask(work, policy, context, event)
  }
  return ledger
}

// A directory answers with a new object every time; what it says seldom changes.
const isSame = (a: ChannelInput, b: ChannelInput): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b)

const take = (
  work: Work,
  loaded: Loaded,
  setting: BatchSetting,
  { key, input, nowMs, lease }: Submission,
): SubmissionResult => {
  if (lease !== undefined && !loaded.isLeased(lease.deliveryId)) return Result.succeed([])
  const { policy, carriers, answers, links } = setting
  const { channelId, customerId } = key
  const stored = work.channels.get(channelId) ?? loaded.channel(channelId)
  const isNews = input._tag === "SendAnswered" || input._tag === "Receipt"
  // News of what was sent is taken even when the directory no longer has the channel: its PU must not stay reserved.
  const kept = answers === undefined || isNews ? stored?.input : undefined
  const channelInput = answers?.channel(channelId) ?? kept
  if (input._tag === "SendAnswered") work.answered.push(input.deliveryId)
  if (channelInput === undefined) return Result.fail({ _tag: "UnknownChannel", channelId })
  const known = work.customers.get(keyText(key))?.record ?? loaded.customer(key)
  const customer = answers === undefined ? known?.input : answers.customer(key)
  const before = stored?.ledger ?? openLedger(channelInput.plan, 0, policy)
  const context: LinkedContext = {
    nowMs,
    customerId,
    channel: servedChannel(channelInput, carriers, stored?.emailDomain),
    contact: makeContact(customer ?? {}, channelInput.country),
    ledger: changePlan(before, channelInput.plan, policy),
    ...(links !== undefined && { links: customerLinks(links, key, channelInput.chatUrl, nowMs) }),
  }
  const state = known?.state ?? initialState
  const decided = takeInput(policy, state, input, context)
  if (Result.isFailure(decided)) return Result.fail(decided.failure)
  const { events } = decided.success
  const ledger = keep(work, policy, context, events)
  if (ledger !== stored?.ledger || !isSame(stored.input, channelInput))
    work.channels.set(channelId, { ...stored, input: channelInput, ledger })
  // Who was due and is not, since the policy waits longer than the one before, is written down as due later: they would be
  // found due at every look.
  const wasDue = input._tag === "WakeUp" && known !== undefined
  if (events.length > 0 || wasDue)
    work.customers.set(keyText(key), {
      key,
      record: { input: known?.input, state: decided.success.state },
    })
  return Result.succeed(events)
}

/**
 * What events lead to that were decided by themselves: they are kept under the context's customer, of whom nothing else
 * is, and the ledger follows. Total.
 * @since 0.1.0
 */
export const changesBy = (
  policy: Policy,
  context: LinkedContext,
  record: ChannelRecord,
  events: ReadonlyArray<FollowUpEvent>,
): Changes => {
  const work = begin()
  const ledger = keep(work, policy, context, events)
  if (ledger !== context.ledger) work.channels.set(context.channel.id, { ...record, ledger })
  return changesOf(work, policy)
}

// Those that wait until a provider is ready, or were taken back within the batch, wait for a claim like any other.
const leased = (
  outbox: ReadonlyArray<OutboxItem>,
  cancelled: ReadonlySet<string>,
  { messages, untilMs }: BatchSetting["lease"],
): ReadonlyArray<OutboxItem> => {
  let left = messages
  return outbox.map((item) => {
    const goes = left > 0 && item.providers.length > 0 && !cancelled.has(item.deliveryId)
    if (goes) left--
    return goes ? { ...item, leaseUntilMs: untilMs } : item
  })
}

/**
 * The messages of a batch that are sent at once, as if they had been claimed. Total.
 * @since 0.1.0
 */
export const claimedBy = ({ outbox }: Changes): ReadonlyArray<ClaimedItem> =>
  outbox.flatMap((item) =>
    item.leaseUntilMs === null
      ? []
      : [{ ...item, attempt: 1, interrupted: false, cancelled: false, refused: [] }],
  )

/**
 * Decides a batch in its order, each submission on what the ones before left. A refused one changes nothing and keeps
 * nobody waiting. Pure.
 * @since 0.1.0
 */
export const decideBatch =
  (setting: BatchSetting, batch: ReadonlyArray<Submission>) =>
  (loaded: Loaded): { readonly changes: Changes; readonly value: ReadonlyArray<SubmissionResult> } => {
    const work = begin()
    const value = batch.map((submission) => take(work, loaded, setting, submission))
    const changes = changesOf(work, setting.policy)
    const outbox = leased(
      changes.outbox.map((item) => ({ ...item, providers: setting.providersFor(item) })),
      new Set(changes.cancelled),
      setting.lease,
    )
    return { changes: { ...changes, outbox }, value }
  }
