/**
 * The directory port: the host's own data, where it does not want the engine to keep a copy.
 * @since 0.1.0
 */
import type { ChannelInput, CustomerInput } from "../core/directory.ts"
import type { Given } from "./calls.ts"

/**
 * Answers what the host knows at this moment. A channel that is `undefined` does not exist; a customer that is
 * `undefined` has no contacts. An answer has the id that was asked for. Both are asked before each decision, so they
 * should answer fast; a promise that rejects, or takes too long, fails the input, which the caller may repeat.
 * @since 0.1.0
 */
export interface Directory {
  channel(channelId: string): Promise<Given<ChannelInput> | undefined>
  customer(channelId: string, customerId: string): Promise<Given<CustomerInput> | undefined>
}
