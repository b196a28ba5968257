import * as Result from "effect/Result"
import fc from "fast-check"
import { chooseXms } from "followup"
import { memory } from "followup/stores/memory"
import { anyScenario, decodeScenario, reportOf, simulate, storeContract, textFor } from "followup/testing"

// #region simulator
const monday = decodeScenario({
  channel: { id: "acme", country: "KR", plan: { kind: "free" } },
  customers: [{ id: "mina", phone: "010-1234-5678" }],
  timeline: [
    {
      at: "0s",
      message: { chat: "c1", customer: "mina", id: "m1", from: "customer", text: "Is it in stock?" },
    },
    { at: "1m", message: { chat: "c1", customer: "mina", id: "m2", from: "manager", text: "It is." } },
  ],
  until: "10m",
})
const report = Result.map(monday, (scenario) => reportOf(simulate(scenario)))
for (const { atMs, via, outcome } of Result.getOrThrow(report).deliveries) console.log(atMs, via, outcome)
// #endregion

// #region arbitraries
fc.assert(
  fc.property(anyScenario(), (scenario) => {
    const { usedPu, limitPu } = reportOf(simulate(scenario)).usage
    return limitPu === null || usedPu <= limitPu
  }),
)
fc.assert(fc.property(textFor("JP"), (text) => chooseXms({ country: "JP", text })._tag !== "Lms"))
// #endregion

// #region store
const contract = storeContract(() => memory())
// #endregion
for (const { run } of contract) await run()
