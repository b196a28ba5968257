/**
 * What a host can call, put together from the engine and the store. Rules R1–R20.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { defaultEmailPolicy } from "../core/email/policy.ts"
import { makePolicy, type PolicyInput, PolicyInputSchema } from "../core/policy.ts"
import { attemptMs, defaultSend } from "../ports/attempt.ts"
import type { Directory } from "../ports/directory.ts"
import type { Links } from "../ports/links.ts"
import { withDefaults } from "../ports/option.ts"
import { Store } from "../ports/store.ts"
import type { AnyTransport } from "../ports/transport.ts"
import { byVia } from "../sending/providers.ts"
import { type AskedCalls, askedCalls } from "./asked.ts"
import { defaultCircuit } from "./circuit.ts"
import { makeEngine } from "./engine.ts"
import { decodeCall } from "./error.ts"
import { type HandlerOptions, makeHandler } from "./http/handler.ts"
import { type KeptCalls, keptCalls } from "./kept.ts"
import { type LinkCalls, linkCalls } from "./link-calls.ts"
import { defaultNotices, type OnNotice } from "./notifier.ts"
import { warn } from "./observer.ts"
import { checkLease, checkOptions } from "./options.ts"
import type { EngineInput, EnginePolicy, EngineSetting } from "./setting.ts"
import { type ToldCalls, toldCalls } from "./told.ts"
import { watchedStore } from "./watched-store.ts"

/** What a host sets up. Everything but the store may be left out. @since 0.1.0 */
export interface FollowUpsOptions {
  /**
   * Any number for each of push, SNS, XMS and email, the preferred ones first; another one takes over only where it is
   * certain that nothing was sent. A leg without any is not sent.
   */
  readonly transports?: ReadonlyArray<AnyTransport>
  /** The host's own data; left out, the engine keeps what `customer` and `channel` tell it. */
  readonly directory?: Directory
  /**
   * Told of each notice: at least once, and exactly once if the host remembers the ids that it has taken. Left out,
   * notices wait in the store, for `notices` to read and for a process that takes them.
   */
  readonly onNotice?: OnNotice
  /**
   * Signs what leaves in messages and comes back: resume links (`{token}` in a channel's `chatUrl`), push receipts and
   * links to unsubscribe. `signedLinks` of `followup/links`; left out, there are none.
   */
  readonly links?: Links
  /** The product's numbers and choices, where they differ from the defaults. */
  readonly policy?: PolicyInput
  /** How the engine works, where it differs from the defaults. */
  readonly engine?: EngineInput
}

/** By how much a lease is longer than an attempt, unless said. */
const LEASE_ROOM_MS = 9_000

/** The engine's own numbers. @since 0.1.0 */
export const defaultEngine: EnginePolicy = {
  maxBatch: 256,
  maxWaiting: 10_000,
  maxSends: 256,
  // Longer than an attempt, with room for pauses, and over before the waits of the rules are (25 s, where they are 30 s for
  // a push and a minute for an SNS): what a dead process left behind is still worth sending.
  leaseMs: attemptMs(defaultSend) + LEASE_ROOM_MS,
  pollMs: 1_000,
  directoryTimeoutMs: 5_000,
  closeTimeoutMs: 20_000,
  pruneEveryMs: 3_600_000,
  pruneBatch: 1_000,
  send: defaultSend,
  circuit: defaultCircuit,
  notices: defaultNotices,
}

// A host whose providers may take longer need not think of leases as well.
const paceOf = ({ send, circuit, notices, ...given }: EngineInput = {}): EnginePolicy => {
  const pace = {
    ...withDefaults(defaultEngine, given),
    send: withDefaults(defaultSend, send),
    circuit: withDefaults(defaultCircuit, circuit),
    notices: withDefaults(defaultNotices, notices),
  }
  const leaseMs = Math.max(pace.leaseMs, attemptMs(pace.send) + LEASE_ROOM_MS)
  return given.leaseMs === undefined ? { ...pace, leaseMs } : pace
}

// Mailboxes refuse it: nobody may send as a domain that is there for examples. The console's mails go to none.
const saysPlaceholder = ({ policy, transports }: Pick<EngineSetting, "policy" | "transports">) =>
  policy.email.defaultDomain === defaultEmailPolicy.defaultDomain &&
  transports.email.some(({ name }) => name !== "console")
    ? warn("placeholderSender", {})
    : Effect.void

/**
 * What a host calls. Everything that changes something succeeds once it is committed, and may be repeated: the same
 * input twice changes nothing.
 * @since 0.1.0
 */
export interface FollowUpsShape extends ToldCalls, KeptCalls, AskedCalls, LinkCalls {
  /**
   * Serves providers' webhooks, apps' push receipts and the page on which customers end mails, below one path: takes a
   * web-standard request and answers once what it says is committed. The effect never fails.
   *
   * @throws FollowUpsError `bad-input` when the options make no sense.
   */
  readonly handler: (options?: HandlerOptions) => (request: Request) => Effect.Effect<Response>
}

const PolicyOptionSchema = Schema.Struct({ policy: Schema.optionalKey(PolicyInputSchema) })

/**
 * Makes what a host calls, in the current scope, over the store in the context; `call` is what the host called for it, by
 * which errors are named.
 * @since 0.1.0
 */
export const makeFollowUps = Effect.fnUntraced(function* (call: string, options: FollowUpsOptions) {
  const store = watchedStore(yield* Store)
  yield* checkOptions(call, options)
  const policy = makePolicy((yield* decodeCall(call, PolicyOptionSchema, { policy: options.policy })).policy)
  const { transports = [] } = options
  const pace = paceOf(options.engine)
  yield* checkLease(call, pace)
  const setting: EngineSetting = {
    policy,
    engine: pace,
    transports: byVia(transports),
    directory: options.directory,
    onNotice: options.onNotice,
    links: options.links,
  }
  yield* saysPlaceholder(setting)
  const engine = yield* makeEngine(setting).pipe(Effect.provideService(Store, store))
  const calls = {
    ...toldCalls(engine),
    ...keptCalls(engine, store, setting),
    ...askedCalls(engine, store, policy),
    ...linkCalls(engine, store, setting),
  }
  return { ...calls, handler: makeHandler(calls, store, setting) } satisfies FollowUpsShape
})
