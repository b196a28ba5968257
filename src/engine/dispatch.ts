/**
 * A claimed message on its way: where it goes, the calls that it takes, and what is written down of them. Rules R7–R9.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { SendResult } from "../core/send-result.ts"
import { type ClaimedItem, type Postponement, Store } from "../ports/store.ts"
import type { Circuits } from "./circuits.ts"
import { type Conclusion, conclude, waitsUntil } from "./conclusion.ts"
import { makeDeadlines } from "./deadlines.ts"
import { isOutage } from "./error.ts"
import type { Inbox } from "./inbox.ts"
import { warn, watchSend } from "./observer.ts"
import { type Part, type Provider, partsOf } from "./providers.ts"
import { type Route, routeOf, type Step } from "./route.ts"
import { takeSteps } from "./sender.ts"
import type { EnginePolicy, EngineSetting } from "./setting.ts"

// Whose answer it is; or, where nobody could be asked, who may have the message.
const providerOf = ({ interrupted, providers }: ClaimedItem, provider: Provider | undefined) =>
  provider?.name ?? (interrupted && providers.length === 1 ? providers[0] : undefined)

/** How long what could not be written waits before it is tried again. */
const WRITE_RETRY_MS = 1_000

/** A claimed item and where it goes. @since 0.1.0 */
export interface Routed<R = Route> {
  readonly item: ClaimedItem
  readonly parts: ReadonlyArray<Part>
  readonly route: R
}

const calledBy = (step: Step): ReadonlyArray<Provider> => (step._tag === "Call" ? [step.offer.provider] : [])

/** How long an attempt may take, its grace included. Total. @since 0.1.0 */
export const attemptMs = ({ send }: Pick<EnginePolicy, "send">): number => send.timeoutMs + send.graceMs

const unreadable = ({ interrupted }: ClaimedItem): SendResult =>
  interrupted
    ? { _tag: "Uncertain", code: "unreadable" }
    : { _tag: "Rejected", reason: "config", code: "unreadable" }

/**
 * Says where a claimed item goes at an instant, and to its providers that something comes. R9.
 * @since 0.1.0
 */
export const routing =
  ({ engine, transports }: EngineSetting, circuits: Circuits) =>
  (item: ClaimedItem, nowMs: number): Effect.Effect<Routed> => {
    // Nobody can say any more what was to be sent: what certainly did not leave gives its PU back.
    if (item.message.via === "unreadable")
      return warn("messageUnreadable", {
        "followup.via": item.via,
        "followup.channel.id": item.key.channelId,
      }).pipe(Effect.as({ item, parts: [], route: { _tag: "Answer", result: unreadable(item) } } as const))
    const parts = partsOf(transports, item.message)
    const isConfigured = (name: string): boolean => transports[item.via].some((one) => one.name === name)
    const route = routeOf(parts, item, isConfigured, circuits.readyAtMs, nowMs)
    const called = route._tag === "Go" ? route.steps.flatMap((step) => calledBy(step)) : []
    const answeredByMs = nowMs + attemptMs(engine)
    return Effect.forEach(new Set(called), (provider) => circuits.sends(provider, answeredByMs), {
      discard: true,
    }).pipe(Effect.as({ item, parts, route }))
  }

/**
 * Writes something of a claimed message, which keeps it from being sent again: tried until it is done, or undefined once
 * it is too late.
 * @since 0.1.0
 */
export const writtenBy = <A, E>(untilMs: number, write: Effect.Effect<A, E>): Effect.Effect<A | undefined> =>
  write.pipe(
    Effect.catch((error) =>
      Clock.currentTimeMillis.pipe(
        Effect.flatMap((nowMs) =>
          // What the store refuses, or nobody can decide, is not tried over and over: it would keep others from being sent.
          !isOutage(error) || nowMs + WRITE_RETRY_MS >= untilMs
            ? Effect.undefined
            : Effect.sleep(WRITE_RETRY_MS).pipe(Effect.andThen(writtenBy(untilMs, write))),
        ),
      ),
    ),
  )

