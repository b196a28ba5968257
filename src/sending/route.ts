/**
 * Where a claimed message goes, decided before it goes: to which provider, or that it waits, or that there is an answer
 * already. Pure. Rules R7–R9.
 *
 * A message goes to another provider only while it is certain that none has it. What may have been sent stays with the
 * provider that it went to: that one is asked again, under the same key, or asked what became of it.
 * @since 0.1.0
 */
import type { SendResult } from "../core/send-result.ts"
import { uncertain } from "../ports/attempt.ts"
import type { ClaimedItem, RefusedBy } from "../ports/store.ts"
import {
  type MistakenHandles,
  type Offer,
  type Part,
  type Provider,
  partsOf,
  type Transports,
} from "./providers.ts"

/**
 * What happens with one part. `Call`: its provider is called, to `send` it, to `repeat` what may have been sent under
 * the same key, or to `lookup` what became of it. `Known`: what came of it is known without a call.
 * @since 0.1.0
 */
export type Step =
  | { readonly _tag: "Call"; readonly offer: Offer; readonly call: "send" | "repeat" | "lookup" }
  | { readonly _tag: "Known"; readonly result: SendResult; readonly provider?: Provider }

/**
 * Where a message goes. `Go`: each part has its step, and the message is with `providers`, by their names. `Wait`: all
 * that would take it rest. `Answer`: it goes nowhere.
 * @since 0.1.0
 */
export type Route =
  | { readonly _tag: "Go"; readonly steps: ReadonlyArray<Step>; readonly providers: ReadonlyArray<string> }
  | { readonly _tag: "Wait"; readonly untilMs: number }
  | {
      readonly _tag: "Answer"
      readonly result: SendResult | { readonly _tag: "Withdrawn" }
    }

/** A claimed item with its parts, and where it goes. @since 0.1.0 */
export interface Routed<R = Route> {
  readonly item: ClaimedItem
  readonly parts: ReadonlyArray<Part>
  readonly route: R
}

/** From when on a provider gets work, UTC epoch ms; that instant included. @since 0.1.0 */
export type ReadyAt = (provider: Provider) => number

const noProvider: SendResult = { _tag: "Rejected", reason: "config", code: "no transport takes it" }

const unique = <T>(items: ReadonlyArray<T>): ReadonlyArray<T> => [...new Set(items)]

const calledNames = (steps: ReadonlyArray<Step>): ReadonlyArray<string> =>
  unique(steps.flatMap((step) => (step._tag === "Call" ? [step.offer.provider.name] : [])))

// A part stays where it was meant to go before, as far as it may: two processes that prefer differently agree.
const choose = (part: Part, meantFor: ReadonlyArray<string>): Offer | undefined => {
  const names = part.map(({ provider }) => provider.name)
  const name = [...meantFor, ...names].find((one) => names.includes(one))
  return part.find(({ provider }) => provider.name === name)
}

/**
 * From when on a provider gets a message that some refused, UTC epoch ms; infinite for one that refused it for good.
 * Total.
 * @since 0.1.0
 */
export const getsItAtMs =
  (readyAtMs: ReadyAt, refused: ReadonlyArray<RefusedBy>): ReadyAt =>
  (provider) => {
    const refusal = refused.find((one) => one.provider === provider.name)
    return Math.max(
      readyAtMs(provider),
      refusal === undefined ? 0 : (refusal.untilMs ?? Number.POSITIVE_INFINITY),
    )
  }

const ready = (part: Part, readyAtMs: ReadyAt, nowMs: number): Part =>
  part.filter(({ provider }) => readyAtMs(provider) <= nowMs)

/** The providers that a new message would go to at this instant, by their names; none while all rest. Total. @since 0.1.0 */
export const firstProviders = (
  parts: ReadonlyArray<Part>,
  readyAtMs: ReadyAt,
  nowMs: number,
): ReadonlyArray<string> =>
  unique(parts.flatMap((part) => choose(ready(part, readyAtMs, nowMs), [])?.provider.name ?? []))

// Where nobody is ready: wait for the first who will be, unless the message is not worth sending by then.
const whenNobodyIsReady = (
  resting: ReadonlyArray<Provider>,
  readyAtMs: ReadyAt,
  item: ClaimedItem,
  result: SendResult,
): Route => {
  const untilMs = Math.min(...resting.map(readyAtMs))
  return untilMs < item.expiresAtMs ? { _tag: "Wait", untilMs } : { _tag: "Answer", result }
}

const leftAlone = { _tag: "Rejected", reason: "unreachable", code: "left alone" } as const

