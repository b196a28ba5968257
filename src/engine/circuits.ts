/**
 * How each provider stands in this process, in memory. Rules R8, R9.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { SendResult } from "../core/send-result.ts"
import { saysOutage } from "../ports/refusal.ts"
import type { Provider } from "../sending/providers.ts"
import { cannotTell, type PartResult } from "../sending/steps.ts"
import {
  type Behaviour,
  type Circuit,
  type CircuitPolicy,
  closedCircuit,
  isOpenCircuit,
  withAnswer,
  withSend,
} from "./circuit.ts"
import { countCircuit, type Say, warn } from "./observer.ts"

/** How the providers stand. @since 0.1.0 */
export interface Circuits {
  /** From when on a provider gets work, UTC epoch ms. */
  readonly readyAtMs: (provider: Provider) => number
  /** Whether a provider is left alone but for probes. */
  readonly isOpen: (provider: Provider) => boolean
  /** Says that a message goes to a provider, which answers by `answeredByMs` at the latest. */
  readonly sends: (provider: Provider, answeredByMs: number) => void
  /** Takes a provider's answer. */
  readonly answered: (provider: Provider, behaviour: Behaviour, nowMs: number) => void
}

// The one place in which a change of a provider's circuit is said. Both ends of an outage are warnings, so that whoever
// hears of the one hears of the other.
const told = (provider: Provider, before: Circuit, after: Circuit): Effect.Effect<void> | undefined => {
  const opens = isOpenCircuit(after) && after.openedAtMs !== before.openedAtMs
  const closes = isOpenCircuit(before) && !isOpenCircuit(after)
  if (!opens && !closes) return undefined
  const about = { "followup.via": provider.via, "followup.transport": provider.name }
  return countCircuit({ ...about, "followup.circuit.state": opens ? "open" : "closed" }).pipe(
    Effect.andThen(warn(opens ? "providerFails" : "providerWorks", about)),
  )
}

/** Circuits of which nothing is known yet: every provider gets work. @since 0.1.0 */
export const makeCircuits = (policy: CircuitPolicy, say: Say): Circuits => {
  const circuits = new Map<Provider, Circuit>()
  const of = (provider: Provider): Circuit => circuits.get(provider) ?? closedCircuit
  return {
    readyAtMs: (provider) => of(provider).readyAtMs,
    isOpen: (provider) => isOpenCircuit(of(provider)),
    sends: (provider, answeredByMs) => {
      const before = of(provider)
      circuits.set(provider, withSend(before, answeredByMs))
      if (isOpenCircuit(before))
        say(
          countCircuit({
            "followup.via": provider.via,
            "followup.transport": provider.name,
            "followup.circuit.state": "half-open",
          }),
        )
    },
    answered: (provider, behaviour, nowMs) => {
      const before = of(provider)
      const after = withAnswer(before, behaviour, nowMs, policy)
      circuits.set(provider, after)
      const change = told(provider, before, after)
      if (change !== undefined) say(change)
    },
  }
}

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
