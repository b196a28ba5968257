/**
 * What the store contract's cases write, and how they compare what they read.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { openLedger } from "../../core/billing/ledger.ts"
import type { EventOf, FollowUpEvent } from "../../core/customer/event.ts"
import type { CustomerState } from "../../core/customer/state.ts"
import {
  type Changes,
  type ChannelRecord,
  type CustomerKey,
  noChanges,
  type OutboxItem,
  type Postponement,
  type StoredEntry,
  type StoreError,
  type StoreShape,
} from "../../ports/store.ts"

/** A case of the contract: it succeeds, or throws an Error that says what is wrong. @since 0.1.0 */
export type Cases = Readonly<Record<string, (store: StoreShape) => Effect.Effect<void, StoreError>>>

/** Whether an effect came to anything but success, defects included. @since 0.1.0 */
export const failed = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<boolean> =>
  Effect.exit(effect).pipe(Effect.map((exit) => exit._tag === "Failure"))

/** A customer of the channel `acme`, unless another is named. @since 0.1.0 */
export const keyOf = (customerId: string, channelId = "acme"): CustomerKey => ({ channelId, customerId })

/** A channel that has used so many thousandths of a PU. @since 0.1.0 */
export const channelWith = (usedMilli: number, id = "acme"): ChannelRecord => ({
  input: { id, name: "Acme", country: "KR", plan: { kind: "free" } },
  ledger: openLedger({ kind: "free" }, usedMilli),
})

/** A customer's state that can be told from others by a number. @since 0.1.0 */
export const stateOf = (mark: number): CustomerState => ({
  sessions: { s: { page: "Viewing", sinceMs: 0, lastActiveAtMs: mark, lastSignalAtMs: mark } },
  chats: { 'c"1': { customerWrote: true, messageIds: ["m1", "메시지"], waiting: [] } },
  followUps: {},
})

/** The number of a state made by `stateOf`; 0 for none. @since 0.1.0 */
export const markOf = (state: CustomerState | undefined): number => state?.sessions["s"]?.lastActiveAtMs ?? 0

/** Writes changes in one transaction over the keys that they name. @since 0.1.0 */
export const write = (store: StoreShape, changes: Partial<Changes>): Effect.Effect<void, StoreError> =>
  store.transact(
    (changes.customers ?? []).map(({ key }) => key),
    () => ({ changes: { ...noChanges, ...changes }, value: undefined }),
  )

/** A customer to be written, with what is due and nothing else of note. @since 0.1.0 */
export const customerDue = (
  customerId: string,
  dueAtMs: number | null,
  mark = 1,
): Changes["customers"][number] => ({
  key: keyOf(customerId),
  record: { input: undefined, state: stateOf(mark) },
  dueAtMs,
})

/** A text that is to be sent from `notBeforeMs` on. @since 0.1.0 */
export const itemOf = (deliveryId: string, notBeforeMs: number, followUpId = "follow-up"): OutboxItem => ({
  deliveryId,
  followUpId,
  key: keyOf("cust-1"),
  via: "sns",
  message: {
    via: "sns",
    channelId: "acme",
    customerId: "cust-1",
    chatId: "c1",
    to: "+821012345678",
    country: "KR",
    text: `It's "in stock"; 네 👍\n`,
    link: null,
  },
  notBeforeMs,
  expiresAtMs: 1_000_000,
  providers: ["one"],
  leaseUntilMs: null,
})

/** A claimed message given back, not interrupted and to the same provider, unless told otherwise. @since 0.1.0 */
export const backAt = (
  deliveryId: string,
  notBeforeMs: number,
  more: Partial<Postponement> = {},
): Postponement => ({
  deliveryId,
  notBeforeMs,
  attempts: 1,
  interrupted: false,
  providers: ["one"],
  refused: [],
  ...more,
})

/** An event that is not in the post log. @since 0.1.0 */
export const signalled = (atMs: number): FollowUpEvent => ({
  _tag: "SessionChanged",
  atMs,
  rule: "R2",
  sessionId: "s",
  session: { page: "Viewing", sinceMs: 0, lastActiveAtMs: atMs, lastSignalAtMs: atMs },
})

const about = (deliveryId: string, atMs: number) =>
  ({ atMs, followUpId: "follow-up", chatId: "c1", deliveryId, via: "sns" }) as const

/** A text was asked for. @since 0.1.0 */
export const requested = (deliveryId: string, atMs: number): EventOf<"DeliveryRequested"> => ({
  _tag: "DeliveryRequested",
  rule: "R9",
  ...about(deliveryId, atMs),
  messageIds: ["m2"],
  content: { via: "sns", text: `It's "in stock"; 네 👍\n`, cut: false },
  country: "KR",
  deadlineMs: null,
  expiresAtMs: atMs + 1_000,
  entry: null,
})

/** A text arrived. @since 0.1.0 */
export const settled = (deliveryId: string, atMs: number): EventOf<"DeliverySettled"> => ({
  _tag: "DeliverySettled",
  rule: "R9",
  ...about(deliveryId, atMs),
  outcome: "delivered",
  reason: null,
  code: null,
  entry: null,
})

/** A reply was not followed up. @since 0.1.0 */
export const excluded = (messageId: string, atMs: number): EventOf<"Excluded"> => ({
  _tag: "Excluded",
  atMs,
  rule: "R4",
  followUpId: null,
  chatId: "c1",
  messageIds: [messageId],
  legs: [],
  carrier: null,
  reason: "manager-initiated",
  detail: "a manager started the chat",
  entry: null,
})

/** A movement in a ledger. @since 0.1.0 */
export const entryOf = (op: StoredEntry["op"], milliPu: number, atMs: number): StoredEntry => ({
  op,
  milliPu,
  kind: "SMS",
  country: "KR",
  purpose: "follow-up",
  units: 1,
  messages: 1,
  atMs,
})
