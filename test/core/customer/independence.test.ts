/** R8: text and email do not look at one another: other answers to one leave the other as it was. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { FollowUpEvent } from "../../../src/core/customer/event.ts"
import { parseDeliveryId } from "../../../src/core/customer/state.ts"
import { anyPolicy } from "../../../src/testing/directory-arbitraries.ts"
import {
  anyAnswerAt,
  anyCustomerHistory,
  type CustomerHistory,
  type HistoryStep,
} from "../../../src/testing/history-arbitraries.ts"
import { play } from "./world.ts"

const carriers = { text: ["sns", "xms"], email: ["email"] } as const
type LegName = keyof typeof carriers

const legOf = ({ input }: HistoryStep): LegName | undefined => {
  if (input._tag !== "SendAnswered" && input._tag !== "Receipt") return undefined
  const via = parseDeliveryId(input.deliveryId)?.via
  return via === "email" ? "email" : via === "sns" || via === "xms" ? "text" : undefined
}

/** The events that are about a leg, and only what they say about it. */
const about = (events: ReadonlyArray<FollowUpEvent>, leg: LegName): ReadonlyArray<unknown> =>
  events.flatMap((event): ReadonlyArray<unknown> => {
    if ("via" in event) return (carriers[leg] as ReadonlyArray<string>).includes(event.via) ? [event] : []
    return event._tag === "Excluded" && event.legs.includes(leg) ? [{ ...event, legs: [leg] }] : []
  })

/** The same history, in which the answers to one leg are others: something else, or only time passes. */
const withOtherAnswers = (history: CustomerHistory, leg: LegName) =>
  fc
    .tuple(
      ...history.steps.map((step) => {
        const { input, nowMs } = step
        if (legOf(step) !== leg || (input._tag !== "SendAnswered" && input._tag !== "Receipt"))
          return fc.constant([step])
        const other = anyAnswerAt(input.atMs, fc.constant(input.deliveryId)).map((answer): HistoryStep[] => [
          { ...step, nowMs, input: answer },
        ])
        return fc.oneof(
          other,
          other,
          fc.constant<HistoryStep[]>([{ ...step, input: { _tag: "WakeUp", atMs: input.atMs } }]),
        )
      }),
    )
    .map((steps): CustomerHistory => ({ ...history, steps: steps.flat() }))

// Free email, so that the legs share no PU; a long memory, since how soon a follow-up is forgotten depends on both
// legs. The customer is woken up in time, since every input is a wake-up as well, but a refused one is not.
const policies = anyPolicy().map((policy) => ({
  ...policy,
  prices: policy.prices.map((price) => (price.kind === "EMAIL" ? { ...price, pu: 0 } : price)),
  cascade: { ...policy.cascade, rememberClosedMs: Number.MAX_SAFE_INTEGER },
}))

// Clocks that run backwards change the instant of a wake-up, which belongs to no leg.
const forward = (history: CustomerHistory): boolean =>
  history.steps.every(({ nowMs }, index) => nowMs >= (history.steps[index - 1]?.nowMs ?? 0))

const independent = (of: LegName, from: LegName) =>
  fc.assert(
    fc.property(
      anyCustomerHistory(policies)
        .filter(forward)
        .chain((history) => fc.tuple(fc.constant(history), withOtherAnswers(history, from))),
      ([history, other]) => {
        const worlds = [history, other].map((one) => play(one, { punctual: true }).events)
        // Whether a reply is called for once more depends on whether anything of it left, whichever leg it was.
        fc.pre(!worlds.flat().some((event) => event._tag === "FollowUpClosed" && event.waitAgain))
        const [expected, legs] = worlds.map((events) => about(events, of))
        expect(legs).toEqual(expected)
      },
    ),
    { numRuns: 1_500 },
  )

describe("the legs of a follow-up", () => {
  it("R8: whatever becomes of the email, the text is the same", () => independent("text", "email"))
  it("R8: whatever becomes of the text, the email is the same", () => independent("email", "text"))
})
