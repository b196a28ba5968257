/**
 * One check of a domain: how it came out, why, and the records that would put it right. Rule R14.
 * @since 0.1.0
 */
import type { DnsAnswer, DnsRecord } from "./answer.ts"

/**
 * What is checked. `spf`: which servers may send. `dkim`: the key that signatures are verified with. `dmarc`: what
 * becomes of mail that is neither, and whether ours counts as the domain's. `return-path`: where bounces go.
 * @since 0.1.0
 */
export type DomainCheckName = "spf" | "dkim" | "dmarc" | "return-path"

/** Why a check did not pass, or what is unwise about one that did. @since 0.1.0 */
export type DomainFindingReason =
  | "missing"
  | "unknown"
  | "several-records"
  | "malformed"
  | "not-ours"
  | "permits-anyone"
  | "too-many-lookups"
  | "broken-include"
  | "no-end"
  | "revoked"
  | "weak-key"
  | "unusual-key"
  | "testing"
  | "weak-policy"
  | "not-aligned"
  | "target-empty"
  | "others-too"

/** A finding: its kind, and a sentence for the people who keep the domain. @since 0.1.0 */
export interface DomainFinding {
  readonly reason: DomainFindingReason
  readonly detail: string
}

/**
 * A check of the records at `name`. `missing`: certain that nothing is there. `wrong`: something is, and does not do.
 * `unknown`: the DNS gave no clear answer, which says nothing about the domain. To put it right, `remove` goes and `add`
 * comes; both are empty when nothing is to be done, or when it cannot be done at this name. `found` is what is there.
 * @since 0.1.0
 */
export interface DomainCheck {
  readonly check: DomainCheckName
  readonly name: string
  readonly result: "passed" | "missing" | "wrong" | "unknown"
  readonly problems: ReadonlyArray<DomainFinding>
  readonly warnings: ReadonlyArray<DomainFinding>
  readonly found: ReadonlyArray<DnsRecord>
  readonly add: ReadonlyArray<DnsRecord>
  readonly remove: ReadonlyArray<DnsRecord>
}

/** What a check has come to, as far as it differs from one that passed on nothing. @since 0.1.0 */
export type CheckParts = Pick<DomainCheck, "check" | "name"> & Partial<Omit<DomainCheck, "result">>

/** A finding. Total. @since 0.1.0 */
export const finding = (reason: DomainFindingReason, detail: string): DomainFinding => ({ reason, detail })

/** The check whose problems decide: without any it passed. Total. @since 0.1.0 */
export const checked = (parts: CheckParts): DomainCheck => {
  const { check, name, problems = [], warnings = [], found = [], add = [], remove = [] } = parts
  const has = (reason: DomainFindingReason): boolean => problems.some((one) => one.reason === reason)
  const result =
    problems.length === 0 ? "passed" : has("unknown") ? "unknown" : has("missing") ? "missing" : "wrong"
  return { check, name, result, problems, warnings, found, add, remove }
}

/** The problem that the DNS gave no clear answer about a name. Total. @since 0.1.0 */
export const unclear = (names: ReadonlyArray<string>, code: string): DomainFinding =>
  finding("unknown", `the DNS gave no clear answer about ${names.join(", ")} (${code}); try again later`)

/** An answer's records. Total. @since 0.1.0 */
export const recordsOf = (answer: DnsAnswer): ReadonlyArray<DnsRecord> =>
  answer._tag === "Found"
    ? answer.values.map((value) => ({ type: answer.type, name: answer.name, value }))
    : []
