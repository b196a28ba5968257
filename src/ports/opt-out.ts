/**
 * What customers opted out of themselves, and how that joins what the host says of them. Rule R15.
 * @since 0.1.0
 */
import type { Via } from "../core/customer/state.ts"
import type { CustomerInput } from "../core/directory.ts"

/** What a customer can opt out of: one way to reach them, or texts of either kind. R15. @since 0.1.0 */
export type OptedOut = Via | "text"

/** A customer's contacts with what they opted out of themselves, each once. Total. R15. @since 0.1.0 */
export const withOptOuts = (input: CustomerInput, own: ReadonlyArray<OptedOut>): CustomerInput =>
  own.length === 0 ? input : { ...input, optedOut: [...new Set([...(input.optedOut ?? []), ...own])] }
