/**
 * What a host can call, made from the engine and the store. Rules R1–R20.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { type UsageReport, usageReport } from "../core/billing/usage.ts"
import type { Input } from "../core/customer/input.ts"
import { parseDeliveryId } from "../core/customer/state.ts"
import { type Explanation, explain } from "../core/history/explain.ts"
import { type PostLogEntry, postLog } from "../core/history/post-log.ts"
import { makePolicy, type PolicyInput, PolicyInputSchema } from "../core/policy.ts"
import type { Directory } from "../ports/directory.ts"
import {
  type ChannelChange,
  type ChannelRecord,
  type CustomerKey,
  type Notice,
  Store,
  type StoredEvent,
} from "../ports/store.ts"
import { hostSays, recorded, toppedUp } from "./channel-change.ts"
import { type EnginePolicy, makeEngine } from "./engine.ts"
import { decodeCall, FollowUpsError, refused, storeFailed, unknownChannel } from "./error.ts"
import * as Calls from "./inputs.ts"
import { type AnyTransport, byVia, defaultSend, type Transports } from "./sender.ts"

/** What a host sets up. Everything but the store may be left out. @since 0.1.0 */
export interface FollowUpsOptions {
  /** One transport at most for each of push, SNS, XMS and email; a leg without one is not sent. */
  readonly transports?: ReadonlyArray<AnyTransport>
  /** The host's own data; left out, the engine keeps what `customer` and `channel` tell it. */
  readonly directory?: Directory
  /** The product's numbers and choices, where they differ from the defaults. */
  readonly policy?: PolicyInput
  /** How the engine works, where it differs from the defaults. */
  readonly engine?: Partial<EnginePolicy>
}

/** The engine's own numbers. @since 0.1.0 */
export const defaultEngine: EnginePolicy = {
  maxBatch: 256,
  maxWaiting: 10_000,
  maxSends: 64,
  leaseMs: 60_000,
  pollMs: 1_000,
  directoryTimeoutMs: 5_000,
  closeTimeoutMs: 20_000,
  send: defaultSend,
}

type Done<A = void> = Effect.Effect<A, FollowUpsError>

/**
 * What a host calls. Everything that changes something succeeds once it is committed, and may be repeated: the same
 * input twice changes nothing.
 * @since 0.1.0
 */
export interface FollowUpsShape {
  /** A customer's browser or app reports. R2. */
  readonly presence: (call: Calls.PresenceCall) => Done
  /** Somebody wrote in a chat. R1, R4, R5. */
  readonly message: (call: Calls.MessageCall) => Done
  /** The customer has seen a chat up to a message. R1. */
  readonly read: (call: Calls.ReadCall) => Done
  /** News of a delivery. R7. */
  readonly receipt: (call: Calls.ReceiptCall) => Done
  /** Keeps a customer's contacts, in place of what was kept before. */
  readonly customer: (call: Calls.CustomerCall) => Done
  /** Keeps a channel, in place of what was kept before; its usage goes on. */
  readonly channel: (call: Calls.ChannelCall) => Done
  /** Counts usage that happened elsewhere against the channel's quota. R5, R16. */
  readonly recordUsage: (call: Calls.UsageCall) => Done
  /** Adds prepaid PU. R17. */
  readonly topUp: (call: Calls.TopUpCall) => Done
  /** Why a message was followed up, or was not. R20. */
  readonly explain: (call: Calls.ExplainCall) => Done<Explanation>
  /** A channel's usage and prices. R19. */
  readonly usage: (channelId: string) => Done<UsageReport>
  /** A part of a channel's post log, newest first. R20. */
  readonly log: (call: Calls.LogCall) => Done<ReadonlyArray<PostLogEntry>>
  /** Everything sent, and not sent, to one customer, oldest first. R20. */
  readonly sentTo: (whose: Calls.Whose) => Done<ReadonlyArray<PostLogEntry>>
  /** What a channel was told of its usage, oldest first. R16. */
  readonly notices: (channelId: string) => Done<ReadonlyArray<Notice>>
  /** Every event from now on, or after `after` (a `seq`), as it is committed. */
  readonly events: (options?: { readonly after?: number }) => Stream.Stream<StoredEvent, FollowUpsError>
}

/** How many events are read from the store at a time for `events`. */
const EVENTS_PAGE = 100

const LOG_LIMIT = 100

const transportsOf = (transports: ReadonlyArray<AnyTransport>): Done<Transports> => {
  const twice = transports.filter(
    (one, index) => transports.findIndex((other) => other.via === one.via) < index,
  )
  return twice.length === 0
    ? Effect.succeed(byVia(transports))
    : Effect.fail(
        new FollowUpsError({
          reason: "bad-input",
          message: `transports: expected one a leg, but several are for ${twice.map((one) => one.via).join(", ")}`,
        }),
      )
}

