import { describe, test } from "vitest"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { storeContract } from "../../src/testing/store-contract.ts"
describe("the store contract over SQLite in memory", () => {
  for (const { name, run } of storeContract(() => sqlite(":memory:"))) test(name, run)
})
