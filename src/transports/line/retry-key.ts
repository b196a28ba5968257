/**
 * The key by which LINE sends a repeated push message once. Rule R9.
 * @since 0.1.0
 */
import { createHash } from "node:crypto"

/** RFC 9562 6.6: names that are URLs. */
const NAMESPACE = Buffer.from("6ba7b8119dad11d180b400c04fd430c8", "hex")

/**
 * The UUID of an idempotency key: RFC 9562 version 5 of `urn:followup:` and the key, so that the same key always gives
 * the same UUID. Total. R9.
 *
 * @example
 * retryKeyOf("acme/u1/c1/m2/sns") === retryKeyOf("acme/u1/c1/m2/sns") // => true
 * @since 0.1.0
 */
export const retryKeyOf = (idempotencyKey: string): string => {
  const hex = createHash("sha1").update(NAMESPACE).update(`urn:followup:${idempotencyKey}`).digest("hex")
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
