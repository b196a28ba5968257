/**
 * followup/testing: the simulator, the contracts of stores and transports, and what property-based tests need
 * (`fast-check` is an optional peer).
 * @module followup/testing
 * @since 0.1.0
 */
export type { ContractCase } from "./contract-case.ts"
export * from "./directory-arbitraries.ts"
export * from "./history-arbitraries.ts"
export * from "./phone-arbitraries.ts"
export * from "./presence-arbitraries.ts"
export * from "./scenario-arbitraries.ts"
export * from "./simulator/duration.ts"
export * from "./simulator/report.ts"
export * from "./simulator/scenario.ts"
export * from "./simulator/script.ts"
export * from "./simulator/simulate.ts"
export * from "./store-contract.ts"
export * from "./text-arbitraries.ts"
export * from "./transport-contract.ts"
