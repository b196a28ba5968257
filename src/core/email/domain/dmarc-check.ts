/**
 * The check of DMARC: one record with a policy that will do, under which our mail counts as the domain's. Rule R14.
 * @since 0.1.0
 */
import { type AnswerBook, answerTo, type DnsRecord } from "./answer.ts"
import {
  type CheckParts,
  checked,
  type DomainCheck,
  type DomainFinding,
  finding,
  recordsOf,
  unclear,
} from "./check.ts"
import { dmarcAt, dmarcNameOf, isAligned, isDmarc, organizationOf } from "./dmarc.ts"
import { type DmarcPolicyName, dmarcPolicies, type ExpectedDomain } from "./expectation.ts"
import { parseTags, type Tags, tagOf } from "./tags.ts"

const policyNamed = (value: string | undefined): DmarcPolicyName | undefined =>
  dmarcPolicies.find((one) => one === value?.toLowerCase())

const stronger = (a: DmarcPolicyName, b: DmarcPolicyName): DmarcPolicyName =>
  dmarcPolicies.indexOf(a) < dmarcPolicies.indexOf(b) ? b : a

const recordWith = (policy: DmarcPolicyName, rest: Tags): string =>
  [["v", "DMARC1"], ["p", policy], ...rest.filter(([name]) => name !== "v" && name !== "p")]
    .map(([name, value]) => `${name}=${value}`)
    .join("; ")

/** How our mail stands to the domain under a record: what is wrong, and what only ought to be better. */
interface Standing {
  readonly problems: ReadonlyArray<DomainFinding>
  readonly warnings: ReadonlyArray<DomainFinding>
}

const alignment = ({ domain, dkim, envelope }: ExpectedDomain, tags: Tags, book: AnswerBook): Standing => {
  const ways = [
    ...(dkim === undefined ? [] : [{ what: "the signature's domain", of: dkim.domain, mode: "adkim" }]),
    { what: "the return path", of: envelope, mode: "aspf" },
  ].map((way) => ({ ...way, aligned: isAligned(domain, way.of, tagOf(tags, way.mode), book) }))
  const apart = ways
    .filter(({ aligned }) => aligned === false)
    .map(({ what, of, mode }) =>
      finding(
        "not-aligned",
        `${what}, ${of}, does not count as ${domain} (${mode}=${tagOf(tags, mode) ?? "r"})`,
      ),
    )
  if (ways.some(({ aligned }) => aligned === true)) return { problems: [], warnings: apart }
  const vague = ways.filter(({ aligned }) => aligned === undefined).map(({ of }) => dmarcNameOf(of))
  return vague.length > 0
    ? { problems: [unclear(vague, "no-answer")], warnings: [] }
    : { problems: apart, warnings: [] }
}

const testingOf = (tags: Tags): ReadonlyArray<DomainFinding> =>
  tagOf(tags, "t")?.toLowerCase() === "y" || Number(tagOf(tags, "pct") ?? "100") < 100
    ? [finding("testing", "the policy is applied to a part of the mail only, or as a test (pct, t)")]
    : []

/** A policy that applies to the domain, and the pairs of the record that holds it. */
interface Applied {
  readonly tags: Tags
  readonly policy: string | undefined
  readonly where: string
}

const isAlignmentTag = ([name]: Tags[number]): boolean => name === "adkim" || name === "aspf"

const judged = (
  expected: ExpectedDomain,
  { tags, policy, where }: Applied,
  own: ReadonlyArray<DnsRecord>,
  book: AnswerBook,
): DomainCheck => {
  const { domain, dmarc: minimum } = expected
  const name = dmarcNameOf(domain)
  const known = policyNamed(policy)
  const aligned = alignment(expected, tags, book)
  const problems = [...aligned.problems]
  if (known === undefined)
    problems.push(finding("malformed", `${where} names no policy that mailboxes know: expected p=${minimum}`))
  else if (stronger(known, minimum) !== known)
    problems.push(finding("weak-policy", `${where} asks for "${known}", which is less than "${minimum}"`))
  const about = { check: "dmarc", name, found: own, problems } as const
  const warnings = [...aligned.warnings, ...testingOf(tags)]
  const asIs = checked({ ...about, warnings })
  if (asIs.result !== "wrong") return asIs
  const relaxed = tags.filter((tag) => !isAlignmentTag(tag))
  // Strictness can be given up in the record; that a name is another organization's cannot.
  if (alignment(expected, relaxed, book).problems.length > 0) return asIs
  // What a record above says of reports and the like is its own affair.
  const rest = own.length === 0 ? [] : aligned.problems.length > 0 ? relaxed : tags
  const value = recordWith(stronger(known ?? minimum, minimum), rest)
  return checked({ ...about, warnings, add: [{ type: "TXT", name, value }], remove: own })
}

const strongestOf = (records: ReadonlyArray<DnsRecord>, minimum: DmarcPolicyName): DmarcPolicyName =>
  records
    .flatMap(({ value }) => policyNamed(tagOf(parseTags(value) ?? [], "p")) ?? [])
    .reduce(stronger, minimum)

/** Checks DMARC at the domain, or above it where it has no record of its own. Total. R14; RFC 7489. @since 0.1.0 */
export const dmarcCheck = (expected: ExpectedDomain, book: AnswerBook): DomainCheck => {
  const { domain, dmarc: minimum } = expected
  const name = dmarcNameOf(domain)
  const found = recordsOf(answerTo(book, "TXT", name)).filter(({ value }) => isDmarc(value))
  const about: CheckParts = { check: "dmarc", name, found }
  const records = dmarcAt(domain, book)
  const instead = {
    add: [{ type: "TXT", name, value: recordWith(strongestOf(found, minimum), []) }],
    remove: found,
  } as const
  switch (records._tag) {
    case "Unknown":
      return checked({ ...about, problems: [unclear([name], records.code)] })
    case "Several": {
      const detail = `${name} has ${found.length} DMARC records; with more than one, none counts`
      return checked({ ...about, ...instead, problems: [finding("several-records", detail)] })
    }
    case "Malformed": {
      const detail = "the record is not made of name=value pairs with semicolons between them"
      return checked({ ...about, ...instead, problems: [finding("malformed", detail)] })
    }
    case "One": {
      const policy = tagOf(records.tags, "p")
      return judged(expected, { tags: records.tags, policy, where: "the record" }, found, book)
    }
    case "None": {
      const organization = organizationOf(domain, book)
      if (organization === undefined)
        return checked({ ...about, problems: [unclear([`names above ${name}`], "no-answer")] })
      const above = dmarcAt(organization, book)
      if (above._tag !== "One")
        return checked({
          ...about,
          ...instead,
          problems: [finding("missing", `${domain} has no DMARC record, and nothing above it has one`)],
        })
      const policy = tagOf(above.tags, "sp") ?? tagOf(above.tags, "p")
      const where = `the record of ${organization}`
      return judged(expected, { tags: above.tags, policy, where }, [], book)
    }
  }
}
