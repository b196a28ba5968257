/**
 * Calls the providers that a message goes to, outside any transaction. Rules R6–R9.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { SendResult } from "../core/send-result.ts"
import { type Attempt, type SendPolicy, settled, uncertain } from "../ports/attempt.ts"
import { refusalMeanings } from "../ports/refusal.ts"
import type { ClaimedItem } from "../ports/store.ts"
import type { Circuits } from "./circuits.ts"
import type { Deadlines } from "./deadlines.ts"
import type { Provider } from "./providers.ts"
import type { Step } from "./route.ts"

/** What came of a part: the provider's own answer, or what is known without one. @since 0.1.0 */
export interface PartResult {
  readonly step: Step
  readonly provider: Provider | undefined
  readonly result: SendResult
}

const runAttempt = (
  item: ClaimedItem,
  attempt: Attempt,
  { timeoutMs, graceMs }: SendPolicy,
  sentAtMs: number,
  deadlines: Deadlines,
): Effect.Effect<SendResult> =>
  Effect.callback((resume) => {
    const controller = new AbortController()
    let callOff = () => {}
    const end = (result: SendResult): void => {
      callOff()
      resume(Effect.succeed(result))
    }
    callOff = deadlines.at(sentAtMs + timeoutMs, () => {
      callOff = deadlines.at(sentAtMs + timeoutMs + graceMs, () => end(uncertain("timed out")))
      controller.abort()
    })
    void settled(attempt, {
      deliveryId: item.deliveryId,
      idempotencyKey: item.deliveryId,
      attempt: item.attempt,
      signal: controller.signal,
    }).then(end)
    return Effect.sync(() => {
      callOff()
      controller.abort()
    })
  })

// A provider that cannot tell yet works all the same.
const cannotTell = uncertain("interrupted")

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

// A provider that can say what became of a delivery works, whatever it says.
const isFault = ({ step, result }: PartResult): boolean =>
  result._tag === "Uncertain"
    ? result !== cannotTell
    : result._tag === "Rejected" &&
      refusalMeanings[result.reason].isOutage &&
      step._tag === "Call" &&
      step.call !== "lookup"

const restMs = (result: SendResult): number =>
  result._tag === "Rejected" && result.reason === "rate-limited" ? (result.retryAfterMs ?? 0) : 0

// One word a provider, however many devices it was called for: one that took any of them works.
const tellCircuits = Effect.fnUntraced(function* (
  circuits: Circuits,
  results: ReadonlyArray<PartResult>,
  sentAtMs: number,
) {
  const called = results.filter(({ step }) => step._tag === "Call")
  for (const provider of new Set(called.map((one) => one.provider))) {
    if (provider === undefined) continue
    const own = called.filter((one) => one.provider === provider)
    yield* circuits.answered(provider, {
      sentAtMs,
      isFault: own.every(isFault),
      restMs: Math.max(...own.map(({ result }) => restMs(result))),
    })
  }
})

/**
 * Takes all steps of a message at once, and says what came of each. Never fails: what goes wrong in a transport is an
 * answer too. R6–R9.
 * @since 0.1.0
 */
export const takeSteps = Effect.fnUntraced(function* (
  item: ClaimedItem,
  steps: ReadonlyArray<Step>,
  circuits: Circuits,
  policy: SendPolicy,
  deadlines: Deadlines,
) {
  const sentAtMs = yield* Clock.currentTimeMillis
  const lookups = new Map<Provider, Promise<SendResult>>()
  const take = (step: Step): Effect.Effect<PartResult> => {
    if (step._tag === "Known") return Effect.succeed({ step, provider: step.provider, result: step.result })
    const { provider } = step.offer
    const attempt = attemptOf(step, lookups)
    return runAttempt(item, attempt, policy, sentAtMs, deadlines).pipe(
      Effect.map((result) => ({ step, provider, result })),
    )
  }
  const [only] = steps
  const results =
    only !== undefined && steps.length === 1
      ? [yield* take(only)]
      : yield* Effect.forEach(steps, take, { concurrency: "unbounded" })
  yield* tellCircuits(circuits, results, sentAtMs)
  return results
})
