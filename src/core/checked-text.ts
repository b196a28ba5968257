/**
 * Texts that must be more than texts, such as a domain name or an address.
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/** Schema of a text that holds to something; `expected` says to what, in words. Total. @since 0.1.0 */
export const checkedText = (expected: string, holds: (text: string) => boolean) =>
  Schema.String.check(Schema.makeFilter((text: string) => holds(text) || expected))
