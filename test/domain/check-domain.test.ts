import { Resolver } from "node:dns/promises"
import fc from "fast-check"
import { afterEach, describe, expect, test, vi } from "vitest"
import {
  checkDomain,
  DNS_TIMEOUT_MS,
  type DnsResolver,
  type DomainCheck,
  DomainCheckError,
  type DomainExpectation,
  expectDomain,
  judgeDomain,
} from "../../src/domain/index.ts"
import { another, ed25519, ours, short, tooShort } from "../core/email/domain/rsa-keys.ts"
import { withChanges, type Zone, zone } from "./zone.ts"

const domain = "acme.example"
const key = `v=DKIM1; k=rsa; p=${ours.base64}`
const expectation: DomainExpectation = {
  spf: ["include:spf.provider.example"],
  dkim: { selector: "s1", publicKey: ours.pem },
  dmarc: "quarantine",
  returnPath: { host: "bounce.acme.example", mx: "mx.provider.example" },
}
const good: Zone = {
  "TXT bounce.acme.example": ["v=spf1 include:spf.provider.example ~all"],
  "TXT spf.provider.example": ["v=spf1 ip4:192.0.2.0/24 -all"],
  "TXT s1._domainkey.acme.example": [key],
  "TXT _dmarc.acme.example": ["v=DMARC1; p=quarantine; rua=mailto:dmarc@acme.example"],
  "MX bounce.acme.example": ["10 mx.provider.example"],
}

const check = (records: Zone, expected: DomainExpectation = expectation, name = domain) =>
  checkDomain(name, expected, { resolver: zone(records) })

const brief = ({ check: name, result, problems }: DomainCheck) =>
  [name, result, ...problems.map(({ reason }) => reason)].join(" ")

const briefs = async (records: Zone, expected: DomainExpectation = expectation) =>
  (await check(records, expected)).checks.map(brief)

const one = async (name: DomainCheck["check"], records: Zone, expected: DomainExpectation = expectation) => {
  const { checks } = await check(records, expected)
  const found = checks.find((each) => each.check === name)
  if (found === undefined) throw new Error(`${name} is checked`)
  return found
}

const allPassed = ["spf passed", "dkim passed", "dmarc passed", "return-path passed"]

describe("a domain", () => {
  test("R14: that has everything passes, with nothing to do", async () => {
    const report = await check(good)
    expect(report).toMatchObject({ domain, result: "passed" })
    expect(report.checks.map(brief)).toEqual(allPassed)
    expect(report.checks.flatMap(({ add, remove, warnings }) => [add, remove, warnings].flat())).toEqual([])
  })
  test("R14: that has nothing is told the exact records", async () => {
    const report = await check({})
    expect(report.result).toBe("failed")
    expect(report.checks.map(brief)).toEqual([
      "spf missing missing",
      "dkim missing missing",
      "dmarc missing missing",
      "return-path missing missing",
    ])
    expect(report.checks.flatMap(({ add }) => add)).toEqual([
      { type: "TXT", name: "bounce.acme.example", value: "v=spf1 include:spf.provider.example ~all" },
      { type: "TXT", name: "s1._domainkey.acme.example", value: key },
      { type: "TXT", name: "_dmarc.acme.example", value: "v=DMARC1; p=quarantine" },
      { type: "MX", name: "bounce.acme.example", value: "10 mx.provider.example" },
    ])
  })
  test("R14: may be written in its own letters, and is asked for in ASCII", async () => {
    const asked: Array<string> = []
    const { domain: name } = await checkDomain("한국.Example.", {}, { resolver: zone({}, asked) })
    expect(name).toBe("xn--3e0b707e.example")
    expect(asked).toEqual([
      "TXT xn--3e0b707e.example",
      "TXT _dmarc.xn--3e0b707e.example",
      "TXT _dmarc.example",
    ])
  })
  test("R14: without expectations has SPF and DMARC looked at, and nothing else", async () => {
    const { checks } = await check({}, {})
    expect(checks.map(({ check: name }) => name)).toEqual(["spf", "dmarc"])
    expect(checks.flatMap(({ add }) => add.map(({ value }) => value))).toEqual([
      "v=spf1 a mx ~all",
      "v=DMARC1; p=none",
    ])
  })
})

const spfAt = (...records: ReadonlyArray<string>): Zone => ({ ...good, "TXT bounce.acme.example": records })
const spfOf = async (...records: ReadonlyArray<string>) => brief(await one("spf", spfAt(...records)))

