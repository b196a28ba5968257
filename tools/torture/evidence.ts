/**
 * What a run leaves behind for the audit: what was told, what the provider saw, and what the database says.
 */

import type { PuLedger } from "../../src/core/billing/ledger.ts"
import type { UsageEntry } from "../../src/core/billing/usage.ts"
import type { ChannelInput } from "../../src/core/directory.ts"
import type { Policy } from "../../src/core/policy.ts"
import type { Notice, RejectReason, StoredEvent, Via } from "../../src/engine/index.ts"

/**
 * What the provider makes of a request. `repeated`: its key was accepted before. `dropped`: the connection was cut
 * before it was taken. Of what is `refused` or `throttled`, nothing is sent.
 */
export type Verdict = "accepted" | "repeated" | "refused" | "throttled" | "dropped"

/** How it answers: `late` may be too late, `never` holds the connection, `cuts` closes it without a word. */
export type Manner = "at-once" | "late" | "never" | "cuts"

/** A request to send, as the provider wrote it down before it answered. */
export interface SendRequest {
  readonly _tag: "Send"
  readonly atMs: number
  /** Which life of which process asked. */
  readonly from: string
  readonly via: Via
  readonly deliveryId: string
  readonly key: string
  /** One device of a push, the customer of everything else. */
  readonly recipient: string
  readonly hash: string
  readonly text: string
  readonly kind: "SMS" | "LMS" | null
  readonly country: string | null
  readonly segments: number | null
  readonly verdict: Verdict
  readonly manner: Manner
  readonly delivered: boolean
}

/** A question what became of a delivery, and the answer. */
export interface LookupRequest {
  readonly _tag: "Lookup"
  readonly atMs: number
  readonly from: string
  readonly deliveryId: string
  readonly answer: "Accepted" | "Rejected"
}

/** A receipt that an engine process answered: it took it, or said that it makes no sense. */
export interface PostedReceipt {
  readonly _tag: "Receipt"
  readonly atMs: number
  readonly deliveryId: string
  readonly status: "received" | "delivered" | "failed"
  readonly reason: RejectReason | null
  readonly by: string
  readonly answer: "acknowledged" | "refused"
}

/** A notice that the host was told. */
export interface ToldNotice {
  readonly _tag: "Notice"
  readonly atMs: number
  readonly id: string
  readonly channelId: string
  readonly notice: Notice
}

/** A line of the provider's log about a delivery. */
export type ProviderRecord = SendRequest | LookupRequest | PostedReceipt

/** What a host tells of a customer. */
export type Told =
  | {
      readonly call: "presence"
      readonly channelId: string
      readonly customerId: string
      readonly sessionId: string
      readonly atMs: number
    }
  | {
      readonly call: "message"
      readonly channelId: string
      readonly customerId: string
      readonly chatId: string
      readonly messageId: string
      readonly from: "customer" | "manager" | "bot"
    }
  | {
      readonly call: "read"
      readonly channelId: string
      readonly customerId: string
      readonly chatId: string
      /** The chat's messages that it covers. */
      readonly messageIds: ReadonlyArray<string>
    }

/** Something that was told until an engine process acknowledged it. */
export interface Acknowledged {
  readonly told: Told
  readonly ackedAtMs: number
  /** How often it was told; more than once where a process died before it had answered. */
  readonly tries: number
}

/** A channel as the store gives it. */
export interface ChannelEvidence {
  readonly input: ChannelInput
  readonly ledger: PuLedger
  readonly usage: ReadonlyArray<UsageEntry>
  readonly notices: ReadonlyArray<Notice>
  /** The events behind its post log. */
  readonly log: ReadonlyArray<StoredEvent>
}

/** Everything that the audit looks at. */
export interface Evidence {
  readonly policy: Policy
  /** Where the provider sends once for one key. */
  readonly honoursKeys: Readonly<Record<Via, boolean>>
  readonly events: ReadonlyArray<StoredEvent>
  readonly channels: ReadonlyArray<ChannelEvidence>
  /** Delivery ids that are still in the outbox. */
  readonly outbox: ReadonlyArray<string>
  readonly acknowledged: ReadonlyArray<Acknowledged>
  readonly provider: ReadonlyArray<ProviderRecord>
  /** What the host was told of channels' usage, possibly more than once. */
  readonly told: ReadonlyArray<ToldNotice>
  /** What went wrong while it ran: processes that ended by themselves, inputs that were refused, time that ran out. */
  readonly accidents: ReadonlyArray<string>
}

/** Something that must never be. `about`: the ids that it concerns. */
export interface Violation {
  /** Which law was broken. */
  readonly law: string
  readonly about: string
  readonly expected: string
  readonly found: string
}
