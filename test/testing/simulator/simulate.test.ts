/** What happens at one instant has its order, and what happens at the end of a scenario still happens. */
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { type ReportedDelivery, reportOf } from "../../../src/testing/simulator/report.ts"
import { decodeScenario } from "../../../src/testing/simulator/scenario.ts"
import { simulate } from "../../../src/testing/simulator/simulate.ts"

const channel = {
  id: "acme",
  country: "KR",
  plan: { kind: "free" },
  settings: { email: false },
  integrations: { push: true, sns: true },
}
const contact = { phone: "010-1234-5678" }

const says = (at: string, customer: string, id: string, from: string, more = {}) => ({
  at,
  message: { chat: "c1", customer, id, from, text: "Yes, it is.", ...more },
})
const signals = (at: string, customer: string, signal: string, session = "tab-1") => ({
  at,
  presence: { customer, session, signal },
})

const play = (scenario: object) =>
  reportOf(
    simulate(
      Result.getOrThrow(
        decodeScenario({ channel, customers: [{ id: "a", ...contact }], until: "1h", ...scenario }),
      ),
    ),
  )
const asked = ({ via, atMs }: ReportedDelivery) => `${via}@${atMs}`

describe("at one instant", () => {
  const asksAndReads = [says("0s", "a", "m1", "customer"), says("10s", "a", "m2", "manager")]
  const reads = { at: "15s", read: { chat: "c1", customer: "a", upTo: "m2" } }

  it("R9: transports answer before the customer reads: an XMS that was due then is asked for", () => {
    const { deliveries } = play({
      transports: { sns: { then: "blocked", after: "5s" } },
      timeline: [...asksAndReads, reads],
    })
    expect(deliveries.map(asked)).toEqual(["sns@10000", "xms@15000"])
  })

  it("R7: a push times out before the app can say that it was received", () => {
    const { deliveries } = play({
      customers: [{ id: "a", ...contact, pushTokens: ["t1"] }],
      transports: { push: { after: "30s" } },
      timeline: asksAndReads,
    })
    expect(deliveries.map(asked)).toEqual(["push@10000", "sns@40000"])
  })

  it("R16: customers are due in the order of the file: the first has the last PU", () => {
    const { deliveries, exclusions } = play({
      channel: { ...channel, usedPu: 992 },
      customers: ["a", "b", "c"].map((id) => ({ id, ...contact })),
      timeline: ["c", "b", "a"].flatMap((id) => [
        signals("0s", id, "active"),
        says("0s", id, "m1", "customer", { session: "tab-1" }),
        says("10s", id, "m2", "manager"),
      ]),
    })
    expect(deliveries.map(({ customer, atMs }) => [customer, atMs])).toEqual([["a", 270_000]])
    const refused = exclusions.filter(({ reason }) => reason === "quota-exhausted")
    expect(refused.map(({ customer }) => customer)).toEqual(["b", "c"])
  })
})

describe("a scenario", () => {
  const timeline = [says("0s", "a", "m1", "customer"), says("10s", "a", "m2", "manager")]
  const customers = [{ id: "a", ...contact, pushTokens: ["t1"] }]

  it("R7: goes on up to its end, that instant included", () => {
    const transports = { push: { then: "silent" } }
    const until = (end: string) => play({ customers, transports, timeline, until: end }).deliveries.map(asked)
    expect(until("39s")).toEqual(["push@10000"])
    expect(until("40s")).toEqual(["push@10000", "sns@40000"])
  })

  it("R7: has its pushes received unless it says otherwise", () => {
    expect(play({ customers, timeline }).deliveries).toMatchObject([
      { via: "push", outcome: "received", settledAtMs: 11_000 },
    ])
  })

  it("R2: takes a customer's message for activity in the session that it names, not in the last one", () => {
    const { deliveries } = play({
      timeline: [
        signals("0s", "a", "active"),
        signals("100s", "a", "active", "tab-2"),
        says("200s", "a", "m1", "customer", { session: "tab-1" }),
        signals("201s", "a", "left", "tab-2"),
        says("210s", "a", "m2", "manager"),
      ],
    })
    expect(deliveries.map(asked)).toEqual(["sns@470000"])
  })
})
