/**
 * An engine under a clock that the test moves, with transports that answer when the test says so. Nothing sleeps: the
 * world goes from one instant at which something is due to the next, and lets the engine come to rest at each.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Metric from "effect/Metric"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import * as TestClock from "effect/testing/TestClock"
import {
  type AnyTransport,
  type EngineInput,
  FollowUps,
  type FollowUpsError,
  type FollowUpsOptions,
  type FollowUpsShape,
  type SendContext,
  type SendResult,
  Store,
  StoreError,
  type StoreShape,
  type Transport,
  type Via,
} from "../../src/engine/index.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"

export const drivers = [
  ["memory", memory],
  ["SQLite", () => sqlite(":memory:")],
] as const

/** 2026-01-05T09:00:00Z; the tests' instants count from here. */
export const START_MS = Date.UTC(2026, 0, 5, 9)

/** One call of a transport, and the way to answer it. */
export interface Sent<M = unknown> {
  readonly via: Via
  /** The transport's name. */
  readonly provider: string
  readonly atMs: number
  readonly message: M
  readonly context: SendContext
  readonly isLookup: boolean
  readonly answer: (result: SendResult) => void
  readonly fail: (error: unknown) => void
}

export type Reply = SendResult | "hangs" | "throws" | "rejects" | "raves"
export type Behaviour = (sent: Sent, times: number) => Reply

export interface Script {
  readonly then?: Behaviour | Reply
  readonly receipts?: Transport<unknown>["receipts"]
  readonly idempotency?: Transport<unknown>["idempotency"]
  readonly lookup?: Behaviour
  readonly handles?: (message: unknown) => boolean
}

/** One of several transports of a leg; what is named as its leg alone is the only one. */
export interface Provider extends Script {
  readonly via: Via
  readonly name: string
}

export const accepted: SendResult = { _tag: "Accepted" }
export const uncertain: SendResult = { _tag: "Uncertain" }
export const rejected = (
  reason: "blocked" | "provider-error" | "rate-limited",
  retryAfterMs?: number,
): SendResult => ({
  _tag: "Rejected",
  reason,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
})

export interface WorldOptions extends Omit<FollowUpsOptions, "transports" | "engine"> {
  readonly store?: Layer.Layer<Store, StoreError>
  readonly scripts?: Partial<Record<Via, Script>>
  readonly vias?: ReadonlyArray<Via>
  /** In place of one transport for each of `vias`. */
  readonly providers?: ReadonlyArray<Provider>
  readonly engine?: EngineInput
  readonly startMs?: number
}

/** Switches that a test may turn while the engine runs. */
interface Faults {
  /** `busy`: it can be read, and its transactions fail. */
  store: "up" | "busy" | "down"
  /**
   * Whether it can be written down which providers messages go to; `refused`: the store does not take it; `broken`: it has
   * a defect; `lost`: another process has the lease by then.
   */
  assign: "up" | "down" | "refused" | "broken" | "lost"
  calls: number
}

// Counts what the engine asks of the store, which tells when it has come to rest; and lets the store fail on demand.
const watched = (layer: Layer.Layer<Store, StoreError>, faults: Faults): Layer.Layer<Store, StoreError> =>
  Layer.effect(Store)(
    Store.use((store) => {
      const watch = <A>(
        effect: Effect.Effect<A, StoreError>,
        fails: ReadonlyArray<Faults["store"]> = ["down"],
      ) =>
        Effect.suspend(() => {
          faults.calls++
          return fails.includes(faults.store)
            ? Effect.fail(new StoreError({ reason: "unavailable", message: faults.store }))
            : effect
        })
      const over =
        <Args extends ReadonlyArray<unknown>, A>(call: (...args: Args) => Effect.Effect<A, StoreError>) =>
        (...args: Args) =>
          watch(call(...args))
      const shape: StoreShape = {
        transact: (...args) => watch(store.transact(...args), ["busy", "down"]),
        changeChannel: over(store.changeChannel),
        putCustomer: over(store.putCustomer),
        optOut: over(store.optOut),
        resumeLink: over(store.resumeLink),
        revokeLinks: over(store.revokeLinks),
        forget: (key, work) => watch(store.forget(key, work), ["busy", "down"]),
        prune: over(store.prune),
        claimNotices: over(store.claimNotices),
        releaseNotice: over(store.releaseNotice),
        due: over(store.due),
        claim: over(store.claim),
        // What is tried again may come to something else by then.
        assign: (leaseUntilMs, assignments) =>
          Effect.suspend(() =>
            watch(
              {
                up: store.assign(leaseUntilMs, assignments),
                down: Effect.fail(new StoreError({ reason: "unavailable", message: "down" })),
                refused: Effect.fail(new StoreError({ reason: "rejected", message: "refused" })),
                broken: Effect.die(new Error("broken")),
                lost: Effect.succeed([]),
              }[faults.assign],
            ),
          ),
        postpone: over(store.postpone),
        nextInstant: over(store.nextInstant),
        channel: over(store.channel),
        history: over(store.history),
        log: over(store.log),
        usage: over(store.usage),
        notices: over(store.notices),
        eventsAfter: over(store.eventsAfter),
        lastSeq: watch(store.lastSeq),
      }
      return Effect.succeed(shape)
    }),
  ).pipe(Layer.provide(layer))

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Turns of the event loop without any work after which the engine counts as at rest. */
const QUIET_TURNS = 6

const allVias: ReadonlyArray<Via> = ["push", "sns", "xms", "email"]

