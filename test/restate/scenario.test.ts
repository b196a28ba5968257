import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Result from "effect/Result"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { anyScenario } from "../../src/testing/scenario-arbitraries.ts"
import { reportOf, type ScenarioReport } from "../../src/testing/simulator/report.ts"
import { decodeScenario, type Scenario } from "../../src/testing/simulator/scenario.ts"
import { simulate } from "../../src/testing/simulator/simulate.ts"
import { noServerBecause, type RestateServer, STARTS_WITHIN_MS, startRestate } from "./restate-server.ts"
import { playOnRestate, withOwnChannel } from "./scenario-player.ts"

const folder = "docs/examples/scenarios"
const files = readdirSync(folder).filter((name) => name.endsWith(".json") && !name.endsWith(".expected.json"))

const decoded = (name: string): Scenario => {
  const result = decodeScenario(JSON.parse(readFileSync(join(folder, name), "utf8")))
  if (Result.isFailure(result)) throw new Error(JSON.stringify(result.failure.issues))
  return result.success
}

// What happens to different people in one instant has no order.
const sorted = (report: ScenarioReport): ScenarioReport => {
  const byCustomer = <T extends { readonly atMs: number; readonly customer: string }>(
    items: ReadonlyArray<T>,
  ) => items.toSorted((a, b) => a.atMs - b.atMs || a.customer.localeCompare(b.customer))
  return { ...report, deliveries: byCustomer(report.deliveries), exclusions: byCustomer(report.exclusions) }
}

describe.skipIf(noServerBecause !== undefined)(
  `Restate does what the simulator does ${noServerBecause ?? ""}`,
  () => {
    let server: RestateServer
    beforeAll(async () => {
      server = await startRestate()
    }, STARTS_WITHIN_MS)
    afterAll(() => server.close())

    const playsAlike = async (given: Scenario) => {
      const scenario = withOwnChannel(given)
      const expected = reportOf(simulate(scenario))
      expect(sorted(await playOnRestate(server, scenario))).toEqual(sorted(expected))
    }

    test.each(files.map((name) => [name.replace("-", ": ").replace(/\.json$/, ""), name] as const))(
      "%s",
      async (_, name) => {
        await playsAlike(decoded(name))
      },
    )

    test("R1: whatever happens", async () => {
      await fc.assert(fc.asyncProperty(anyScenario(), playsAlike), { numRuns: 8 })
    })
  },
)
