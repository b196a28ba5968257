import { inspect } from "node:util"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type LinkPurpose, type SignedLinksOptions, signedLinks } from "../../src/links/index.ts"
import { mutated } from "../transports/http/webhook-mutations.ts"

const [first, second] = ["first key, 32 characters or more.", "second key, 32 characters or more"]
const links = signedLinks({ keys: [first] })
const purposes: ReadonlyArray<LinkPurpose> = ["resume", "receipt", "unsubscribe"]
const purpose = fc.constantFrom(...purposes)
const content = fc.string({ unit: "grapheme", maxLength: 400 })

describe("tokens", () => {
  test("R12: a short token has 21 characters that no link has to escape", () => {
    fc.assert(
      fc.property(purpose, content, (what, text) => {
        expect(links.tag(what, text)).toMatch(/^1[\w-]{20}$/)
        expect(links.seal(what, text)).toMatch(/^1[\w-]+$/)
      }),
    )
  })
  test("R7: what is sealed comes back, and the same gives the same", () => {
    fc.assert(
      fc.property(purpose, content, (what, text) => {
        const token = links.seal(what, text)
        expect(links.unseal(what, token)).toBe(text)
        expect(links.isTag(what, text, links.tag(what, text))).toBe(true)
        expect([links.seal(what, text), links.tag(what, text)]).toEqual([token, links.tag(what, text)])
      }),
    )
  })
  test("R15: one content's token is no other's, one purpose's none for another", () => {
    fc.assert(
      fc.property(content, content, purpose, purpose, (a, b, what, other) => {
        fc.pre(a !== b || what !== other)
        expect(links.isTag(other, b, links.tag(what, a))).toBe(false)
        if (what !== other) expect(links.unseal(other, links.seal(what, a))).toBeUndefined()
        else expect(links.seal(what, a)).not.toBe(links.seal(other, b))
      }),
    )
  })
  test("R20: no two contents are encrypted under one nonce, and equal beginnings do not show", () => {
    const bytesOf = (text: string) => Buffer.from(links.seal("unsubscribe", text).slice(1), "base64url")
    const tokens = Array.from({ length: 500 }, (_, index) => bytesOf(`["acme","cust-${index}"]`))
    expect(new Set(tokens.map((token) => token.toString("hex", 0, 12))).size).toBe(tokens.length)
    expect(new Set(tokens.map((token) => token.toString("hex", 12, 24))).size).toBe(tokens.length)
  })
  test("R20: no token tells its content", () => {
    for (const id of ["cust-1@example.com", "+821012345678"])
      for (const token of [links.tag("resume", id), links.seal("unsubscribe", id)]) {
        expect(token).not.toContain(id)
        expect(Buffer.from(token, "base64url").toString("latin1")).not.toContain(id)
        expect(Buffer.from(token.slice(1), "base64url").toString("latin1")).not.toContain(id)
      }
  })
  test("R7: 1,000 changed tokens are none, whatever was changed", () => {
    const text = JSON.stringify(["acme/cust-1/c1/m2/push", 1_767_690_000_000])
    const [sealed, tag] = [links.seal("receipt", text), links.tag("receipt", text)]
    for (let index = 0; index < 1_000; index++) {
      const { body } = mutated({ body: Buffer.from(sealed), signature: "-" }, index)
      const changed = body.toString("latin1")
      if (changed !== sealed) expect(links.unseal("receipt", changed)).toBeUndefined()
      const short = mutated({ body: Buffer.from(tag), signature: "-" }, index).body.toString("latin1")
      if (short !== tag) expect(links.isTag("receipt", text, short)).toBe(false)
    }
  })
  test("R7: of all ways to write the same bytes one is a token", () => {
    // Up to four of the last character's bits mean nothing, depending on the length.
    for (const text of ["a", "ab", "abc"]) {
      const token = links.seal("receipt", text)
      for (const last of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
        const other = token.slice(0, -1) + last
        if (other !== token) expect(links.unseal("receipt", other)).toBeUndefined()
      }
      for (const other of [`${token}=`, ` ${token}`, `${token}\n`, token.replace(/^1/, "2"), ""])
        expect(links.unseal("receipt", other)).toBeUndefined()
    }
  })
  test("R20: the name of a short token does not tell it, and nothing else has one", () => {
    const token = links.tag("resume", "a")
    expect(links.nameOf(token)).toMatch(/^[\w-]{43}$/)
    expect(links.nameOf(token)).not.toContain(token.slice(1, 8))
    for (const none of ["", "1", token.slice(0, -1), `${token}A`, links.seal("resume", "a"), "x".repeat(21)])
      expect(links.nameOf(none)).toBeUndefined()
  })
})

