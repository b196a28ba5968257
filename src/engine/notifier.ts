/**
 * Tells the host what channels are to be told of their usage and their domain, each notice by itself, until the host has
 * taken it. Rules R14, R16.
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Result from "effect/Result"
import { thrownBy, tookTooLong } from "../ports/mistake.ts"
import type { OnNotice } from "../ports/notice.ts"
import { type ClaimedNotice, Store, type StoreError } from "../ports/store.ts"
import { backoffAfter } from "../sending/backoff.ts"
import { aboutMistake } from "../sending/mistakes.ts"
import { warn, watchNotice } from "./observer.ts"
import type { EnginePolicy } from "./setting.ts"
import type { ChangeSignal } from "./signal.ts"

export type { NoticeCall, OnNotice } from "../ports/notice.ts"

/**
 * How notices are told. `timeoutMs`: how long the host may take over one, in which nobody else tells it.
 * `backoffMs`: wait before the second attempt, doubled for each further one up to `maxBackoffMs`. `maxCalls`: calls of
 * the host under way at most.
 * @since 0.1.0
 */
export interface NoticePolicy {
  readonly timeoutMs: number
  readonly backoffMs: number
  readonly maxBackoffMs: number
  readonly maxCalls: number
}

/** The engine's pace: 15 s, then 2 s doubled up to an hour, 16 at a time. @since 0.1.0 */
export const defaultNotices: NoticePolicy = {
  timeoutMs: 15_000,
  backoffMs: 2_000,
  maxBackoffMs: 3_600_000,
  maxCalls: 16,
}

/** How long writing down what a call came to may take. */
const WRITTEN_WITHIN_MS = 5_000

const waitAfter = (attempt: number, { backoffMs, maxBackoffMs }: NoticePolicy): number =>
  Math.min(maxBackoffMs, backoffAfter(attempt, backoffMs))

// A failure that says where and nothing else: what a host throws may hold anything.
const call = (onNotice: OnNotice, { seq, channelId, notice }: ClaimedNotice, timeoutMs: number) =>
  Effect.tryPromise({
    try: async () => onNotice({ id: `${encodeURIComponent(channelId)}/${seq}`, channelId, notice }),
    catch: thrownBy,
  }).pipe(Effect.timeoutOrElse({ duration: timeoutMs, orElse: () => Effect.fail(tookTooLong) }))

/** What tells notices. @since 0.1.0 */
export interface Notifier {
  /** Tells what is to be told, for ever. */
  readonly telling: Effect.Effect<never>
  /** Waits until no call of the host is under way. */
  readonly idle: Effect.Effect<void>
}

/** Makes a notifier over the store in the context. @since 0.1.0 */
export const makeNotifier = Effect.fnUntraced(function* (
  onNotice: OnNotice,
  { notices: policy, leaseMs, pollMs }: EnginePolicy,
  { listen, nudge }: Pick<ChangeSignal, "listen" | "nudge">,
) {
  const store = yield* Store
  const calls = yield* FiberSet.make()
  // Longer than a call may take, with time to write down how it ended.
  const heldMs = Math.max(leaseMs, policy.timeoutMs + WRITTEN_WITHIN_MS)
  // When this process tries again what failed here. Others' failures, and leases that ran out, are found by polling.
  const retriesAtMs = new Set<number>()

  const tell = Effect.fnUntraced(function* (claimed: ClaimedNotice) {
    const taken = yield* Effect.result(watchNotice(call(onNotice, claimed, policy.timeoutMs), claimed))
    let againAtMs: number | null = null
    if (Result.isFailure(taken)) {
      const { channelId, attempt } = claimed
      againAtMs = (yield* Clock.currentTimeMillis) + waitAfter(attempt, policy)
      retriesAtMs.add(againAtMs)
      const about = { "followup.channel.id": channelId, "followup.attempt": attempt }
      yield* warn("noticeFailed", { ...about, ...aboutMistake(taken.failure) })
    }
    // Should the store not hear of it, the lease runs out and the notice is told again, under the same id.
    yield* store.releaseNotice(claimed.seq, againAtMs).pipe(Effect.ignore)
    yield* nudge
  })

  // Uninterruptible, so that closing never leaves a claimed notice that nobody tells.
  const claim: Effect.Effect<void, StoreError> = Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis
    for (const atMs of retriesAtMs) if (atMs <= nowMs) retriesAtMs.delete(atMs)
    const free = policy.maxCalls - (yield* FiberSet.size(calls))
    if (free <= 0) return
    const claimed = yield* store.claimNotices(nowMs, nowMs + heldMs, free)
    for (const notice of claimed) yield* FiberSet.run(calls, tell(notice))
  }).pipe(Effect.uninterruptible)

  const round = Effect.gen(function* () {
    // Listening starts before looking, so that nothing is written unseen in between.
    const changed = yield* listen
    // A bug must not end what tells: it is said, and what is to be told is looked for again.
    yield* claim.pipe(
      Effect.ignore,
      Effect.catchDefect(() => warn("roundFailed", {})),
    )
    const nowMs = yield* Clock.currentTimeMillis
    const idleMs = Math.min(pollMs, ...[...retriesAtMs].map((atMs) => Math.max(0, atMs - nowMs)))
    yield* Effect.raceFirst(Effect.sleep(idleMs), changed)
  })

  return { telling: Effect.forever(round), idle: FiberSet.awaitEmpty(calls) } satisfies Notifier
})