describe("SPF", () => {
  test.each([
    ["v=spf1 include:spf.provider.example -all"],
    ["V=SPF1 +INCLUDE:spf.Provider.example ?all"],
    ["v=spf1 mx  include:spf.provider.example "],
  ])("R14: %s passes, whatever else is at the name", async (record) => {
    expect(await spfOf("some-verification=1", record, "v=spf10 x", "not v=spf1 x")).toBe("spf passed")
  })
  test.each([
    [["v=spf1 include:spf.provider.example ~all", "v=spf1 mx ~all"], "several-records"],
    [["v=spf1 mx ~all"], "not-ours"],
    [["v=spf1 ~all include:spf.provider.example"], "not-ours"],
    [["v=spf1 ~include:spf.provider.example ~all"], "not-ours"],
    [["v=spf1 include:spf.provider.example +all"], "permits-anyone"],
    [["v=spf1 include:spf.provider.example all"], "permits-anyone"],
    [["v=spf1 include:spf.provider.example ip4:0.0.0.0/0 -all"], "permits-anyone"],
    [["v=spf1 include:spf.provider.example ipv4:192.0.2.1 -all"], "malformed"],
    [["v=spf1 include:spf.provider.example include:gone.example -all"], "broken-include"],
  ])("R14: %j is wrong: %s", async (records, reason) => {
    expect(await spfOf(...records)).toBe(`spf wrong ${reason}`)
  })
  test("R14: our servers may be let in by what a record includes, but not by what an include denies", async () => {
    const by = async (own: string, inner: string) =>
      brief(await one("spf", { ...spfAt(own), "TXT inner.example": [inner] }))
    const include = "v=spf1 include:spf.provider.example -all"
    expect(await by("v=spf1 include:inner.example ~all", include)).toBe("spf passed")
    expect(await by("v=spf1 redirect=inner.example", include)).toBe("spf passed")
    expect(await by("v=spf1 -include:inner.example ~all", include)).toBe("spf wrong not-ours")
    expect(await by("v=spf1 ~all redirect=inner.example", include)).toBe("spf wrong not-ours")
    expect(await by("v=spf1 include:spf.provider.example include:inner.example ~all", "v=spf1 +all")).toBe(
      "spf wrong permits-anyone",
    )
  })
  test("R14: ten lookups are allowed, those of included records counted; the eleventh voids the record", async () => {
    const ask = (lookups: number) =>
      Array.from({ length: lookups }, (_, index) => `a:h${index}.example`).join(" ")
    const own = `v=spf1 include:spf.provider.example include:inner.example ${ask(3)} ~all`
    const spf = (lookups: number) =>
      one("spf", { ...spfAt(own), "TXT inner.example": [`v=spf1 ${ask(lookups)} -all`] }).then(brief)
    expect(await spf(5)).toBe("spf passed")
    expect(await spf(6)).toBe("spf wrong too-many-lookups")
  })
  test("R14: records that include one another, or many, are asked about a few times only", async () => {
    const asked: Array<string> = []
    const wide = Array.from({ length: 40 }, (_, index) => `include:i${index}.example`).join(" ")
    const records: Zone = Object.fromEntries([
      ["TXT acme.example", [`v=spf1 include:i0.example ${wide} ~all`]],
      ...Array.from({ length: 40 }, (_, index) => [`TXT i${index}.example`, [`v=spf1 ${wide} ~all`]]),
    ])
    const { checks } = await checkDomain(domain, {}, { resolver: zone(records, asked) })
    expect(checks.map(brief)[0]).toBe("spf wrong too-many-lookups")
    expect(asked.length).toBeLessThan(20)
  })
  test("R14: an include that the DNS does not answer is unknown, unless more is wrong", async () => {
    const own = "v=spf1 include:spf.provider.example ~all"
    const vague = { ...spfAt(own), "TXT spf.provider.example": ["!ESERVFAIL"] }
    expect(brief(await one("spf", vague))).toBe("spf unknown unknown")
    const worse = { ...vague, "TXT bounce.acme.example": [own, "v=spf1 ~all"] }
    expect(brief(await one("spf", worse))).toBe("spf wrong several-records")
  })
  test("R14: a record that takes no side on everybody else is warned of", async () => {
    const warned = async (record: string) =>
      (await one("spf", spfAt(record))).warnings.map(({ reason }) => reason)
    expect(await warned("v=spf1 include:spf.provider.example ?all")).toEqual(["no-end"])
    expect(await warned("v=spf1 include:spf.provider.example")).toEqual(["no-end"])
    expect(await warned("v=spf1 include:spf.provider.example ~all")).toEqual([])
    expect(await warned("v=spf1 include:spf.provider.example redirect=spf.provider.example")).toEqual([])
  })
  test("R14: what is put right keeps what others need", async () => {
    const put = async (...records: ReadonlyArray<string>) =>
      (await one("spf", spfAt(...records))).add.map(({ value }) => value)
    expect(await put("v=spf1 mx -all")).toEqual(["v=spf1 mx include:spf.provider.example -all"])
    expect(await put("v=spf1 ip4:192.0.2.1 -all", "v=spf1 include:spf.provider.example ~all")).toEqual([
      "v=spf1 ip4:192.0.2.1 include:spf.provider.example ~all",
    ])
    expect(await put("v=spf1 redirect=spf.acme.example")).toEqual([
      "v=spf1 include:spf.provider.example ~all",
    ])
    const redirected = { ...spfAt("v=spf1 redirect=own.example"), "TXT own.example": ["v=spf1 mx -all"] }
    expect((await one("spf", redirected)).add[0]?.value).toBe(
      "v=spf1 include:spf.provider.example redirect=own.example",
    )
  })
  test("R14: behind a return path that is a CNAME, SPF comes from there", async () => {
    const returnPath = { host: "bounce.acme.example", cname: "bounce.provider.example" }
    const records = {
      "CNAME bounce.acme.example": ["bounce.provider.example"],
      "TXT bounce.provider.example": ["v=spf1 ip4:192.0.2.0/24 -all"],
    }
    expect(brief(await one("spf", records, { returnPath }))).toBe("spf passed")
    const missing = await one("spf", {}, { returnPath })
    expect(missing.add).toEqual([
      { type: "CNAME", name: "bounce.acme.example", value: "bounce.provider.example" },
    ])
    const open = { ...records, "TXT bounce.provider.example": ["v=spf1 +all"] }
    const wrong = await one("spf", open, { returnPath })
    expect([brief(wrong), wrong.add, wrong.remove]).toEqual(["spf wrong permits-anyone", [], []])
  })
})

