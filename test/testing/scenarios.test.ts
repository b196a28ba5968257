/** The scenarios of docs/examples: each shows a rule, and comes to exactly the result beside it. */
import { readdirSync, readFileSync } from "node:fs"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { senderAddress } from "../../src/core/email/sender.ts"
import { reportOf } from "../../src/testing/simulator/report.ts"
import { decodeScenario, type Scenario } from "../../src/testing/simulator/scenario.ts"
import { simulate } from "../../src/testing/simulator/simulate.ts"

const folder = new URL("../../docs/examples/scenarios/", import.meta.url)
const json = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), "utf8"))
const names = readdirSync(folder)
const scenarios = names
  .filter((name) => !name.endsWith(".expected.json"))
  .map((name) => name.replace(".json", ""))

const scenarioOf = (name: string): Scenario => Result.getOrThrow(decodeScenario(json(`${name}.json`)))
const ruleOf = (name: string): string => name.split("-")[0] ?? ""

describe("every scenario of docs/examples comes to its result", () => {
  for (const name of scenarios)
    it(`${ruleOf(name)}: ${name}`, () => {
      const report = JSON.parse(JSON.stringify(reportOf(simulate(scenarioOf(name)))))
      expect(report).toStrictEqual(json(`${name}.expected.json`))
    })
})

describe("the scenarios as a whole", () => {
  it("R20: each rule has a scenario, and each scenario a result and a title that names its rule", () => {
    const rules = Array.from({ length: 20 }, (_, index) => `R${index + 1}`)
    expect(new Set(scenarios.map(ruleOf))).toEqual(new Set(rules))
    expect(names.toSorted()).toEqual(
      scenarios.flatMap((name) => [`${name}.json`, `${name}.expected.json`]).toSorted(),
    )
    for (const name of scenarios) {
      expect(scenarioOf(name).title).toMatch(new RegExp(`^${ruleOf(name)}: `))
      expect(scenarioOf(name).description).not.toBe("")
    }
  })

  it("R14: the scenario of the own domain has the sender that its description promises", () => {
    const scenario = scenarioOf("R14-own-domain")
    const { channel, policy } = simulate(scenario)
    const { address } = senderAddress({ channel, policy: policy.email })
    expect(scenario.description).toContain(address)
    const { emailDomain: _, ...unlinked } = channel
    expect(senderAddress({ channel: unlinked, policy: policy.email }).address).not.toBe(address)
  })
})
