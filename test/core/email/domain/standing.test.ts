import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  asChecked,
  type DomainFact,
  type DomainStanding,
  standAfter,
} from "../../../../src/core/email/domain/standing.ts"

const GRACE_MS = 1_000
const policy = { domainGraceMs: GRACE_MS }
const domain = "mail.acme.example"
const linked = (verified: boolean) => ({ domain, verified })

/** How the domain stands after some checks, and what was told on the way. */
const after = (verified: boolean, facts: ReadonlyArray<Omit<DomainFact, "domain">>) => {
  const told: Array<string> = []
  let standing: DomainStanding | undefined
  for (const fact of facts) {
    const step = standAfter(linked(verified), standing, { domain, ...fact }, policy)
    standing = step?.standing ?? standing
    if (step?.notice) told.push(`${step.notice}@${fact.atMs}`)
  }
  return { standing, told, verified: asChecked(linked(verified), standing).verified }
}

const passed = (atMs: number) => ({ result: "passed", atMs }) as const
const failed = (atMs: number) => ({ result: "failed", atMs }) as const
const unknown = (atMs: number) => ({ result: "unknown", atMs }) as const

describe("a linked domain", () => {
  test("R14: is as verified as the host says until it is checked", () => {
    expect([true, false].map((verified) => after(verified, []).verified)).toEqual([true, false])
  })
  test("R14: that passes is verified at once, and that is no news for the channel", () => {
    expect(after(false, [passed(5), passed(9)])).toEqual({
      standing: { domain, status: "verified", sinceMs: 5, failingSinceMs: null },
      told: [],
      verified: true,
    })
  })
  test("R14: that never passed is not given up, whatever its checks say", () => {
    expect(after(false, [failed(0), failed(10 * GRACE_MS)])).toMatchObject({
      standing: { status: "unverified" },
      told: [],
      verified: false,
    })
  })
  test("R14: that fails is given up once it failed for the grace, that instant included", () => {
    expect(after(true, [failed(0), failed(GRACE_MS - 1)])).toMatchObject({ verified: true, told: [] })
    expect(after(true, [failed(0), failed(GRACE_MS)])).toMatchObject({
      verified: false,
      standing: { status: "failed", sinceMs: GRACE_MS },
      told: [`email-domain-failed@${GRACE_MS}`],
    })
  })
  test("R14: that passes in between begins anew", () => {
    expect(after(true, [failed(0), passed(500), failed(900), failed(1_899)])).toMatchObject({
      verified: true,
    })
    expect(after(true, [failed(0), passed(500), failed(900), failed(1_900)])).toMatchObject({
      verified: false,
    })
  })
  test("R14: that passes again is told once, and so is the next time that it fails", () => {
    const facts = [
      failed(0),
      failed(1_000),
      failed(2_000),
      passed(3_000),
      passed(4_000),
      failed(5_000),
      failed(6_000),
    ]
    expect(after(true, facts).told).toEqual([
      "email-domain-failed@1000",
      "email-domain-restored@3000",
      "email-domain-failed@6000",
    ])
  })
  test("R14: another domain, or none, is nobody's news", () => {
    const fact = { domain: "other.example", ...failed(0) }
    expect(standAfter(linked(true), undefined, fact, policy)).toBeUndefined()
    expect(standAfter(undefined, undefined, fact, policy)).toBeUndefined()
  })
  test("R14: a domain that is linked in place of another starts from what the host says", () => {
    const { standing } = after(true, [failed(0), failed(1_000)])
    const other = { domain: "other.example", verified: true }
    expect(asChecked(other, standing)).toEqual(other)
    expect(standAfter(other, standing, { domain: "Other.example", ...failed(1_500) }, policy)).toEqual({
      standing: { domain: "other.example", status: "verified", sinceMs: 1_500, failingSinceMs: 1_500 },
      notice: null,
    })
  })

  const anyFacts = fc
    .array(fc.tuple(fc.constantFrom("passed", "failed", "unknown"), fc.constantFrom(0, 1, 400, 999, 1_000)))
    .map((pairs) => {
      let atMs = 0
      return pairs.map(([result, waitMs]) => ({ result, atMs: (atMs += waitMs) }))
    })
  test("R14: unknown results, and the same check from several processes, change nothing", () => {
    fc.assert(
      fc.property(anyFacts, fc.boolean(), (facts, verified) => {
        const plain = after(verified, facts)
        expect(
          after(
            verified,
            facts.filter(({ result }) => result !== "unknown"),
          ),
        ).toEqual(plain)
        expect(
          after(
            verified,
            facts.flatMap((fact) => [fact, fact, unknown(fact.atMs)]),
          ),
        ).toEqual(plain)
      }),
    )
  })
  test("R14: what is told alternates, begins with a failure, and agrees with where mail comes from", () => {
    fc.assert(
      fc.property(anyFacts, fc.boolean(), (facts, verified) => {
        const { told, standing } = after(verified, facts)
        const kinds = told.map((text) => text.split("@")[0])
        expect(kinds).toEqual(
          kinds.map((_, index) => (index % 2 === 0 ? "email-domain-failed" : "email-domain-restored")),
        )
        expect(standing?.status === "failed").toBe(kinds.length % 2 === 1)
      }),
    )
  })
})