const keyAt = (...records: ReadonlyArray<string>): Zone => ({
  ...good,
  "TXT s1._domainkey.acme.example": records,
})
const p = (base64: string) => `v=DKIM1; k=rsa; p=${base64}`

describe("DKIM", () => {
  test.each([
    ["as it is to be", key],
    ["without v and k, in pieces", `p=${ours.base64.slice(0, 100)} ${ours.base64.slice(100)};`],
    ["wrapped as PKCS #1", p(ours.pkcs1)],
    [
      "with the algorithms and services that mail needs",
      `v=DKIM1; h=sha1 : sha256; s=email; p=${ours.base64}`,
    ],
  ])("R14: a key %s passes, beside what is no key", async (_what, record) => {
    expect(brief(await one("dkim", keyAt("hello", "x=1; pct=50", "not v=DKIM1", record)))).toBe("dkim passed")
  })
  test.each([
    ["another key", p(another.base64), "not-ours"],
    ["a revoked key", "v=DKIM1; p=", "revoked"],
    ["half a key", p(ours.base64.slice(0, 200)), "malformed"],
    ["no key", "v=DKIM1; k=rsa", "malformed"],
    ["no key, with blanks", " v = DKIM1 ; k = rsa", "malformed"],
    ["a key twice", `${key}; p=${ours.base64}`, "malformed"],
    ["another version", `v=DKIM2; p=${ours.base64}`, "malformed"],
    ["the version at the end", `p=${ours.base64}; v=DKIM1`, "malformed"],
    ["SHA-1 only", `v=DKIM1; h=sha1; p=${ours.base64}`, "malformed"],
    ["another service", `v=DKIM1; s=tlsrpt; p=${ours.base64}`, "malformed"],
    ["an Ed25519 key", `v=DKIM1; k=ed25519; p=${ed25519}`, "not-ours"],
    ["a kind of key that nobody knows", `v=DKIM1; k=dsa; p=${ours.base64}`, "malformed"],
  ])("R14: %s is wrong: %s", async (_what, record, reason) => {
    const dkim = await one("dkim", keyAt(record))
    expect(brief(dkim)).toBe(`dkim wrong ${reason}`)
    expect(dkim.add).toEqual([{ type: "TXT", name: "s1._domainkey.acme.example", value: key }])
    expect(dkim.remove.map(({ value }) => value)).toEqual([record])
  })
  test("R14: two keys at one name are wrong, ours among them or not", async () => {
    expect(brief(await one("dkim", keyAt(key, p(another.base64))))).toBe("dkim wrong several-records")
  })
  test("R14: without an expected key any will do, from 1 024 bits on; below 2 048 with a warning", async () => {
    const dkim = (record: string) => one("dkim", keyAt(record), { dkim: { selector: "s1" } })
    const said = async (record: string) => {
      const { result, problems, warnings } = await dkim(record)
      return [result, ...[...problems, ...warnings].map(({ reason }) => reason)].join(" ")
    }
    expect(await said(p(tooShort.base64))).toBe("wrong weak-key")
    expect(await said(p(short.base64))).toBe("passed weak-key")
    expect(await said(p(another.base64))).toBe("passed")
    expect(await said(`v=DKIM1; k=ed25519; p=${ed25519}`)).toBe("passed unusual-key")
    for (const wrong of [`k=ed25519; p=${another.base64}`, "k=ed25519; p=?", `k=x25519; p=${ed25519}`])
      expect(await said(`v=DKIM1; ${wrong}`)).toBe("wrong malformed")
    expect((await dkim("v=DKIM1; p=")).add).toEqual([])
    expect(await said(`v=DKIM1; t=y:s; p=${another.base64}`)).toBe("passed testing")
    expect(await said(`v=DKIM1; t=s; p=${another.base64}`)).toBe("passed")
  })

  const cname = "s1.dkim.provider.example"
  const alias = "CNAME s1._domainkey.acme.example"
  const expected = { dkim: { selector: "s1", cname } }
  const target = { [`TXT ${cname}`]: [key] }
  const add = [{ type: "CNAME", name: "s1._domainkey.acme.example", value: cname }]
  test("R14: a name that points where it must passes with the key that is there", async () => {
    expect(brief(await one("dkim", { ...target, [alias]: [cname] }, expected))).toBe("dkim passed")
  })
  test("R14: whether a name points where it must is unknown while the DNS does not say so", async () => {
    const { add: more, ...dkim } = await one("dkim", { ...keyAt(key), [alias]: ["!ESERVFAIL"] }, expected)
    expect([brief({ ...dkim, add: more }), more, dkim.remove]).toEqual(["dkim unknown unknown", [], []])
  })
  test.each<[string, Zone, string, ReadonlyArray<string>]>([
    ["nothing", {}, "missing missing", []],
    [
      "a pointer elsewhere",
      { [alias]: ["s1.other.example"], "TXT s1.other.example": [key] },
      "wrong not-ours",
      ["CNAME s1.other.example"],
    ],
    ["a copy of the key", { "TXT s1._domainkey.acme.example": [key] }, "wrong not-ours", [`TXT ${key}`]],
  ])("R14: %s, where a pointer must be, is to be replaced by it", async (_what, records, said, removed) => {
    const dkim = await one("dkim", { ...target, ...records }, expected)
    expect(brief(dkim)).toBe(`dkim ${said}`)
    expect(dkim.add).toEqual(add)
    expect(dkim.remove.map(({ type, value }) => `${type} ${value}`)).toEqual(removed)
  })
  test("R14: nobody is told to change a pointer that is right", async () => {
    const empty = await one("dkim", { [alias]: [cname] }, expected)
    expect([brief(empty), empty.add, empty.remove]).toEqual(["dkim wrong target-empty", [], []])
    const revoked = await one("dkim", { [alias]: [cname], [`TXT ${cname}`]: ["v=DKIM1; p="] }, expected)
    expect([brief(revoked), revoked.add, revoked.remove]).toEqual(["dkim wrong revoked", [], []])
  })
})

