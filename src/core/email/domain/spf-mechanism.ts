/**
 * SPF's mechanisms: whom each of them is about, whatever way it is written. Rule R14.
 * @since 0.1.0
 */
import {
  containsRange,
  type IpRange,
  ipRangeText,
  overlapsRange,
  parseIpRange,
  prefixLength,
} from "./ip-range.ts"
import { dnsName } from "./name.ts"

const NAMES = ["all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"] as const
const QUALIFIERS = ["+", "-", "~", "?"] as const

/** A mechanism's name. RFC 7208, 5. @since 0.1.0 */
export type SpfMechanismName = (typeof NAMES)[number]

/** Whom a mechanism is about. */
interface Subject {
  /** In the form of `dnsName` where it is a name; empty where the domain itself is meant, or none. */
  readonly host: string
  /** How many bits of an address count, for either kind of addresses. */
  readonly bits: readonly [ipv4: number, ipv6: number]
  readonly range: IpRange | undefined
}

/** A mechanism: what it matches, and what follows from a match (`+` is "may send"). RFC 7208, 5. @since 0.1.0 */
export interface SpfMechanism extends Subject {
  readonly qualifier: (typeof QUALIFIERS)[number]
  readonly name: SpfMechanismName
  /** In one form for what means the same, without the qualifier. */
  readonly text: string
}

const ALL_BITS = [32, 128] as const
const plain: Subject = { host: "", bits: ALL_BITS, range: undefined }

/** A name in its one form, without the dot at its end; one with a macro in it is no name yet. RFC 7208, 7.1. @since 0.1.0 */
export const spfTarget = (written: string): string => dnsName(written) ?? written.toLowerCase()

const bare = (rest: string): Subject | undefined => (rest === "" ? plain : undefined)

const named = (rest: string): Subject | undefined =>
  /^:./.test(rest) ? { ...plain, host: spfTarget(rest.slice(1)) } : undefined

const HOSTS = /^(?::([^/]+))?(?:\/(\d+))?(?:\/\/(\d+))?$/

const hosts = (rest: string): Subject | undefined => {
  const match = HOSTS.exec(rest)
  if (match === null) return undefined
  const [ipv4, ipv6] = [prefixLength(match[2], ALL_BITS[0]), prefixLength(match[3], ALL_BITS[1])]
  return ipv4 === undefined || ipv6 === undefined
    ? undefined
    : { ...plain, host: spfTarget(match[1] ?? ""), bits: [ipv4, ipv6] }
}

const addresses =
  (addressBits: IpRange["addressBits"]) =>
  (rest: string): Subject | undefined => {
    const range = rest.startsWith(":") ? parseIpRange(rest.slice(1)) : undefined
    if (range?.addressBits !== addressBits) return undefined
    return { ...plain, bits: addressBits === 32 ? [range.prefixBits, 128] : [32, range.prefixBits], range }
  }

/** How each of them reads what follows its name. */
const readers: Readonly<Record<SpfMechanismName, (rest: string) => Subject | undefined>> = {
  all: bare,
  include: named,
  exists: named,
  ptr: (rest) => bare(rest) ?? named(rest),
  a: hosts,
  mx: hosts,
  ip4: addresses(32),
  ip6: addresses(128),
}

const textOf = (name: SpfMechanismName, { host, bits: [ipv4, ipv6], range }: Subject): string => {
  if (range !== undefined) return `${name}:${ipRangeText(range)}`
  const where = host === "" ? "" : `:${host}`
  return `${name}${where}${ipv4 === ALL_BITS[0] ? "" : `/${ipv4}`}${ipv6 === ALL_BITS[1] ? "" : `//${ipv6}`}`
}

/**
 * A mechanism; undefined for what is none. Total. RFC 7208, 5.
 *
 * @example
 * parseMechanism("+IP4:192.0.2.1/32")?.text // => "ip4:192.0.2.1"
 * parseMechanism("include:spf.provider.example.")?.text // => "include:spf.provider.example"
 * parseMechanism("~all")?.qualifier // => "~"
 * parseMechanism("ip4:999.1.1.1") // => undefined
 * @since 0.1.0
 */
export const parseMechanism = (term: string): SpfMechanism | undefined => {
  const [, sign = "", word = "", rest = ""] = /^([+\-~?]?)([a-z0-9]+)((?:[:/]\S*)?)$/i.exec(term) ?? []
  const name = NAMES.find((one) => one === word.toLowerCase())
  const subject = name && readers[name](rest)
  if (name === undefined || subject === undefined) return undefined
  const qualifier = QUALIFIERS.find((one) => one === sign) ?? "+"
  return { ...subject, qualifier, name, text: textOf(name, subject) }
}

/** The mechanism that lets in whom the record at a name lets in. Total. @since 0.1.0 */
export const includeOf = (host: string): SpfMechanism => {
  const subject = { ...plain, host }
  return { ...subject, qualifier: "+", name: "include", text: textOf("include", subject) }
}

// No block is larger than those that the registries of the continents are given: https://www.iana.org/numbers.
const WIDEST_BITS = [8, 12] as const

/**
 * Whether a mechanism matches every sender there is, or more of them than anybody can have. Total.
 *
 * @example
 * ["all", "a/0", "ip4:128.0.0.0/1", "ip4:17.0.0.0/8"].map((term) => matchesAnyone(parseMechanism(term)!)) // => [true, true, true, false]
 * @since 0.1.0
 */
export const matchesAnyone = ({ name, bits: [ipv4, ipv6] }: SpfMechanism): boolean =>
  name === "all" || ipv4 < WIDEST_BITS[0] || ipv6 < WIDEST_BITS[1]

const alike = (one: SpfMechanism, other: SpfMechanism): boolean =>
  one.name === other.name && one.host === other.host

/** Whether whoever `inner` matches is certainly matched by `outer` too, by what the two of them say. Total. @since 0.1.0 */
export const covers = (outer: SpfMechanism, inner: SpfMechanism): boolean =>
  outer.range !== undefined && inner.range !== undefined
    ? containsRange(outer.range, inner.range)
    : outer.name === "all" ||
      (alike(outer, inner) && outer.bits[0] <= inner.bits[0] && outer.bits[1] <= inner.bits[1])

/** Whether there may be a sender that `one` matches as well as `other`, by what the two of them say. Total. @since 0.1.0 */
export const meets = (one: SpfMechanism, other: SpfMechanism): boolean =>
  one.range !== undefined && other.range !== undefined
    ? overlapsRange(one.range, other.range)
    : alike(one, other) || matchesAnyone(one)
