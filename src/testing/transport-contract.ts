/**
 * The contract of the transport port: what every transport must do when its provider answers, refuses, falls silent or
 * breaks, as cases for any test runner. Rules R7, R9, R20.
 *
 * ```ts
 * import { httpCounterpart, transportContract } from "followup/testing"
 * const contract = transportContract((baseUrl, timeoutMs) => mine({ baseUrl, timeoutMs }), {
 *   counterpart: httpCounterpart(),
 *   …
 * })
 * for (const { name, run } of contract) test(name, run)
 * ```
 * @since 0.1.0
 */
import type { ContractCase } from "./contract-case.ts"
import { answerCases } from "./transport-contract/answers.ts"
import { faultCases } from "./transport-contract/faults.ts"
import { lookupCases } from "./transport-contract/lookups.ts"
import type { MakeTransport, TransportContractOptions } from "./transport-contract/subject.ts"
import { webhookCases } from "./transport-contract/webhooks.ts"

export type { Counterpart, Fault, Play, Playing } from "./transport-contract/counterpart.ts"
export {
  type HttpAnswer,
  type HttpCounterpartOptions,
  httpCounterpart,
} from "./transport-contract/http-counterpart.ts"
export type {
  ExpectedLookup,
  ExpectedRejection,
  MakeTransport,
  TransportContractOptions,
  TransportUnderTest,
  WebhookSample,
} from "./transport-contract/subject.ts"

/** Time-out in the cases in which the provider does not answer, unless said. @since 0.1.0 */
export const CONTRACT_TIMEOUT_MS = 250

/** How long `send` may take to settle, unless said: enough for a busy machine. @since 0.1.0 */
export const CONTRACT_GRACE_MS = 2_000

/**
 * The contract's cases over a transport. `make` is called once a case, with where the provider is that the case plays.
 * In every case `send` may neither throw nor reject, and nothing of `secrets` may be in what it gives.
 * @since 0.1.0
 */
export const transportContract = <M, At, Answer>(
  make: MakeTransport<M, At>,
  options: TransportContractOptions<M, At, Answer>,
): ReadonlyArray<ContractCase> => {
  const { graceMs = CONTRACT_GRACE_MS, timeoutMs = CONTRACT_TIMEOUT_MS } = options
  const subject = { ...options, make, graceMs, timeoutMs }
  const cases = {
    ...answerCases(subject),
    ...faultCases(subject),
    ...lookupCases(subject),
    ...webhookCases(options.webhook),
  }
  return Object.entries(cases).map(([name, run]) => ({ name, run }))
}