/** What takes claimed messages where they go. @since 0.1.0 */
export interface Dispatch {
  /**
   * Takes a message where it goes, once `written` says that this is written down: it gives the ids of which it is, or
   * undefined when it could not be written in time. `attempted` runs once no provider is asked any more.
   */
  readonly send: (
    routed: Routed<Exclude<Route, { readonly _tag: "Wait" }>>,
    leaseUntilMs: number,
    written: Effect.Effect<ReadonlyArray<string> | undefined>,
    attempted: Effect.Effect<void>,
  ) => Effect.Effect<void>
  /** Gives messages back that are under the lease until then. */
  readonly giveBack: (waiting: ReadonlyArray<Postponement>, leaseUntilMs: number) => Effect.Effect<void>
}

/** Makes a dispatch over the store in the context; `sent` runs after every message. @since 0.1.0 */
export const makeDispatch = Effect.fnUntraced(function* (
  { engine }: EngineSetting,
  circuits: Circuits,
  inbox: Pick<Inbox, "hand">,
  sent: Effect.Effect<void>,
) {
  const store = yield* Store
  const deadlines = yield* makeDeadlines

  const giveBack: Dispatch["giveBack"] = (waiting, leaseUntilMs) =>
    writtenBy(leaseUntilMs, store.postpone(leaseUntilMs, waiting)).pipe(Effect.andThen(sent))

  const handIn = Effect.fnUntraced(function* (
    item: ClaimedItem,
    leaseUntilMs: number,
    conclusion: Conclusion,
  ) {
    if (conclusion._tag === "Postpone") return yield* giveBack([conclusion.postponement], leaseUntilMs)
    const { provider, result } = conclusion
    const name = providerOf(item, provider)
    const answer = {
      _tag: "SendAnswered",
      deliveryId: item.deliveryId,
      result,
      receiptExpected: provider !== undefined && provider.receipts !== "none",
      ...(name !== undefined && { provider: name }),
      atMs: yield* Clock.currentTimeMillis,
    } as const
    if ((yield* writtenBy(leaseUntilMs, inbox.hand(item.key, answer))) === undefined)
      yield* warn("answerLost", { "followup.via": item.via, "followup.channel.id": item.key.channelId })
    yield* sent
  })

  // Undefined where it is no longer this process's to send.
  const tryToSend = Effect.fnUntraced(function* (
    { item, parts, route }: Parameters<Dispatch["send"]>[0],
    leaseUntilMs: number,
    written: Effect.Effect<ReadonlyArray<string> | undefined>,
  ): Effect.fn.Return<Conclusion | undefined> {
    if (route._tag === "Answer")
      return yield* watchSend(Effect.succeed({ ...route, provider: undefined }), item.providers, item)
    // Nothing leaves before it is written down who gets it: a process that dies leaves it to the same provider.
    const ours = yield* written
    const startsMs = yield* Clock.currentTimeMillis
    if (ours === undefined) return { _tag: "Postpone", postponement: waitsUntil(item, startsMs) }
    // A process that stood still has less of its lease left, or none: then another one may be at it, and may have
    // asked the provider already, who knew of nothing.
    const leftMs = leaseUntilMs - engine.send.graceMs - startsMs
    if (!ours.includes(item.deliveryId) || leftMs <= 0) return undefined
    const pace = { ...engine.send, timeoutMs: Math.min(engine.send.timeoutMs, leftMs) }
    const { providers, steps } = route
    const attempt: Effect.Effect<Conclusion> = Effect.gen(function* () {
      const results = yield* takeSteps(item, steps, circuits, pace, deadlines)
      const now = { nowMs: yield* Clock.currentTimeMillis, circuits, policy: engine.send }
      return conclude({ item, parts, providers, results }, now)
    })
    return yield* watchSend(attempt, providers, item)
  })

  const send: Dispatch["send"] = (routed, leaseUntilMs, written, attempted) =>
    tryToSend(routed, leaseUntilMs, written).pipe(
      Effect.ensuring(attempted),
      Effect.flatMap((conclusion) =>
        conclusion === undefined ? Effect.void : handIn(routed.item, leaseUntilMs, conclusion),
      ),
    )

  return { send, giveBack } satisfies Dispatch
})
