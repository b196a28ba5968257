/** R10, R11: substitutes for characters that cost more or cannot be said. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { chooseXms } from "../../../src/core/text/choose-xms.ts"
import { cp949Length } from "../../../src/core/text/cp949.ts"
import { KOREAN_SUBSTITUTES, substituteKorean } from "../../../src/core/text/korean-substitution.ts"
import { measureText } from "../../../src/core/text/measure.ts"
import { segmentText } from "../../../src/core/text/segment.ts"
import { SMART_SUBSTITUTES, smartEncode, withoutTypography } from "../../../src/core/text/smart-encoding.ts"
import { defaultTextPolicy } from "../../../src/core/text/text-policy.ts"
import { anyText, koreanText } from "../../../src/testing/text-arbitraries.ts"

describe("tables", () => {
  it("R11: smart encoding replaces characters that GSM-7 lacks by ones that it has", () => {
    for (const [char, substitute] of SMART_SUBSTITUTES) {
      expect(segmentText(char).encoding).toBe("ucs2")
      expect(segmentText(substitute).encoding).toBe("gsm7")
    }
  })

  it("R10: Korean substitutes replace characters that CP949 lacks by ones that KS X 1001 has", () => {
    for (const [char, substitute] of KOREAN_SUBSTITUTES) {
      expect(cp949Length(char).unencodable, char).toHaveLength(1)
      expect(cp949Length(substitute, "ksx1001").unencodable, char).toEqual([])
    }
  })
})

const dearText = () =>
  fc
    .array(fc.oneof(fc.constantFrom(...SMART_SUBSTITUTES.keys(), ..."abc [€é"), fc.constantFrom("漢")), {
      maxLength: 400,
      size: "max",
    })
    .map((chars) => chars.join(""))

describe("smart encoding", () => {
  it("R11: is all or nothing: the original, or GSM-7 throughout and fewer segments", () => {
    let changed = 0
    const text = fc.oneof(
      anyText(),
      dearText(),
      dearText().map((dear) => dear.replaceAll("漢", "a")),
    )
    fc.assert(
      fc.property(text, (original) => {
        const smart = smartEncode(original)
        if (smart === original) return
        changed++
        expect(smart).toBe(withoutTypography(original))
        expect(segmentText(smart).encoding).toBe("gsm7")
        expect(segmentText(smart).segments.length).toBeLessThan(segmentText(original).segments.length)
      }),
    )
    expect(changed).toBeGreaterThan(5)
  })

  it("R11: leaves a text alone when nothing is saved or one character stays outside GSM-7", () => {
    const saving = "It’s ready. ".repeat(6)
    expect(smartEncode(saving)).toBe("It's ready. ".repeat(6))
    expect(smartEncode("It’s ready")).toBe("It’s ready")
    expect(smartEncode(`${saving}漢`)).toBe(`${saving}漢`)
    // 70 ellipses are 1 segment in UCS-2 and 210 full stops 2 in GSM-7.
    expect(smartEncode("…".repeat(70))).toBe("…".repeat(70))
  })
})

describe("what smart encoding must not say", () => {
  it("R11: a fraction stays apart from the digits before it", () => {
    expect(withoutTypography("1½, 2¼ cups, ½½ and ¾ of 3 ¾")).toBe(
      "1 1/2, 2 1/4 cups, 1/2 1/2 and 3/4 of 3 3/4",
    )
    expect(withoutTypography("1\u200b½ km")).toBe("1 1/2 km")
  })

  it("R11: takes a time that grows with the text, whatever stands in it", () => {
    expect(withoutTypography("½".repeat(200_000))).toBe(`1/2${" 1/2".repeat(199_999)}`)
    expect(withoutTypography("1\u200b½")).toBe("1 1/2")
  })

  it("R11: a soft hyphen shows nothing, so nothing stands for it", () => {
    expect(withoutTypography("Donau\u00addampf\u00adschiff")).toBe("Donaudampfschiff")
  })

  it("R11: a web address is left as it is, what ends beside it is not", () => {
    const address = "https://a.example/it’s–here?q=“x”y"
    expect(withoutTypography(`“${address}”… and ‘HTTP://B.example/…/’`)).toBe(
      `"${address}"... and 'HTTP://B.example/…/'`,
    )
    expect(withoutTypography("http://“”")).toBe('http://""')
  })
})

describe("Korean substitution", () => {
  it("R10: what is struck out or negated is not said without that", () => {
    const negated = "배송비 ≯ 3000, ∉ ⊄ ∄ ≢ ∦ ⇏ ≰ x\u0338"
    expect(substituteKorean(negated)).toBe(negated.normalize("NFC"))
    for (const overlay of "\u0334\u0335\u0336\u0337\u0338") {
      const struck = `1${overlay}0${overlay}원`
      expect(substituteKorean(struck)).toBe(struck)
    }
  })

  it("R10: what CP949 lacks in a web address is written so that it leads to the same place", () => {
    const text = "https://fr.example/café–1?q=é대화 é–, “http://b.example/x😀y\ud83d/”"
    const substituted = substituteKorean(text)
    expect(substituted).toBe(
      "https://fr.example/caf%C3%A9%E2%80%931?q=%C3%A9대화 e-, “http://b.example/x%F0%9F%98%80y%EF%BF%BD/”",
    )
    expect(new URL(substituted.split(" ")[0] ?? "").href).toBe(new URL(text.split(" ")[0] ?? "").href)
  })

  it("R10: the pairs that matter most", () => {
    expect(substituteKorean("—₩•\u00a0é〜❤❤\ufe0f")).toBe("―￦· e～♥♥")
    expect(substituteKorean("ế Ñ x\u0304")).toBe("e N x")
    expect(substituteKorean("😀é ก", "ksx1001")).toBe("😀e ก")
    expect(substituteKorean("뷁", "ksx1001")).toBe("뷁")
  })

  it("R10: touches only what cannot be encoded, and never makes more of that", () => {
    fc.assert(fc.property(koreanText(), (text) => substituteKorean(text) === text))
    fc.assert(
      fc.property(anyText(), (text) => {
        const before = cp949Length(text).unencodable.map(({ char }) => char)
        const after = cp949Length(substituteKorean(text)).unencodable.map(({ char }) => char)
        expect(after.length).toBeLessThanOrEqual(before.length)
        expect(substituteKorean(substituteKorean(text))).toBe(substituteKorean(text))
      }),
    )
  })
})

describe("measuring", () => {
  it("R10: in Korea, the bytes left before the next step", () => {
    expect(measureText({ country: "KR", text: "가".repeat(69) })).toMatchObject({
      choice: { _tag: "Sms" },
      billedBy: "message",
      units: 138,
      limitUnits: 140,
      leftUnits: 2,
      dearCharacters: [],
      cheaper: null,
    })
    expect(measureText({ country: "KR", text: "가".repeat(70) })).toMatchObject({
      limitUnits: 140,
      leftUnits: 0,
    })
    expect(measureText({ country: "KR", text: "가".repeat(71) })).toMatchObject({
      choice: { _tag: "Lms" },
      limitUnits: 2_000,
      leftUnits: 1_858,
    })
    expect(measureText({ country: "KR", text: "가".repeat(1_001) })).toMatchObject({ leftUnits: 0 })
  })

  it("R11: elsewhere, the units left in the last segment and what made the text dear", () => {
    expect(measureText({ country: "US", text: `${"a".repeat(160)}[` })).toMatchObject({
      units: 162,
      limitUnits: 306,
      leftUnits: 153 - 9,
      dearCharacters: [{ char: "[", index: 160, why: "extension" }],
    })
    expect(measureText({ country: "US", text: "]".repeat(153) })).toMatchObject({
      units: 306,
      leftUnits: 151,
    })
    expect(measureText({ country: "US", text: "ok😀" })).toMatchObject({
      limitUnits: 70,
      leftUnits: 66,
      dearCharacters: [{ char: "😀", index: 2, why: "forces-ucs2" }],
    })
    expect(measureText({ country: "US", text: "a".repeat(1_529) })).toMatchObject({
      limitUnits: 1_530,
      leftUnits: 1,
    })
    expect(measureText({ country: "US", text: "a".repeat(2_000) })).toMatchObject({
      limitUnits: 1_530,
      leftUnits: 0,
    })
  })

  it("R11: adding what is left keeps the choice, one more unit changes it", () => {
    fc.assert(
      fc.property(anyText(), fc.constantFrom("KR", "US", "CR"), (text, country) => {
        const { choice, leftUnits } = measureText({ country, text })
        if (choice._tag === "TooLong" || choice._tag === "Unencodable") return
        const step = (added: number) => {
          const then = chooseXms({ country, text: text + "a".repeat(added) })
          return [then._tag, "segments" in then ? then.segments : 0]
        }
        expect(step(leftUnits)).toEqual([choice._tag, choice.segments])
        expect(step(leftUnits + 1)).not.toEqual([choice._tag, choice.segments])
      }),
    )
  })
})

describe("measuring what could be better", () => {
  it("R11: a cheaper text is shown where one exists, with what it would be, by the least change", () => {
    const text = `${"a".repeat(160)}  `
    expect(measureText({ country: "US", text }).cheaper).toMatchObject({
      text: "a".repeat(160),
      choice: { segments: 1 },
    })
    expect(measureText({ country: "KR", text: `${"가".repeat(70)}\n` }).cheaper?.choice._tag).toBe("Sms")
    expect(measureText({ country: "KR", text: "₩5" }).cheaper).toMatchObject({
      text: "￦5",
      choice: { _tag: "Sms" },
    })
    expect(measureText({ country: "US", text: "It’s ready. ".repeat(6) }).cheaper).toMatchObject({
      choice: { encoding: "gsm7", segments: 1 },
    })
    expect(measureText({ country: "US", text: "It’s ready" }).cheaper).toBeNull()
  })

  it("R10: the strict Korean charset counts", () => {
    const policy = { ...defaultTextPolicy, koreanCharset: "ksx1001" } as const
    expect(measureText({ country: "KR", text: "뷁" }, policy)).toMatchObject({
      choice: { _tag: "Unencodable" },
      dearCharacters: [{ char: "뷁", index: 0, why: "unencodable" }],
    })
  })
})