const dmarcAt = (record: string, more: Zone = {}): Zone => ({
  ...good,
  "TXT _dmarc.acme.example": [record],
  ...more,
})

describe("DMARC", () => {
  test.each([
    ["v=DMARC1;p=reject"],
    ["v=DMARC1; p=Quarantine; adkim=s"],
    ["v = DMARC1 ; p = quarantine ; aspf=s"],
  ])("R14: %s passes where quarantine is the least", async (record) => {
    expect(brief(await one("dmarc", dmarcAt(record)))).toBe("dmarc passed")
  })
  test.each([
    [
      "v=DMARC1; p=none; rua=mailto:a@b.example",
      "weak-policy",
      "v=DMARC1; p=quarantine; rua=mailto:a@b.example",
    ],
    ["v=DMARC1; rua=mailto:a@b.example", "malformed", "v=DMARC1; p=quarantine; rua=mailto:a@b.example"],
    ["v=DMARC1; p=block", "malformed", "v=DMARC1; p=quarantine"],
    ["v=DMARC1; p=none; adkim=s", "weak-policy", "v=DMARC1; p=quarantine; adkim=s"],
    ["v=DMARC1; reject", "malformed", "v=DMARC1; p=quarantine"],
    ["v=DMARC1", "malformed", "v=DMARC1; p=quarantine"],
  ])("R14: %s is wrong: %s", async (record, reason, value) => {
    const dmarc = await one("dmarc", dmarcAt(record))
    expect(brief(dmarc)).toBe(`dmarc wrong ${reason}`)
    expect(dmarc.add).toEqual([{ type: "TXT", name: "_dmarc.acme.example", value }])
  })
  test("R14: two records are as good as none; one keeps the stronger policy", async () => {
    const records = { ...good, "TXT _dmarc.acme.example": ["v=DMARC1; p=none", "v=DMARC1; p=reject"] }
    const dmarc = await one("dmarc", records)
    expect(brief(dmarc)).toBe("dmarc wrong several-records")
    expect(dmarc.add[0]?.value).toBe("v=DMARC1; p=reject")
    expect(dmarc.remove).toHaveLength(2)
  })
  test("R14: other texts at the name are none of its business", async () => {
    const texts = [
      "v=DMARC10; p=none",
      "dmarc",
      "v=dmarc1; p=none",
      "x v=DMARC1; p=none",
      "v=DMARC1; p=reject",
    ]
    expect(brief(await one("dmarc", { ...good, "TXT _dmarc.acme.example": texts }))).toBe("dmarc passed")
  })
  test("R14: a subdomain has the organization's policy for subdomains, or else its policy", async () => {
    const sub = async (record: string, more: Zone = {}) => {
      const { checks } = await check(
        { "TXT _dmarc.acme.example": [record], ...more },
        { dmarc: "quarantine" },
        "mail.acme.example",
      )
      const dmarc = checks.find(({ check: name }) => name === "dmarc")
      return dmarc && [brief(dmarc), ...dmarc.add.map(({ value }) => value)].join(": ")
    }
    expect(await sub("v=DMARC1; p=reject")).toBe("dmarc passed")
    expect(await sub("v=DMARC1; p=reject; sp=none; rua=mailto:a@b.example")).toBe(
      "dmarc wrong weak-policy: v=DMARC1; p=quarantine",
    )
    expect(await sub("v=DMARC1; p=none; sp=quarantine")).toBe("dmarc passed")
    const own = { "TXT _dmarc.mail.acme.example": ["v=DMARC1; p=reject"] }
    expect(await sub("v=DMARC1; p=none", own)).toBe("dmarc passed")
    const suffix = { "TXT _dmarc.example": ["v=DMARC1; p=none; psd=y"] }
    expect(await sub("v=DMARC1; p=reject", suffix)).toBe("dmarc passed")
  })

  const under = (record: string, from: string, signing: string, more: Zone = {}) =>
    check(
      { "TXT _dmarc.acme.example": [record], ...more },
      {
        dkim: { selector: "s1", domain: signing },
        returnPath: { host: "bounce.acme.example", mx: "mx.provider.example" },
      },
      from,
    ).then(({ checks }) => checks.find(({ check: name }) => name === "dmarc"))
  test.each([
    ["v=DMARC1; p=none", "acme.example", "mail.acme.example", "passed", []],
    ["v=DMARC1; p=none; adkim=s; aspf=s", "acme.example", "acme.example", "passed", ["not-aligned"]],
    ["v=DMARC1; p=none; adkim=s", "acme.example", "mail.acme.example", "passed", ["not-aligned"]],
    ["v=DMARC1; p=none", "mail.acme.example", "acme.example", "passed", []],
    ["v=DMARC1; p=none; adkim=s; aspf=s", "acme.example", "mail.acme.example", "wrong", []],
    ["v=DMARC1; p=none; aspf=s", "acme.example", "provider.example", "wrong", []],
  ])("R14: under %s, mail from %s signed by %s: %s", async (record, from, signing, result, warnings) => {
    const dmarc = await under(record, from, signing)
    expect(dmarc?.result).toBe(result)
    expect(dmarc?.warnings.map(({ reason }) => reason)).toEqual(warnings)
  })
  const above = (record: string) => ({ "TXT _dmarc.mail.acme.example": [record] })
  test.each<[string, string, string, Zone, string]>([
    [
      "the highest of its names that has a record",
      "mail.acme.example",
      "acme.example",
      above("v=DMARC1; p=none"),
      "passed",
    ],
    ["the one that says so", "mail.acme.example", "acme.example", above("v=DMARC1; p=none; psd=n"), "wrong"],
    [
      "the one below the names for others",
      "acme.example",
      "other.example",
      { "TXT _dmarc.example": ["v=DMARC1; p=none; psd=y"] },
      "wrong",
    ],
    [
      "not the one below itself",
      "acme.example",
      "other.example",
      {
        "TXT _dmarc.acme.example": ["v=DMARC1; p=none; psd=y; aspf=s"],
        "TXT _dmarc.example": ["v=DMARC1; p=none"],
      },
      "passed",
    ],
  ])("R14: the organization is %s: mail from %s signed by %s", async (_what, from, signing, more, result) => {
    expect((await under("v=DMARC1; p=none; aspf=s", from, signing, more))?.result).toBe(result)
  })
  test.each<[string, string, Zone]>([
    ["acme.example", "provider.example", { "TXT _dmarc.provider.example": ["!ESERVFAIL"] }],
    [
      "mail.acme.example",
      "provider.example",
      { "TXT _dmarc.acme.example": ["!ESERVFAIL"], ...above("v=DMARC1; p=none; aspf=s") },
    ],
    ["mail.acme.example", "acme.example", { "TXT _dmarc.example": ["!ESERVFAIL"] }],
  ])(
    "R14: whether mail from %s signed by %s counts is unknown while the DNS does not tell their organizations",
    async (from, signing, more) => {
      const dmarc = await under("v=DMARC1; p=none; aspf=s", from, signing, more)
      expect(dmarc && [brief(dmarc), dmarc.add, dmarc.remove]).toEqual(["dmarc unknown unknown", [], []])
    },
  )
  test("R14: strictness is given up where that helps, and nothing is promised where it does not", async () => {
    const record = "v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:a@b.example"
    const strict = await under(record, "acme.example", "mail.acme.example")
    expect(strict?.problems.map(({ reason }) => reason)).toEqual(["not-aligned", "not-aligned"])
    expect(strict?.add[0]?.value).toBe("v=DMARC1; p=reject; rua=mailto:a@b.example")
    const { checks } = await check(
      { "TXT _dmarc.acme.example": ["v=DMARC1; p=none"] },
      { returnPath: { host: "bounce.provider.example", mx: "mx.provider.example" } },
    )
    const [, stranger] = checks
    expect([stranger?.problems[0]?.reason, stranger?.add]).toEqual(["not-aligned", []])
  })
  test.each(["v=DMARC1; p=reject; pct=20", "v=DMARC1; p=reject; t=y"])(
    "R14: %s is warned of",
    async (record) => {
      const { result, warnings } = await one("dmarc", dmarcAt(record))
      expect([result, ...warnings.map(({ reason }) => reason)]).toEqual(["passed", "testing"])
    },
  )
})

