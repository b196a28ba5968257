/** The arbitrary histories go deep: a law that holds over them has met every kind of event and of ending. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { anyCustomerHistory } from "../../src/testing/history-arbitraries.ts"
import { play } from "../core/customer/world.ts"

it("R20: arbitrary histories lead to every event, outcome, exclusion and ledger movement that there is", () => {
  const met = new Set<string>()
  for (const history of fc.sample(anyCustomerHistory(), { numRuns: 2_500, seed: 2 }))
    for (const { events, refusal } of play(history, { punctual: true }).played) {
      if (refusal !== null) met.add(refusal._tag)
      for (const event of events) {
        met.add(event._tag)
        if (event._tag === "DeliverySettled") met.add(`${event.via} ${event.outcome}`)
        if (event._tag === "ReceiptCameLate") met.add(`late ${event.via}`)
        if (event._tag === "Excluded") met.add(event.reason)
        if ("entry" in event && event.entry !== null) met.add(event.entry.op)
      }
    }
  const events = [
    "SessionChanged SessionsForgotten MessageRecorded RepliesRead Excluded FollowUpStarted DeliveryRequested",
    "DeliveryAccepted DeliveryUnconfirmed DeliverySettled ReceiptCameLate FollowUpCancelled FollowUpClosed",
    "FollowUpsForgotten UnknownMessage UnknownDelivery reserve settle release refund refuse",
    "manager-initiated marketing automatic read returned disabled no-contact quota-exhausted",
    "too-long unencodable opted-out",
  ].flatMap((words) => words.split(" "))
  const endings = ["failed", "blocked", "withdrawn"].flatMap((outcome) =>
    ["push", "sns", "xms", "email"].map((via) => `${via} ${outcome}`),
  )
  const others = ["push received", "push timed-out", "sns timed-out", "sns uncertain", "sns accepted"]
  const arrived = ["sns delivered", "xms delivered", "email delivered", "email accepted", "email uncertain"]
  const late = ["late push", "late sns", "late xms", "late email"]
  const expected = [...events, ...endings, ...others, ...arrived, ...late]
  expect(expected.filter((one) => !met.has(one))).toEqual([])
})
