/**
 * A claimed message on its way: where it goes, the calls that it takes, and what is written down of them. Rules R7–R9.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { SendResult } from "../core/send-result.ts"
import { attemptMs } from "../ports/attempt.ts"
import { type ClaimedItem, Store } from "../ports/store.ts"
import { type Conclusion, conclude, waitsUntil } from "../sending/conclusion.ts"
import { handlesMistaken, type Mistaken, sayMistakes } from "../sending/mistakes.ts"
import { type MistakenHandles, type Provider, type Transports } from "../sending/providers.ts"
import { type ReadyAt, type Route, type Routed, routed, type Step } from "../sending/route.ts"
import { type PartResult, takeSteps } from "../sending/steps.ts"
import { type Circuits, tellCircuits } from "./circuits.ts"
import { makeDeadlines } from "./deadlines.ts"
import type { Inbox } from "./inbox.ts"
import { type Held, type Leases, makeLeases } from "./leases.ts"
import { type Say, warn } from "./observer.ts"
import { makeSendWatch, type SendWatch } from "./send-watch.ts"
import type { EngineSetting } from "./setting.ts"
import { type GiveBack, makeWriteDown, type Run, type WriteDown, writtenBy } from "./write-down.ts"

const calledBy = (step: Step): ReadonlyArray<Provider> => (step._tag === "Call" ? [step.offer.provider] : [])

const unreadable = ({ interrupted }: ClaimedItem): SendResult =>
  interrupted
    ? { _tag: "Uncertain", code: "unreadable" }
    : { _tag: "Rejected", reason: "config", code: "unreadable" }

// A row that is JSON may lack what it should hold, which shows where it is used.
const readablyRouted = (
  transports: Transports,
  item: ClaimedItem,
  readyAtMs: ReadyAt,
  nowMs: number,
  mistaken: MistakenHandles,
): Routed | undefined => {
  if (item.message.via === "unreadable") return undefined
  try {
    return routed(transports, item, readyAtMs, nowMs, mistaken)
  } catch {
    return undefined
  }
}

/**
 * Says where a claimed item goes at an instant, and to its providers that something comes. Total: what cannot be read is
 * given up, so that it keeps no other back. R9.
 * @since 0.1.0
 */
export const routing =
  ({ engine, transports }: EngineSetting, circuits: Circuits, say: Say, mistaken: Mistaken) =>
  (item: ClaimedItem, nowMs: number): Routed => {
    const goes = readablyRouted(transports, item, circuits.readyAtMs, nowMs, handlesMistaken(mistaken))
    // Nobody can say any more what was to be sent: what certainly did not leave gives its PU back.
    if (goes === undefined) {
      const about = { "followup.via": item.via, "followup.channel.id": item.key.channelId }
      say(warn("messageUnreadable", about))
      return { item, parts: [], route: { _tag: "Answer", result: unreadable(item) } }
    }
    const called = goes.route._tag === "Go" ? goes.route.steps.flatMap((step) => calledBy(step)) : []
    const answeredByMs = nowMs + attemptMs(engine.send)
    for (const provider of new Set(called)) circuits.sends(provider, answeredByMs)
    return goes
  }

/** What takes claimed messages where they go. @since 0.1.0 */
export interface Dispatch {
  /**
   * Takes a message where it goes. `attempted` runs once no provider is asked any more, and `done` after it, once what came
   * of it is written down or left to an effect; neither once the scope is closed, which calls off what is under way.
   */
  readonly send: (
    routed: Routed<Exclude<Route, { readonly _tag: "Wait" }>>,
    leaseUntilMs: number,
    attempted: () => void,
    done: () => void,
  ) => void
  readonly giveBack: GiveBack
  /** Whether a message that was just claimed stays with the send that it is on its way with already. */
  readonly keeps: Leases["keeps"]
  readonly insisting: WriteDown["insisting"]
}

interface UnderWay {
  callOff: () => void
  readonly ended: SendWatch["ended"]
}

/**
 * Makes a dispatch over the store in the context, for the current scope; `run` starts what takes an effect, `sent` follows
 * what is given back.
 * @since 0.1.0
 */
export const makeDispatch = Effect.fnUntraced(function* (
  { engine }: EngineSetting,
  circuits: Circuits,
  inbox: Pick<Inbox, "hand" | "offer">,
  run: Run,
  sent: Effect.Effect<void>,
  mistaken: Mistaken,
) {
  const store = yield* Store
  const clock = yield* Clock.Clock
  const deadlines = yield* makeDeadlines
  const watchSend = yield* makeSendWatch

  const giveBack: GiveBack = (waiting, leaseUntilMs) =>
    writtenBy({ untilMs: leaseUntilMs }, store.postpone(leaseUntilMs, waiting)).pipe(Effect.andThen(sent))
  const { writeDown, insisting } = makeWriteDown(inbox, clock, run, giveBack, engine.maxWaiting)

  const leases = makeLeases()
  const underWay = new Set<UnderWay>()
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const { callOff, ended } of underWay) {
        callOff()
        ended(undefined)
      }
    }),
  )

  const send: Dispatch["send"] = ({ item, parts, route }, leaseUntilMs, attempted, done) => {
    const finish = (held: Held, conclusion: Conclusion): void => {
      attempted()
      writeDown(item, held, conclusion, done)
    }
    if (route._tag === "Answer") {
      const answer = { ...route, provider: undefined }
      watchSend(item.providers, item).ended(answer)
      return finish(leases.hold(item, leaseUntilMs), answer)
    }
    const startsMs = clock.currentTimeMillisUnsafe()
    // A process that stood still has less of its lease left, or none: then another one may be at it, and may have
    // asked the provider already, who knew of nothing.
    const leftMs = leaseUntilMs - engine.send.graceMs - startsMs
    if (leftMs <= 0) {
      attempted()
      run(giveBack([waitsUntil(item, startsMs)], leaseUntilMs))
      return done()
    }
    const held = leases.hold(item, leaseUntilMs)
    const { providers, steps } = route
    const pace = { ...engine.send, timeoutMs: Math.min(engine.send.timeoutMs, leftMs) }
    const { within, ended } = watchSend(providers, item)
    const sending: UnderWay = { callOff: () => {}, ended }
    const taken = (results: ReadonlyArray<PartResult>): void => {
      const nowMs = clock.currentTimeMillisUnsafe()
      const now = { nowMs, circuits, policy: engine.send }
      tellCircuits(circuits, results, startsMs, nowMs)
      sayMistakes(results, mistaken)
      const conclusion = conclude({ item, parts, providers, results }, now)
      underWay.delete(sending)
      ended(conclusion)
      finish(held, conclusion)
    }
    underWay.add(sending)
    sending.callOff = within(() => takeSteps(item, steps, pace, startsMs, deadlines, taken))
  }

  return { send, giveBack, keeps: leases.keeps, insisting } satisfies Dispatch
})
