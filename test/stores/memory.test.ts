import { describe, test } from "vitest"
import { memory } from "../../src/stores/memory/index.ts"
import { storeContract } from "../../src/testing/store-contract.ts"

describe("the store contract over memory", () => {
  for (const { name, run } of storeContract(memory)) test(name, run)
})
