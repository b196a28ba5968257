/**
 * What a host asks: why, how much, what was sent, and what happens from now on. Rules R16, R19, R20.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { type UsageReport, usageReport } from "../core/billing/usage.ts"
import { Id } from "../core/decode.ts"
import { type Explanation, explain } from "../core/history/explain.ts"
import { type LogEntry, type PostLogEntry, postLog } from "../core/history/post-log.ts"
import type { Policy } from "../core/policy.ts"
import * as Calls from "../ports/calls.ts"
import type { Notice, StoredEvent, StoreShape } from "../ports/store.ts"
import type { Engine } from "./engine.ts"
import { decodeCall, type FollowUpsError } from "./error.ts"
import { knownChannel } from "./kept.ts"
import { readLog } from "./log-page.ts"
import type { Quarantined } from "./quarantine.ts"

/** What a host asks. @since 0.1.0 */
export interface AskedCalls {
  /** Why a message was followed up, or was not. R20. */
  readonly explain: (call: Calls.ExplainCall) => Effect.Effect<Explanation, FollowUpsError>
  /** A channel's usage and prices; the sums of one month if named. R19. */
  readonly usage: (
    channelId: string,
    period?: Calls.UsagePeriod,
  ) => Effect.Effect<UsageReport, FollowUpsError>
  /** A part of a channel's post log, newest first. R20. */
  readonly log: (call: Calls.LogCall) => Effect.Effect<ReadonlyArray<LogEntry>, FollowUpsError>
  /** Everything sent, and not sent, to one customer, oldest first. R20. */
  readonly sentTo: (whose: Calls.Whose) => Effect.Effect<ReadonlyArray<PostLogEntry>, FollowUpsError>
  /** What a channel was told of its usage and its domain, oldest first. R14, R16. */
  readonly notices: (channelId: string) => Effect.Effect<ReadonlyArray<Notice>, FollowUpsError>
  /** Customers of whom something is due that this process could not decide; it tries again every minute. */
  readonly quarantine: () => Effect.Effect<ReadonlyArray<Quarantined>>
  /** Every event from now on, or after `after` (a `seq`), as it is committed. */
  readonly events: (options?: {
    readonly after?: number | undefined
  }) => Stream.Stream<StoredEvent, FollowUpsError>
}

const WhichChannel = Schema.Struct({ channelId: Id })

/** How many events are read from the store at a time for `events`. */
const EVENTS_PAGE = 100

/** How many entries `log` gives unless asked for another number. */
const LOG_LIMIT = 100

const follow = (engine: Engine, store: StoreShape, start: number) => {
  let listening: Effect.Effect<void> | undefined
  return Stream.paginate(start, (seq: number) =>
    Effect.gen(function* () {
      for (;;) {
        // Listening starts before looking, so that nothing is committed unseen in between; and it goes on over as many
        // pages as there are.
        listening ??= yield* engine.listen
        const page = yield* engine.ask(store.eventsAfter(seq, EVENTS_PAGE))
        const last = page.at(-1)
        if (last !== undefined) return [page, Option.some(last.seq)] as const
        yield* listening
        listening = undefined
      }
    }).pipe(
      // With an engine that closes ends what there is to follow.
      Effect.catchIf(
        ({ reason }) => reason === "closed",
        () => Effect.succeed([[], Option.none<number>()] as const),
      ),
    ),
  )
}

/** The calls by which a host asks. Total. @since 0.1.0 */
export const askedCalls = (engine: Engine, store: StoreShape, policy: Policy): AskedCalls => ({
  explain: (input) =>
    Effect.gen(function* () {
      const { messageId, chatId, ...key } = yield* decodeCall("explain", Calls.ExplainCallSchema, input)
      const history = yield* engine.ask(store.history(key))
      return explain(history, messageId, chatId, key.customerId)
    }),
  usage: (which, period) =>
    Effect.gen(function* () {
      const { channelId } = yield* decodeCall("usage", WhichChannel, { channelId: which })
      const { month } = yield* decodeCall("usage", Calls.UsagePeriodSchema, period ?? {})
      const { ledger } = yield* knownChannel(engine, store, channelId)
      const entries = yield* engine.ask(store.usage(channelId))
      return usageReport(entries, {
        prices: policy.prices,
        atMs: yield* Clock.currentTimeMillis,
        ledger,
        ...(month !== undefined && { month }),
      })
    }),
  log: (input) =>
    Effect.gen(function* () {
      const { limit = LOG_LIMIT, before, ...whose } = yield* decodeCall("log", Calls.LogCallSchema, input)
      const query = { ...whose, limit, ...(before !== undefined && { beforeSeq: before }) }
      return yield* engine.ask(readLog(store, query))
    }),
  sentTo: (input) =>
    Effect.gen(function* () {
      const key = yield* decodeCall("sentTo", Calls.WhoseSchema, input)
      const history = yield* engine.ask(store.history(key))
      return postLog(history.map((event) => ({ customerId: key.customerId, event })))
    }),
  notices: (which) =>
    Effect.gen(function* () {
      const { channelId } = yield* decodeCall("notices", WhichChannel, { channelId: which })
      return yield* engine.ask(store.notices(channelId))
    }),
  quarantine: () => Effect.sync(engine.quarantined),
  events: (from) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const { after } = yield* decodeCall("events", Calls.EventsCallSchema, from ?? {})
        const start = yield* engine.ask(after === undefined ? store.lastSeq : Effect.succeed(after))
        return follow(engine, store, start)
      }),
    ),
})
