/**
 * How the engine lets itself be watched: each hook is one line where it is used, gives its span's end and its metrics,
 * and changes nothing else. A span ends with a word for what went wrong, never with the error itself, whose causes may
 * repeat what a host, a provider or a database said.
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type { Policy } from "../core/policy.ts"
import type { ClaimedNotice, CustomerKey, Loaded, StoreError } from "../ports/store.ts"
import type { Submission, SubmissionResult } from "./batch.ts"
import type { Asked } from "./directory-answers.ts"
import { FollowUpsError } from "./error.ts"
import { type DecidedBatch, type Tally, tallyOf } from "./tally.ts"
import * as Telemetry from "./telemetry.ts"

/** Spans and monotonic clocks count in nanoseconds, metrics in seconds. @since 0.1.0 */
export const NANOS_PER_SECOND = 1e9
const MS_PER_SECOND = 1_000

type Update = <I>(metric: Metric.Metric<I, unknown>, value: I) => void

const recording = (record: (update: Update) => void): Effect.Effect<void> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.sync(() => record((metric, value) => metric.updateUnsafe(value, context))),
  )

// How long it took and how it ended; nothing of what was interrupted, which ended in no way of its own.
const timed = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  ended: (exit: Exit.Exit<A, E>, seconds: number) => Effect.Effect<void>,
): Effect.Effect<A, E, R> =>
  Effect.flatMap(Clock.monotonicTimeNanos, (startNanos) =>
    Effect.onExit(effect, (exit) =>
      Exit.hasInterrupts(exit)
        ? Effect.void
        : Effect.flatMap(Clock.monotonicTimeNanos, (endNanos) =>
            ended(exit, Number(endNanos - startNanos) / NANOS_PER_SECOND),
          ),
    ),
  )

// Effect's own tracer tells nobody: a span that nobody sees is not made, as there is one for each message.
const inSpan = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  name: string,
  options: Tracer.SpanOptionsNoTrace,
  errorType: (exit: Exit.Exit<A, E>) => string | undefined,
): Effect.Effect<A, E, R> =>
  Effect.flatMap(Effect.tracer, (tracer) =>
    tracer === Tracer.nativeTracer ? effect : spanned(effect, name, options, errorType),
  )

/** Ends a span with a word for what went wrong, or as interrupted. @since 0.1.0 */
export const endSpan = (
  span: Tracer.Span,
  nowNanos: bigint,
  how: "interrupted" | { readonly failure: string | undefined },
): void => {
  if (how === "interrupted") return span.end(nowNanos, Exit.interrupt())
  if (how.failure !== undefined) span.attribute("error.type", how.failure)
  span.end(nowNanos, how.failure === undefined ? Exit.void : Exit.fail(how.failure))
}

/** What watching gives, or undefined: what fails in whoever watches never reaches the work. Total. @since 0.1.0 */
export const quietly = <A>(watch: () => A): A | undefined => {
  try {
    return watch()
  } catch {
    return undefined
  }
}

const spanned = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  name: string,
  options: Tracer.SpanOptionsNoTrace,
  errorType: (exit: Exit.Exit<A, E>) => string | undefined,
): Effect.Effect<A, E, R> =>
  Effect.flatMap(
    Effect.catchDefect(Effect.makeSpan(name, options), () => Effect.undefined),
    (span) =>
      span === undefined
        ? effect
        : effect.pipe(
            Effect.withParentSpan(span),
            Effect.onExit((exit) =>
              Effect.map(Clock.currentTimeNanos, (nowNanos) => {
                const how = Exit.hasInterrupts(exit) ? "interrupted" : { failure: errorType(exit) }
                quietly(() => endSpan(span, nowNanos, how))
              }),
            ),
          ),
  )

const callErrorType = (cause: Cause.Cause<unknown>): Telemetry.CallErrorType => {
  const error = Cause.squash(cause)
  return error instanceof FollowUpsError ? error.reason : "defect"
}

const callFailure = (exit: Exit.Exit<unknown, unknown>): Telemetry.CallErrorType | undefined =>
  Exit.isFailure(exit) ? callErrorType(exit.cause) : undefined

/** Says something in metrics and log, from where there is no effect to say it in. @since 0.1.0 */
export type Say = (what: Effect.Effect<void>) => void

/** Lets something be said as in the context. @since 0.1.0 */
export const makeSay: Effect.Effect<Say> = Effect.map(Effect.context(), (context) => {
  const fork = Effect.runForkWith(context)
  return (what) => void fork(what)
})

/** Writes a warning: one of the documented lines, with what varies as annotations. Never fails. @since 0.1.0 */
export const warn = (
  line: keyof typeof Telemetry.logLines,
  annotations: Readonly<Record<string, string | number>>,
): Effect.Effect<void> =>
  Effect.logWarning(Telemetry.logLines[line]).pipe(
    Effect.annotateLogs(annotations),
    Effect.catchDefect(() => Effect.void),
  )

