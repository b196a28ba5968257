/**
 * What the results of a message's parts come to: an answer for the rules, or another attempt. Rules R7–R9.
 *
 * Only what is certain not to have been sent is sent again, or to another provider. Of what may have been sent, the
 * same provider is asked, or the same key is used where it honours keys, or it stays uncertain.
 * @since 0.1.0
 */
import type { SendResult } from "../core/send-result.ts"
import type { SendPolicy } from "../ports/attempt.ts"
import { refusalMeanings, saysNothingOfBefore } from "../ports/refusal.ts"
import type { ClaimedItem, Postponement, RefusedBy } from "../ports/store.ts"
import { backoffAfter } from "./backoff.ts"
import type { Part, Provider } from "./providers.ts"
import { getsItAtMs, type ReadyAt } from "./route.ts"
import type { PartResult } from "./steps.ts"

/** What came of a claimed item. @since 0.1.0 */
export type Conclusion =
  | {
      readonly _tag: "Answer"
      readonly result: SendResult | { readonly _tag: "Withdrawn" }
      /** Whose answer it is; undefined when nobody was asked. */
      readonly provider: Provider | undefined
    }
  | { readonly _tag: "Postpone"; readonly postponement: Postponement }

/** What a conclusion is drawn from. `providers`: those that the item went to; `parts`: all who would take it. @since 0.1.0 */
export interface Attempted {
  readonly item: ClaimedItem
  readonly parts: ReadonlyArray<Part>
  readonly providers: ReadonlyArray<string>
  readonly results: ReadonlyArray<PartResult>
}

/** How the providers stand: from when on each gets work, and whether one is out of order. @since 0.1.0 */
export interface Standing {
  readonly readyAtMs: ReadyAt
  readonly isOpen: (provider: Provider) => boolean
}

interface Now {
  readonly nowMs: number
  readonly circuits: Standing
  readonly policy: SendPolicy
}

const retryAfterMs = (result: SendResult): number | undefined =>
  result._tag === "Rejected" ? result.retryAfterMs : undefined

const saysNothing = ({ step, result }: PartResult): boolean =>
  step._tag === "Call" && step.call === "repeat" && saysNothingOfBefore(result)

const mayHaveLeft = (one: PartResult): boolean => one.result._tag === "Uncertain" || saysNothing(one)

const canSettle = ({ provider }: PartResult): boolean =>
  provider?.idempotency === "key" || provider?.lookup !== undefined

const backoffMs = ({ attempt }: ClaimedItem, policy: SendPolicy): number =>
  backoffAfter(attempt, policy.backoffMs)

// Attempts at a provider that is out of order do not count: a message outlasts the outage, while it is worth sending.
const attemptsAfter = ({ item, results }: Attempted, { circuits }: Now): number =>
  results.some(({ provider }) => provider !== undefined && circuits.isOpen(provider))
    ? item.attempt - 1
    : item.attempt

const again = (
  attempted: Attempted,
  now: Now,
  rest: Pick<Postponement, "notBeforeMs" | "interrupted" | "providers" | "refused">,
): Conclusion | undefined => {
  const { deliveryId, cancelled, expiresAtMs } = attempted.item
  const attempts = attemptsAfter(attempted, now)
  const mayTry = attempts < now.policy.maxAttempts && !cancelled && rest.notBeforeMs < expiresAtMs
  return mayTry ? { _tag: "Postpone", postponement: { deliveryId, attempts, ...rest } } : undefined
}

const concludeUnsure = (
  attempted: Attempted,
  unsure: PartResult,
  settleable: ReadonlyArray<PartResult>,
  now: Now,
): Conclusion => {
  const { item, providers } = attempted
  const { provider, result } = unsure
  const notBeforeMs = Math.min(
    ...settleable.map((one) =>
      Math.max(
        now.nowMs + Math.max(backoffMs(item, now.policy), retryAfterMs(one.result) ?? 0),
        one.provider === undefined ? 0 : now.circuits.readyAtMs(one.provider),
      ),
    ),
  )
  const code =
    result._tag === "Rejected" ? result.reason : result._tag === "Uncertain" ? result.code : undefined
  const rest = { notBeforeMs, interrupted: true, providers, refused: item.refused }
  return (
    again(attempted, now, rest) ?? {
      _tag: "Answer",
      provider,
      result: { _tag: "Uncertain", ...(code !== undefined && { code }) },
    }
  )
}

