/**
 * How a channel's linked domain stands by the checks that were made of it: verified, or fallen back from. Rule R14.
 * @since 0.1.0
 */
import type { EmailPolicy } from "../policy.ts"
import type { EmailDomain } from "../sender.ts"

/**
 * What a channel is told of its linked domain: mail no longer comes from it, or does so again. R14.
 * @since 0.1.0
 */
export type DomainNoticeKind = "email-domain-failed" | "email-domain-restored"

/**
 * A linked domain by its checks, to be stored as it is. `unverified`: it never passed; `failed`: it did once. Instants are
 * UTC epoch ms: `sinceMs` is when it came to stand so, `failingSinceMs` when a verified one was first found failing since
 * it last passed.
 * @since 0.1.0
 */
export interface DomainStanding {
  readonly domain: string
  readonly status: "unverified" | "verified" | "failed"
  readonly sinceMs: number
  readonly failingSinceMs: number | null
}

/** What a check came to, with its instant (UTC epoch ms). @since 0.1.0 */
export interface DomainFact {
  readonly domain: string
  readonly result: "passed" | "failed" | "unknown"
  readonly atMs: number
}

/** How a domain stands after a check, and what the channel is told because of it. @since 0.1.0 */
export interface DomainStep {
  readonly standing: DomainStanding
  readonly notice: DomainNoticeKind | null
}

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

const standingOf = (linked: EmailDomain, before: DomainStanding | undefined, atMs: number): DomainStanding =>
  before !== undefined && isSame(before.domain, linked.domain)
    ? before
    : {
        domain: linked.domain,
        status: linked.verified ? "verified" : "unverified",
        sinceMs: atMs,
        failingSinceMs: null,
      }

/**
 * How the linked domain stands after a check; undefined when the check says nothing new: the DNS gave no clear answer, or
 * it was of another domain than the one that is linked.
 *
 * A domain that passes is verified at once. A verified one that fails is given up only when it still fails
 * `domainGraceMs` after it was first found so, that instant included: how often, and by how many processes, it was checked
 * in between makes no difference. Each change of a domain that was verified is told once. Total. R14.
 * @since 0.1.0
 */
export const standAfter = (
  linked: EmailDomain | undefined,
  before: DomainStanding | undefined,
  { domain, result, atMs }: DomainFact,
  { domainGraceMs }: Pick<EmailPolicy, "domainGraceMs">,
): DomainStep | undefined => {
  if (linked === undefined || !isSame(linked.domain, domain) || result === "unknown") return undefined
  const now = standingOf(linked, before, atMs)
  const become = (status: DomainStanding["status"], notice: DomainNoticeKind | null): DomainStep => ({
    standing: { domain: now.domain, status, sinceMs: atMs, failingSinceMs: null },
    notice,
  })
  const stay = (failingSinceMs: number | null): DomainStep | undefined =>
    now === before && failingSinceMs === now.failingSinceMs
      ? undefined
      : { standing: { ...now, failingSinceMs }, notice: null }
  if (result === "passed") {
    if (now.status === "verified") return stay(null)
    return become("verified", now.status === "failed" ? "email-domain-restored" : null)
  }
  if (now.status !== "verified") return stay(null)
  const failingSinceMs = now.failingSinceMs ?? atMs
  return atMs - failingSinceMs >= domainGraceMs
    ? become("failed", "email-domain-failed")
    : stay(failingSinceMs)
}

/**
 * The linked domain as its checks found it; as the host says where it was not checked. Total. R14.
 *
 * @example
 * asChecked({ domain: "a.example", verified: true }, { domain: "a.example", status: "failed", sinceMs: 0, failingSinceMs: null }).verified // => false
 * asChecked({ domain: "b.example", verified: true }, { domain: "a.example", status: "failed", sinceMs: 0, failingSinceMs: null }).verified // => true
 * @since 0.1.0
 */
export const asChecked = (linked: EmailDomain, standing: DomainStanding | undefined): EmailDomain =>
  standing !== undefined && isSame(standing.domain, linked.domain)
    ? { ...linked, verified: standing.status === "verified" }
    : linked
