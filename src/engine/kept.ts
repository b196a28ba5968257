/**
 * What a host lets the engine keep: channels, contacts, prepayments, usage from elsewhere and checks of their
 * domains. Rules R5, R14–R17.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Calls from "../ports/calls.ts"
import { callName, domainChecked, hostSays, recorded, toppedUp } from "../ports/channel-change.ts"
import { unsignedToken } from "../ports/customer-links.ts"
import type { CallId, ChannelChange, ChannelRecord, StoreShape } from "../ports/store.ts"
import type { Engine } from "./engine.ts"
import { badInput, decodeCall, type FollowUpsError, unknownChannel } from "./error.ts"
import { forgetting } from "./forgetting.ts"
import type { EngineSetting } from "./setting.ts"

/** What a host lets the engine keep. @since 0.1.0 */
export interface KeptCalls {
  /**
   * Keeps a customer's contacts, in place of what was kept before. What they opted out of themselves stays, unless
   * `optedOut` is given: that is in its place. Where a directory has the contacts, it is `bad-input`: nobody would look
   * at what was kept. R15.
   */
  readonly customer: (call: Calls.CustomerCall) => Effect.Effect<void, FollowUpsError>
  /**
   * Keeps a channel, in place of what was kept before; its usage goes on. Where a directory has the channels, it makes one
   * known before anything happens in it, for `topUp` and the like, with its `usedPu`; the rest is the directory's.
   */
  readonly channel: (call: Calls.ChannelCall) => Effect.Effect<void, FollowUpsError>
  /**
   * A customer wants no more of something. It holds until `customer` gives another `optedOut`. Where a directory has the
   * contacts, it is `bad-input`: they are the host's to change. R15.
   */
  readonly optOut: (call: Calls.OptOutCall) => Effect.Effect<void, FollowUpsError>
  /** Counts usage that happened elsewhere against the channel's quota; once, if it is named by an `id`. R5, R16. */
  readonly recordUsage: (call: Calls.UsageCall) => Effect.Effect<void, FollowUpsError>
  /**
   * Forgets a customer: contacts, messages on their way and all that was said go; the post log keeps its lines without
   * words and under a name that says nothing, and the ledger what was paid. What has not left is taken back and gives
   * its PU back. One who is not known is forgotten already. R16, R20.
   */
  readonly forget: (whose: Calls.Whose) => Effect.Effect<void, FollowUpsError>
  /**
   * What a check of the channel's linked domain came to. Mail comes from the domain once it passed; when it goes on failing,
   * mail comes from the default domain until it passes again, and the channel is told of both. R14.
   */
  readonly domainCheck: (call: Calls.DomainCheckCall) => Effect.Effect<void, FollowUpsError>
  /** Adds prepaid PU; once, if it is named by an `id`. R17. */
  readonly topUp: (call: Calls.TopUpCall) => Effect.Effect<void, FollowUpsError>
}

/** One channel, which must be known. @since 0.1.0 */
export const knownChannel = (
  engine: Pick<Engine, "ask">,
  store: StoreShape,
  channelId: string,
): Effect.Effect<ChannelRecord, FollowUpsError> =>
  Effect.flatMap(engine.ask(store.channel(channelId)), (record) =>
    record === undefined ? Effect.fail(unknownChannel(channelId)) : Effect.succeed(record),
  )

const callId = (name: string | undefined, atMs: number): CallId | undefined =>
  name === undefined ? undefined : { id: name, atMs }

// A channel changed, whether it is known or not, or only if it is.
const changing = (engine: Engine, store: StoreShape) => {
  const change = (
    channelId: string,
    work: (record: ChannelRecord | undefined) => ChannelChange | undefined,
    call?: CallId,
  ): Effect.Effect<void, FollowUpsError> =>
    Effect.andThen(engine.ask(store.changeChannel(channelId, work, call)), engine.nudge)
  const changeKnown = (
    channelId: string,
    work: (record: ChannelRecord) => ChannelChange | undefined,
    call?: CallId,
  ) =>
    knownChannel(engine, store, channelId).pipe(
      Effect.andThen(change(channelId, (record) => (record === undefined ? undefined : work(record)), call)),
    )
  return { change, changeKnown }
}

/** The calls by which a host lets the engine keep something. Total. @since 0.1.0 */
export const keptCalls = (
  engine: Engine,
  store: StoreShape,
  { policy, directory, links }: Pick<EngineSetting, "policy" | "directory" | "links">,
): KeptCalls => {
  const { change, changeKnown } = changing(engine, store)
  const keepsContacts = (call: string): Effect.Effect<void, FollowUpsError> =>
    directory === undefined
      ? Effect.void
      : Effect.fail(
          badInput(
            `${call}: expected contacts that followup keeps; those in your directory are yours to change there`,
          ),
        )
  return {
    customer: (input) =>
      Effect.gen(function* () {
        const { channelId, ...customer } = yield* decodeCall("customer", Calls.CustomerCallSchema, input)
        yield* keepsContacts("customer")
        const key = { channelId, customerId: customer.id }
        yield* engine.ask(store.putCustomer(key, customer))
      }),
    channel: (input) =>
      Effect.gen(function* () {
        const call = yield* decodeCall("channel", Calls.ChannelCallSchema, input)
        const unsigned = unsignedToken(call.chatUrl, links)
        if (unsigned !== undefined) yield* badInput(`channel: ${unsigned}`)
        yield* change(call.id, hostSays(call, policy))
      }),
    optOut: (input) =>
      Effect.gen(function* () {
        const { via, ...key } = yield* decodeCall("optOut", Calls.OptOutCallSchema, input)
        yield* keepsContacts("optOut")
        yield* engine.ask(store.optOut(key, via))
      }),
    recordUsage: (input) =>
      Effect.gen(function* () {
        const call = yield* decodeCall("recordUsage", Calls.UsageCallSchema, input)
        const atMs = yield* Clock.currentTimeMillis
        yield* changeKnown(
          call.channelId,
          recorded(call, atMs, policy),
          callId(callName("recordUsage", call), atMs),
        )
      }),
    forget: (input) =>
      Effect.gen(function* () {
        const key = yield* decodeCall("forget", Calls.WhoseSchema, input)
        // Drawn by lot: a name made from the id could be found again by trying ids.
        const name = `forgotten-${yield* Effect.sync(() => crypto.randomUUID())}`
        const nowMs = yield* Clock.currentTimeMillis
        yield* engine.ask(store.forget(key, forgetting(key, name, nowMs, policy)))
        yield* engine.nudge
      }),
    domainCheck: (input) =>
      Effect.gen(function* () {
        const { channelId, ...check } = yield* decodeCall("domainCheck", Calls.DomainCheckCallSchema, input)
        const atMs = yield* Clock.currentTimeMillis
        yield* changeKnown(channelId, domainChecked({ ...check, atMs }, policy))
      }),
    topUp: (input) =>
      Effect.gen(function* () {
        const call = yield* decodeCall("topUp", Calls.TopUpCallSchema, input)
        const atMs = yield* Clock.currentTimeMillis
        yield* changeKnown(call.channelId, toppedUp(call.pu), callId(callName("topUp", call), atMs))
      }),
  }
}
