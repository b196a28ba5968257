import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { dnsZones } from "./dns-zone.ts"

const long = "p".repeat(200)

let dns: Awaited<ReturnType<typeof dnsZones>>
beforeAll(async () => {
  dns = await dnsZones({
    "acme.example": [
      '@ TXT "v=spf1 include:host.example -all"',
      '_dmarc TXT "v=DMARC1; p=reject"',
      "s1._domainkey CNAME s1._domainkey.host.example.",
      "lost._domainkey CNAME nowhere.host.example.",
      "loop CNAME pool.acme.example.",
      "pool CNAME loop.acme.example.",
      '@ TXT "something else"',
    ],
    "host.example": [
      '@ TXT "v=spf1 ip4:192.0.2.25 -all"',
      `s1._domainkey TXT "v=DKIM1; k=rsa; " "p=${long}" "${long}"`,
    ],
  })
}, 60_000)
afterAll(() => dns[Symbol.asyncDispose]())

describe("a zone to check domains against", () => {
  test("R14: has the records that were written", async () => {
    expect(await dns.resolver.resolveTxt("_dmarc.acme.example")).toEqual([["v=DMARC1; p=reject"]])
    const own = await dns.resolver.resolveTxt("acme.example")
    expect(new Set(own.flat())).toEqual(new Set(["something else", "v=spf1 include:host.example -all"]))
  })
  test("R14: follows an alias into another zone, in the chunks that were written", async () => {
    expect(await dns.resolver.resolveTxt("s1._domainkey.acme.example")).toEqual([
      ["v=DKIM1; k=rsa; ", `p=${long}`, long],
    ])
    expect(await dns.resolver.resolveCname("s1._domainkey.acme.example")).toEqual([
      "s1._domainkey.host.example",
    ])
  })
  test.each([
    ["acme.example", "AAAA", "ENODATA"],
    ["nobody.acme.example", "TXT", "ENOTFOUND"],
    ["example", "TXT", "ENOTFOUND"],
    ["elsewhere.test", "TXT", "ENOTFOUND"],
    ["lost._domainkey.acme.example", "TXT", "ENOTFOUND"],
    ["loop.acme.example", "TXT", "ESERVFAIL"],
  ] as const)("R14: %s %s is %s", async (name, type, code) => {
    await expect(dns.resolver.resolve(name, type)).rejects.toMatchObject({ code })
  })
})
