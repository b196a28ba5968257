import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { MeasuredText } from "../../../src/cli/text-measure.ts"
import { columnsOf } from "../../../src/transports/console/columns.ts"
import { runFollowup } from "../run-followup.ts"
import { textInAny } from "./any-text.ts"

const measured = async (country: string, text: string): Promise<MeasuredText> => {
  const ran = await runFollowup(["measure", "--json", "--country", country, "-"], { input: text })
  expect(ran).toMatchObject({ code: 0, error: "" })
  return JSON.parse(ran.out) as MeasuredText
}

type Row = [
  country: string,
  what: string,
  text: string,
  encoding: string,
  kind: string | null,
  units: number,
  unit: string,
  segments: number | null,
  pu: number | null,
  limit: number,
  left: number,
]

const rows: Row[] = [
  ["KR", "nothing", "", "cp949", "SMS", 0, "bytes", 1, 10, 140, 140],
  ["KR", "70 Hangul", "가".repeat(70), "cp949", "SMS", 140, "bytes", 1, 10, 140, 0],
  ["KR", "70 Hangul and a letter", `${"가".repeat(70)}a`, "cp949", "LMS", 141, "bytes", 1, 30, 2_000, 1_859],
  ["KR", "140 letters", "a".repeat(140), "cp949", "SMS", 140, "bytes", 1, 10, 140, 0],
  ["KR", "1 000 Hangul", "가".repeat(1_000), "cp949", "LMS", 2_000, "bytes", 1, 30, 2_000, 0],
  ["KR", "2 001 bytes", `${"가".repeat(1_000)}a`, "cp949", null, 2_001, "bytes", null, null, 2_000, 0],
  ["JP", "70 kana", "あ".repeat(70), "ucs2", "SMS", 70, "code units", 1, 50, 70, 0],
  ["JP", "71 kana", "あ".repeat(71), "ucs2", "SMS", 71, "code units", 2, 100, 134, 63],
  ["JP", "134 kana", "あ".repeat(134), "ucs2", "SMS", 134, "code units", 2, 100, 134, 0],
  ["JP", "135 kana", "あ".repeat(135), "ucs2", "SMS", 135, "code units", 3, 150, 201, 66],
  ["JP", "670 kana", "あ".repeat(670), "ucs2", "SMS", 670, "code units", 10, 500, 670, 0],
  ["JP", "671 kana", "あ".repeat(671), "ucs2", null, 671, "code units", null, null, 670, 0],
  ["US", "160 letters", "a".repeat(160), "gsm7", "SMS", 160, "septets", 1, 50, 160, 0],
  ["US", "161 letters", "a".repeat(161), "gsm7", "SMS", 161, "septets", 2, 100, 306, 145],
  ["US", "306 letters", "a".repeat(306), "gsm7", "SMS", 306, "septets", 2, 100, 306, 0],
  ["US", "307 letters", "a".repeat(307), "gsm7", "SMS", 307, "septets", 3, 150, 459, 152],
  ["US", "1 530 letters", "a".repeat(1_530), "gsm7", "SMS", 1_530, "septets", 10, 500, 1_530, 0],
  ["US", "1 531 letters", "a".repeat(1_531), "gsm7", null, 1_531, "septets", null, null, 1_530, 0],
  ["US", "80 pairs", "€".repeat(80), "gsm7", "SMS", 160, "septets", 1, 50, 160, 0],
  ["US", "153 pairs", "]".repeat(153), "gsm7", "SMS", 306, "septets", 3, 150, 459, 151],
  ["GB", "35 emoji", "😀".repeat(35), "ucs2", "SMS", 70, "code units", 1, 50, 70, 0],
  ["GB", "36 emoji", "😀".repeat(36), "ucs2", "SMS", 72, "code units", 2, 100, 134, 61],
  ["GB", "70 units with an emoji", `${"a".repeat(68)}😀`, "ucs2", "SMS", 70, "code units", 1, 50, 70, 0],
  ["GB", "71 units with an emoji", `${"a".repeat(69)}😀`, "ucs2", "SMS", 71, "code units", 2, 100, 134, 63],
  ["CN", "8 segments", "a".repeat(1_224), "gsm7", "SMS", 1_224, "septets", 8, 400, 1_224, 0],
  ["CN", "9 segments", "a".repeat(1_225), "gsm7", null, 1_225, "septets", null, null, 1_224, 0],
  ["CR", "two texts of 160", "a".repeat(320), "gsm7", "SMS", 320, "septets", 2, 100, 320, 0],
  ["CR", "three texts", "a".repeat(321), "gsm7", "SMS", 321, "septets", 3, 150, 480, 159],
]

