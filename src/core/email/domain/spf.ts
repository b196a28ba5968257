/**
 * SPF records read: which mechanisms let somebody send, and what they cost whoever verifies. Rule R14.
 * @since 0.1.0
 */
import { type AnswerBook, valuesOf } from "./answer.ts"
import { dnsName } from "./name.ts"
import {
  covers,
  includeOf,
  matchesAnyone,
  meets,
  parseMechanism,
  type SpfMechanism,
  type SpfMechanismName,
  spfTarget,
} from "./spf-mechanism.ts"

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

const MODIFIER = /^([a-z][\w.-]*)=(\S*)$/i
// RFC 7208, 6.
const NOT_TWICE: ReadonlyArray<string> = ["redirect", "exp"]
const ASKS_THE_DNS: ReadonlyArray<SpfMechanismName> = ["include", "a", "mx", "ptr", "exists"]

/** Whether a TXT record is an SPF record, good or bad. Total. RFC 7208, 4.5. @since 0.1.0 */
export const isSpf = (value: string): boolean => /^v=spf1(?: |$)/i.test(value)

/** An SPF record, read as far as it can be. Total. @since 0.1.0 */
export const parseSpf = (value: string): SpfRecord => {
  const mechanisms: SpfMechanism[] = []
  const modifiers: string[] = []
  const invalid: string[] = []
  const once = new Set<string>()
  let redirect: string | undefined
  for (const term of value.split(/ +/).slice(1)) {
    const mechanism = parseMechanism(term)
    const [, word = "", target = ""] = MODIFIER.exec(term) ?? []
    const name = word.toLowerCase()
    if (mechanism !== undefined) mechanisms.push(mechanism)
    else if (name === "" ? term !== "" : once.has(name)) invalid.push(term)
    else if (name === "redirect") redirect = spfTarget(target)
    else if (name !== "") modifiers.push(term)
    if (NOT_TWICE.includes(name)) once.add(name)
  }
  return { mechanisms, redirect, modifiers, invalid }
}

/** A mechanism of a record, with the steps of the record that it includes. @since 0.1.0 */
export interface SpfStep {
  readonly mechanism: SpfMechanism
  readonly included: ReadonlyArray<SpfStep>
}

/**
 * What a record and all that it includes come to. `steps`: what is looked at, in this order, for whether somebody may
 * send, without what lets in just anybody: that has to go. `open`: there is such. `lookups`: terms that ask the DNS. `broken`: names that are to have one sound SPF record and
 * do not. `unclear`: names about which the DNS said nothing. `wanted`: names not asked about yet.
 * @since 0.1.0
 */
export interface SpfTree {
  readonly steps: ReadonlyArray<SpfStep>
  readonly open: boolean
  readonly lookups: number
  readonly broken: ReadonlyArray<string>
  readonly unclear: ReadonlyArray<string>
  readonly wanted: ReadonlyArray<string>
}

interface Walk {
  readonly broken: Set<string>
  readonly unclear: Set<string>
  readonly wanted: Set<string>
  open: boolean
  lookups: number
}

const follow = (walk: Walk, book: AnswerBook, target: string, counts: boolean): ReadonlyArray<SpfStep> => {
  // A macro is only known when a mail comes in.
  if (target.includes("%")) return []
  const name = dnsName(target)
  const answer = name === undefined ? undefined : book("TXT", name)
  if (name === undefined) walk.broken.add(target)
  else if (answer === undefined) walk.wanted.add(name)
  else if (answer._tag === "Unknown") walk.unclear.add(name)
  else {
    const [record, ...more] = valuesOf(answer).filter(isSpf).map(parseSpf)
    if (record !== undefined && more.length === 0 && record.invalid.length === 0)
      return visit(walk, book, record, counts)
    walk.broken.add(name)
  }
  return []
}

// Nothing comes after a redirect, so that it lets in whom an include of the same name at the end would. RFC 7208, 6.1.
const termsOf = ({ mechanisms, redirect }: SpfRecord): ReadonlyArray<SpfMechanism> =>
  redirect === undefined ? mechanisms : [...mechanisms, includeOf(redirect)]

// Every way down costs a lookup, so that it ends even where records include one another.
const visit = (walk: Walk, book: AnswerBook, record: SpfRecord, counts: boolean): ReadonlyArray<SpfStep> => {
  const steps: Array<SpfStep> = []
  for (const mechanism of termsOf(record)) {
    const lets = counts && mechanism.qualifier === "+"
    const isTooMuch = ASKS_THE_DNS.includes(mechanism.name) && ++walk.lookups > SPF_MAX_LOOKUPS
    const included =
      mechanism.name === "include" && !isTooMuch ? follow(walk, book, mechanism.host, lets) : []
    if (lets && matchesAnyone(mechanism)) walk.open = true
    else steps.push({ mechanism, included })
    // What comes after "all" is never reached. RFC 7208, 5.1.
    if (isTooMuch || mechanism.name === "all") break
  }
  return steps
}

/** Follows a record through all that it includes, as far as there are answers. Total. RFC 7208, 4.6.4. @since 0.1.0 */
export const spfTree = (record: SpfRecord, book: AnswerBook): SpfTree => {
  const walk: Walk = { broken: new Set(), unclear: new Set(), wanted: new Set(), open: false, lookups: 0 }
  const steps = visit(walk, book, record, true)
  return {
    steps,
    open: walk.open,
    lookups: walk.lookups,
    broken: [...walk.broken],
    unclear: [...walk.unclear],
    wanted: [...walk.wanted],
  }
}

const passes = (steps: ReadonlyArray<SpfStep>, wanted: SpfMechanism, all: boolean): boolean => {
  const decides = ({ mechanism, included }: SpfStep): boolean => {
    // That a part of ours is denied is enough to keep them out, and so it is that an include that denies lets in a part.
    const whole = all === (mechanism.qualifier === "+")
    return (whole ? covers : meets)(mechanism, wanted) || passes(included, wanted, whole)
  }
  return steps.find(decides)?.mechanism.qualifier === "+"
}

/**
 * Whether all that a mechanism matches may send: the first step that matches decides, one that denies some of it
 * included; an include matches whom it lets in. Total. RFC 7208, 4.6.2 and 5.2.
 * @since 0.1.0
 */
export const permits = (steps: ReadonlyArray<SpfStep>, wanted: SpfMechanism): boolean =>
  passes(steps, wanted, true)
