/** R11: how many segments a text takes outside Korea, by the standard and against two peers. */
import * as charsetUtils from "@trt2/gsm-charset-utils"
import fc from "fast-check"
import { SegmentedMessage } from "sms-segments-calculator"
import { describe, expect, it } from "vitest"
import { GSM7_ALPHABET, GSM7_EXTENSION, septetsOf } from "../../../src/core/text/gsm7.ts"
import { CONCATENATED, STANDALONE, segmentText, splitText } from "../../../src/core/text/segment.ts"
import { anyText, gsm7Text, ucs2Text } from "../../../src/testing/text-arbitraries.ts"

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
const count = (text: string) => segmentText(text).segments.length

describe("the alphabet", () => {
  it("R11: 127 characters of 1 septet, 10 of 2, and nothing else", () => {
    expect(GSM7_ALPHABET).toHaveLength(127)
    expect(GSM7_EXTENSION).toHaveLength(10)
    const sizes = Array.from({ length: 0x10000 }, (_, code) => septetsOf(code))
    expect(sizes.filter((size) => size === 1)).toHaveLength(127)
    expect(sizes.filter((size) => size === 2)).toHaveLength(10)
    expect(sizes.filter((size) => size === 0)).toHaveLength(0x10000 - 137)
  })

  it("R11: the escape, tab, backtick, ç and á are not GSM-7", () => {
    for (const char of ["\u001b", "\t", "`", "ç", "á", "\u200b"])
      expect(segmentText(`ab${char}`).forcedBy).toEqual([{ char, index: 2 }])
    expect(segmentText("\f\r\nÇéà€").encoding).toBe("gsm7")
  })
})

describe("boundaries", () => {
  it("R11: 160 GSM-7 characters are 1 segment, 161 are 2; then 153 each", () => {
    expect(segmentText("a".repeat(160)).segments).toEqual([160])
    expect(segmentText("a".repeat(161)).segments).toEqual([153, 8])
    for (let n = 2; n <= 12; n++) {
      expect(count("a".repeat(153 * n))).toBe(n)
      expect(count("a".repeat(153 * n + 1))).toBe(n + 1)
    }
  })

  it("R11: 70 UCS-2 characters are 1 segment, 71 are 2; then 67 each", () => {
    expect(segmentText("あ".repeat(70)).segments).toEqual([70])
    expect(segmentText("あ".repeat(71)).segments).toEqual([67, 4])
    for (let n = 2; n <= 12; n++) {
      expect(count("あ".repeat(67 * n))).toBe(n)
      expect(count("あ".repeat(67 * n + 1))).toBe(n + 1)
    }
  })

  it("R11: 153 extension characters make 3 segments, since no pair is split", () => {
    expect(segmentText("]".repeat(153))).toMatchObject({ units: 306, segments: [152, 152, 2] })
    expect(segmentText("]".repeat(80)).segments).toEqual([160])
  })

  it("R11: a surrogate pair is never split, a lone surrogate counts 1", () => {
    expect(segmentText("😀".repeat(35)).segments).toEqual([70])
    for (const pair of ["😀", "\u{10000}", "\u{103ff}", "\u{10fc00}", "\u{10ffff}"])
      expect(segmentText(pair.repeat(67)).segments).toEqual([66, 66, 2])
    expect(segmentText(`${"あ".repeat(66)}\ud83d${"あ".repeat(10)}`).segments).toEqual([67, 10])
    expect(segmentText(`${"あ".repeat(67)}\ude00${"あ".repeat(9)}`).segments).toEqual([67, 10])
    expect(segmentText("\ude00\ud83d").forcedBy).toEqual([
      { char: "\ude00", index: 0 },
      { char: "\ud83d", index: 1 },
    ])
  })

  it("R11: the empty text is one segment of 0 units", () => {
    expect(splitText("")).toEqual({ encoding: "gsm7", units: 0, segments: [0], forcedBy: [], parts: [""] })
  })

  it("R11: without the joining header every message holds 160 or 70", () => {
    expect(splitText("a".repeat(320), STANDALONE).segments).toEqual([160, 160])
    expect(splitText("あ".repeat(140), STANDALONE).segments).toEqual([70, 70])
  })
})