describe("the return path", () => {
  const cname = { returnPath: { host: "bounce.acme.example", cname: "bounce.provider.example" } }
  test.each<[string, DomainExpectation, Zone, string]>([
    ["an MX elsewhere", expectation, { "MX bounce.acme.example": ["10 mx.acme.example"] }, "wrong not-ours"],
    ["an MX that takes nothing", expectation, { "MX bounce.acme.example": ["0 "] }, "wrong not-ours"],
    ["no MX", expectation, {}, "missing missing"],
    ["a CNAME", cname, { "CNAME bounce.acme.example": ["bounce.provider.example"] }, "passed"],
    ["a CNAME elsewhere", cname, { "CNAME bounce.acme.example": ["x.example"] }, "wrong not-ours"],
    ["no CNAME", cname, {}, "missing missing"],
    [
      "an MX, both in other letters",
      { returnPath: { host: "Bounce.Acme.example.", mx: "MX.Provider.example." } },
      good,
      "passed",
    ],
  ])("R14: %s: %s", async (_what, expected, records, said) => {
    expect(brief(await one("return-path", records, expected))).toBe(`return-path ${said}`)
  })
  test("R14: what is missing is to be as it was expected, an MX or a CNAME", async () => {
    const added = async (expected: DomainExpectation) =>
      (await one("return-path", {}, expected)).add.map(({ type, value }) => `${type} ${value}`)
    expect(await added(expectation)).toEqual(["MX 10 mx.provider.example"])
    expect(await added(cname)).toEqual(["CNAME bounce.provider.example"])
  })
  test("R14: what leads elsewhere goes: other hosts, and a CNAME where an MX must come", async () => {
    const removed = async (records: Zone) =>
      (await one("return-path", records)).remove.map(({ type, value }) => `${type} ${value}`)
    const mx = "MX bounce.acme.example"
    expect(await removed({ [mx]: ["10 a.example", "20 b.example"] })).toEqual([
      "MX 10 a.example",
      "MX 20 b.example",
    ])
    const alias = { "CNAME bounce.acme.example": ["elsewhere.example"] }
    expect(await removed(alias)).toEqual(["CNAME elsewhere.example"])
    expect(await removed({ ...alias, "MX elsewhere.example": ["10 a.example"] })).toEqual([
      "CNAME elsewhere.example",
    ])
  })
  test("R14: another host beside the right one is warned of", async () => {
    const mx = { "MX bounce.acme.example": ["5 mx.acme.example", "10 MX.Provider.example."] }
    const { result, warnings } = await one("return-path", mx)
    expect([result, warnings[0]?.reason]).toEqual(["passed", "others-too"])
  })
})

