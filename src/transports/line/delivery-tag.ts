/**
 * A delivery's id as LINE carries it to the delivery event, in 16 to 100 characters. Rules R9, R20.
 * @since 0.1.0
 */

const PREFIX = "fu:"
const SUFFIX = "/sns"

/** Shortest and longest tag that LINE takes, in characters: LINE notification messages API reference. */
const MIN_LENGTH = 16
const MAX_LENGTH = 100

// Characters that ids of deliveries never have, since they are percent-encoded in them.
const PADDING = ":"
const PACKED_MARK = "="

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const PACKED = /=([\w-]{22})/g

const pack = (uuid: string): string =>
  PACKED_MARK + Buffer.from(uuid.replaceAll("-", ""), "hex").toString("base64url")

const unpack = (packed: string): string =>
  Buffer.from(packed, "base64url")
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")

/**
 * The id of the delivery that a tag names; undefined when the tag is not one of ours. Total. R9.
 *
 * @example
 * deliveryIdOf("fu:acme/u1/c1/m2") // => "acme/u1/c1/m2/sns"
 * deliveryIdOf("somebody else's") // => undefined
 * @since 0.1.0
 */
export const deliveryIdOf = (tag: string): string | undefined =>
  tag.length <= MAX_LENGTH && tag.startsWith(PREFIX)
    ? tag
        .slice(PREFIX.length)
        .replace(/:+$/, "")
        .replace(PACKED, (_, packed: string) => unpack(packed)) + SUFFIX
    : undefined

/**
 * The tag that names a delivery. UUIDs in it are packed, so that four of them have room; undefined when the id is too
 * long all the same, or is not that of an SNS. Total. R9.
 *
 * @example
 * tagOf("acme/u1/c1/m2/sns") // => "fu:acme/u1/c1/m2"
 * tagOf("a/b/c/d/sns") // => "fu:a/b/c/d::::::"
 * @since 0.1.0
 */
export const tagOf = (deliveryId: string): string | undefined => {
  const tag =
    PREFIX +
    deliveryId
      .slice(0, -SUFFIX.length)
      .replace(UUID, pack)
      .padEnd(MIN_LENGTH - PREFIX.length, PADDING)
  return /^[\x21-\x7e]+$/.test(tag) && deliveryIdOf(tag) === deliveryId ? tag : undefined
}