describe("sizes that nobody has", () => {
  it.each([1, 0, -1, Number.NEGATIVE_INFINITY, Number.NaN])(
    "R11: a segment of %d units ends all the same, and holds a pair",
    (joined) => {
      const size = { single: 0, joined }
      for (const text of ["😀a😀", "]a]"]) {
        const { parts } = splitText(text, { gsm7: size, ucs2: size })
        expect(parts.join("")).toBe(text)
        expect(parts.length).toBeLessThanOrEqual(3)
      }
    },
  )
})

describe("laws", () => {
  const sizes = fc.constantFrom(CONCATENATED, STANDALONE)

  it("R11: the parts join to the text, and each takes the units of its segment", () => {
    fc.assert(
      fc.property(anyText(), sizes, (text, size) => {
        const split = splitText(text, size)
        expect(split.parts.join("")).toBe(text)
        expect(sum(split.segments)).toBe(split.units)
        const units = (part: string) => (split.encoding === "gsm7" ? segmentText(part).units : part.length)
        expect(split.parts.map(units)).toEqual(split.segments)
      }),
    )
  })

  it("R11: a segment ends only where the next character would not have fitted, and never inside one", () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const { encoding, segments, parts } = splitText(text)
        const full = CONCATENATED[encoding].joined
        for (const [i, part] of parts.slice(1).entries()) {
          const next = String.fromCodePoint(part.codePointAt(0) ?? 0)
          const size = encoding === "gsm7" ? septetsOf(next.charCodeAt(0)) : next.length
          expect((segments[i] ?? 0) + size).toBeGreaterThan(full)
          expect(segments[i]).toBeLessThanOrEqual(full)
          expect(/[\ud800-\udbff]$/.test(parts[i] ?? "") && /^[\udc00-\udfff]/.test(part)).toBe(false)
        }
      }),
    )
  })

  it("R11: forcedBy names each character outside GSM-7 once, where it stands, and none when all are inside", () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const expected: { char: string; index: number }[] = []
        let index = 0
        for (const char of text) {
          if (!(GSM7_ALPHABET + GSM7_EXTENSION).includes(char)) expected.push({ char, index })
          index += char.length
        }
        expect(segmentText(text).forcedBy).toEqual(expected)
      }),
    )
    fc.assert(fc.property(gsm7Text(), (text) => segmentText(text).encoding === "gsm7"))
    fc.assert(fc.property(ucs2Text(), (text) => segmentText(text).encoding === "ucs2"))
  })
})

describe("peers", () => {
  it("R11: @trt2/gsm-charset-utils counts the same segments in the same encoding, without exception", () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const { encoding, segments } = segmentText(text)
        const peer = charsetUtils.getCharCount(text)
        expect([peer.encoding, peer.msgCount]).toEqual([
          encoding === "gsm7" ? "GSM" : "UCS2",
          segments.length,
        ])
      }),
    )
  })

  /**
   * Where sms-segments-calculator departs from the standard: it moves a whole grapheme cluster to the next segment,
   * though only surrogate pairs must stay together. Texts in which it sees a cluster of several characters are
   * therefore compared by encoding and units only.
   */
  it("R11: sms-segments-calculator counts the same, except for clusters that it keeps together", () => {
    let compared = 0
    fc.assert(
      fc.property(anyText(), (text) => {
        const { encoding, units, segments } = segmentText(text)
        const peer = new SegmentedMessage(text)
        const bits = encoding === "gsm7" ? 7 : 16
        const peerSegments = peer.segments.map((segment) => segment.messageSizeInBits() / bits)
        expect(peer.encodingName).toBe(encoding === "gsm7" ? "GSM-7" : "UCS-2")
        expect(sum(peerSegments)).toBe(units)
        if (peer.graphemes.some((cluster) => Array.from(cluster).length > 1)) return
        compared++
        expect(peerSegments).toEqual(segments)
      }),
    )
    expect(compared).toBeGreaterThan(20)
  })
})
