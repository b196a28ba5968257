/**
 * IP addresses and ranges of them, by what they mean and not by how they are written. Rule R14.
 * @since 0.1.0
 */

/**
 * The addresses that begin with the same bits; a single one where that is all of them. `addressBits` is the length of its
 * addresses: 32 of IPv4, 128 of IPv6. `prefix` is the bits in common as a number, `prefixBits` how many they are.
 * @since 0.1.0
 */
export interface IpRange {
  readonly addressBits: 32 | 128
  readonly prefixBits: number
  readonly prefix: bigint
}

// Without leading zeros, which some read as octal. RFC 7208, 5.6.
const NUMBER = /^(?:0|[1-9]\d{0,2})$/
const OCTET_MAX = 255
const IPV6_GROUPS = 8

const ipv4 = (text: string): bigint | undefined => {
  const octets = text.split(".")
  return octets.length === 4 && octets.every((octet) => NUMBER.test(octet) && Number(octet) <= OCTET_MAX)
    ? octets.reduce((bits, octet) => (bits << 8n) | BigInt(octet), 0n)
    : undefined
}

// The parser of web addresses knows all the forms of RFC 4291, 2.2, and gives each address one: that of RFC 5952.
const ipv6Text = (text: string): string | undefined =>
  /^[\da-f:.]+$/i.test(text) ? URL.parse(`http://[${text}]`)?.hostname.slice(1, -1) : undefined

const ipv6 = (text: string): bigint | undefined => {
  const groups = ipv6Text(text)
    ?.split("::")
    .map((side) => side.split(":"))
  if (groups === undefined) return undefined
  const [head = [], tail = []] = groups
  const zeros = Array.from({ length: IPV6_GROUPS - head.length - tail.length }, () => "0")
  return BigInt(`0x${[...head, ...zeros, ...tail].map((group) => group.padStart(4, "0")).join("")}`)
}

/**
 * The length of a prefix: a whole number up to `most`, which it is when left out; undefined for anything else. Total.
 * RFC 7208, 5.6.
 *
 * @example
 * prefixLength("24", 32) // => 24
 * prefixLength(undefined, 32) // => 32
 * prefixLength("33", 32) // => undefined
 * @since 0.1.0
 */
export const prefixLength = (text: string | undefined, most: number): number | undefined =>
  text === undefined ? most : NUMBER.test(text) && Number(text) <= most ? Number(text) : undefined

/**
 * An address, or a range as an address with the length of its prefix after a slash; undefined for what is neither. Total.
 * RFC 7208, 5.6.
 *
 * @example
 * parseIpRange("192.0.2.0/24")?.prefixBits // => 24
 * parseIpRange("999.1.1.1") // => undefined
 * parseIpRange("2001:db8::/129") // => undefined
 * @since 0.1.0
 */
export const parseIpRange = (text: string): IpRange | undefined => {
  const [address = "", length, ...more] = text.split("/")
  const addressBits = address.includes(":") ? 128 : 32
  const bits = (addressBits === 128 ? ipv6 : ipv4)(address)
  const prefixBits = prefixLength(length, addressBits)
  return bits === undefined || prefixBits === undefined || more.length > 0
    ? undefined
    : { addressBits, prefixBits, prefix: bits >> BigInt(addressBits - prefixBits) }
}

const addressText = ({ addressBits, prefixBits, prefix }: IpRange): string => {
  const hex = (prefix << BigInt(addressBits - prefixBits)).toString(16).padStart(addressBits / 4, "0")
  if (addressBits === 32) return (hex.match(/../g) ?? []).map((octet) => Number.parseInt(octet, 16)).join(".")
  const groups = (hex.match(/.{4}/g) ?? []).join(":")
  return ipv6Text(groups) ?? groups
}

/**
 * A range in the one form that it has: the address without what the prefix leaves open, IPv6 as RFC 5952 has it, and no
 * prefix after a single address. Total.
 *
 * @example
 * ipRangeText({ addressBits: 32, prefixBits: 24, prefix: 0xc00002n }) // => "192.0.2.0/24"
 * ipRangeText({ addressBits: 128, prefixBits: 32, prefix: 0x20010db8n }) // => "2001:db8::/32"
 * @since 0.1.0
 */
export const ipRangeText = (range: IpRange): string =>
  range.prefixBits === range.addressBits ? addressText(range) : `${addressText(range)}/${range.prefixBits}`

/** Whether all addresses of `inner` are in `outer`. Total. @since 0.1.0 */
export const containsRange = (outer: IpRange, inner: IpRange): boolean =>
  outer.addressBits === inner.addressBits &&
  outer.prefixBits <= inner.prefixBits &&
  inner.prefix >> BigInt(inner.prefixBits - outer.prefixBits) === outer.prefix

/** Whether two ranges have an address in common: then one contains the other. Total. @since 0.1.0 */
export const overlapsRange = (a: IpRange, b: IpRange): boolean => containsRange(a, b) || containsRange(b, a)