describe("followup measure --json", () => {
  test.each(rows)(
    "R10: %s, %s (also R11)",
    async (country, _, text, encoding, kind, units, unit, segments, pu, limit, left) => {
      const fits = kind !== null
      expect(await measured(country, text)).toMatchObject({
        country,
        encoding,
        kind,
        units,
        unit,
        segments,
        pu,
        limit,
        left,
        fits,
        tooLong: !fits,
        unencodable: [],
      })
    },
  )

  test("R10: one object with all its keys, for every text: nothing comes and goes", async () => {
    const keys =
      "country encoding kind units unit segments pu limit left fits tooLong unencodable forcedBy extension cheaper"
    for (const text of ["", "네", "가".repeat(1_001), "😀", "₩5"])
      expect(new Set(Object.keys(await measured("KR", text)))).toEqual(new Set(keys.split(" ")))
  })

  test("R10: what CP949 lacks is named with its index, has no price, and is exit code 0", async () => {
    expect(await measured("KR", "네 😀")).toMatchObject({
      encoding: "cp949",
      kind: null,
      segments: null,
      pu: null,
      fits: false,
      tooLong: false,
      unencodable: [{ char: "😀", index: 2 }],
      cheaper: null,
    })
  })

  test("R11: what forces UCS-2, and what takes two septets, is named with its index", async () => {
    expect(await measured("US", "It’s [5]")).toMatchObject({
      forcedBy: [{ char: "’", index: 2 }],
      extension: [],
    })
    expect(await measured("US", "a [5]")).toMatchObject({
      forcedBy: [],
      extension: [
        { char: "[", index: 2 },
        { char: "]", index: 4 },
      ],
    })
  })

  test("R10: R11, a cheaper text comes with what it would be", async () => {
    expect((await measured("KR", "₩5")).cheaper).toEqual({
      text: "￦5",
      encoding: "cp949",
      kind: "SMS",
      segments: 1,
      pu: 10,
    })
    const quoted = `${"a".repeat(70)}’`
    expect((await measured("US", quoted)).cheaper).toEqual({
      text: `${"a".repeat(70)}'`,
      encoding: "gsm7",
      kind: "SMS",
      segments: 1,
      pu: 50,
    })
    expect((await measured("US", "ok")).cheaper).toBeNull()
  })

  test("R10: R11, one unit more than is left costs more, or no longer fits", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("KR", "JP", "US", "CN", "CR"), textInAny, async (country, text) => {
        const now = await measured(country, text)
        fc.pre(now.fits)
        const full = await measured(country, text + "a".repeat(now.left))
        const over = await measured(country, `${text}${"a".repeat(now.left)}a`)
        expect([full.kind, full.segments, full.pu, full.left]).toEqual([now.kind, now.segments, now.pu, 0])
        if (over.fits) expect(over.pu ?? 0).toBeGreaterThan(full.pu ?? 0)
      }),
      { numRuns: 60 },
    )
  })
})