export class World {
  readonly sent: Array<Sent> = []
  /** Log lines of all levels, as JSON. */
  readonly logged: Array<string> = []
  readonly spans: Array<Tracer.NativeSpan> = []
  readonly faults: Faults = { store: "up", assign: "up", calls: 0 }
  nowMs: number
  private readonly surroundings: Promise<Context.Context<FollowUps | Store>>
  private readonly runtime: ManagedRuntime.ManagedRuntime<FollowUps | Store, FollowUpsError | StoreError>

  private constructor(options: WorldOptions) {
    const { store = memory(), scripts = {}, vias = allVias, engine, startMs = START_MS, ...more } = options
    const { providers = vias.map((via) => ({ via, name: via, ...scripts[via] })), ...rest } = more
    this.nowMs = startMs
    const followUps = FollowUps.layer({
      ...rest,
      transports: providers.map((provider) => this.transport(provider)),
      // An hour between polls: whatever happens on time happens because it was asked for, not because of a poll.
      engine: { pollMs: 3_600_000, ...engine },
    })
    const observed = Layer.mergeAll(
      Logger.layer([Logger.map(Logger.formatJson, (line) => void this.logged.push(line))]),
      Layer.succeed(References.MinimumLogLevel)("All"),
      Layer.succeed(Tracer.Tracer)(
        Tracer.make({
          span: (options) => {
            const span = new Tracer.NativeSpan(options)
            this.spans.push(span)
            return span
          },
        }),
      ),
      Layer.succeed(Metric.MetricRegistry)(new Map()),
    )
    const clock = Layer.effectDiscard(TestClock.setTime(startMs)).pipe(
      Layer.provideMerge(TestClock.layer({ warningDelay: "1 minute" })),
    )
    this.runtime = ManagedRuntime.make(
      followUps.pipe(
        Layer.provideMerge(watched(store, this.faults)),
        Layer.provideMerge(clock),
        Layer.provideMerge(observed),
      ),
    )
    this.surroundings = this.runtime.context()
  }

  static async open(options: WorldOptions = {}): Promise<World> {
    const world = new World(options)
    await world.surroundings
    await world.settle()
    return world
  }

  private transport({ via, name, ...script }: Provider): AnyTransport {
    const { then = accepted, receipts = "handset", idempotency = "none", lookup, handles } = script
    const counts = new Map<string, number>()
    const call = (isLookup: boolean, behave: Behaviour) => (message: unknown, context: SendContext) => {
      this.faults.calls++
      const { promise, resolve, reject } = Promise.withResolvers<SendResult>()
      const sent: Sent = {
        via,
        provider: name,
        atMs: this.nowMs,
        message,
        context,
        isLookup,
        answer: resolve,
        fail: reject,
      }
      this.sent.push(sent)
      const times = (counts.get(context.deliveryId) ?? 0) + 1
      counts.set(context.deliveryId, times)
      const reply = behave(sent, times)
      if (reply === "throws") throw new Error("down: +821012345678 cust-1@example.com")
      if (reply === "rejects") reject(new Error("down: +821012345678 cust-1@example.com"))
      else if (reply === "raves") resolve(JSON.parse('{ "_tag": "Delivered" }'))
      else if (reply !== "hangs") resolve(reply)
      return promise
    }
    const send = call(false, typeof then === "function" ? then : () => then)
    const transport = {
      name,
      via,
      receipts,
      idempotency,
      send,
      ...(handles !== undefined && { handles }),
      ...(lookup !== undefined && {
        lookup: (deliveryId: string, context: SendContext) => call(true, lookup)(deliveryId, context),
      }),
    }
    return transport
  }

  /** Runs an effect in the engine's surroundings. */
  async run<A, E>(effect: Effect.Effect<A, E, FollowUps | Store>): Promise<A> {
    return Effect.runPromiseWith(await this.surroundings)(effect)
  }

  /** Calls the engine, and lets it come to rest. */
  async call<A>(pick: (followUps: FollowUpsShape) => Effect.Effect<A, FollowUpsError>): Promise<A> {
    const value = await this.run(FollowUps.use(pick))
    await this.settle()
    return value
  }

  /** Why a call of the engine was not done. */
  refusal<A>(pick: (followUps: FollowUpsShape) => Effect.Effect<A, FollowUpsError>): Promise<FollowUpsError> {
    return this.run(FollowUps.use((followUps) => Effect.orDie(Effect.flip(pick(followUps)))))
  }

  store<A>(use: (store: StoreShape) => Effect.Effect<A, StoreError>): Promise<A> {
    return this.run(Store.use(use))
  }

  /** Every metric as it stands. */
  metrics(): Promise<ReadonlyArray<Metric.Metric.Snapshot>> {
    return this.run(Metric.snapshot)
  }

  /** Waits until the engine has nothing left to do at this instant. */
  async settle(): Promise<void> {
    let { calls } = this.faults
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      await turn()
      if (this.faults.calls !== calls) quiet = 0
      calls = this.faults.calls
    }
  }

  /** Moves the clock, stopping wherever the engine has something due. `ms` counts from the start of the tests. */
  async at(ms: number): Promise<void> {
    const targetMs = START_MS + ms
    for (;;) {
      const nextMs =
        this.faults.store === "down" ? null : await this.store((store) => store.nextInstant(this.nowMs))
      if (nextMs === null || nextMs >= targetMs) break
      await this.jump(nextMs)
    }
    if (targetMs > this.nowMs) await this.jump(targetMs)
  }

  /** Moves the clock to an instant at once, even of an engine that closes, and lets it come to rest. */
  async jump(atMs: number): Promise<void> {
    this.nowMs = atMs
    await this.run(TestClock.setTime(atMs))
    await this.settle()
  }

  async close(): Promise<void> {
    await this.runtime.dispose()
  }
}
