/**
 * One attempt at a message, by the same rules as in the engine: where it goes, the calls that it takes, and what
 * follows. Rules R6–R9.
 * @since 0.1.0
 */
import type { InputOf } from "../core/customer/input.ts"
import type { ClaimedItem, OutboxItem, Postponement } from "../ports/store.ts"
import { type Conclusion, conclude, type Standing, waitsUntil } from "../sending/conclusion.ts"
import { handlesMistaken, type Mistaken, sayMistakes } from "../sending/mistakes.ts"
import { tellsMore } from "../sending/providers.ts"
import { routed } from "../sending/route.ts"
import { type Deadlines, type PartResult, takeSteps } from "../sending/steps.ts"
import type { RestateSetting } from "./setting.ts"

/** What follows from an attempt: an answer for the rules, or another attempt. @since 0.1.0 */
export type Followed =
  | ({ readonly _tag: "Answer" } & Pick<InputOf<"SendAnswered">, "result" | "receiptExpected" | "provider">)
  | { readonly _tag: "Postpone"; readonly postponement: Postponement }

/** A message before its first attempt. Total. @since 0.1.0 */
export const unattempted = (item: OutboxItem): ClaimedItem => ({
  ...item,
  attempt: 1,
  interrupted: false,
  cancelled: false,
  refused: [],
})

/** A message before its next attempt. Total. @since 0.1.0 */
export const attemptedAgain = (
  item: ClaimedItem,
  { attempts, interrupted, providers, refused }: Postponement,
): ClaimedItem => ({ ...item, attempt: attempts + 1, interrupted, providers, refused })

// Nobody here knows how a provider fares with others: each gets work, and every attempt counts.
const nothingKnown: Standing = { readyAtMs: () => 0, isOpen: () => false }

/** As long as a timer can be: 24 days. */
const LONGEST_MS = 2 ** 31 - 1

// By a clock that nobody sets: how long a provider may take has nothing to do with what time it is.
const deadlines: Deadlines = {
  at: (atMs, come) => {
    const timer = setTimeout(come, Math.min(LONGEST_MS, atMs - performance.now()))
    return () => clearTimeout(timer)
  },
}

const concluded = async (
  { transports, send: policy, clock }: Pick<RestateSetting, "transports" | "send" | "clock">,
  item: ClaimedItem,
  mistaken: Mistaken,
): Promise<Conclusion> => {
  const { readyAtMs } = nothingKnown
  const { parts, route } = routed(transports, item, readyAtMs, clock.now(), handlesMistaken(mistaken))
  if (route._tag === "Answer") return { ...route, provider: undefined }
  if (route._tag === "Wait") return { _tag: "Postpone", postponement: waitsUntil(item, route.untilMs) }
  const { providers, steps } = route
  const results = await new Promise<ReadonlyArray<PartResult>>((taken) => {
    takeSteps(item, steps, policy, performance.now(), deadlines, taken)
  })
  sayMistakes(results, mistaken)
  const now = { nowMs: clock.now(), circuits: nothingKnown, policy }
  return conclude({ item, parts, providers, results }, now)
}

/**
 * Makes one attempt, and says what follows. Never rejects: what goes wrong in a transport is a result too, and `mistaken`
 * hears of it. R6–R9.
 * @since 0.1.0
 */
export const makeAttempt = async (
  setting: Pick<RestateSetting, "transports" | "send" | "clock">,
  item: ClaimedItem,
  mistaken: Mistaken,
): Promise<Followed> => {
  const conclusion = await concluded(setting, item, mistaken)
  if (conclusion._tag === "Postpone") return conclusion
  const { provider, result } = conclusion
  return {
    _tag: "Answer",
    result,
    receiptExpected: tellsMore(result, provider),
    ...(provider !== undefined && { provider: provider.name }),
  }
}
