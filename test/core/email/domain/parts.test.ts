import { domainToASCII } from "node:url"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { namesAbove } from "../../../../src/core/email/domain/dmarc.ts"
import { dnsName, mailDomain } from "../../../../src/core/email/domain/name.ts"
import { rsaKey } from "../../../../src/core/email/domain/rsa-key.ts"
import { parseSpf } from "../../../../src/core/email/domain/spf.ts"
import { parseMechanism } from "../../../../src/core/email/domain/spf-mechanism.ts"
import { parseTags } from "../../../../src/core/email/domain/tags.ts"
import { ed25519, ours, short, tooShort } from "./rsa-keys.ts"

describe("names", () => {
  test.each([
    ["Acme.Example", "acme.example"],
    ["acme.example.", "acme.example"],
    ["한국.example", domainToASCII("한국.example")],
    ["bücher.example", "xn--bcher-kva.example"],
    ["acme。example", "acme.example"],
  ])("R14: %s is %s", (written, name) => {
    expect(mailDomain(written)).toBe(name)
  })
  test.each([
    "",
    "localhost",
    "192.0.2.1",
    "0x7f.1",
    "a..example",
    "-a.example",
    "한국.example:53",
    "한국.example/x",
    "u@한국.example",
    "a b.example",
    "a.example\r\nb",
    `${"a".repeat(64)}.example`,
    "%61.한국",
    "acme.example..",
  ])("R14: %j is no domain", (written) => {
    expect(mailDomain(written)).toBeUndefined()
  })
  test("R14: only names that are asked for may have underscores", () => {
    expect(dnsName("s1._domainkey.acme.example")).toBe("s1._domainkey.acme.example")
    expect(mailDomain("_dmarc.acme.example")).toBeUndefined()
  })
  test("R14: whatever is written, a name is one that can be asked for, and stays as it is", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.domain(),
          fc.string().map((a) => `${a}.example`),
        ),
        (text) => {
          const name = dnsName(text)
          if (name === undefined) return
          expect(name).toMatch(/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/)
          expect(dnsName(name)).toBe(name)
        },
      ),
    )
  })
  test("R14: DMARC looks at eight names at most, the last seven labels first after the name itself", () => {
    expect(namesAbove("a.b.c.d.e.f.g.h.i")).toEqual([
      "a.b.c.d.e.f.g.h.i",
      "c.d.e.f.g.h.i",
      "d.e.f.g.h.i",
      "e.f.g.h.i",
      "f.g.h.i",
      "g.h.i",
      "h.i",
      "i",
    ])
    expect(namesAbove("acme.example")).toEqual(["acme.example", "example"])
  })
})

describe("keys", () => {
  test("R14: a key is the same in each of its wrappings, and as long as it was made", () => {
    const keys = [ours.pem, ours.base64, ours.pkcs1, ours.pkcs1Pem].map(rsaKey)
    expect(new Set(keys.map((key) => key?.numbers)).size).toBe(1)
    expect(keys.map((key) => key?.bits)).toEqual([2_048, 2_048, 2_048, 2_048])
    expect([short, tooShort].map(({ base64 }) => rsaKey(base64)?.bits)).toEqual([1_024, 512])
    expect(rsaKey(ours.pem)?.base64).toBe(ours.base64)
  })
  test("R14: what is no RSA public key is none", () => {
    expect([ed25519, "", "AAAA", ours.privatePem, "p=", "not base64!"].map(rsaKey)).toEqual(
      Array.from({ length: 6 }, () => undefined),
    )
  })
  const der = (tag: number, ...content: ReadonlyArray<number>) => [tag, content.length, ...content]
  const keyOf = (...numbers: ReadonlyArray<ReadonlyArray<number>>) =>
    rsaKey(Buffer.from(der(0x30, ...numbers.flatMap((bytes) => der(0x02, ...bytes)))).toString("base64"))
  test("R14: a key is its modulus and its exponent, and as long as the first without leading zeros", () => {
    expect(keyOf([0, 0x50, 0x01], [3])?.bits).toBe(15)
    expect(keyOf([0x50], [3])?.numbers).not.toBe(keyOf([0x05], [3])?.numbers)
    expect(keyOf([0x50], [3])?.numbers).not.toBe(keyOf([0x50], [5])?.numbers)
    const algorithm = der(0x30, ...Buffer.from("06092a864886f70d010101", "hex"))
    const wrapped = (...key: ReadonlyArray<number>) =>
      rsaKey(Buffer.from(der(0x30, ...algorithm, ...der(0x03, 0, ...key))).toString("base64"))
    expect(wrapped(...der(0x30, ...der(0x02, 0x50), ...der(0x02, 3)))?.bits).toBe(7)
    expect([wrapped(5, 0), wrapped(), keyOf(), keyOf([0x50]), keyOf([0], [3])]).toEqual(
      Array.from({ length: 5 }, () => undefined),
    )
  })
  test("R14: what is longer than any key is none, whatever it begins with", () => {
    const padded = (bytes: number) => {
      const whole = Buffer.alloc(bytes)
      Buffer.from(ours.base64, "base64").copy(whole)
      return rsaKey(whole.toString("base64"))?.bits
    }
    expect([padded(6_144), padded(6_147), padded(500_000)]).toEqual([2_048, undefined, undefined])
  })
  test("R14: bytes of any kind make a key or none, and never trouble", () => {
    const real = Buffer.from(ours.base64, "base64")
    const cut = fc.nat(real.length).map((end) => real.subarray(0, end))
    const bent = fc.tuple(fc.nat(40), fc.nat(255)).map(([at, byte]) => {
      const copy = Buffer.from(real)
      copy[at] = byte
      return copy
    })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), cut, bent), (bytes) => {
        const key = rsaKey(Buffer.from(bytes).toString("base64"))
        expect(key === undefined || key.bits > 0).toBe(true)
      }),
    )
    expect(
      [0, 10, 100, real.length - 1].map((end) => rsaKey(real.subarray(0, end).toString("base64"))),
    ).toEqual(Array.from({ length: 4 }, () => undefined))
  })
})

