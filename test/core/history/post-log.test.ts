/** R20: the post log is the whole history of what was sent and withheld, with outcomes and costs. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { milliToPu, puToMilli } from "../../../src/core/billing/pu.ts"
import { type HistoryEntry, postLog } from "../../../src/core/history/post-log.ts"
import { anyCustomerHistory } from "../../../src/testing/history-arbitraries.ts"
import { of, play, story, type World } from "../customer/world.ts"

const historyOf = ({ events }: World, customerId = "cust-1"): ReadonlyArray<HistoryEntry> =>
  events.map((event) => ({ customerId, event }))

const texted = () => {
  const one = story({ channel: { integrations: { push: false, sns: true } } })
  one.asks(0)
  one.replies(10)
  return one
}

describe("the post log", () => {
  it("R20: names the provider that had a message last; one that nobody names is null", () => {
    fc.assert(
      fc.property(anyCustomerHistory(), (history) => {
        const { events } = play(history, { punctual: true })
        const last = new Map<string, string>()
        for (const event of events)
          if ("provider" in event && event.provider !== undefined) last.set(event.deliveryId, event.provider)
        for (const entry of postLog(events.map((event) => ({ customerId: "cust-1", event }))))
          if (entry._tag === "Delivery") expect(entry.provider).toBe(last.get(entry.deliveryId) ?? null)
      }),
    )
  })

  it("R20: has a line for everything asked for and everything withheld, in their order, and no other", () => {
    fc.assert(
      fc.property(anyCustomerHistory(), (history) => {
        const world = play(history, { punctual: true })
        const expected = world.events.flatMap((event) =>
          event._tag === "DeliveryRequested"
            ? [event.deliveryId]
            : event._tag === "Excluded"
              ? [`${event.reason} ${event.messageIds.join()}`]
              : [],
        )
        const found = postLog(historyOf(world)).map((entry) =>
          entry._tag === "Delivery" ? entry.deliveryId : `${entry.reason} ${entry.messageIds.join()}`,
        )
        expect(found).toEqual(expected)
      }),
    )
  })

  it("R20: its costs are what the ledger has used and holds in reserve", () => {
    fc.assert(
      fc.property(anyCustomerHistory(), fc.boolean(), (history, punctual) => {
        const world = play(history, { punctual })
        const costs = postLog(historyOf(world)).map((entry) =>
          entry._tag === "Delivery" ? puToMilli(entry.pu) : 0,
        )
        const { usedMilli, reservedMilli } = world.ledger
        expect(costs.reduce((sum, cost) => sum + cost, 0)).toBe(usedMilli - history.usedMilli + reservedMilli)
      }),
      { numRuns: 400 },
    )
  })

  it("R20: each outcome is the last that was settled", () => {
    fc.assert(
      fc.property(anyCustomerHistory(), (history) => {
        const world = play(history, { punctual: true })
        const settled = new Map(
          of(world.events, "DeliverySettled").map((event) => [event.deliveryId, event.outcome]),
        )
        for (const entry of postLog(historyOf(world)))
          if (entry._tag === "Delivery") {
            expect(entry.outcome).toBe(settled.get(entry.deliveryId) ?? "pending")
            expect(entry.settledAtMs === null).toBe(entry.outcome === "pending")
          }
      }),
    )
  })

  it("R20: a message is pending until a provider takes it, then sent, and failed once it is refused", () => {
    const one = texted()
    const resultsOf = () =>
      postLog(historyOf(one.world)).map((entry) =>
        entry._tag === "Delivery" ? `${entry.via} ${entry.result}` : "",
      )
    expect(resultsOf()).toEqual(["sns Pending", "email Pending"])
    one.answers(11, "sns", { _tag: "Accepted" })
    expect(resultsOf()).toEqual(["sns Sent", "email Pending"])
    one.receipt(12, "sns", "failed")
    one.answers(13, "email", { _tag: "Accepted" }, false)
    expect(resultsOf()).toEqual(["sns Failed", "email Sent", "xms Pending"])
  })

  it("R20: a refused message costs nothing, one that timed out does, and a late receipt is noted", () => {
    const one = texted()
    one.answers(11, "sns", { _tag: "Accepted" })
    one.wakes(71)
    one.answers(72, "xms", { _tag: "Rejected", reason: "filtered", code: "30007" })
    one.receipt(80, "sns", "delivered")
    expect(postLog(historyOf(one.world))).toMatchObject([
      { via: "sns", outcome: "timed-out", pu: milliToPu(8_000), lateAtMs: 80_000, latePu: 0 },
      { via: "email", outcome: "pending" },
      { via: "xms", outcome: "failed", reason: "filtered", pu: 0, kind: "SMS", segments: 1, country: "KR" },
    ])
  })

  it("R20: a message that failed after it was taken costs nothing after all, in time or late", () => {
    const one = texted()
    one.answers(11, "sns", { _tag: "Accepted" })
    one.receipt(12, "sns", "failed")
    one.answers(13, "xms", { _tag: "Accepted" }, false)
    const costs = () =>
      postLog(historyOf(one.world)).map((entry) => (entry._tag === "Delivery" ? [entry.via, entry.pu] : []))
    expect(costs()).toEqual([
      ["sns", 0],
      ["email", 0],
      ["xms", 10],
    ])
    one.receipt(14, "xms", "failed")
    expect(costs()[2]).toEqual(["xms", 0])
  })

  it("R20: tells the provider's own code beside the reason, and of what may have been sent the one that left it open", () => {
    const one = texted()
    const tells = (via: string) =>
      postLog(historyOf(one.world)).flatMap((entry) =>
        entry._tag === "Delivery" && entry.via === via
          ? [[entry.result, entry.reason, entry.code, entry.unconfirmedUntilMs]]
          : [],
      )[0]
    one.answers(11, "sns", { _tag: "Rejected", reason: "content", code: "E42" })
    expect(tells("sns")).toEqual(["Failed", "content", "E42", null])
    expect(tells("xms")).toEqual(["Pending", null, null, null])
    one.answers(12, "xms", { _tag: "Uncertain", code: "503" })
    expect(tells("xms")).toEqual(["Pending", null, "503", 86_412_000])
    one.answers(13, "email", { _tag: "Uncertain", code: "timed out" })
    one.answers(14, "email", { _tag: "Accepted" })
    expect(tells("email")).toEqual(["Sent", null, null, null])
    one.wakes(86_412)
    expect(tells("xms")).toEqual(["Failed", null, "503", null])
  })

  it("R20: a push of which no news came in time tells what its provider said last", () => {
    const one = story()
    one.asks(0)
    one.replies(10)
    one.answers(11, "push", { _tag: "Uncertain", code: "503" })
    one.wakes(40)
    expect(postLog(historyOf(one.world))[0]).toMatchObject({ via: "push", outcome: "timed-out", code: "503" })
  })

  it("R20: a receipt that says how it ended leaves nothing open, and takes the code along", () => {
    const one = texted()
    one.answers(11, "sns", { _tag: "Uncertain", code: "503" })
    one.receipt(12, "sns", "delivered")
    expect(postLog(historyOf(one.world))).toMatchObject([
      { via: "sns", outcome: "delivered", code: null, unconfirmedUntilMs: null },
      { via: "email" },
    ])
  })

  it("R20: tells customers and what was sent to each apart", () => {
    const history = [...historyOf(texted().world, "cust-1"), ...historyOf(texted().world, "cust-2")]
    expect(postLog(history).map(({ customerId }) => customerId)).toEqual([
      "cust-1",
      "cust-1",
      "cust-2",
      "cust-2",
    ])
  })

  it("R20: news of a delivery whose request is not in the part given is left out", () => {
    const one = texted()
    one.answers(11, "sns", { _tag: "Accepted" })
    expect(postLog(historyOf(one.world).filter(({ event }) => event._tag === "DeliveryAccepted"))).toEqual([])
  })
})