describe("doing what the report says", () => {
  const texts = {
    "TXT bounce.acme.example": [
      "v=spf1 mx -all",
      "v=spf1 ~all",
      "v=spf1 include:spf.provider.example +all",
      "v=spf1 include:gone.example bogus ip4:0.0.0.0/0 -all",
      "v=spf1 redirect=spf.provider.example",
      "v=spf1 redirect=gone.example",
      "verification=1",
    ],
    "TXT s1._domainkey.acme.example": [key, p(another.base64), "v=DKIM1; p=", "hello"],
    "TXT _dmarc.acme.example": [
      "v=DMARC1; p=none; adkim=s; aspf=s",
      "v=DMARC1; p=reject",
      "v=DMARC1; reject",
      "v=DMARC1; rua=mailto:a@b.example",
    ],
    "MX bounce.acme.example": ["10 mx.acme.example", "20 mx.provider.example", "0 "],
    "CNAME bounce.acme.example": ["elsewhere.example"],
    "CNAME s1._domainkey.acme.example": ["s1.other.example", "s1.dkim.provider.example"],
  } as const
  const someOf = (values: ReadonlyArray<string>, maxLength: number) =>
    fc.subarray([...values], { minLength: 0, maxLength })
  const anyZone = fc
    .record({
      spf: someOf(texts["TXT bounce.acme.example"], 3),
      dkim: someOf(texts["TXT s1._domainkey.acme.example"], 2),
      dmarc: someOf(texts["TXT _dmarc.acme.example"], 2),
      mx: someOf(texts["MX bounce.acme.example"], 2),
      alias: someOf(texts["CNAME s1._domainkey.acme.example"], 1),
    })
    .map(({ spf, dkim, dmarc, mx, alias }): Zone => {
      const records = {
        "TXT bounce.acme.example": spf,
        // Nothing can be beside a CNAME.
        "TXT s1._domainkey.acme.example": alias.length > 0 ? [] : dkim,
        "CNAME s1._domainkey.acme.example": alias,
        "TXT _dmarc.acme.example": dmarc,
        "MX bounce.acme.example": mx,
        "TXT spf.provider.example": ["v=spf1 ip4:192.0.2.0/24 -all"],
        "TXT s1.dkim.provider.example": [key],
        "TXT s1.other.example": [key],
      }
      return Object.fromEntries(Object.entries(records).filter(([, values]) => values.length > 0))
    })
  const anyExpectation: fc.Arbitrary<DomainExpectation> = fc.record({
    spf: fc.subarray(["include:spf.provider.example", "ip4:192.0.2.9"]),
    dkim: fc.constantFrom(
      { selector: "s1", publicKey: ours.pem },
      { selector: "s1", cname: "s1.dkim.provider.example" },
    ),
    dmarc: fc.constantFrom("none" as const, "quarantine" as const, "reject" as const),
    returnPath: fc.constant({ host: "bounce.acme.example", mx: "mx.provider.example" }),
  })
  test("R14: makes every check pass, and is not asked for again", async () => {
    await fc.assert(
      fc.asyncProperty(anyZone, anyExpectation, async (records, expected) => {
        const before = await check(records, expected)
        for (const each of before.checks)
          if (each.result === "passed") expect([each.add, each.remove]).toEqual([[], []])
        // A key may be in a TXT record although a CNAME must come: a name with an alias has nothing else.
        const after = before.checks.reduce((now, each) => withChanges(now, each.remove, each.add), records)
        expect((await check(after, expected)).checks.map(brief)).toEqual(allPassed)
      }),
    )
  })
})