const freshStep = (part: Part, item: ClaimedItem, atMs: ReadyAt, nowMs: number): Step => {
  const offer = choose(ready(part, atMs, nowMs), item.providers)
  if (offer !== undefined) return { _tag: "Call", offer, call: "send" }
  const next = part
    .map(({ provider }) => provider)
    .filter((provider) => Number.isFinite(atMs(provider)))
    .toSorted((a, b) => atMs(a) - atMs(b))[0]
  if (next === undefined) return { _tag: "Known", result: noProvider }
  return { _tag: "Known", provider: next, result: { ...leftAlone, retryAfterMs: atMs(next) - nowMs } }
}

const freshRoute = (
  parts: ReadonlyArray<Part>,
  item: ClaimedItem,
  readyAtMs: ReadyAt,
  nowMs: number,
): Route => {
  const atMs = getsItAtMs(readyAtMs, item.refused)
  const steps = parts.map((part) => freshStep(part, item, atMs, nowMs))
  const providers = calledNames(steps)
  if (providers.length > 0) return { _tag: "Go", steps, providers }
  const resting = steps.flatMap((step) => (step._tag === "Known" ? (step.provider ?? []) : []))
  return resting.length === 0
    ? { _tag: "Answer", result: noProvider }
    : whenNobodyIsReady(resting, atMs, item, leftAlone)
}

// Before messages named their providers there was one for each leg.
const holdersOf = (parts: ReadonlyArray<Part>, { providers }: ClaimedItem): ReadonlyArray<string> => {
  const names = unique(parts.flat().map(({ provider }) => provider.name))
  return providers.length === 0 && names.length === 1 ? names : providers
}

const heldStep = (part: Part, holders: ReadonlyArray<string>, isWanted: boolean): Step => {
  const offer = choose(
    part.filter(({ provider }) => holders.includes(provider.name)),
    holders,
  )
  // Whether its provider took it then cannot be said any more.
  if (offer === undefined) return { _tag: "Known", result: uncertain("interrupted") }
  const { provider } = offer
  if (isWanted && provider.idempotency === "key") return { _tag: "Call", offer, call: "repeat" }
  if (provider.lookup !== undefined) return { _tag: "Call", offer, call: "lookup" }
  return { _tag: "Known", result: uncertain("interrupted"), provider }
}

const heldRoute = (
  parts: ReadonlyArray<Part>,
  item: ClaimedItem,
  isConfigured: (name: string) => boolean,
  readyAtMs: ReadyAt,
  nowMs: number,
): Route => {
  // Of a push without devices nobody can be asked: a send without steps would never end.
  if (parts.length === 0) return { _tag: "Answer", result: uncertain("interrupted") }
  const holders = holdersOf(parts, item)
  const isWanted = !item.cancelled && nowMs < item.expiresAtMs
  if (holders.length === 0 || !holders.every(isConfigured))
    return { _tag: "Answer", result: uncertain("no transport") }
  const steps = parts.map((part) => heldStep(part, holders, isWanted))
  const called = steps.flatMap((step) => (step._tag === "Call" ? [step.offer.provider] : []))
  const isReady = (provider: Provider): boolean => readyAtMs(provider) <= nowMs
  if (called.length > 0 && !called.some(isReady))
    return whenNobodyIsReady(called, readyAtMs, item, uncertain("interrupted"))
  return {
    _tag: "Go",
    providers: holders,
    steps: steps.map((step) =>
      step._tag === "Call" && !isReady(step.offer.provider)
        ? { _tag: "Known", result: uncertain("interrupted"), provider: step.offer.provider }
        : step,
    ),
  }
}

const routeOf = (
  parts: ReadonlyArray<Part>,
  item: ClaimedItem,
  isConfigured: (name: string) => boolean,
  readyAtMs: ReadyAt,
  nowMs: number,
): Route => {
  if (item.interrupted) return heldRoute(parts, item, isConfigured, readyAtMs, nowMs)
  if (item.cancelled || nowMs >= item.expiresAtMs) return { _tag: "Answer", result: { _tag: "Withdrawn" } }
  // A push of which no device is left.
  if (parts.length === 0) return { _tag: "Answer", result: { _tag: "Rejected", reason: "gone" } }
  return freshRoute(parts, item, readyAtMs, nowMs)
}

/**
 * Where a claimed message goes at this instant, given the transports, and from when on each gets work. Total for messages
 * that hold what their leg's do. R7–R9.
 *
 * - Not wanted any more, and certain not to have been sent: it is withdrawn.
 * - May have been sent: it stays with its providers. Should one of them no longer be set up, it is uncertain.
 * - Otherwise each part goes to the first that takes it, has not refused it and does not rest.
 * @since 0.1.0
 */
export const routed = (
  transports: Transports,
  item: ClaimedItem,
  readyAtMs: ReadyAt,
  nowMs: number,
  mistaken: MistakenHandles = () => {},
): Routed => {
  const parts = partsOf(transports, item.message, mistaken)
  const isConfigured = (name: string): boolean => transports[item.via].some((one) => one.name === name)
  return { item, parts, route: routeOf(parts, item, isConfigured, readyAtMs, nowMs) }
}
