/**
 * What dispatch needs of the providers.
 * @since 0.1.0
 */
export { type Part, type Provider, partsOf } from "../sending/providers.ts"
