/**
 * What a host can call, put together from the engine and the store. Rules R1–R20.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { makePolicy, type PolicyInput, PolicyInputSchema } from "../core/policy.ts"
import type { Directory } from "../ports/directory.ts"
import { Store } from "../ports/store.ts"
import { type AskedCalls, askedCalls } from "./asked.ts"
import { makeEngine } from "./engine.ts"
import { decodeCall, FollowUpsError } from "./error.ts"
import { type KeptCalls, keptCalls } from "./kept.ts"
import { defaultNotices, type OnNotice } from "./notifier.ts"
import { type AnyTransport, byVia, defaultSend, type Transports } from "./sender.ts"
import type { EnginePolicy } from "./setting.ts"
import { type ToldCalls, toldCalls } from "./told.ts"
import { watchedStore } from "./watched-store.ts"

/** What a host sets up. Everything but the store may be left out. @since 0.1.0 */
export interface FollowUpsOptions {
  /** One transport at most for each of push, SNS, XMS and email; a leg without one is not sent. */
  readonly transports?: ReadonlyArray<AnyTransport>
  /** The host's own data; left out, the engine keeps what `customer` and `channel` tell it. */
  readonly directory?: Directory
  /**
   * Told of each notice: at least once, and exactly once if the host remembers the ids that it has taken. Left out,
   * notices wait in the store, for `notices` to read and for a process that takes them.
   */
  readonly onNotice?: OnNotice
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
  pruneEveryMs: 3_600_000,
  pruneBatch: 1_000,
  send: defaultSend,
  notices: defaultNotices,
}

/**
 * What a host calls. Everything that changes something succeeds once it is committed, and may be repeated: the same
 * input twice changes nothing.
 * @since 0.1.0
 */
export interface FollowUpsShape extends ToldCalls, KeptCalls, AskedCalls {}

const transportsOf = (transports: ReadonlyArray<AnyTransport>): Effect.Effect<Transports, FollowUpsError> => {
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
  const store = watchedStore(yield* Store)
  const policy = makePolicy(yield* decodeCall(PolicyInputSchema, options.policy ?? {}))
  const engine = yield* makeEngine({
    policy,
    engine: { ...defaultEngine, ...options.engine },
    transports: yield* transportsOf(options.transports ?? []),
    directory: options.directory,
    onNotice: options.onNotice,
  }).pipe(Effect.provideService(Store, store))
  const shape: FollowUpsShape = {
    ...toldCalls(engine),
    ...keptCalls(engine, store, policy),
    ...askedCalls(engine, store, policy),
  }
  return shape
})
