import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect, test } from "vitest"
import { Store } from "../../src/ports/store.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { storeContract } from "../../src/testing/store-contract.ts"

describe("the store contract over memory", () => {
  for (const { name, run } of storeContract(memory)) test(name, run)
})

test("the store contract says what a driver did wrong", async () => {
  const forgetful = Layer.effect(Store)(
    Store.use((store) => Effect.succeed({ ...store, due: () => Effect.succeed([]) })),
  ).pipe(Layer.provide(Layer.suspend(memory)))
  const outcomes = await Promise.all(
    storeContract(() => forgetful).map(({ name, run }) =>
      run().then(
        () => `${name}: passed`,
        (error) => `${name}: ${error.message}`,
      ),
    ),
  )
  const failures = outcomes.filter((line) => !line.endsWith(": passed"))
  expect(failures.length).toBeLessThan(outcomes.length / 2)
  expect(failures.find((line) => line.startsWith("due:"))).toMatch(
    /at 10: expected \[\{"channelId":"acme","customerId":"first"\}\], but got \[\]$/,
  )
})
