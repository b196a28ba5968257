/** What a host says of its customers, understood. */
import * as Result from "effect/Result"
import { expect, test } from "vitest"
import { makeContact } from "../../src/core/directory.ts"
import { decodeScenario, reportOf, simulate } from "../../src/testing/index.ts"

test("R6: a device is told once, however often its token is listed", () => {
  expect(makeContact({ pushTokens: ["t1", "t2", "t1"] }, "KR").pushTokens).toEqual(["t1", "t2"])
})

test("R6, R7: an empty push token is no device, so nothing waits for it", () => {
  expect(makeContact({ pushTokens: ["", " "] }, "KR").pushTokens).toEqual([])
  const scenario = decodeScenario({
    channel: { id: "acme", country: "KR", plan: { kind: "free" }, integrations: { push: true } },
    customers: [{ id: "mina", phone: "010-1234-5678", pushTokens: [""] }],
    transports: { push: { then: "silent" } },
    timeline: [
      { at: "0s", message: { chat: "c1", customer: "mina", id: "m1", from: "customer", text: "In stock?" } },
      { at: "1s", message: { chat: "c1", customer: "mina", id: "m2", from: "manager", text: "Yes." } },
    ],
    until: "10m",
  })
  const { deliveries } = reportOf(simulate(Result.getOrThrow(scenario)))
  expect(deliveries.map(({ via, atMs }) => [via, atMs])).toEqual([["xms", 1_000]])
})
