/**
 * How attempts to send let themselves be watched. There are many, and most have no effect of their own to be watched, so
 * that their spans and metrics are told of in plain code. Rules R7–R9.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"
import type { ClaimedItem } from "../ports/store.ts"
import type { Conclusion } from "../sending/conclusion.ts"
import { endSpan, NANOS_PER_SECOND, quietly } from "./observer.ts"
import * as Telemetry from "./telemetry.ts"

const outcomes = {
  Accepted: "accepted",
  Rejected: "rejected",
  Uncertain: "uncertain",
  Withdrawn: "withdrawn",
} as const

const outcomeOf = (sent: Conclusion): Telemetry.SendOutcome =>
  sent._tag === "Postpone" ? "postponed" : outcomes[sent.result._tag]

const sendFailure = (sent: Conclusion) => {
  if (sent._tag === "Postpone") return "postponed" as const
  if (sent.result._tag === "Rejected") return sent.result.reason
  return sent.result._tag === "Uncertain" ? ("uncertain" as const) : undefined
}

/** An attempt to send that is watched. @since 0.1.0 */
export interface SendWatch {
  /** Runs what sends, so that a transport's own spans are below the attempt's. */
  readonly within: <A>(send: () => A) => A
  /** Says how it ended; undefined when it was called off. */
  readonly ended: (sent: Conclusion | undefined) => void
}

/**
 * Watches attempts to send messages from where they begin, each in a span of its own, by the names of the transports
 * that it is with. R7–R9.
 * @since 0.1.0
 */
export const makeSendWatch = Effect.gen(function* () {
  const context = yield* Effect.context()
  const clock = yield* Clock.Clock
  const tracer = yield* Effect.tracer
  const runSync = Effect.runSyncWith(context)
  const isSeen = tracer !== Tracer.nativeTracer
  return (providers: ReadonlyArray<string>, { via, key, attempt }: ClaimedItem): SendWatch => {
    const about = { "followup.via": via, "followup.transport": providers.join("+") || "none" }
    const begin = () => {
      const attributes = { ...about, "followup.channel.id": key.channelId, "followup.attempt": attempt }
      return runSync(Effect.makeSpan(Telemetry.spans.send, { root: true, kind: "client", attributes }))
    }
    // Effect's own tracer tells nobody: a span that nobody sees is not made.
    const span = isSeen ? quietly(begin) : undefined
    const startNanos = clock.monotonicTimeNanosUnsafe()
    return {
      within: (send) =>
        span === undefined ? send() : runSync(Effect.withParentSpan(Effect.sync(send), span)),
      ended: (sent) => {
        const failure = sent && sendFailure(sent)
        const how = sent === undefined ? "interrupted" : { failure }
        if (span !== undefined) quietly(() => endSpan(span, clock.currentTimeNanosUnsafe(), how))
        if (sent === undefined) return
        const seconds = Number(clock.monotonicTimeNanosUnsafe() - startNanos) / NANOS_PER_SECOND
        const metric = Telemetry.sendDuration({
          ...about,
          "followup.outcome": outcomeOf(sent),
          "error.type": failure,
        })
        metric.updateUnsafe(seconds, context)
      },
    }
  }
})