test("R12: what was given out holds: a release makes the same tokens, and reads those of the one before", () => {
  // Computed with Python: HKDF and HMAC with SHA-256 (RFC 5869, RFC 2104), AES-256-GCM.
  expect(links.tag("resume", "a")).toBe("1PvFSmB0hRDu1_ppyXm9T")
  expect(links.seal("receipt", "a")).toBe("1VqdyAaL17Xmw8x-Nmep6_1iFkK2xrnykT_8INpU")
})

test("R20: a token of 16 384 characters is looked at, a longer one is none", () => {
  const longest = links.seal("receipt", "a".repeat(12_259))
  expect(longest).toHaveLength(16_384)
  expect(links.unseal("receipt", longest)).toHaveLength(12_259)
  expect(links.unseal("receipt", links.seal("receipt", "a".repeat(12_260)))).toBeUndefined()
})

describe("keys", () => {
  test("R7: the first signs, all verify; one that is gone verifies nothing", () => {
    const rotated = signedLinks({ keys: [second, first] })
    const after = signedLinks({ keys: [second] })
    for (const what of purposes) {
      expect(rotated.unseal(what, links.seal(what, "a"))).toBe("a")
      expect(rotated.isTag(what, "a", links.tag(what, "a"))).toBe(true)
      expect(rotated.seal(what, "a")).toBe(after.seal(what, "a"))
      expect(rotated.tag(what, "a")).toBe(after.tag(what, "a"))
      expect(after.unseal(what, links.seal(what, "a"))).toBeUndefined()
      expect(after.isTag(what, "a", links.tag(what, "a"))).toBe(false)
    }
  })
  test("R20: are not shown by what is made with them", () => {
    expect(inspect(links, { depth: 10, showHidden: true })).not.toContain(first)
    expect(JSON.stringify(links)).not.toContain(first)
  })
  test.each<[string, object, RegExp]>([
    ["none", { keys: [] }, /keys/],
    ["a short one", { keys: [first, "short"] }, /keys\[1\]: expected a secret of 32 characters or more/],
    ["another option", { keys: [first], url: "x" }, /url: expected no field of this name/],
    ["no address", { keys: [first], baseUrl: "acme" }, /baseUrl: expected a URL that begins with https/],
    ["an open line", { keys: [first], baseUrl: "http://acme.example" }, /baseUrl: expected a URL/],
    ["a name like this machine's", { keys: [first], baseUrl: "http://localhost.evil.example" }, /baseUrl/],
    ["a name that ends like it", { keys: [first], baseUrl: "http://not-localhost" }, /baseUrl/],
    [
      "an address that begins like it",
      { keys: [first], baseUrl: "http://127.0.0.1.evil.example" },
      /baseUrl/,
    ],
    ["no HTTP", { keys: [first], baseUrl: "ftp://localhost/" }, /baseUrl/],
    ["a fragment", { keys: [first], baseUrl: "https://acme.example/#a" }, /neither \? nor #/],
    ["a question", { keys: [first], baseUrl: "https://acme.example/?a=1" }, /neither \? nor #/],
    ["a time before", { keys: [first], resumeMs: -1 }, /resumeMs/],
  ])("%s is refused by name, without the value", (_, options, message) => {
    const make = () => signedLinks(options as SignedLinksOptions)
    expect(make).toThrow(message)
    expect(make).not.toThrow(/short$|acme/)
  })
  test("32 characters are a secret, 31 are none", () => {
    expect(() => signedLinks({ keys: ["k".repeat(32)] })).not.toThrow()
    expect(() => signedLinks({ keys: ["k".repeat(31)] })).toThrow("32 characters or more")
  })
  test("this machine itself needs no https, and slashes at the end are left out", () => {
    const baseUrlOf = (baseUrl: string) => signedLinks({ keys: [first], baseUrl }).baseUrl
    expect(baseUrlOf("https://acme.example/followup//")).toBe("https://acme.example/followup")
    for (const host of ["localhost:3000", "127.0.0.1", "[::1]:8080"])
      expect(baseUrlOf(`http://${host}/followup/`)).toBe(`http://${host}/followup`)
    expect(links.baseUrl).toBeNull()
  })
})
