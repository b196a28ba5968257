import { BlockList, isIP } from "node:net"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  containsRange,
  ipRangeText,
  overlapsRange,
  parseIpRange,
} from "../../../../src/core/email/domain/ip-range.ts"

const canonical = (text: string): string | undefined => {
  const range = parseIpRange(text)
  return range && ipRangeText(range)
}

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  // Close to one another, so that ranges meet.
  fc.nat(255).map((last) => `192.0.2.${last}`),
  fc.nat(65_535).map((last) => `2001:db8::${last.toString(16)}`),
)
const rangeOf = (ip: string) =>
  fc.nat(ip.includes(":") ? 128 : 32).map((bits) => ({ ip, bits, text: `${ip}/${bits}` }))
const anyRange = address.chain(rangeOf)

describe("ranges of addresses", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["192.0.2.1/32", "192.0.2.1"],
    ["192.0.2.7/24", "192.0.2.0/24"],
    ["255.255.255.255/0", "0.0.0.0/0"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:0db8::0001/128", "2001:db8::1"],
    ["2001:db8:1:2:3:4:5:6/33", "2001:db8::/33"],
    ["1::2:0:0:0:3", "1:0:0:2::3"],
    ["::", "::"],
    ["::ffff:192.0.2.1", "::ffff:c000:201"],
  ])("R14: %s is %s", (written, text) => {
    expect(canonical(written)).toBe(text)
  })
  test.each([
    "",
    "999.1.1.1",
    "1.2.3.256",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.04",
    "0x7f.0.0.1",
    "1.2.3.4/33",
    "1.2.3.4/99",
    "1.2.3.4/",
    "1.2.3.4/024",
    "1.2.3.4/-1",
    "1.2.3.4/8/8",
    " 1.2.3.4",
    "::::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "::12345",
    "::1/129",
    "[::1]",
    "fe80::1%eth0",
    "::1.2.3.256",
    "acme.example",
  ])("R14: %j is no range", (written) => {
    expect(parseIpRange(written)).toBeUndefined()
  })
  test("R14: whatever is written, an address is one where Node's parser finds one too", () => {
    const written = fc.oneof(
      address,
      fc.string(),
      fc.string({ unit: fc.constantFrom("0", "1", "9", "f", ":", ".", "::"), maxLength: 12 }),
    )
    fc.assert(
      fc.property(written, (text) => {
        // Node takes zones; SPF has none.
        expect(parseIpRange(text) !== undefined).toBe(isIP(text) > 0 && !/[%/]/.test(text))
      }),
    )
  })
  test("R14: a range in its one form is the same range, and stays as it is", () => {
    fc.assert(
      fc.property(anyRange, ({ text }) => {
        const range = parseIpRange(text)
        const once = canonical(text) ?? ""
        expect(parseIpRange(once)).toEqual(range)
        expect(canonical(once)).toBe(once)
        expect(canonical(once.toUpperCase())).toBe(once)
      }),
    )
  })
  test("R14: a range contains what Node's BlockList says", () => {
    fc.assert(
      fc.property(anyRange, address, ({ ip, bits, text }, other) => {
        const list = new BlockList()
        list.addSubnet(ip, bits, ip.includes(":") ? "ipv6" : "ipv4")
        const outer = parseIpRange(text)
        const inner = parseIpRange(other)
        if (outer === undefined || inner === undefined) throw new Error("both are addresses")
        // Node counts ::ffff:192.0.2.1 as 192.0.2.1, which is another address to SPF's mechanisms.
        fc.pre(isIP(ip) === isIP(other))
        expect(containsRange(outer, inner)).toBe(list.check(other, other.includes(":") ? "ipv6" : "ipv4"))
      }),
    )
  })
  test("R14: an address of one kind is none of the other, though their bits are the same", () => {
    const [narrow, wide] = [parseIpRange("32.1.13.184"), parseIpRange("2001:db8::/32")]
    if (narrow === undefined || wide === undefined) throw new Error("both are ranges")
    expect(narrow.prefix).toBe(wide.prefix)
    expect([containsRange(narrow, wide), overlapsRange(narrow, wide)]).toEqual([false, false])
  })
  test("R14: of two ranges one contains the other, or they have nothing in common", () => {
    fc.assert(
      fc.property(anyRange, anyRange, (first, second) => {
        const [a, b] = [parseIpRange(first.text), parseIpRange(second.text)]
        if (a === undefined || b === undefined) throw new Error("both are ranges")
        expect(overlapsRange(a, b)).toBe(containsRange(a, b) || containsRange(b, a))
        expect(containsRange(a, a)).toBe(true)
        if (containsRange(a, b) && containsRange(b, a)) expect(a).toEqual(b)
      }),
    )
  })
})
