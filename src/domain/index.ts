/**
 * followup/domain: whether the DNS of a channel's domain lets its mail come from there, and what to change if not.
 * Rule R14.
 * @module followup/domain
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Result from "effect/Result"
import { formatBadInput, type InputIssue } from "../core/decode.ts"
import type { DnsAnswer } from "../core/email/domain/answer.ts"
import { type DomainExpectation, expectDomain } from "../core/email/domain/expectation.ts"
import { type DomainReport, domainQuestions, judgeDomain } from "../core/email/domain/report.ts"
import { functionIssues, type Issues, paceIssues, unknownNames } from "../ports/option.ts"
import type { DnsResolver } from "../ports/resolver.ts"
import { ask } from "./question.ts"

export type { DnsAnswer, DnsQuestion, DnsRecord, DnsType } from "../core/email/domain/answer.ts"
export type {
  DomainCheck,
  DomainCheckName,
  DomainFinding,
  DomainFindingReason,
} from "../core/email/domain/check.ts"
export {
  type DmarcPolicyName,
  type DomainExpectation,
  DomainExpectationSchema,
  dmarcPolicies,
  type ExpectedDkim,
  type ExpectedDomain,
  type ExpectedReturnPath,
  expectDomain,
} from "../core/email/domain/expectation.ts"
export * from "../core/email/domain/report.ts"
export type { RsaKey } from "../core/email/domain/rsa-key.ts"
export * from "../core/email/domain/standing.ts"
export type { DnsResolver } from "../ports/resolver.ts"

/**
 * Why a domain was not checked: `bad-input`, see `issues`. Its message repeats no value.
 * @since 0.1.0
 */
export class DomainCheckError extends Data.TaggedError("DomainCheckError")<{
  readonly reason: "bad-input"
  readonly message: string
  readonly issues: ReadonlyArray<InputIssue>
}> {}

/**
 * Who asks, and how long one question may take: 5 000 ms unless given, 1 or more.
 * @since 0.1.0
 */
export interface DomainCheckOptions {
  readonly resolver: DnsResolver
  readonly timeoutMs?: number
}

/** How long one question may take, unless said: resolvers themselves give a server about as long. @since 0.1.0 */
export const DNS_TIMEOUT_MS = 5_000

const optionIssues = (given: unknown): Issues => {
  const issues = unknownNames("options.", given, ["resolver", "timeoutMs"])
  if (typeof given !== "object" || given === null) return issues
  const { resolver, timeoutMs }: { readonly resolver?: unknown; readonly timeoutMs?: unknown } = given
  return [
    ...issues,
    ...functionIssues("options.resolver", resolver, {
      is: "what asks the DNS, such as new Resolver() of node:dns/promises",
      names: ["resolveTxt", "resolveCname", "resolveMx"],
    }),
    ...paceIssues("options", { timeoutMs }, { timeoutMs: 1 }),
  ]
}

const refusedFor = (issues: Issues): DomainCheckError =>
  new DomainCheckError({ reason: "bad-input", message: formatBadInput({ _tag: "BadInput", issues }), issues })

/**
 * Checks the DNS of a domain against what is expected of it: SPF and DMARC always, DKIM and the return path if they are
 * expected. International names may be given as they are. Rejects with a `DomainCheckError` for a domain, an expectation or
 * options that make no sense; that the DNS does not answer is a result, `unknown`. R14.
 * @since 0.1.0
 */
export const checkDomain = async (
  domain: string,
  expectation: DomainExpectation,
  options: DomainCheckOptions,
): Promise<DomainReport> => {
  const expected = expectDomain(domain, expectation)
  const issues = optionIssues(options)
  if (Result.isFailure(expected)) throw refusedFor([...expected.failure.issues, ...issues])
  if (issues.length > 0) throw refusedFor(issues)
  const { resolver, timeoutMs = DNS_TIMEOUT_MS } = options
  const answers: Array<DnsAnswer> = []
  for (;;) {
    const questions = domainQuestions(expected.success, answers)
    if (questions.length === 0) return judgeDomain(expected.success, answers)
    answers.push(...(await Promise.all(questions.map((question) => ask(resolver, question, timeoutMs)))))
  }
}
