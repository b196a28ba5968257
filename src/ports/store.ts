/**
 * The store port: where the engine keeps what it knows. A store is dumb: it loads, hands to the rules, and writes what
 * they decided in one transaction; it decides nothing itself.
 *
 * Every driver passes the same contract. All instants come from the caller, never from the database's clock.
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type { NoticeKind, PuLedger } from "../core/billing/ledger.ts"
import type { UsageEntry } from "../core/billing/usage.ts"
import type { FollowUpEvent } from "../core/customer/event.ts"
import type { CustomerState } from "../core/customer/state.ts"
import type { ChannelInput, CustomerInput } from "../core/directory.ts"
import type { DomainNoticeKind, DomainStanding } from "../core/email/domain/standing.ts"
import type { OptedOut } from "./opt-out.ts"
import type { Assignment, ClaimedItem, Lease, OutboxItem, Postponement } from "./outbox.ts"
import type { KeptResumeLink, ResumeLink } from "./resume-link.ts"

export { type OptedOut, withOptOuts } from "./opt-out.ts"
export type {
  Assignment,
  ClaimedItem,
  Lease,
  OutboxItem,
  OutboxMessage,
  Postponement,
  RefusedBy,
} from "./outbox.ts"
export type { KeptResumeLink, ResumeLink } from "./resume-link.ts"

/** One customer of one channel. @since 0.1.0 */
export interface CustomerKey {
  readonly channelId: string
  readonly customerId: string
}

/** One text for one customer of one channel, to key maps with: no two customers have the same. Total. @since 0.1.0 */
export const keyText = ({ channelId, customerId }: CustomerKey): string =>
  `${channelId.length} ${channelId}${customerId}`

/**
 * A channel as it is kept: what the host said of it, its ledger, and how its linked domain stands once it was checked.
 * @since 0.1.0
 */
export interface ChannelRecord {
  readonly input: ChannelInput
  readonly ledger: PuLedger
  readonly emailDomain?: DomainStanding
}

/**
 * A customer as they are kept: what the host said of them, with what they opted out of since, and the Decider's state.
 * @since 0.1.0
 */
export interface CustomerRecord {
  readonly input: CustomerInput | undefined
  readonly state: CustomerState
}

/** What a transaction starts from. What was never stored is `undefined`. @since 0.1.0 */
export interface Loaded {
  readonly channel: (channelId: string) => ChannelRecord | undefined
  readonly customer: (key: CustomerKey) => CustomerRecord | undefined
  /** Whether a message is still under the lease that the transaction was given of it. */
  readonly isLeased: (deliveryId: string) => boolean
}

/** Everything that one transaction writes. Lists are in the order in which things happened. @since 0.1.0 */
export interface Changes {
  readonly customers: ReadonlyArray<{
    readonly key: CustomerKey
    readonly record: CustomerRecord
    readonly dueAtMs: number | null
  }>
  readonly channels: ReadonlyArray<{ readonly channelId: string; readonly record: ChannelRecord }>
  readonly events: ReadonlyArray<{ readonly key: CustomerKey; readonly event: FollowUpEvent }>
  readonly entries: ReadonlyArray<{ readonly channelId: string; readonly entry: StoredEntry }>
  readonly notices: ReadonlyArray<{ readonly channelId: string; readonly notice: Notice }>
  readonly outbox: ReadonlyArray<OutboxItem>
  /** Resume links that were given out; one that is kept stays as it is. */
  readonly links: ReadonlyArray<ResumeLink>
  /**
   * Deliveries that are to be taken back unless they were sent; those never asked for may be among them. One that is
   * under nobody's lease and was never interrupted waits no longer: it may be claimed, as cancelled, at once.
   */
  readonly cancelled: ReadonlyArray<string>
  /** Deliveries whose answer has been heard: their outbox items are done. */
  readonly answered: ReadonlyArray<string>
}

/** Nothing to write. @since 0.1.0 */
export const noChanges: Changes = {
  customers: [],
  channels: [],
  events: [],
  entries: [],
  notices: [],
  outbox: [],
  links: [],
  cancelled: [],
  answered: [],
}

/** A movement in a channel's ledger as it is kept, or the sum of several. R16, R19. @since 0.1.0 */
export type StoredEntry = UsageEntry

/** What a channel was told, and when (UTC epoch ms). R14, R16. @since 0.1.0 */
export interface Notice {
  readonly atMs: number
  readonly kind: NoticeKind | DomainNoticeKind
}

