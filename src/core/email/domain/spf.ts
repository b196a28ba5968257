/**
 * SPF records read: which mechanisms let somebody send, and what they cost whoever verifies. Rule R14.
 * @since 0.1.0
 */
import { type AnswerBook, valuesOf } from "./answer.ts"
import { dnsName } from "./name.ts"

/** A mechanism: what it matches, and what follows from a match (`+` is "may send"). RFC 7208, 5. @since 0.1.0 */
export interface SpfMechanism {
  readonly qualifier: "+" | "-" | "~" | "?"
  readonly name: "all" | "include" | "a" | "mx" | "ptr" | "ip4" | "ip6" | "exists"
  readonly value: string
  /** In one form for what means the same, without the qualifier. */
  readonly text: string
}

/** A record. `redirect` is the domain whose record continues it; `invalid` are terms that make the whole void. @since 0.1.0 */
export interface SpfRecord {
  readonly mechanisms: ReadonlyArray<SpfMechanism>
  readonly redirect: string | undefined
  /** Modifiers but for `redirect`, as they are. */
  readonly modifiers: ReadonlyArray<string>
  readonly invalid: ReadonlyArray<string>
}

/** Terms that ask the DNS may be this many, those of included records counted in. RFC 7208, 4.6.4. @since 0.1.0 */
export const SPF_MAX_LOOKUPS = 10

const MECHANISM =
  /^([+\-~?]?)(?:(all)|(include|exists):(\S+)|(a|mx)((?::[^\s/]+)?(?:\/\d{1,3})?(?:\/\/\d{1,3})?)|(ptr)((?::\S+)?)|(ip4):(\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?)|(ip6):([0-9a-f:.]+(?:\/\d{1,3})?))$/i
const MODIFIER = /^([a-z][\w.-]*)=(\S*)$/i
const NAMES = ["all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"] as const
const QUALIFIERS = ["+", "-", "~", "?"] as const
const ASKS_THE_DNS: ReadonlyArray<SpfMechanism["name"]> = ["include", "a", "mx", "ptr", "exists"]

/**
 * A mechanism; undefined for what is none. Total. RFC 7208, 5.
 *
 * @example
 * parseMechanism("+IP4:192.0.2.1/32")?.text // => "ip4:192.0.2.1"
 * parseMechanism("~all")?.qualifier // => "~"
 * parseMechanism("ip4:acme.example") // => undefined
 * @since 0.1.0
 */
export const parseMechanism = (term: string): SpfMechanism | undefined => {
  const [whole, sign = "", ...groups] = MECHANISM.exec(term) ?? []
  if (whole === undefined) return undefined
  const [word = "", rest = ""] = groups.filter((group) => group !== undefined)
  const name = NAMES.find((one) => one === word.toLowerCase())
  if (name === undefined) return undefined
  const value = rest.replace(/^:/, "").toLowerCase()
  const single = value.replace(name === "ip6" ? /\/128$/ : /\/32$/, "")
  const text = value === "" ? name : value.startsWith("/") ? `${name}${value}` : `${name}:${single}`
  return { qualifier: QUALIFIERS.find((one) => one === sign) ?? "+", name, value, text }
}

/** Whether a TXT record is an SPF record, good or bad. Total. RFC 7208, 4.5. @since 0.1.0 */
export const isSpf = (value: string): boolean => /^v=spf1(?: |$)/i.test(value)

/** An SPF record, read as far as it can be. Total. @since 0.1.0 */
export const parseSpf = (value: string): SpfRecord => {
  const mechanisms: SpfMechanism[] = []
  const modifiers: string[] = []
  const invalid: string[] = []
  const redirects: string[] = []
  for (const term of value.split(/ +/).slice(1)) {
    const mechanism = parseMechanism(term)
    const [, word = "", target = ""] = MODIFIER.exec(term) ?? []
    if (mechanism !== undefined) mechanisms.push(mechanism)
    else if (word.toLowerCase() === "redirect") redirects.push(target)
    else if (word !== "") modifiers.push(term)
    else if (term !== "") invalid.push(term)
  }
  if (redirects.length > 1) invalid.push("redirect")
  return { mechanisms, redirect: redirects[0], modifiers, invalid }
}

/**
 * What a record and all that it includes come to. `permits`: mechanisms, in their one form, by which somebody may send.
 * `open`: anybody may. `lookups`: terms that ask the DNS. `broken`: names that are to have one SPF record and do not.
 * `unclear`: names about which the DNS said nothing. `wanted`: names not asked about yet.
 * @since 0.1.0
 */
export interface SpfTree {
  readonly permits: ReadonlySet<string>
  readonly open: boolean
  readonly lookups: number
  readonly broken: ReadonlyArray<string>
  readonly unclear: ReadonlyArray<string>
  readonly wanted: ReadonlyArray<string>
}

/** Whether a mechanism matches every sender there is. Total. @since 0.1.0 */
export const matchesAnyone = ({ name, value }: SpfMechanism): boolean =>
  name === "all" || (/^ip[46]$/.test(name) && /\/0+$/.test(value))

interface Walk {
  readonly permits: Set<string>
  readonly broken: Set<string>
  readonly unclear: Set<string>
  readonly wanted: Set<string>
  open: boolean
  lookups: number
}

const follow = (walk: Walk, book: AnswerBook, target: string, counts: boolean): void => {
  // A macro is only known when a mail comes in.
  if (target.includes("%")) return
  const name = dnsName(target)
  const answer = name === undefined ? undefined : book("TXT", name)
  if (name === undefined) walk.broken.add(target)
  else if (answer === undefined) walk.wanted.add(name)
  else if (answer._tag === "Unknown") walk.unclear.add(name)
  else {
    const [record, ...more] = valuesOf(answer).filter(isSpf)
    if (record === undefined || more.length > 0) walk.broken.add(name)
    else visit(walk, book, parseSpf(record), counts)
  }
}

// Every way down costs a lookup, so that it ends even where records include one another.
const visit = (walk: Walk, book: AnswerBook, record: SpfRecord, counts: boolean): void => {
  for (const mechanism of record.mechanisms) {
    const passes = counts && mechanism.qualifier === "+"
    if (passes && matchesAnyone(mechanism)) walk.open = true
    // What comes after "all" is never reached. RFC 7208, 5.1.
    if (mechanism.name === "all") return
    if (passes) walk.permits.add(mechanism.text)
    if (ASKS_THE_DNS.includes(mechanism.name)) walk.lookups++
    if (walk.lookups > SPF_MAX_LOOKUPS) return
    if (mechanism.name === "include") follow(walk, book, mechanism.value, passes)
  }
  if (record.redirect === undefined || ++walk.lookups > SPF_MAX_LOOKUPS) return
  follow(walk, book, record.redirect, counts)
}

/** Follows a record through all that it includes, as far as there are answers. Total. RFC 7208, 4.6.4. @since 0.1.0 */
export const spfTree = (record: SpfRecord, book: AnswerBook): SpfTree => {
  const walk: Walk = {
    permits: new Set(),
    broken: new Set(),
    unclear: new Set(),
    wanted: new Set(),
    open: false,
    lookups: 0,
  }
  visit(walk, book, record, true)
  return {
    ...walk,
    broken: [...walk.broken],
    unclear: [...walk.unclear],
    wanted: [...walk.wanted],
  }
}
