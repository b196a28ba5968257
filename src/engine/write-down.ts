/**
 * Writes down what claimed messages came to, or insists on it while it cannot be written. Rules R7–R9.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { InputOf } from "../core/customer/input.ts"
import type { ClaimedItem, Lease, Postponement } from "../ports/store.ts"
import { type Conclusion, waitsUntil } from "../sending/conclusion.ts"
import { type Provider, tellsMore } from "../sending/providers.ts"
import { type FollowUpsError, mayPass } from "./error.ts"
import type { Inbox, Told } from "./inbox.ts"
import type { Held } from "./leases.ts"
import { warn } from "./observer.ts"

// Whose answer it is; or, where nobody could be asked, who may have the message.
const providerOf = ({ interrupted, providers }: ClaimedItem, provider: Provider | undefined) =>
  provider?.name ?? (interrupted && providers.length === 1 ? providers[0] : undefined)

type Answer = InputOf<"SendAnswered">

/** Starts an effect, which goes on until it is over or what started it closes. @since 0.1.0 */
export type Run = (effect: Effect.Effect<void>) => void

/** Gives messages back that are under the lease until then. @since 0.1.0 */
export type GiveBack = (waiting: ReadonlyArray<Postponement>, leaseUntilMs: number) => Effect.Effect<void>

/** Until when something may be written. */
type Until = Pick<Lease, "untilMs">

/** How long what could not be written waits before it is tried again. @since 0.1.0 */
export const WRITE_RETRY_MS = 1_000

/** How long an acceptance waits that could not be written while its lease lasted. */
const INSIST_RETRY_MS = 10_000

// No time is left to try once more.
const isOver = ({ untilMs }: Until, nowMs: number): boolean => nowMs + WRITE_RETRY_MS >= untilMs

/**
 * Writes something of a claimed message, which keeps it from being sent again: tried until it is done, or undefined once
 * it is too late.
 * @since 0.1.0
 */
export const writtenBy = <A, E>(
  lease: Until,
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

// That it was accepted counts whoever has the message by then; anything else only while it is this process's: another one
// may be sending it, whose answer is the one that counts.
const underLease = ({ result }: Answer, held: Held): Lease | undefined =>
  result._tag === "Accepted" ? undefined : held

type Handing = Pick<Inbox, "hand" | "offer">

// Insists on what could not be written at once: until its lease is over, and on an acceptance beyond it.
const makeInsist = (inbox: Handing, giveBack: GiveBack, most: number) => {
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
    const lease = underLease(answer, held)
    const write = Effect.suspend(() => {
      const now = next
      next = inbox.hand(item.key, answer, lease)
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

  return { insist, insisting: () => insisting }
}

/** Writes down what messages came to. @since 0.1.0 */
export interface WriteDown {
  /** Writes down a message's conclusion; `done` runs once that is done, or left to an effect. */
  readonly writeDown: (item: ClaimedItem, held: Held, conclusion: Conclusion, done: () => void) => void
  /** How many acceptances are insisted on beyond their leases. */
  readonly insisting: () => number
}

/**
 * Makes what writes down; of acceptances it insists on `most` at a time beyond their leases. Almost every answer is taken at
 * once; `run` starts what insists on the others.
 * @since 0.1.0
 */
export const makeWriteDown = (
  inbox: Handing,
  clock: Clock.Clock,
  run: Run,
  giveBack: GiveBack,
  most: number,
): WriteDown => {
  const { insist, insisting } = makeInsist(inbox, giveBack, most)
  const writeDown: WriteDown["writeDown"] = (item, held, conclusion, done) => {
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
    const lease = underLease(answer, held)
    const told: Told = (outcome) => {
      if (Exit.isFailure(outcome)) run(insist(item, answer, held, outcome))
      else held.letGo()
      done()
    }
    if (inbox.offer(item.key, answer, told, lease)) return
    run(insist(item, answer, held, inbox.hand(item.key, answer, lease)))
    done()
  }
  return { writeDown, insisting }
}