/** What becomes of a channel, with the ledger entries and notices that go with it. @since 0.1.0 */
export interface ChannelChange {
  readonly record: ChannelRecord
  readonly entries: ReadonlyArray<StoredEntry>
  readonly notices: ReadonlyArray<Notice>
}

/**
 * What a caller named a change of theirs, and when it was made (UTC epoch ms): a change that is named is made once.
 * @since 0.1.0
 */
export interface CallId {
  readonly id: string
  readonly atMs: number
}

/** An event of the history; `seq` grows with every event of the store. @since 0.1.0 */
export interface StoredEvent {
  readonly seq: number
  readonly key: CustomerKey
  readonly event: FollowUpEvent
}

/**
 * Which part of a channel's post log: `limit` entries, the newest, of those before `beforeSeq`; of one customer if
 * given; asked for or excluded from `fromMs` on, and before `toMs`.
 * @since 0.1.0
 */
export interface LogQuery {
  readonly channelId: string
  readonly customerId?: string
  readonly limit: number
  readonly beforeSeq?: number
  readonly fromMs?: number
  readonly toMs?: number
}

/** A notice that is to be told to the host, under lease. `attempt` counts from 1. R16. @since 0.1.0 */
export interface ClaimedNotice {
  /** Names the notice within the store, for ever. */
  readonly seq: number
  readonly channelId: string
  readonly notice: Notice
  readonly attempt: number
}

/** Everything that a store knows of a customer who is to be forgotten. @since 0.1.0 */
export interface Known {
  readonly channel: ChannelRecord | undefined
  /** `undefined` when they were never stored, or when what is stored cannot be read or understood. */
  readonly customer: CustomerRecord | undefined
  /** Their history, oldest first; without what cannot be read or understood. */
  readonly history: ReadonlyArray<StoredEvent>
  /** Their messages in the outbox; `mayHaveLeft` when one is under lease or was interrupted. */
  readonly queued: ReadonlyArray<{ readonly deliveryId: string; readonly mayHaveLeft: boolean }>
}

/** What stays once a customer is forgotten. @since 0.1.0 */
export interface Remains {
  /** Events in place of those of the same `seq`; the customer's others go. */
  readonly kept: ReadonlyArray<StoredEvent>
  /** What is written besides; the customer is not in it. */
  readonly changes: Changes
}

/**
 * Why the store could not do it: it cannot be reached or is busy (`unavailable`, nothing was written, try again),
 * what is stored cannot be read (`corrupt`), or it refused what it was given (`rejected`).
 * @since 0.1.0
 */
export class StoreError extends Data.TaggedError("StoreError")<{
  readonly reason: "unavailable" | "corrupt" | "rejected"
  readonly message: string
  readonly cause?: unknown
}> {}