describe("records", () => {
  test.each([
    ["all", "+", "all", "all"],
    ["-ALL", "-", "all", "all"],
    ["include:SPF.Provider.example", "+", "include", "include:spf.provider.example"],
    ["~a", "~", "a", "a"],
    ["a:mail.acme.example/24//64", "+", "a", "a:mail.acme.example/24//64"],
    ["mx/28", "+", "mx", "mx/28"],
    ["ip4:192.0.2.0/24", "+", "ip4", "ip4:192.0.2.0/24"],
    ["ip4:192.0.2.7/32", "+", "ip4", "ip4:192.0.2.7"],
    ["ip6:2001:db8::1/128", "+", "ip6", "ip6:2001:db8::1"],
    ["IP6:2001:DB8:0:0:0:0:0:1/33", "+", "ip6", "ip6:2001:db8::/33"],
    ["include:spf.provider.example.", "+", "include", "include:spf.provider.example"],
    ["?include:한국.example", "?", "include", "include:xn--3e0b707e.example"],
    ["a:Mail.acme.example./32//128", "+", "a", "a:mail.acme.example"],
    ["ptr:acme.example.", "+", "ptr", "ptr:acme.example"],
    ["exists:%{i}.acme.example", "+", "exists", "exists:%{i}.acme.example"],
    ["?ptr", "?", "ptr", "ptr"],
  ])("R14: the mechanism %s", (term, qualifier, name, text) => {
    expect(parseMechanism(term)).toMatchObject({ qualifier, name, text })
  })
  test.each([
    "include",
    "include:",
    "ip4:acme.example",
    "all:x",
    "allow",
    "a:",
    "!all",
    "v=spf1",
    "ip6:x",
    "ip6:::1]#1",
    "ip6:1#]::1",
    "ip4:999.1.1.1",
    "ip4:1.2.3.4/33",
    "ip4:2001:db8::1",
    "ip6:192.0.2.1",
    "ip6:::1/129",
    "a/33",
    "mx//129",
    "a/024",
    "ptr/24",
  ])("R14: %s is no mechanism", (term) => {
    expect(parseMechanism(term)).toBeUndefined()
  })
  test("R14: modifiers are no mechanisms, and what is neither voids the record", () => {
    expect(parseSpf("v=spf1  a redirect=x.example exp=why.example bogus")).toEqual({
      mechanisms: [expect.objectContaining({ name: "a" })],
      redirect: "x.example",
      modifiers: ["exp=why.example"],
      invalid: ["bogus"],
    })
  })
  test("R14: any record can be read", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const { mechanisms, invalid } = parseSpf(`v=spf1 ${text}`)
        expect(mechanisms.length + invalid.length).toBeLessThanOrEqual(text.length + 1)
        const tags = parseTags(text)
        expect(tags === undefined || tags.length > 0).toBe(true)
      }),
    )
  })
})
