/**
 * Whether mail may come from a domain: what to ask the DNS, and what its answers come to. Rule R14.
 *
 * Pure: who asks keeps asking what `domainQuestions` says until it says nothing more, and hands all answers over.
 * @since 0.1.0
 */
import { answerBook, type DnsAnswer, type DnsQuestion } from "./answer.ts"
import type { DomainCheck } from "./check.ts"
import { dkimCheck } from "./dkim-check.ts"
import { dmarcNameOf, namesAbove } from "./dmarc.ts"
import { dmarcCheck } from "./dmarc-check.ts"
import type { ExpectedDomain } from "./expectation.ts"
import { returnPathCheck } from "./return-path-check.ts"
import { spfCheck, spfNames } from "./spf-check.ts"

/**
 * What became of a domain's checks. `passed`: all of them did. `failed`: one at least is missing or wrong. `unknown`:
 * neither can be said, since the DNS did not answer.
 * @since 0.1.0
 */
export interface DomainReport {
  readonly domain: string
  readonly result: "passed" | "failed" | "unknown"
  readonly checks: ReadonlyArray<DomainCheck>
}

const fixedQuestions = (expected: ExpectedDomain): ReadonlyArray<DnsQuestion> => {
  const { domain, envelope, dkim, returnPath } = expected
  const text = (name: string): DnsQuestion => ({ type: "TXT", name })
  const names = [domain, envelope, ...(dkim === undefined ? [] : [dkim.domain])]
  return [
    text(envelope),
    ...names.flatMap(namesAbove).map((name) => text(dmarcNameOf(name))),
    ...(dkim === undefined ? [] : [text(dkim.name)]),
    ...(dkim?.cname === undefined ? [] : [{ type: "CNAME", name: dkim.name } as const]),
    ...(returnPath === undefined ? [] : [{ type: "CNAME", name: returnPath.host } as const]),
    ...(returnPath?.type === "MX" ? [{ type: "MX", name: returnPath.host } as const] : []),
  ]
}

/**
 * What is to be asked next, each thing once; nothing when the answers are complete. It ends: an SPF record is followed
 * through ten lookups only. Total. R14.
 * @since 0.1.0
 */
export const domainQuestions = (
  expected: ExpectedDomain,
  answers: ReadonlyArray<DnsAnswer>,
): ReadonlyArray<DnsQuestion> => {
  const book = answerBook(answers)
  const included = spfNames(expected, book).map((name): DnsQuestion => ({ type: "TXT", name }))
  const open = [...fixedQuestions(expected), ...included].filter(({ type, name }) => !book(type, name))
  return [...new Map(open.map((question) => [`${question.type} ${question.name}`, question])).values()]
}

/**
 * What the answers come to: SPF and DMARC always, DKIM and the return path where they are expected. What was not asked
 * counts as unknown. Total. R14.
 * @since 0.1.0
 */
export const judgeDomain = (expected: ExpectedDomain, answers: ReadonlyArray<DnsAnswer>): DomainReport => {
  const book = answerBook(answers)
  const { domain, dkim, returnPath } = expected
  const checks = [
    spfCheck(expected, book),
    ...(dkim === undefined ? [] : [dkimCheck(dkim, book)]),
    dmarcCheck(expected, book),
    ...(returnPath === undefined ? [] : [returnPathCheck(returnPath, book)]),
  ]
  const has = (...results: ReadonlyArray<DomainCheck["result"]>): boolean =>
    checks.some(({ result }) => results.includes(result))
  const result = has("missing", "wrong") ? "failed" : has("unknown") ? "unknown" : "passed"
  return { domain, result, checks }
}