/** Makes what a host calls, in the current scope, over the store in the context. @since 0.1.0 */
export const makeFollowUps = Effect.fnUntraced(function* (options: FollowUpsOptions = {}) {
  const store = yield* Store
  const policy = makePolicy(yield* decodeCall(PolicyInputSchema, options.policy ?? {}))
  const transports = yield* transportsOf(options.transports ?? [])
  const setting = {
    policy,
    engine: { ...defaultEngine, ...options.engine },
    transports,
    directory: options.directory,
  }
  const engine = yield* makeEngine(setting)

  const submit = (key: CustomerKey, input: Input): Done =>
    engine
      .submit(key, input)
      .pipe(
        Effect.flatMap((result) =>
          Result.isFailure(result) ? Effect.fail(refused(result.failure)) : Effect.void,
        ),
      )

  const channelRecord = (channelId: string): Done<ChannelRecord> =>
    store.channel(channelId).pipe(
      Effect.mapError(storeFailed),
      Effect.flatMap((record) =>
        record === undefined ? Effect.fail(unknownChannel(channelId)) : Effect.succeed(record),
      ),
    )

  const change = (
    channelId: string,
    work: (record: ChannelRecord | undefined) => ChannelChange | undefined,
  ): Done =>
    store.changeChannel(channelId, work).pipe(Effect.mapError(storeFailed), Effect.andThen(engine.nudge))

  const changeKnown = (channelId: string, work: (record: ChannelRecord) => ChannelChange): Done =>
    channelRecord(channelId).pipe(
      Effect.andThen(change(channelId, (record) => (record === undefined ? undefined : work(record)))),
    )

  const follow = (start: number) =>
    Stream.paginate(start, (seq: number) =>
      Effect.gen(function* () {
        while (yield* engine.isOpen) {
          // Listening starts before looking, so that nothing is committed unseen in between.
          const changed = yield* engine.listen
          const page = yield* store.eventsAfter(seq, EVENTS_PAGE).pipe(Effect.mapError(storeFailed))
          const last = page.at(-1)
          if (last !== undefined) return [page, Option.some(last.seq)] as const
          yield* changed
        }
        return [[], Option.none<number>()] as const
      }),
    )

  const at = (atMs: number | undefined) =>
    atMs === undefined ? Clock.currentTimeMillis : Effect.succeed(atMs)

  const shape: FollowUpsShape = {
    presence: (input) =>
      Effect.gen(function* () {
        const { channelId, customerId, ...call } = yield* decodeCall(Calls.PresenceCallSchema, input)
        yield* submit(
          { channelId, customerId },
          { _tag: "PresenceSignal", ...call, atMs: yield* at(call.atMs) },
        )
      }),
    message: (input) =>
      Effect.gen(function* () {
        const { channelId, customerId, ...call } = yield* decodeCall(Calls.MessageCallSchema, input)
        const { purpose = "chat" } = call
        yield* submit(
          { channelId, customerId },
          { _tag: "Message", ...call, purpose, atMs: yield* at(call.atMs) },
        )
      }),
    read: (input) =>
      Effect.gen(function* () {
        const { channelId, customerId, ...call } = yield* decodeCall(Calls.ReadCallSchema, input)
        yield* submit({ channelId, customerId }, { _tag: "Read", ...call, atMs: yield* at(call.atMs) })
      }),
    receipt: (input) =>
      Effect.gen(function* () {
        const call = yield* decodeCall(Calls.ReceiptCallSchema, input)
        const { deliveryId } = call
        const key = parseDeliveryId(deliveryId)
        if (key === undefined) return yield* Effect.fail(refused({ _tag: "UnknownDelivery", deliveryId }))
        yield* submit(key, { _tag: "Receipt", ...call, atMs: yield* at(call.atMs) })
      }),
    customer: (input) =>
      Effect.gen(function* () {
        const { channelId, ...customer } = yield* decodeCall(Calls.CustomerCallSchema, input)
        yield* store
          .putCustomer({ channelId, customerId: customer.id }, customer)
          .pipe(Effect.mapError(storeFailed))
      }),
    channel: (input) =>
      Effect.gen(function* () {
        const call = yield* decodeCall(Calls.ChannelCallSchema, input)
        yield* change(call.id, hostSays(call, policy))
      }),
    recordUsage: (input) =>
      Effect.gen(function* () {
        const call = yield* decodeCall(Calls.UsageCallSchema, input)
        const atMs = yield* Clock.currentTimeMillis
        yield* changeKnown(call.channelId, recorded(call, atMs, policy))
      }),
    topUp: (input) =>
      Effect.gen(function* () {
        const call = yield* decodeCall(Calls.TopUpCallSchema, input)
        yield* changeKnown(call.channelId, toppedUp(call.pu))
      }),
    explain: (input) =>
      Effect.gen(function* () {
        const { messageId, chatId, ...key } = yield* decodeCall(Calls.ExplainCallSchema, input)
        return explain(yield* store.history(key).pipe(Effect.mapError(storeFailed)), messageId, chatId)
      }),
    usage: (channelId) =>
      Effect.gen(function* () {
        const { ledger } = yield* channelRecord(channelId)
        const entries = yield* store.usage(channelId).pipe(Effect.mapError(storeFailed))
        return usageReport(entries, { prices: policy.prices, atMs: yield* Clock.currentTimeMillis, ledger })
      }),
    log: (input) =>
      Effect.gen(function* () {
        const { limit = LOG_LIMIT, before, ...whose } = yield* decodeCall(Calls.LogCallSchema, input)
        const query = { ...whose, limit, ...(before !== undefined && { beforeSeq: before }) }
        const events = yield* store.log(query).pipe(Effect.mapError(storeFailed))
        return postLog(events.map(({ key, event }) => ({ customerId: key.customerId, event }))).toReversed()
      }),
    sentTo: (input) =>
      Effect.gen(function* () {
        const key = yield* decodeCall(Calls.WhoseSchema, input)
        const history = yield* store.history(key).pipe(Effect.mapError(storeFailed))
        return postLog(history.map((event) => ({ customerId: key.customerId, event })))
      }),
    notices: (channelId) => store.notices(channelId).pipe(Effect.mapError(storeFailed)),
    events: (from) =>
      Stream.unwrap(
        (from?.after === undefined
          ? store.lastSeq.pipe(Effect.mapError(storeFailed))
          : Effect.succeed(from.after)
        ).pipe(Effect.map(follow)),
      ),
  }
  return shape
})
