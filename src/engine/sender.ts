/**
 * What the answers to a message say of the providers that it went to. Rules R8, R9.
 * @since 0.1.0
 */
import type { SendResult } from "../core/send-result.ts"
import { saysOutage } from "../ports/refusal.ts"
import { cannotTell, type PartResult } from "../sending/steps.ts"
import type { Circuits } from "./circuits.ts"

// A provider that can say what became of a delivery works, whatever it says.
const isFault = ({ step, result }: PartResult): boolean =>
  result._tag === "Uncertain"
    ? result !== cannotTell
    : result._tag === "Rejected" && saysOutage(result) && step._tag === "Call" && step.call !== "lookup"

const restMs = (result: SendResult): number =>
  result._tag === "Rejected" && result.reason === "rate-limited" ? (result.retryAfterMs ?? 0) : 0

/**
 * Tells the circuits what the providers came to: one word each, however many devices it was called for. One that took
 * any of them works.
 * @since 0.1.0
 */
export const tellCircuits = (
  circuits: Circuits,
  results: ReadonlyArray<PartResult>,
  sentAtMs: number,
  nowMs: number,
): void => {
  const called = results.filter(({ step }) => step._tag === "Call")
  for (const provider of new Set(called.map((one) => one.provider))) {
    if (provider === undefined) continue
    const own = called.filter((one) => one.provider === provider)
    const behaviour = {
      sentAtMs,
      isFault: own.every(isFault),
      restMs: Math.max(...own.map(({ result }) => restMs(result))),
    }
    circuits.answered(provider, behaviour, nowMs)
  }
}