interface Chance {
  readonly atMs: number
  readonly provider: Provider
}

const againAtMs = (result: SendResult, { item }: Attempted, { nowMs, policy }: Now): number | null => {
  const afterMs = retryAfterMs(result)
  return afterMs === undefined ? null : nowMs + Math.max(afterMs, backoffMs(item, policy))
}

// Who refused every part that they got, for reasons of their own.
const refusersOf = (attempted: Attempted, now: Now): ReadonlyArray<RefusedBy> => {
  const called = attempted.results.filter(({ step }) => step._tag === "Call")
  return [...new Set(called.map(({ provider }) => provider))].flatMap((provider) => {
    const results = called.filter((one) => one.provider === provider).map(({ result }) => result)
    const isTheirs = results.every(
      (result) => result._tag === "Rejected" && refusalMeanings[result.reason].isProviders,
    )
    if (provider === undefined || !isTheirs) return []
    const agains = results.flatMap((result) => againAtMs(result, attempted, now) ?? [])
    return [{ provider: provider.name, untilMs: agains.length === 0 ? null : Math.max(...agains) }]
  })
}

// Who could take a part that was refused, and when: whoever takes it if its own provider refused for reasons of its
// own; else that one only, if it said so. What was refused for the recipient's sake goes to nobody else.
const chancesOf = (
  { provider: own, result }: PartResult,
  part: Part,
  refusers: ReadonlyArray<RefusedBy>,
  refused: ReadonlyArray<RefusedBy>,
  attempted: Attempted,
  now: Now,
): ReadonlyArray<Chance> => {
  const atMs = getsItAtMs(now.circuits.readyAtMs, refused)
  if (refusers.some(({ provider }) => provider === own?.name))
    return part.map(({ provider }) => ({ provider, atMs: Math.max(now.nowMs, atMs(provider)) }))
  const sooner = againAtMs(result, attempted, now)
  return own === undefined || sooner === null ? [] : [{ provider: own, atMs: Math.max(sooner, atMs(own)) }]
}

const concludeRefused = (attempted: Attempted, refusal: PartResult, now: Now): Conclusion => {
  const { item, parts, results } = attempted
  const refusers = refusersOf(attempted, now)
  const before = item.refused.filter((one) => !refusers.some(({ provider }) => provider === one.provider))
  const refused = [...before, ...refusers]
  const chances = results.flatMap((one, index) =>
    chancesOf(one, parts[index] ?? [], refusers, refused, attempted, now),
  )
  // The sort is stable: of those that may be asked at once, the preferred one.
  const [first] = chances.toSorted((a, b) => a.atMs - b.atMs)
  const next =
    first &&
    again(attempted, now, {
      notBeforeMs: first.atMs,
      interrupted: false,
      providers: [first.provider.name],
      refused,
    })
  return next ?? { _tag: "Answer", result: refusal.result, provider: refusal.provider }
}

/**
 * What the results of a message's parts come to. One device that has it is enough; one that may have it keeps all
 * others waiting. Total for at least one part. R7–R9.
 * @since 0.1.0
 */
export const conclude = (attempted: Attempted, now: Now): Conclusion => {
  const { results } = attempted
  const accepted = results.find(({ result }) => result._tag === "Accepted")
  if (accepted !== undefined) return { _tag: "Answer", result: accepted.result, provider: accepted.provider }
  const unsure = results.filter(mayHaveLeft)
  const [firstUnsure] = unsure
  if (firstUnsure !== undefined) {
    const settleable = unsure.filter(canSettle)
    return settleable.length > 0
      ? concludeUnsure(attempted, firstUnsure, settleable, now)
      : { _tag: "Answer", result: firstUnsure.result, provider: firstUnsure.provider }
  }
  const [refusal] = results
  return refusal === undefined
    ? { _tag: "Answer", result: { _tag: "Rejected", reason: "gone" }, provider: undefined }
    : concludeRefused(attempted, refusal, now)
}

/** A claimed item that waits until its provider is ready; the attempt was not made. Total. R8. @since 0.1.0 */
export const waitsUntil = (item: ClaimedItem, notBeforeMs: number): Postponement => {
  const { deliveryId, providers, refused, interrupted, attempt } = item
  return { deliveryId, providers, refused, interrupted, attempts: attempt - 1, notBeforeMs }
}
