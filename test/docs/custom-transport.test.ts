import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { contract } from "../../docs/examples/custom-transport-contract.ts"
import { printedBy } from "../../tools/examples/printed.ts"

describe("R9: the guide's transport passes the contract", () => {
  for (const { name, run } of contract) test(name, run)
})

test("the guide's transport has less than 40 lines, webhook included", () => {
  const file = readFileSync("docs/examples/custom-transport.ts", "utf8")
  expect(file.trimEnd().split("\n").length).toBeLessThan(40)
})

test("R9: the guide's host understands the gateway, and nobody else", async () => {
  expect(await printedBy("docs/examples/custom-transport-host.ts")).toBe("204\n401\n")
})
