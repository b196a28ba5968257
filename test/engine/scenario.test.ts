import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Result from "effect/Result"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { memory } from "../../src/stores/memory/index.ts"
import { anyScenario } from "../../src/testing/scenario-arbitraries.ts"
import { reportOf, type ScenarioReport } from "../../src/testing/simulator/report.ts"
import { decodeScenario, type Scenario } from "../../src/testing/simulator/scenario.ts"
import { simulate } from "../../src/testing/simulator/simulate.ts"
import { drivers } from "./engine-world.ts"
import { playScenario } from "./scenario-player.ts"

const folder = "docs/examples/scenarios"

const channel = {
  id: "acme",
  name: "Acme",
  country: "KR",
  plan: { kind: "free" },
  integrations: { push: true, sns: true },
}
const person = (id: string) => ({
  id,
  phone: "010-1234-5678",
  email: `${id}@example.com`,
  pushTokens: ["t1", "t2"],
})
const says = (at: string, customer: string, id: string, from: string, more = {}) => ({
  at,
  message: { chat: "c1", customer, id, from, text: "네, 있습니다.", ...more },
})

const own: Readonly<Record<string, unknown>> = {
  "R1-R9: two customers, one reached by push, one by XMS and email": {
    channel,
    customers: [person("a"), { ...person("b"), pushTokens: [] }],
    transports: { sns: { then: "blocked", after: "2s" }, push: { then: "received", after: "29s" } },
    timeline: [
      says("1s", "a", "m1", "customer"),
      says("1s", "b", "m1", "customer"),
      { at: "2s", presence: { customer: "a", session: "tab", signal: "active" } },
      says("10s", "a", "m2", "manager"),
      says("10s", "b", "m2", "manager"),
      says("20s", "a", "m3", "manager", { purpose: "marketing" }),
    ],
    until: "2d",
  },
  "R7: a push whose receipt comes at exactly 30 s is too late": {
    channel,
    customers: [person("a")],
    transports: { push: { then: "received", after: "30s" }, sns: { then: "uncertain", after: "61s" } },
    timeline: [says("1s", "a", "m1", "customer"), says("10s", "a", "m2", "manager")],
    until: "2d",
  },
  "R1, R16: a digest, a read between, and usage that leaves no PU": {
    channel: { ...channel, usedPu: 900 },
    policy: { digest: { quietMs: 20_000 } },
    customers: [person("a")],
    transports: { push: { then: "silent" } },
    timeline: [
      says("1s", "a", "m1", "customer"),
      says("10s", "a", "m2", "manager"),
      { at: "12s", read: { chat: "c1", customer: "a", upTo: "m2" } },
      says("15s", "a", "m3", "manager"),
      says("25s", "a", "m4", "manager"),
      { at: "50s", usage: { kind: "LMS", pu: 95 } },
    ],
    until: "2d",
  },
}

const files = existsSync(folder)
  ? readdirSync(folder).filter((name) => name.endsWith(".json") && !name.endsWith(".expected.json"))
  : []

const scenarios: ReadonlyArray<readonly [string, unknown]> = [
  ...Object.entries(own),
  ...files.map((name): [string, unknown] => [
    name.replace("-", ": ").replace(/\.json$/, ""),
    JSON.parse(readFileSync(join(folder, name), "utf8")),
  ]),
]

const decoded = (input: unknown): Scenario => {
  const result = decodeScenario(input)
  if (Result.isFailure(result)) throw new Error(JSON.stringify(result.failure.issues))
  return result.success
}

// What happens to different people in one instant has no order.
const sorted = (report: ScenarioReport): ScenarioReport => {
  const byCustomer = <T extends { readonly atMs: number; readonly customer: string }>(
    items: ReadonlyArray<T>,
  ) => items.toSorted((a, b) => a.atMs - b.atMs || a.customer.localeCompare(b.customer))
  return {
    ...report,
    deliveries: byCustomer(report.deliveries),
    exclusions: byCustomer(report.exclusions),
  }
}

describe.each(drivers)("the engine over %s does what the simulator does", (_, makeStore) => {
  test.each(scenarios)("%s", async (_name, input) => {
    const scenario = decoded(input)
    const expected = reportOf(simulate(scenario))
    expect(expected.deliveries.length + expected.exclusions.length).toBeGreaterThan(0)
    expect(sorted(await playScenario(scenario, makeStore()))).toEqual(sorted(expected))
  })
})

test("R1: the engine does what the simulator does, whatever happens", async () => {
  await fc.assert(
    fc.asyncProperty(anyScenario(), async (scenario) => {
      const expected = reportOf(simulate(scenario))
      expect(sorted(await playScenario(scenario, memory()))).toEqual(sorted(expected))
    }),
    { numRuns: 60 },
  )
})
