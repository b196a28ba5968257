/**
 * FollowUps: what a host uses, as an Effect service with a layer, or opened for Promises. Rules R1–R20.
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Stream from "effect/Stream"
import type { UsageReport } from "../core/billing/usage.ts"
import type { Explanation } from "../core/history/explain.ts"
import type { LogEntry, PostLogEntry } from "../core/history/post-log.ts"
import type * as Calls from "../ports/calls.ts"
import { type Notice, type Store, type StoredEvent, StoreError } from "../ports/store.ts"
import { badInputAt, closedError, FollowUpsError, storeFailed } from "./error.ts"
import { fromHostClock, type HostClock } from "./host-clock.ts"
import { status } from "./http/answer.ts"
import type { HandlerOptions } from "./http/handler.ts"
import type { Resumption } from "./link-calls.ts"
import { type FollowUpsOptions, type FollowUpsShape, makeFollowUps } from "./make.ts"
import { surroundingIssues } from "./options.ts"
import type { Quarantined } from "./quarantine.ts"
import { steadyClock } from "./steady-clock.ts"

/** What a host sets up to open followup. @since 0.1.0 */
export interface OpenOptions extends FollowUpsOptions {
  /** Where state is kept: `sqlite("followup.sqlite")`, `memory()`. */
  readonly store: Layer.Layer<Store, StoreError>
  /** In place of the system's clock. */
  readonly clock?: HostClock
  /** What spans, metrics and log lines go to, such as `NodeSdk.layer` of `@effect/opentelemetry`. */
  readonly observe?: Layer.Layer<never>
}

/**
 * followup, open. Promises that change something resolve once it is committed, and may be repeated; they reject with a
 * `FollowUpsError`.
 * @since 0.1.0
 */
export interface OpenFollowUps {
  /** A customer's browser or app reports. R2. */
  presence(call: Calls.PresenceCall): Promise<void>
  /** Somebody wrote in a chat. R1, R4, R5. */
  message(call: Calls.MessageCall): Promise<void>
  /** The customer has seen a chat up to a message. R1. */
  read(call: Calls.ReadCall): Promise<void>
  /** News of a delivery, such as an app's acknowledgement of a push. R7. */
  receipt(call: Calls.ReceiptCall): Promise<void>
  /**
   * Keeps a customer's contacts, in place of what was kept before. What they opted out of themselves stays, unless
   * `optedOut` is given: that is in its place. Where a directory has the contacts, it is `bad-input`. R15.
   */
  customer(call: Calls.CustomerCall): Promise<void>
  /**
   * Keeps a channel, in place of what was kept before; its usage goes on. Where a directory has the channels, it makes one
   * known before anything happens in it, for `topUp` and the like, with its `usedPu`; the rest is the directory's.
   */
  channel(call: Calls.ChannelCall): Promise<void>
  /**
   * A customer wants no more of something. It holds until `customer` gives another `optedOut`. Where a directory has the
   * contacts, it is `bad-input`. R15.
   */
  optOut(call: Calls.OptOutCall): Promise<void>
  /** Counts usage that happened elsewhere against the channel's quota; once, if it is named by an `id`. R5, R16. */
  recordUsage(call: Calls.UsageCall): Promise<void>
  /**
   * Forgets a customer: contacts, messages on their way and all that was said go; the post log keeps its lines without
   * words and under a name that says nothing, and the ledger what was paid. What has not left is taken back and gives
   * its PU back. One who is not known is forgotten already. R16, R20.
   */
  forget(whose: Calls.Whose): Promise<void>
  /**
   * What a check of the channel's linked domain came to. Mail comes from the domain once it passed; when it goes on failing,
   * mail comes from the default domain until it passes again, and the channel is told of both. R14.
   */
  domainCheck(call: Calls.DomainCheckCall): Promise<void>
  /** Adds prepaid PU; once, if it is named by an `id`. R17. */
  topUp(call: Calls.TopUpCall): Promise<void>
  /** Whose token a resume link carries; it may be asked any number of times. */
  resume(token: string): Promise<Resumption>
  /** Revokes the resume links that a customer was sent so far: those of a chat, or all of them. */
  revoke(call: Calls.RevokeCall): Promise<void>
  /**
   * Serves providers' webhooks, apps' push receipts and the page on which customers end mails, below one path. Throws a
   * `FollowUpsError` when the options make no sense; what it gives never rejects.
   */
  handler(options?: HandlerOptions): (request: Request) => Promise<Response>
  /** Why a message was followed up, or was not. R20. */
  explain(call: Calls.ExplainCall): Promise<Explanation>
  /** A channel's usage and prices; the sums of one month if named. R19. */
  usage(channelId: string, period?: Calls.UsagePeriod): Promise<UsageReport>
  /** A part of a channel's post log, newest first. R20. */
  log(call: Calls.LogCall): Promise<ReadonlyArray<LogEntry>>
  /** Everything sent, and not sent, to one customer, oldest first. R20. */
  sentTo(whose: Calls.Whose): Promise<ReadonlyArray<PostLogEntry>>
  /** What a channel was told of its usage and its domain, oldest first. R14, R16. */
  notices(channelId: string): Promise<ReadonlyArray<Notice>>
  /** Customers of whom something is due that this process could not decide; it tries again every minute. */
  quarantine(): Promise<ReadonlyArray<Quarantined>>
  /** Every event from now on, or after `after` (a `seq`), as it is committed; `break` and `close` end it. */
  events(options?: { readonly after?: number | undefined }): AsyncIterable<StoredEvent>
  /** Lets sends under way finish, and lets go of the store. What is not sent yet goes on when it is opened again. */
  close(): Promise<void>
}

