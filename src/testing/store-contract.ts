/**
 * The contract of the store port: what every driver must do, as cases for any test runner.
 *
 * ```ts
 * import { storeContract } from "followup/testing"
 * for (const { name, run } of storeContract(() => myStore({ database: "test" }))) test(name, run)
 * ```
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { Store, type StoreError } from "../ports/store.ts"
import type { ContractCase } from "./contract-case.ts"
import { concurrencyCases } from "./store-contract/concurrency.ts"
import type { Cases } from "./store-contract/fixture.ts"
import { forgettingCases } from "./store-contract/forgetting.ts"
import { historyCases } from "./store-contract/history.ts"
import { instantCases } from "./store-contract/instants.ts"
import { linkCases } from "./store-contract/links.ts"
import { noticeCases } from "./store-contract/notices.ts"
import { outboxCases } from "./store-contract/outbox.ts"
import { recordCases } from "./store-contract/records.ts"

const cases: Cases = {
  ...recordCases,
  ...instantCases,
  ...outboxCases,
  ...historyCases,
  ...noticeCases,
  ...forgettingCases,
  ...linkCases,
  ...concurrencyCases,
}

/**
 * The contract's cases over a driver. `makeLayer` is called once a case and must give a store with nothing in it. No
 * case waits for time to pass; instants are small numbers.
 * @since 0.1.0
 */
export const storeContract = (makeLayer: () => Layer.Layer<Store, StoreError>): ReadonlyArray<ContractCase> =>
  Object.entries(cases).map(([name, check]) => ({
    name,
    run: () => Effect.runPromise(Store.use(check).pipe(Effect.provide(makeLayer()))),
  }))