describe("followup measure", () => {
  test("the country is KR unless given, in any case", async () => {
    expect((await runFollowup(["measure", "네"])).out).toBe(
      "  To KR: SMS, 10 PU\n  2 of 140 bytes in CP949, 138 left\n",
    )
    expect((await runFollowup(["measure", "--country", "us", "ok"])).out).toBe(
      "  To US: SMS, 50 PU\n  2 of 160 septets in GSM-7, 158 left\n",
    )
    expect((await runFollowup(["measure", "--help"])).out).toContain('default:\n                  "KR"')
  })

  test.each(["K", "KOR", "1A", "", "*", "대한", "UK", "XX", "zz"])(
    "a country of %j is exit code 2",
    async (country) => {
      const ran = await runFollowup(["measure", "--country", country, "x"])
      expect(ran).toEqual({
        code: 2,
        out: "",
        error: '--country: expected the two letters of a country, such as "KR" or "us"; the UK is "GB"\n',
      })
    },
  )

  test("R11: a page names what is dear, character by character, and what would be cheaper", async () => {
    const text = `“It’s”${"a".repeat(65)}`
    expect((await runFollowup(["measure", "--country", "US", text])).out).toBe(
      [
        "  To US: SMS of 2 segments, 100 PU",
        "  71 of 134 code units in UCS-2, 63 left",
        "",
        "Not in GSM-7, so the text is UCS-2: 70 code units instead of 160 septets",
        "  “   U+201C   index 0",
        "  ’   U+2019   index 3",
        "  ”   U+201D   index 5",
        "",
        "Cheaper: SMS, 50 PU",
        `    │ "It's"${"a".repeat(65)}`,
        "",
      ].join("\n"),
    )
  })

  test("R10: a page says what cannot be sent and why, and still is exit code 0", async () => {
    const unencodable = await runFollowup(["measure", "네 😀😀"])
    expect(unencodable).toMatchObject({ code: 0, error: "" })
    expect(unencodable.out).toBe(
      [
        "  To KR: cannot be sent; CP949 lacks 2 of its characters",
        "  3 bytes in CP949",
        "",
        "Not in CP949, so the text cannot be sent",
        "  😀  U+1F600  index 2, 4",
        "",
      ].join("\n"),
    )
    const tooLong = await runFollowup(["measure", "가".repeat(1_001)])
    expect(tooLong.code).toBe(0)
    expect(tooLong.out).toBe(
      "  To KR: too long; the longest text there holds 2000 bytes of CP949\n  2002 bytes in CP949\n",
    )
  })

  test("fits a narrow terminal", async () => {
    const ran = await runFollowup(["measure", "--country", "US", `“It’s” ${"a ".repeat(40)}`], {
      terminalColumns: 30,
      env: { NO_COLOR: "1" },
    })
    for (const line of ran.out.split("\n")) expect(columnsOf(line)).toBeLessThanOrEqual(30)
    expect(ran.out).toContain("\nNot in GSM-7, so the text is\nUCS-2:")
  })

  test("R11: many characters are counted, not all listed", async () => {
    const { out } = await runFollowup([
      "measure",
      "--country",
      "JP",
      `${"あ".repeat(8)}いうえおかきくけこさし`,
    ])
    expect(out).toContain("あ  U+3042   index 0, 1, 2, 3, 4 and 3 more places\n")
    expect(out).toContain("  and 2 other characters\n")
  })

  test("R12: from standard input exactly one line end is dropped, and a byte order mark", async () => {
    const units = async (input: string | Uint8Array) => {
      const ran = await runFollowup(["measure", "--country", "US", "--json", "-"], { input })
      return [ran.code, ran.code === 0 ? (JSON.parse(ran.out) as MeasuredText).units : ran.error]
    }
    expect(await units("ok\n")).toEqual([0, 2])
    expect(await units("ok\r\n")).toEqual([0, 2])
    expect(await units("ok\n\n")).toEqual([0, 3])
    expect(await units("ok")).toEqual([0, 2])
    expect(await units("\n")).toEqual([0, 0])
    expect(await units("\ufeffok\n")).toEqual([0, 2])
    expect(await units(Uint8Array.of(0x6f, 0xff))).toEqual([2, "standard input is not UTF-8 text\n"])
  })

  test("a text of the command line is measured as it is, line end included", async () => {
    const ran = await runFollowup(["measure", "--country", "US", "--json", "ok\n"])
    expect(JSON.parse(ran.out)).toMatchObject({ units: 3 })
  })

  test("a text that begins with a hyphen goes after --", async () => {
    expect((await runFollowup(["measure", "--", "-10%"])).out).toContain("4 of 140 bytes")
    expect((await runFollowup(["measure", "-10%"])).error).toContain('goes after "--"')
  })

  test("R18: the price is that of the instant at which it is asked", async () => {
    const ran = await runFollowup(["measure", "--json", "x"], { nowMs: () => Date.UTC(2030, 0, 1) })
    expect(JSON.parse(ran.out)).toMatchObject({ pu: 10 })
  })
})
