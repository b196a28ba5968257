/** R14: domains are checked against real name servers: Knot has the zones, Unbound resolves them. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { checkDomain, type DomainExpectation } from "../../src/domain/index.ts"
import { another, ours } from "../core/email/domain/rsa-keys.ts"
import { dnsZones } from "./dns-zone.ts"

const inPieces = (text: string): string =>
  (text.match(/.{1,200}/g) ?? []).map((piece) => `"${piece}"`).join(" ")
const key = (base64: string): string => inPieces(`v=DKIM1; k=rsa; p=${base64}`)

const zones = {
  "acme.example": [
    '@ TXT "v=spf1 include:spf.host.example ~all"',
    '@ TXT "verification=1"',
    '_dmarc TXT "v=DMARC1; p=reject"',
    "s1._domainkey CNAME s1._domainkey.host.example.",
    `s2._domainkey TXT ${key(ours.base64)}`,
    `s3._domainkey TXT ${key(another.base64)}`,
    "s4._domainkey CNAME nowhere.host.example.",
    "s5._domainkey CNAME s6._domainkey.acme.example.",
    "s6._domainkey CNAME s5._domainkey.acme.example.",
    "bounce CNAME bounce.host.example.",
    "mail MX 10 mx.host.example.",
    'mail TXT "v=spf1 include:spf.host.example -all"',
  ],
  "twice.example": ['@ TXT "v=spf1 mx -all"', '@ TXT "v=spf1 a -all"'],
  "host.example": [
    'spf TXT "v=spf1 ip4:192.0.2.0/24 -all"',
    "s1._domainkey CNAME s1.keys.host.example.",
    `s1.keys TXT ${key(ours.base64)}`,
    'bounce TXT "v=spf1 ip4:192.0.2.0/24 -all"',
    "bounce MX 10 mx.host.example.",
  ],
}

let dns: Awaited<ReturnType<typeof dnsZones>>
beforeAll(async () => {
  dns = await dnsZones(zones)
})
afterAll(() => dns[Symbol.asyncDispose]())

const results = async (domain: string, expectation: DomainExpectation) => {
  const { checks } = await checkDomain(domain, expectation, { resolver: dns.resolver, timeoutMs: 20_000 })
  return checks.map(({ check, result, problems }) =>
    [check, result, ...problems.map(({ reason }) => reason)].join(" "),
  )
}
const spf = ["include:spf.host.example"]
const alias = "s1._domainkey.host.example"

test.each<[string, DomainExpectation, ReadonlyArray<string>]>([
  [
    "all in order, by aliases from zone to zone",
    {
      spf: ["ip4:192.0.2.0/24"],
      dkim: { selector: "s1", cname: alias, publicKey: ours.pem },
      dmarc: "reject",
      returnPath: { host: "bounce.acme.example", cname: "bounce.host.example" },
    },
    ["spf passed", "dkim passed", "dmarc passed", "return-path passed"],
  ],
  [
    "all in order, by records of its own",
    {
      spf,
      dkim: { selector: "s2", publicKey: ours.pem },
      returnPath: { host: "mail.acme.example", mx: "mx.host.example" },
    },
    ["spf passed", "dkim passed", "dmarc passed", "return-path passed"],
  ],
  [
    "another key",
    { spf, dkim: { selector: "s3", publicKey: ours.pem } },
    ["spf passed", "dkim wrong not-ours", "dmarc passed"],
  ],
  ["no key", { spf, dkim: { selector: "s9" } }, ["spf passed", "dkim missing missing", "dmarc passed"]],
  [
    "an alias that leads nowhere",
    { spf, dkim: { selector: "s4", cname: "nowhere.host.example" } },
    ["spf passed", "dkim wrong target-empty", "dmarc passed"],
  ],
  [
    "aliases in a circle",
    { spf, dkim: { selector: "s5" } },
    ["spf passed", "dkim unknown unknown", "dmarc passed"],
  ],
])("R14: a domain with %s", async (_what, expectation, expected) => {
  expect(await results("acme.example", expectation)).toEqual(expected)
})

test("R14: a domain with two SPF records and no DMARC, and one that is not there", async () => {
  expect(await results("twice.example", {})).toEqual(["spf wrong several-records", "dmarc missing missing"])
  expect(await results("gone.example", {})).toEqual(["spf missing missing", "dmarc missing missing"])
})