describe("the DNS", () => {
  afterEach(() => {
    vi.useRealTimers()
  })
  const failing = (code: string): Zone =>
    Object.fromEntries(Object.keys(good).map((question) => [question, [`!${code}`]]))

  test.each(["ENOTFOUND", "ENODATA"])("R14: %s is a record that is missing", async (code) => {
    expect((await briefs(failing(code))).map((text) => text.split(" ")[1])).toEqual(
      Array.from({ length: 4 }, () => "missing"),
    )
  })
  test.each(["ESERVFAIL", "ETIMEOUT", "EREFUSED", "ECONNREFUSED", "EBADRESP", "ECANCELLED"])(
    "R14: %s says nothing about the domain",
    async (code) => {
      const { result, checks } = await check({ ...failing(code), "CNAME bounce.acme.example": [`!${code}`] })
      expect(result).toBe("unknown")
      expect(checks.map(({ result: each }) => each)).toEqual(Array.from({ length: 4 }, () => "unknown"))
      expect(checks.flatMap(({ add, remove }) => [...add, ...remove])).toEqual([])
      expect(checks[0]?.problems[0]?.detail).toContain(code)
    },
  )
  test("R14: one record that is certainly missing fails the domain, whatever is unknown besides", async () => {
    const { "TXT _dmarc.acme.example": _, ...without } = good
    expect((await check({ ...without, "TXT bounce.acme.example": ["!ESERVFAIL"] })).result).toBe("failed")
    expect((await check({ ...good, "TXT bounce.acme.example": ["!ESERVFAIL"] })).result).toBe("unknown")
  })
  test("R14: names above that do not answer leave a domain's own DMARC record alone", async () => {
    const records: Zone = { ...good, "TXT _dmarc.example": ["!ESERVFAIL"] }
    expect(brief(await one("dmarc", records))).toBe("dmarc passed")
    const { "TXT _dmarc.acme.example": _, ...without } = records
    expect(brief(await one("dmarc", without))).toBe("dmarc unknown unknown")
  })
  test("R14: silence is unknown once the time is over, not before", async () => {
    vi.useFakeTimers()
    const silent = () => new Promise<never>(() => {})
    const resolver: DnsResolver = { resolveTxt: silent, resolveCname: silent, resolveMx: silent }
    const results: Array<string> = []
    const checking = checkDomain(domain, expectation, { resolver }).then(({ result }) => results.push(result))
    await vi.advanceTimersByTimeAsync(DNS_TIMEOUT_MS - 1)
    expect(results).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    await checking
    expect(results).toEqual(["unknown"])
  })
  test("R14: no timer is left behind", async () => {
    vi.useFakeTimers()
    await check(good)
    expect(vi.getTimerCount()).toBe(0)
  })
  test("R14: an answer larger than DNS can give, or of another shape, is none", async () => {
    const odd = async (resolveTxt: DnsResolver["resolveTxt"]) =>
      (await checkDomain(domain, {}, { resolver: { ...zone({}), resolveTxt } })).result
    const spf = "v=spf1 a ~all"
    const dmarc = "v=DMARC1; p=none"
    const besides = (...more: ReadonlyArray<string>) =>
      odd(async () => [dmarc, spf, ...more].map((value) => [value]))
    const room = 65_535 - dmarc.length - spf.length
    expect(await besides()).toBe("passed")
    expect(await besides("x".repeat(room))).toBe("passed")
    expect(await besides("x".repeat(room + 1))).toBe("unknown")
    expect(await besides(...Array.from({ length: 998 }, () => "x"))).toBe("passed")
    expect(await besides(...Array.from({ length: 999 }, () => "x"))).toBe("unknown")
    expect(await odd(async () => [])).toBe("failed")
    expect(await odd(async () => JSON.parse("[1]"))).toBe("unknown")
    expect(await odd(() => Promise.reject(new Error("no code")))).toBe("unknown")
    expect(
      await odd(() => {
        throw new Error("at once")
      }),
    ).toBe("unknown")
  })
  test("R14: nothing but a code is repeated of what a resolver says", async () => {
    for (const code of ["secret code", "ESERVFAIL secret", "secret ESERVFAIL", 7]) {
      const rejects = () => Promise.reject(Object.assign(new Error("secret"), { code }))
      const resolver: DnsResolver = { resolveTxt: rejects, resolveCname: rejects, resolveMx: rejects }
      const report = JSON.stringify(await checkDomain(domain, expectation, { resolver }))
      expect(report).not.toContain("secret")
      expect(report).toContain("failed")
    }
  })
  test("R14: the resolver of node:dns is one as it is", () => {
    const resolver: DnsResolver = new Resolver()
    expect(resolver).toBeDefined()
  })
})

