/**
 * What a channel's mail domain is expected to have in the DNS. Rule R14.
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type BadInput, decodeInput } from "../../decode.ts"
import { dnsName, mailDomain } from "./name.ts"
import { type RsaKey, rsaKey } from "./rsa-key.ts"
import { matchesAnyone, parseMechanism } from "./spf-mechanism.ts"

/** What a DMARC record asks for, the weakest first. @since 0.1.0 */
export const dmarcPolicies = ["none", "quarantine", "reject"] as const

/** What a DMARC record asks for. @since 0.1.0 */
export type DmarcPolicyName = (typeof dmarcPolicies)[number]

const optionalKey = Schema.optionalKey
const text = (maxCharacters: number, expected: string, holds: (value: string) => boolean) =>
  Schema.String.check(
    Schema.makeFilter((value: string) => (value.length <= maxCharacters && holds(value)) || expected),
  )

const Domain = text(253, 'a mail domain such as "acme.example"', (value) => mailDomain(value) !== undefined)
const Name = text(253, 'a name such as "mail.provider.example"', (value) => dnsName(value) !== undefined)
// RFC 6376, 3.1: labels with dots between them; the name that they begin must still be one.
const Selector = text(
  63,
  'a selector such as "s1"',
  (value) => dnsName(`${value}._domainkey.example`) !== undefined,
)
const PublicKey = text(8_192, "an RSA public key, in PEM or base64", (value) => rsaKey(value) !== undefined)
const Mechanism = text(
  253,
  'an SPF mechanism of your servers only, such as "include:spf.provider.example" or "ip4:192.0.2.0/24"',
  (value) => {
    const mechanism = parseMechanism(value)
    return mechanism !== undefined && !matchesAnyone(mechanism) && mechanism.qualifier === "+"
  },
)

const ReturnPath = Schema.Struct({
  host: Domain,
  cname: optionalKey(Name),
  mx: optionalKey(Name),
}).check(
  Schema.makeFilter(
    ({ cname, mx }: { readonly cname?: string; readonly mx?: string }) =>
      (cname === undefined) !== (mx === undefined) || "either cname or mx: where the host points to",
  ),
)

/**
 * Schema of what a domain is expected to have. Everything may be left out: SPF and DMARC are looked at anyway, DKIM and
 * the return path only if they are named here. R14.
 * @since 0.1.0
 */
export const DomainExpectationSchema = Schema.Struct({
  /** Mechanisms by which SPF lets our servers send, such as `include:spf.provider.example` or `ip4:192.0.2.1`. */
  spf: optionalKey(Schema.Array(Mechanism).check(Schema.isMaxLength(20))),
  /**
   * How mail is signed. `domain`: the one that signatures name, the mail domain itself unless given. `publicKey`: what the
   * record must hold. `cname`: where it must point to.
   */
  dkim: optionalKey(
    Schema.Struct({
      selector: Selector,
      domain: optionalKey(Domain),
      publicKey: optionalKey(PublicKey),
      cname: optionalKey(Name),
    }),
  ),
  /** The weakest policy that will do; `none` unless given. */
  dmarc: optionalKey(Schema.Literals(dmarcPolicies)),
  /** The domain of the envelope sender, where bounces go, and what it points to. */
  returnPath: optionalKey(ReturnPath),
})

/** What a domain is expected to have, as a host says it. R14. @since 0.1.0 */
export type DomainExpectation = typeof DomainExpectationSchema.Type

/** Where bounces go: `host` is a `type` record for `target`. @since 0.1.0 */
export interface ExpectedReturnPath {
  readonly host: string
  readonly type: "CNAME" | "MX"
  readonly target: string
}

/** How mail is signed; the key is at `name`. @since 0.1.0 */
export interface ExpectedDkim {
  readonly name: string
  readonly domain: string
  readonly key: RsaKey | undefined
  readonly cname: string | undefined
}

/**
 * A domain and what it is expected to have, all names in the form in which the DNS is asked. `envelope` is the domain that
 * SPF is about: the return path's host, or else the domain itself.
 * @since 0.1.0
 */
export interface ExpectedDomain {
  readonly domain: string
  readonly envelope: string
  readonly spf: ReadonlyArray<string>
  readonly dkim: ExpectedDkim | undefined
  readonly dmarc: DmarcPolicyName
  readonly returnPath: ExpectedReturnPath | undefined
}

const CallSchema = Schema.Struct({ domain: Domain, expectation: DomainExpectationSchema })

const returnPathOf = ({ returnPath }: DomainExpectation): ExpectedReturnPath | undefined => {
  if (returnPath === undefined) return undefined
  const { host, cname, mx } = returnPath
  const target = dnsName(cname ?? mx ?? "")
  return target === undefined
    ? undefined
    : { host: mailDomain(host) ?? host, type: cname === undefined ? "MX" : "CNAME", target }
}

const dkimOf = (domain: string, { dkim }: DomainExpectation): ExpectedDkim | undefined => {
  if (dkim === undefined) return undefined
  const signing = mailDomain(dkim.domain ?? domain) ?? domain
  return {
    name: `${dkim.selector.toLowerCase()}._domainkey.${signing}`,
    domain: signing,
    key: rsaKey(dkim.publicKey ?? ""),
    cname: dnsName(dkim.cname ?? ""),
  }
}

/**
 * A domain and what is expected of it, understood; or what is wrong with either, by its place (`domain`,
 * `expectation.dkim.selector`). Total. R14.
 * @since 0.1.0
 */
export const expectDomain = (
  domain: string,
  expectation: DomainExpectation = {},
): Result.Result<ExpectedDomain, BadInput> =>
  Result.map(decodeInput(CallSchema, { domain, expectation }), (call) => {
    const name = mailDomain(call.domain) ?? call.domain
    const returnPath = returnPathOf(call.expectation)
    return {
      domain: name,
      envelope: returnPath?.host ?? name,
      spf: call.expectation.spf ?? [],
      dkim: dkimOf(name, call.expectation),
      dmarc: call.expectation.dmarc ?? "none",
      returnPath,
    }
  })