const OPEN = "FollowUps.open"

// Errors are made deep inside, and one may be for many callers: each gets its own, whose stack leads to them.
const calledFrom = (error: unknown, called: (...args: never) => unknown): unknown => {
  if (!(error instanceof FollowUpsError)) return error
  const { reason, message, issues, cause } = error
  const own = new FollowUpsError({
    reason,
    message,
    ...(issues !== undefined && { issues }),
    ...(cause !== undefined && { cause }),
  })
  Error.captureStackTrace(own, called)
  return own
}

// An async function, so that the stack goes on with those who await it.
const outcomeOf = async <A>(fiber: Fiber.Fiber<A, FollowUpsError>): Promise<A> => {
  const exit = await new Promise<Exit.Exit<A, FollowUpsError>>((told) => void fiber.addObserver(told))
  if (Exit.isSuccess(exit)) return exit.value
  throw calledFrom(Cause.squash(exit.cause), outcomeOf)
}

const contextOf = async (
  runtime: ManagedRuntime.ManagedRuntime<FollowUps, FollowUpsError | StoreError>,
): Promise<Context.Context<FollowUps>> => {
  try {
    return await runtime.context()
  } catch (error) {
    throw calledFrom(error instanceof StoreError ? storeFailed(error) : error, contextOf)
  }
}

const open = async (everything: OpenOptions): Promise<OpenFollowUps> => {
  const issues = surroundingIssues(everything)
  if (issues.length > 0) throw badInputAt(OPEN, issues)
  const { store, clock, observe = Layer.empty, ...options } = everything
  const time = Layer.succeed(Clock.Clock)(
    steadyClock(clock === undefined ? Clock.Clock.defaultValue() : fromHostClock(clock)),
  )
  const runtime = ManagedRuntime.make(
    // Outside of the clock: what exports on a timer does so in the system's time.
    layerFor(OPEN, options).pipe(Layer.provide(store), Layer.provideMerge(time), Layer.provideMerge(observe)),
  )
  const context = await contextOf(runtime)
  let isOpen = true
  // Not run by the runtime, which would interrupt those who wait when it is disposed of: the engine answers them.
  const run = <A>(effect: Effect.Effect<A, FollowUpsError, FollowUps>): Promise<A> => {
    const fiber = Effect.runForkWith(context)(isOpen ? effect : Effect.fail(closedError()))
    const exit = fiber.pollUnsafe()
    // What is refused at once is refused while the caller is still there to be named, awaited or not.
    return exit !== undefined && Exit.isFailure(exit)
      ? Promise.reject(calledFrom(Cause.squash(exit.cause), run))
      : outcomeOf(fiber)
  }
  const call =
    <I, A>(pick: (followUps: FollowUpsShape) => (input: I) => Effect.Effect<A, FollowUpsError>) =>
    (input: I): Promise<A> =>
      run(FollowUps.use((followUps) => pick(followUps)(input)))
  return {
    presence: call((followUps) => followUps.presence),
    message: call((followUps) => followUps.message),
    read: call((followUps) => followUps.read),
    receipt: call((followUps) => followUps.receipt),
    customer: call((followUps) => followUps.customer),
    channel: call((followUps) => followUps.channel),
    optOut: call((followUps) => followUps.optOut),
    recordUsage: call((followUps) => followUps.recordUsage),
    forget: call((followUps) => followUps.forget),
    domainCheck: call((followUps) => followUps.domainCheck),
    topUp: call((followUps) => followUps.topUp),
    resume: call((followUps) => followUps.resume),
    revoke: call((followUps) => followUps.revoke),
    handler: (given) => {
      const serve = Context.get(context, FollowUps).handler(given)
      return (request) => run(serve(request)).catch(() => status(503))
    },
    explain: call((followUps) => followUps.explain),
    usage: (channelId, period) => run(FollowUps.use((followUps) => followUps.usage(channelId, period))),
    log: call((followUps) => followUps.log),
    sentTo: call((followUps) => followUps.sentTo),
    notices: call((followUps) => followUps.notices),
    quarantine: () => run(FollowUps.use((followUps) => followUps.quarantine())),
    events: (from) =>
      Stream.toAsyncIterableWith(
        Stream.unwrap(FollowUps.useSync((followUps) => followUps.events(from))),
        context,
      ),
    close: () => {
      isOpen = false
      return runtime.dispose()
    },
  }
}

/**
 * followup as an Effect service, and the way to open it without Effect.
 * @since 0.1.0
 */
export class FollowUps extends Context.Service<FollowUps, FollowUpsShape>()("followup/FollowUps") {
  /** The service over the store in the context; when its scope closes, sends under way may finish. */
  static layer(options: FollowUpsOptions = {}): Layer.Layer<FollowUps, FollowUpsError, Store> {
    return layerFor("FollowUps.layer", options)
  }

  /**
   * Opens followup over a store, for hosts that use Promises. Rejects with a `FollowUpsError`: `bad-input` for options
   * that make no sense, `store` when the store cannot be opened.
   */
  static open(options: OpenOptions): Promise<OpenFollowUps> {
    return open(options)
  }
}

// At the end, as it needs the service itself.
const layerFor = (call: string, options: FollowUpsOptions): Layer.Layer<FollowUps, FollowUpsError, Store> =>
  Layer.effect(FollowUps)(makeFollowUps(call, options))
