/** R10, R11: SMS, LMS or neither. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { countryRules } from "../../../src/core/countries/index.ts"
import { chooseXms } from "../../../src/core/text/choose-xms.ts"
import { cp949Length } from "../../../src/core/text/cp949.ts"
import { segmentText } from "../../../src/core/text/segment.ts"
import { anyText, koreanText } from "../../../src/testing/text-arbitraries.ts"

const kr = (text: string) => chooseXms({ country: "KR", text })

describe("Korea", () => {
  it("R10: 140 bytes are an SMS, 141 are an LMS", () => {
    expect(kr("가".repeat(70))).toEqual({
      _tag: "Sms",
      country: "KR",
      encoding: "cp949",
      units: 140,
      segments: 1,
      forcedBy: [],
    })
    expect(kr(`${"가".repeat(70)}a`)).toEqual({
      _tag: "Lms",
      country: "KR",
      encoding: "cp949",
      units: 141,
      segments: 1,
    })
    expect(kr("あ".repeat(70))._tag).toBe("Sms")
    expect(kr("a".repeat(140))._tag).toBe("Sms")
    expect(kr("a".repeat(141))._tag).toBe("Lms")
  })

  it("R10: 2 000 bytes are an LMS, 2 001 are too long", () => {
    expect(kr("가".repeat(1_000))).toMatchObject({ _tag: "Lms", units: 2_000 })
    expect(kr(`${"가".repeat(1_000)}a`)).toEqual({
      _tag: "TooLong",
      country: "KR",
      encoding: "cp949",
      units: 2_001,
      limit: 2_000,
    })
  })

  it("R10: a character outside the charset is named, whatever the length", () => {
    const characters = [{ char: "😀", index: 1 }]
    expect(kr("네😀")).toEqual({ _tag: "Unencodable", country: "KR", characters })
    expect(kr(`네😀${"가".repeat(2_000)}`)).toEqual({ _tag: "Unencodable", country: "KR", characters })
    expect(chooseXms({ country: "KR", text: "뷁" }, countryRules, "ksx1001")._tag).toBe("Unencodable")
  })

  it("R10: the SMS limit is a setting: with 90, 91 bytes are an LMS", () => {
    const rules = {
      KR: { country: "KR", encoding: "cp949", smsBytes: 90, lmsBytes: 2_000, billedBy: "message" },
    } as const
    expect(chooseXms({ country: "KR", text: "가".repeat(45) }, rules)._tag).toBe("Sms")
    expect(chooseXms({ country: "KR", text: `${"가".repeat(45)}a` }, rules)._tag).toBe("Lms")
    expect(chooseXms({ country: "FR", text: "a".repeat(161) }, rules)).toMatchObject({ segments: 2 })
  })

  it("R10: the step follows from the bytes alone", () => {
    fc.assert(
      fc.property(koreanText(), (text) => {
        const { bytes } = cp949Length(text)
        expect(kr(text)._tag).toBe(bytes <= 140 ? "Sms" : bytes <= 2_000 ? "Lms" : "TooLong")
      }),
    )
  })
})

describe("other countries", () => {
  it("R11: more than 140 octets cost more: 161 English characters, 71 Japanese ones, 36 emoji", () => {
    for (const [country, text, segments] of [
      ["US", "a".repeat(160), 1],
      ["US", "a".repeat(161), 2],
      ["JP", "あ".repeat(70), 1],
      ["JP", "あ".repeat(71), 2],
      ["FR", "😀".repeat(35), 1],
      ["FR", "😀".repeat(36), 2],
      ["FR", "가".repeat(71), 2],
    ] as const)
      expect(chooseXms({ country, text })).toMatchObject({ _tag: "Sms", country, segments })
  })

  it("R11: a text is what segmentText counts, up to 10 segments, 8 in China", () => {
    fc.assert(
      fc.property(anyText(), fc.constantFrom("JP", "US", "CA", "CN", "DE", "ZZ"), (text, country) => {
        const { encoding, units, segments, forcedBy } = segmentText(text)
        const most = country === "CN" ? 8 : 10
        const limit = most * (encoding === "gsm7" ? 153 : 67)
        expect(chooseXms({ country, text })).toEqual(
          segments.length <= most
            ? { _tag: "Sms", country, encoding, units, segments: segments.length, forcedBy }
            : { _tag: "TooLong", country, encoding, units, limit },
        )
      }),
    )
  })

  it("R11: where texts are not joined, messages of 160 or 70 stand alone", () => {
    for (const country of ["CR", "TO"]) {
      expect(chooseXms({ country, text: "a".repeat(320) })).toMatchObject({ segments: 2 })
      expect(chooseXms({ country, text: "あ".repeat(141) })).toMatchObject({ segments: 3 })
    }
  })

  it("R11: a rule that bills joined segments by message bills one", () => {
    const rules = {
      "*": { country: "*", encoding: "gsm7-ucs2", concatenation: true, maxSegments: 3, billedBy: "message" },
    } as const
    expect(chooseXms({ country: "DE", text: "a".repeat(459) }, rules)).toMatchObject({
      segments: 1,
      units: 459,
    })
    expect(chooseXms({ country: "DE", text: "a".repeat(460) }, rules)._tag).toBe("TooLong")
  })

  it("R11: an empty text is one SMS everywhere", () => {
    for (const country of ["KR", "JP", "CR", "ZZ", ""])
      expect(chooseXms({ country, text: "" })).toMatchObject({ _tag: "Sms", units: 0, segments: 1 })
  })
})
