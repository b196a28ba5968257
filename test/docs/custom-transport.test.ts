import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { contract } from "../../docs/examples/custom-transport-contract.ts"

describe("R9: the guide's transport passes the contract", () => {
  for (const { name, run } of contract) test(name, run)
})

test("the guide's transport has less than 40 lines, webhook included", () => {
  const file = readFileSync("docs/examples/custom-transport.ts", "utf8")
  expect(file.trimEnd().split("\n").length).toBeLessThan(40)
})