describe("what makes no sense", () => {
  const refused = (name: string, expected: unknown = {}) =>
    checkDomain(name, JSON.parse(JSON.stringify(expected)), { resolver: zone({}) }).catch(
      (error: unknown) => error,
    )
  test.each<[string, string, unknown]>([
    ["domain", "not a domain", {}],
    ["domain", "_dmarc.acme.example", {}],
    ["expectation.dkim.selector", domain, { dkim: { selector: "s 1" } }],
    ["expectation.dkim.publicKey", domain, { dkim: { selector: "s1", publicKey: "secret" } }],
    ["expectation.dkim.cname", domain, { dkim: { selector: "s1", cname: "x" } }],
    ["expectation.spf[0]", domain, { spf: ["spf.provider.example"] }],
    ["expectation.spf[0]", domain, { spf: ["+all"] }],
    ["expectation.spf[0]", domain, { spf: ["-a"] }],
    ["expectation.spf[0]", domain, { spf: ["ip4:999.1.1.1"] }],
    ["expectation.spf[0]", domain, { spf: ["ip4:0.0.0.0/0"] }],
    ["expectation.dmarc", domain, { dmarc: "strict" }],
    ["expectation.returnPath", domain, { returnPath: { host: "b.acme.example" } }],
    [
      "expectation.returnPath",
      domain,
      { returnPath: { host: "b.acme.example", mx: "a.example", cname: "a.example" } },
    ],
    ["expectation.selector", domain, { selector: "s1" }],
  ])("R14: is refused by its place, %s, without its value", async (path, name, expected) => {
    const error = await refused(name, expected)
    expect(error).toBeInstanceOf(DomainCheckError)
    expect(error).toMatchObject({ reason: "bad-input", issues: [{ path }] })
    expect(String(error)).not.toMatch(/secret|strict|not a domain/)
  })
  const noRecords = async () => []
  test.each([
    ["options", undefined],
    ["options.resolver", {}],
    ["options.resolver.resolveMx", { resolver: { resolveTxt: noRecords, resolveCname: noRecords } }],
    ["options.timeoutMs", { resolver: zone({}), timeoutMs: Number.NaN }],
    ["options.timeoutMs", { resolver: zone({}), timeoutMs: 0 }],
    ["options.timeout", { resolver: zone({}), timeout: 5 }],
  ])("R14: is not checked without sound options, %s", async (path, options) => {
    const error = await Reflect.apply(checkDomain, undefined, [domain, undefined, options]).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(DomainCheckError)
    expect(error).toMatchObject({ reason: "bad-input", issues: [{ path }] })
    expect(String(error)).toContain(`${path}: expected `)
  })
  test("R14: judging is total, whatever the answers are and however few", () => {
    const expected = expectDomain(domain, expectation)
    if (expected._tag === "Failure") throw new Error("it makes sense")
    const answer = fc.record({
      type: fc.constantFrom("TXT" as const, "CNAME" as const, "MX" as const),
      name: fc.constantFrom(...Object.keys(good).map((question) => question.split(" ")[1] ?? "")),
      _tag: fc.constant("Found" as const),
      values: fc.array(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.string().map((text) => `v=spf1 ${text}`),
          fc.string().map((text) => `v=DKIM1; p=${text}`),
          fc.string().map((text) => `v=DMARC1; p=${text}`),
        ),
        { minLength: 1, maxLength: 3 },
      ),
    })
    fc.assert(
      fc.property(fc.array(answer), (answers) => {
        const { result, checks } = judgeDomain(expected.success, answers)
        expect(checks).toHaveLength(4)
        expect(result === "passed").toBe(checks.every((each) => each.result === "passed"))
      }),
    )
  })
})
