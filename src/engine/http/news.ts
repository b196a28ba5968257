/**
 * What becomes of what providers, apps and customers tell: receipts are kept, opt-outs are kept or told to the host, and
 * what only the host can make sense of is told to it. Rules R7, R9, R15, R20.
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { type Mistake, nonsense, thrownBy } from "../../ports/mistake.ts"
import type { WebhookEvent, WebhookEventOf } from "../../ports/webhook.ts"
import { aboutMistake } from "../../sending/mistakes.ts"
import type { FollowUpsError } from "../error.ts"
import type { KeptCalls } from "../kept.ts"
import type { warn } from "../observer.ts"
import type { ToldCalls } from "../told.ts"

/**
 * What a host is told: who blocked a sender or let it write again and, where the contacts are in its directory, who
 * opted out.
 * @since 0.1.0
 */
export type HostEvent = WebhookEventOf<"OptedOut" | "SenderBlocked" | "SenderUnblocked">

/**
 * Takes an event that only the host can keep; may be told the same one twice. One that throws, or whose promise rejects,
 * has not taken it: the provider is made to tell it again.
 * @since 0.1.0
 */
export type OnEvent = (event: HostEvent) => void | Promise<void>

/** Why news could not be kept now; who told them tells them again. @since 0.1.0 */
export interface NotKept {
  readonly reason: "onEvent" | "webhook" | "body" | "directory" | "store" | "closed"
  /** Of what the host's own code did. */
  readonly mistake?: Mistake
}

/**
 * What news are applied with; `keepsContacts`: opt-outs are kept here. `warn`: says what is left out.
 * @since 0.1.0
 */
export interface NewsSetting {
  readonly warn: typeof warn
  readonly calls: Pick<ToldCalls & KeptCalls, "receipt" | "optOut">
  readonly onEvent: OnEvent | undefined
  readonly keepsContacts: boolean
}

// What is not known here, cannot be decided or makes no sense, is and does neither when it is told again: some providers
// would tell it for days.
const kept = (
  call: Effect.Effect<void, FollowUpsError>,
  warnOf: NewsSetting["warn"],
): Effect.Effect<void, NotKept> =>
  call.pipe(
    Effect.catch(({ reason, issues = [] }) => {
      if (reason === "directory" || reason === "store" || reason === "closed") return Effect.fail({ reason })
      if (reason !== "bad-input") return Effect.void
      return warnOf("newsRefused", aboutMistake(nonsense({ _tag: "BadInput", issues })))
    }),
  )

const told = (onEvent: OnEvent | undefined, event: HostEvent): Effect.Effect<void, NotKept> =>
  onEvent === undefined
    ? Effect.void
    : Effect.tryPromise({
        try: async () => onEvent(event),
        catch: (error) => ({ reason: "onEvent" as const, mistake: thrownBy(error) }),
      })

const apply = (
  { calls, onEvent, keepsContacts, warn: warnOf }: NewsSetting,
  event: WebhookEvent,
): Effect.Effect<void, NotKept> => {
  if (event._tag === "Receipt") {
    const { _tag, ...news } = event
    return kept(calls.receipt(news), warnOf)
  }
  if (event._tag !== "OptedOut" || !keepsContacts) return told(onEvent, event)
  const { _tag, ...optOut } = event
  return kept(calls.optOut(optOut), warnOf)
}

/**
 * Applies events; succeeds once all of them are kept. Receipts are decided together; what is told to the host is told in
 * its order.
 * @since 0.1.0
 */
export const applyNews = (
  setting: NewsSetting,
  events: ReadonlyArray<WebhookEvent>,
): Effect.Effect<void, NotKept> => {
  const receipts = events.filter(({ _tag }) => _tag === "Receipt")
  const others = events.filter(({ _tag }) => _tag !== "Receipt")
  const one = (event: WebhookEvent) => apply(setting, event)
  return Effect.all(
    [
      Effect.forEach(receipts, one, { concurrency: "unbounded", discard: true }),
      Effect.forEach(others, one, { discard: true }),
    ],
    { discard: true },
  )
}
