/**
 * A claimed message on its way: where it goes, the calls that it takes, and what is written down of them. Rules R7–R9.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { InputOf } from "../core/customer/input.ts"
import type { SendResult } from "../core/send-result.ts"
import { attemptMs } from "../ports/attempt.ts"
import { type ClaimedItem, type Postponement, Store } from "../ports/store.ts"
import { type Conclusion, conclude, waitsUntil } from "../sending/conclusion.ts"
import { type MistakenHandles, type Provider, type Transports, tellsMore } from "../sending/providers.ts"
import { type ReadyAt, type Route, type Routed, routed, type Step } from "../sending/route.ts"
import { type PartResult, takeSteps } from "../sending/steps.ts"
import { type Circuits, tellCircuits } from "./circuits.ts"
import { makeDeadlines } from "./deadlines.ts"
import { type FollowUpsError, mayPass } from "./error.ts"
import type { Inbox } from "./inbox.ts"
import { type Held, type Lease, type Leases, makeLeases } from "./leases.ts"
import type { Mistaken } from "./mistakes.ts"
import { type Say, warn } from "./observer.ts"
import { makeSendWatch, type SendWatch } from "./send-watch.ts"
import type { EngineSetting } from "./setting.ts"

// Whose answer it is; or, where nobody could be asked, who may have the message.
const providerOf = ({ interrupted, providers }: ClaimedItem, provider: Provider | undefined) =>
  provider?.name ?? (interrupted && providers.length === 1 ? providers[0] : undefined)

type Answer = InputOf<"SendAnswered">

/** Starts an effect, which goes on until it is over or what started it closes. @since 0.1.0 */
export type Run = (effect: Effect.Effect<void>) => void

/** How long what could not be written waits before it is tried again. */
const WRITE_RETRY_MS = 1_000

/** How long an acceptance waits that could not be written while its lease lasted. */
const INSIST_RETRY_MS = 10_000

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
    const goes = readablyRouted(transports, item, circuits.readyAtMs, nowMs, (provider, mistake) =>
      mistaken(provider, "handles", mistake),
    )
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

// No time is left to try once more.
const isOver = ({ untilMs }: Lease, nowMs: number): boolean => nowMs + WRITE_RETRY_MS >= untilMs

/**
 * Writes something of a claimed message, which keeps it from being sent again: tried until it is done, or undefined once
 * it is too late.
 * @since 0.1.0
 */
export const writtenBy = <A, E>(
  lease: Lease,
  write: Effect.Effect<A, E>,
  retryMs = WRITE_RETRY_MS,
): Effect.Effect<A | undefined> =>
  write.pipe(
    Effect.catch((error) =>
      Clock.currentTimeMillis.pipe(
        Effect.flatMap((nowMs) =>
          // What the store refuses, or nobody can decide, is not tried over and over: it would keep others from being sent.
          // The directory is waited for: decided without the contacts, what follows would be excluded for want of them.
          !mayPass(error) || isOver(lease, nowMs)
            ? Effect.undefined
            : Effect.sleep(retryMs).pipe(Effect.andThen(writtenBy(lease, write, retryMs))),
        ),
      ),
    ),
  )

const isCertain = ({ _tag }: Answer["result"]): boolean => _tag === "Rejected" || _tag === "Withdrawn"

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
  /** Gives messages back that are under the lease until then. */
  readonly giveBack: (waiting: ReadonlyArray<Postponement>, leaseUntilMs: number) => Effect.Effect<void>
  /** Whether a message that was just claimed stays with the send that it is on its way with already. */
  readonly keeps: Leases["keeps"]
  /** How many acceptances are insisted on beyond their leases. */
  readonly insisting: () => number
}

interface UnderWay {
  callOff: () => void
  readonly ended: SendWatch["ended"]
}

// Writes down what a message came to. Almost every answer is taken at once; one that is not is insisted on by an effect.
const makeWriteDown = (
  inbox: Pick<Inbox, "hand" | "offer">,
  clock: Clock.Clock,
  run: Run,
  giveBack: Dispatch["giveBack"],
  most: number,
) => {
  let insisting = 0
  // That it was accepted nobody else can find out, whoever has the message by then.
  const beyondLease = <A, E>(held: Held, write: Effect.Effect<A, E>): Effect.Effect<A | undefined> =>
    Effect.suspend(() => {
      if (insisting >= most) return Effect.undefined
      insisting++
      held.makeSure()
      const written = writtenBy({ untilMs: Number.POSITIVE_INFINITY }, write, INSIST_RETRY_MS)
      return Effect.ensuring(
        written,
        Effect.sync(() => {
          insisting--
        }),
      )
    })

  const insist = Effect.fnUntraced(function* (
    item: ClaimedItem,
    answer: Answer,
    held: Held,
    first: Effect.Effect<unknown, FollowUpsError>,
  ) {
    let next = first
    const write = Effect.suspend(() => {
      const now = next
      next = inbox.hand(item.key, answer)
      return now
    })
    const later = answer.result._tag === "Accepted" ? beyondLease(held, write) : Effect.undefined
    const written = yield* writtenBy(held, write).pipe(
      Effect.flatMap((soon) => (soon === undefined ? later : Effect.succeed(soon))),
      Effect.ensuring(Effect.sync(held.letGo)),
    )
    if (written !== undefined) return
    // Of what certainly did not leave nothing is lost: it is asked for anew, while the lease is still this process's.
    if (isCertain(answer.result) && isOver(held, yield* Clock.currentTimeMillis))
      return yield* giveBack([{ ...waitsUntil(item, 0), interrupted: false }], held.untilMs)
    yield* warn("answerLost", { "followup.via": item.via, "followup.channel.id": item.key.channelId })
  })

  const writeDown = (item: ClaimedItem, held: Held, conclusion: Conclusion, done: () => void): void => {
    if (conclusion._tag === "Postpone") {
      // Let go first: as soon as it is given back, this process may claim it to send it anew.
      held.letGo()
      run(giveBack([conclusion.postponement], held.untilMs))
      return done()
    }
    const { provider, result } = conclusion
    const name = providerOf(item, provider)
    const answer: Answer = {
      _tag: "SendAnswered",
      deliveryId: item.deliveryId,
      result,
      // Whoever had it when it was interrupted may yet say what became of it.
      receiptExpected: (item.interrupted && result._tag === "Uncertain") || tellsMore(result, provider),
      ...(name !== undefined && { provider: name }),
      atMs: clock.currentTimeMillisUnsafe(),
    }
    const isTaken = inbox.offer(item.key, answer, (outcome) => {
      if (Exit.isFailure(outcome)) run(insist(item, answer, held, outcome))
      else held.letGo()
      done()
    })
    if (isTaken) return
    run(insist(item, answer, held, inbox.hand(item.key, answer)))
    done()
  }
  return { writeDown, insisting: () => insisting }
}

const sayMistakes = (results: ReadonlyArray<PartResult>, mistaken: Mistaken): void => {
  for (const { step, mistake } of results)
    if (step._tag === "Call" && mistake !== undefined)
      mistaken(step.offer.provider, step.call === "lookup" ? "lookup" : "send", mistake)
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

  const giveBack: Dispatch["giveBack"] = (waiting, leaseUntilMs) =>
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
