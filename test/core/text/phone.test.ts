/** R9: numbers that a text can be sent to. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { MAX_PHONE_CHARS, parsePhone } from "../../../src/core/text/phone.ts"

const seoul = { _tag: "Mobile", e164: "+821012345678", country: "KR" }

describe("phone numbers", () => {
  it.each([
    ["010-1234-5678", "KR"],
    ["01012345678", "kr"],
    ["+82 10-1234-5678", "US"],
    ["+82 (0)10-1234-5678", "ZZ"],
    ["０１０－１２３４－５６７８", "KR"],
    ["＋８２１０１２３４５６７８", "US"],
    ["0082 10 1234 5678", "US"],
    ["00821012345678", "KR"],
    ["001 82 10 1234 5678", "KR"],
    ["tel:+82-10-1234-5678", "JP"],
    ["TEL:010-1234-5678", "KR"],
    ["\u202a+82 10 1234 5678\u202c", "US"],
    ["  010 1234 5678\n", "KR"],
  ])("R9: %j from %s is a mobile number in Seoul", (raw, country) => {
    expect(parsePhone(raw, country)).toEqual(seoul)
  })

  it("R9: the country is the number's own, and either-or numbers count as mobile", () => {
    expect(parsePhone("090-1234-5678", "JP")).toEqual({
      _tag: "Mobile",
      e164: "+819012345678",
      country: "JP",
    })
    expect(parsePhone("(213) 373-4253", "US")).toEqual({
      _tag: "Mobile",
      e164: "+12133734253",
      country: "US",
    })
    expect(parsePhone("0086 138 0013 8000", "KR")).toMatchObject({ country: "CN" })
  })

  it("R9: landlines and other numbers without texts are told from invalid ones", () => {
    for (const [raw, country] of [
      ["02-312-3456", "KR"],
      ["070-1234-5678", "KR"],
      ["0120-000-000", "JP"],
    ] as const)
      expect(parsePhone(raw, country)).toEqual({ _tag: "Unusable", reason: "landline" })
    for (const [raw, country] of [
      ["", "KR"],
      ["010-1234-5678", "ZZ"],
      ["010-1234-5678", ""],
      ["call 010-1234-5678", "KR"],
      ["010-1234-5678 or 010-8765-4321", "KR"],
      ["12", "KR"],
      ["+999 123456789", "KR"],
    ] as const)
      expect(parsePhone(raw, country)).toEqual({ _tag: "Unusable", reason: "invalid" })
  })
})

describe("input that is no number", () => {
  it("R9: extensions are refused", () => {
    for (const raw of ["+82 10-1234-5678 ext. 3", "010-1234-5678#12", "tel:+82-10-1234-5678;ext=3"])
      expect(parsePhone(raw, "KR")).toEqual({ _tag: "Unusable", reason: "extension" })
  })

  it("R9: 64 characters are read, 65 are not", () => {
    const padded = (length: number) => "010-1234-5678".padStart(length, " ")
    expect(parsePhone(padded(MAX_PHONE_CHARS), "KR")).toEqual(seoul)
    expect(parsePhone(padded(MAX_PHONE_CHARS + 1), "KR")).toEqual({ _tag: "Unusable", reason: "invalid" })
  })

  it("R9: no input throws, and what comes out is E.164 and reads as itself anywhere", () => {
    const like = fc.string({ unit: fc.constantFrom(..."0123456789+-() .x#;=/tel０１＋"), maxLength: 70 })
    fc.assert(
      fc.property(
        fc.oneof(like, fc.string({ unit: "binary", maxLength: 70 })),
        fc.string(),
        (raw, country) => {
          for (const from of [country, "KR", "US"]) {
            const parsed = parsePhone(raw, from)
            if (parsed._tag === "Unusable") continue
            expect(parsed.e164).toMatch(/^\+[1-9]\d{4,14}$/)
            expect(parsePhone(parsed.e164, "ZZ")).toEqual(parsed)
          }
        },
      ),
    )
  })
})