/** What a driver offers. Every effect either does all of what it says or nothing. @since 0.1.0 */
export interface StoreShape {
  /**
   * Loads the customers and their channels, lets `work` decide, and writes its changes, all in one transaction that
   * no other on the same customers or channels overlaps. `work` is pure and may run more than once. What is under one of
   * the `leases` stays so until the transaction is over: nobody claims it meanwhile.
   */
  readonly transact: <A>(
    keys: ReadonlyArray<CustomerKey>,
    work: (loaded: Loaded) => { readonly changes: Changes; readonly value: A },
    leases?: ReadonlyArray<Lease>,
  ) => Effect.Effect<A, StoreError>
  /**
   * Loads one channel, lets `work` change it, and writes what it says; `undefined` leaves everything as it is. With
   * `call`, a change of the channel that was made under this id before is not made again.
   */
  readonly changeChannel: (
    channelId: string,
    work: (record: ChannelRecord | undefined) => ChannelChange | undefined,
    call?: CallId,
  ) => Effect.Effect<void, StoreError>
  /**
   * Keeps a customer's contacts, in place of what was kept before. What they opted out of stays, unless `optedOut` is
   * given: that is in its place.
   */
  readonly putCustomer: (key: CustomerKey, input: CustomerInput) => Effect.Effect<void, StoreError>
  /** A customer, known or not, opts out of something, once and for all: contacts that come later do not change it. */
  readonly optOut: (key: CustomerKey, from: OptedOut) => Effect.Effect<void, StoreError>
  /** A resume link by its name. */
  readonly resumeLink: (name: string) => Effect.Effect<KeptResumeLink | undefined, StoreError>
  /** Revokes a customer's resume links that are not revoked yet: those of a chat, or all of them. */
  readonly revokeLinks: (
    key: CustomerKey,
    chatId: string | undefined,
    atMs: number,
  ) => Effect.Effect<void, StoreError>
  /**
   * Loads what is known of a customer, lets `work` say what stays, removes all of theirs from customers, history,
   * outbox and links, and writes what stays, in one transaction as `transact` does. Afterwards what was removed cannot be read
   * from the store's files either, as far as the driver can see to it.
   */
  readonly forget: (key: CustomerKey, work: (known: Known) => Remains) => Effect.Effect<void, StoreError>
  /**
   * Removes up to `limit` events from before `beforeMs`, the oldest first, then ids of calls from before it and resume
   * links that ended before it, as far as there is room in `limit`; says how many of all.
   */
  readonly prune: (beforeMs: number, limit: number) => Effect.Effect<number, StoreError>
  /** Up to `limit` customers with something due at `nowMs` or before, the most overdue first. */
  readonly due: (nowMs: number, limit: number) => Effect.Effect<ReadonlyArray<CustomerKey>, StoreError>
  /**
   * Up to `limit` outbox items that may be sent at `nowMs` and are under nobody's lease; they are under the caller's
   * until `leaseUntilMs`. One that cannot be read is handed out as `unreadable`, and keeps none of the others back.
   */
  readonly claim: (
    nowMs: number,
    leaseUntilMs: number,
    limit: number,
  ) => Effect.Effect<ReadonlyArray<ClaimedItem>, StoreError>
  /**
   * Writes down which providers claimed items are about to go to. Gives the ids of those that still are under the lease
   * until `leaseUntilMs`; the others stay as they are.
   */
  readonly assign: (
    leaseUntilMs: number,
    assignments: ReadonlyArray<Assignment>,
  ) => Effect.Effect<ReadonlyArray<string>, StoreError>
  /** Gives claimed items back; those no longer under the lease until `leaseUntilMs` stay as they are. */
  readonly postpone: (
    leaseUntilMs: number,
    postponements: ReadonlyArray<Postponement>,
  ) => Effect.Effect<void, StoreError>
  /** The first instant after `afterMs` at which something is due or may be claimed; `null` for none. */
  readonly nextInstant: (afterMs: number) => Effect.Effect<number | null, StoreError>
  /** One channel. */
  readonly channel: (channelId: string) => Effect.Effect<ChannelRecord | undefined, StoreError>
  /** One customer's history, oldest first. */
  readonly history: (key: CustomerKey) => Effect.Effect<ReadonlyArray<FollowUpEvent>, StoreError>
  /** The events behind a part of the post log, oldest first: requests and exclusions asked for, and what became of them. */
  readonly log: (query: LogQuery) => Effect.Effect<ReadonlyArray<StoredEvent>, StoreError>
  /** A channel's ledger entries that use PU or give it back, possibly summed up by month and all else they name. */
  readonly usage: (channelId: string) => Effect.Effect<ReadonlyArray<UsageEntry>, StoreError>
  /**
   * Up to `limit` notices that the host may be told at `nowMs` and that are under nobody's lease, those that wait
   * longest first; they are under the caller's until `leaseUntilMs`. A notice may be told from its own instant on.
   */
  readonly claimNotices: (
    nowMs: number,
    leaseUntilMs: number,
    limit: number,
  ) => Effect.Effect<ReadonlyArray<ClaimedNotice>, StoreError>
  /**
   * Ends the lease of a notice: it may be claimed again from `againAtMs` on, or never more (`null`: it was told). One that
   * was told stays told, also when a process that stood still comes late.
   */
  readonly releaseNotice: (seq: number, againAtMs: number | null) => Effect.Effect<void, StoreError>
  /** What a channel was told, oldest first. */
  readonly notices: (channelId: string) => Effect.Effect<ReadonlyArray<Notice>, StoreError>
  /** Up to `limit` events with a greater `seq`, oldest first. */
  readonly eventsAfter: (seq: number, limit: number) => Effect.Effect<ReadonlyArray<StoredEvent>, StoreError>
  /** The greatest `seq` there is; 0 for none. */
  readonly lastSeq: Effect.Effect<number, StoreError>
}

/** The store as a service. @since 0.1.0 */
export class Store extends Context.Service<Store, StoreShape>()("followup/Store") {}
