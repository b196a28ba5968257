/**
 * Takes the steps of a message: calls the providers that it goes to, each no longer than an attempt may take. Rules
 * R6–R9.
 * @since 0.1.0
 */
import type { SendResult } from "../core/send-result.ts"
import { type Attempt, type SendPolicy, type Settled, settled, uncertain } from "../ports/attempt.ts"
import type { ClaimedItem } from "../ports/store.ts"
import type { Provider } from "./providers.ts"
import type { Step } from "./route.ts"

/** What happens when time is up. @since 0.1.0 */
export interface Deadlines {
  /** Lets something happen at an instant, in ms, or soon after it; what it gives back calls it off. */
  readonly at: (atMs: number, come: () => void) => () => void
}

/** What came of a part: the provider's own answer, or what is known without one. @since 0.1.0 */
export interface PartResult extends Settled {
  readonly step: Step
  readonly provider: Provider | undefined
}

// Says once what came of it. What it gives back calls it off: then it says nothing.
const runAttempt = (
  item: ClaimedItem,
  attempt: Attempt,
  { timeoutMs, graceMs }: SendPolicy,
  sentAtMs: number,
  deadlines: Deadlines,
  ended: (settled: Settled) => void,
): (() => void) => {
  const controller = new AbortController()
  let isOver = false
  const end = (came: Settled): void => {
    if (isOver) return
    isOver = true
    callOff()
    ended(came)
  }
  let callOff = deadlines.at(sentAtMs + timeoutMs, () => {
    callOff = deadlines.at(sentAtMs + timeoutMs + graceMs, () => end({ result: uncertain("timed out") }))
    controller.abort()
  })
  void settled(attempt, {
    deliveryId: item.deliveryId,
    idempotencyKey: item.deliveryId,
    attempt: item.attempt,
    signal: controller.signal,
  }).then(end)
  return () => {
    isOver = true
    callOff()
    controller.abort()
  }
}

/** The provider was asked what became of a delivery, and cannot tell yet. @since 0.1.0 */
export const cannotTell = uncertain("interrupted")

type Call = Extract<Step, { readonly _tag: "Call" }>

// A delivery is looked up once at each provider, however many of its parts are there.
const attemptOf = (
  { call, offer: { provider, send } }: Call,
  lookups: Map<Provider, Promise<SendResult>>,
): Attempt =>
  call !== "lookup"
    ? send
    : (context) => {
        const ask = async () => (await provider.lookup?.(context.deliveryId, context)) ?? cannotTell
        const asked = lookups.get(provider) ?? ask()
        lookups.set(provider, asked)
        return asked
      }

/**
 * Takes all steps of a message at once, and says once what came of each, in their order. Never fails: what goes wrong in
 * a transport is an answer too. What it gives back calls off what is under way; then it says nothing. R6–R9.
 * @since 0.1.0
 */
export const takeSteps = (
  item: ClaimedItem,
  steps: ReadonlyArray<Step>,
  policy: SendPolicy,
  sentAtMs: number,
  deadlines: Deadlines,
  taken: (results: ReadonlyArray<PartResult>) => void,
): (() => void) => {
  const lookups = new Map<Provider, Promise<SendResult>>()
  const results = new Map<Step, PartResult>()
  const take = (step: Step): (() => void) => {
    const { provider } = step._tag === "Known" ? step : step.offer
    const ended = (came: Settled): void => {
      results.set(step, { step, provider, ...came })
      if (results.size === steps.length) taken(steps.flatMap((one) => results.get(one) ?? []))
    }
    if (step._tag === "Call")
      return runAttempt(item, attemptOf(step, lookups), policy, sentAtMs, deadlines, ended)
    ended({ result: step.result })
    return () => {}
  }
  const callOffs = steps.map(take)
  return () => {
    for (const callOff of callOffs) callOff()
  }
}