/** Lets a gauge be read for as long as the scope is open; of two engines in a process the later one is read. @since 0.1.0 */
export const gauged = (
  gauge: Metric.Gauge<number>,
  read: () => number,
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.flatMap(Effect.context(), (context) => {
    const registered = Effect.sync(() =>
      Metric.registerUnsafe(gauge, context, {
        get: () => ({ value: read() }),
        update: () => {},
        modify: () => {},
      }),
    )
    return Effect.acquireRelease(registered, ({ remove }) => Effect.sync(remove)).pipe(Effect.asVoid)
  })

/** Watches a batch from when it was taken. A root of its own: its inputs came from many callers. @since 0.1.0 */
export const watchBatch = (answering: Effect.Effect<void>, size: number): Effect.Effect<void> =>
  timed(
    inSpan(
      answering,
      Telemetry.spans.batch,
      { root: true, kind: "consumer", attributes: { "followup.batch.size": size } },
      (exit) => callFailure(exit),
    ),
    (_exit, seconds) =>
      recording((update) => {
        update(Telemetry.batchSize, size)
        update(Telemetry.batchDuration, seconds)
      }),
  )

/** Watches the host's directory being asked about customers; it failed if any of them has no answer. @since 0.1.0 */
export const watchDirectory = (
  keys: ReadonlyArray<CustomerKey>,
  asking: Effect.Effect<Asked>,
): Effect.Effect<Asked> =>
  inSpan(asking, Telemetry.spans.directory, { kind: "client" }, (exit) =>
    Exit.isFailure(exit)
      ? "defect"
      : keys.some((key) => exit.value.failure(key) !== undefined)
        ? "directory"
        : undefined,
  )

/** Watches a batch being decided and written, and counts what came of it once it is committed. @since 0.1.0 */
export const watchTransaction = (
  policy: Policy,
  submissions: ReadonlyArray<Submission>,
  decide: (loaded: Loaded) => DecidedBatch,
  transact: (
    work: (loaded: Loaded) => {
      readonly changes: DecidedBatch["changes"]
      readonly value: { readonly results: DecidedBatch["value"]; readonly tally: Tally }
    },
  ) => Effect.Effect<{ readonly results: DecidedBatch["value"]; readonly tally: Tally }, FollowUpsError>,
): Effect.Effect<ReadonlyArray<SubmissionResult>, FollowUpsError> =>
  inSpan(
    transact((loaded) => {
      const decided = decide(loaded)
      const tally = tallyOf(policy, submissions, loaded, decided)
      return { changes: decided.changes, value: { results: decided.value, tally } }
    }),
    Telemetry.spans.transaction,
    { kind: "client", attributes: { "followup.batch.size": submissions.length } },
    callFailure,
  ).pipe(
    Effect.tap(({ tally: { counts, dueMs } }) =>
      Effect.flatMap(Clock.currentTimeMillis, (nowMs) =>
        recording((update) => {
          for (const [metric, count] of counts) update(metric, count)
          for (const atMs of dueMs) update(Telemetry.timerLateness, Math.max(0, nowMs - atMs) / MS_PER_SECOND)
        }),
      ),
    ),
    Effect.map(({ results }) => results),
  )

/** Counts an input that was not decided, whatever the reason; not one whose caller went away. @since 0.1.0 */
export const countFailed =
  (input: Submission["input"]) =>
  (cause: Cause.Cause<FollowUpsError>): Effect.Effect<void> =>
    Cause.hasInterruptsOnly(cause)
      ? Effect.void
      : recording((update) =>
          update(
            Telemetry.inputs({
              "followup.input.kind": Telemetry.inputKinds[input._tag],
              "error.type": callErrorType(cause),
            }),
            1,
          ),
        )

/** Watches the host being told one notice, in a span of its own; it fails where the host did not take it. R16. @since 0.1.0 */
export const watchNotice = <E>(
  telling: Effect.Effect<void, E>,
  { channelId, notice, attempt }: ClaimedNotice,
): Effect.Effect<void, E> => {
  const about = { "followup.notice.kind": notice.kind }
  const attributes = { ...about, "followup.channel.id": channelId, "followup.attempt": attempt }
  const failure = (exit: Exit.Exit<void, E>) => (Exit.isSuccess(exit) ? undefined : ("failed" as const))
  return timed(
    inSpan(telling, Telemetry.spans.notice, { root: true, kind: "client", attributes }, failure),
    (exit, seconds) =>
      recording((update) =>
        update(Telemetry.noticeDuration({ ...about, "error.type": failure(exit) }), seconds),
      ),
  )
}

/** Watches one call of the store. @since 0.1.0 */
export const watchStoreCall = <A>(
  call: Parameters<typeof Telemetry.storeDuration>[0]["followup.store.call"],
  calling: Effect.Effect<A, StoreError>,
): Effect.Effect<A, StoreError> =>
  timed(calling, (exit, seconds) => {
    const error = Exit.isFailure(exit) ? Cause.findErrorOption(exit.cause) : undefined
    const reason = error?._tag === "Some" ? error.value.reason : undefined
    return recording((update) =>
      update(Telemetry.storeDuration({ "followup.store.call": call, "error.type": reason }), seconds),
    )
  })

/** Counts that a provider's circuit came to be in a state. @since 0.1.0 */
export const countCircuit = (change: Parameters<typeof Telemetry.circuitChanges>[0]): Effect.Effect<void> =>
  recording((update) => update(Telemetry.circuitChanges(change), 1))
