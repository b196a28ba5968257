/** R10: bytes in CP949, against an independent codec for every code point there is. */
import { readFileSync } from "node:fs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { cp949Length } from "../../../src/core/text/cp949.ts"
import { koreanText, ucs2Text } from "../../../src/testing/text-arbitraries.ts"
import { cp949Bytes, generateTable, isKsx1001 } from "../../../tools/cp949/generate.ts"

const wrong: string[] = []
let members = 0
let hangulInKsx1001 = 0
for (let code = 0; code <= 0x10ffff; code++) {
  const char = String.fromCodePoint(code)
  const oracle = cp949Bytes(code)
  const strict = oracle !== undefined && (oracle.length === 1 || isKsx1001(oracle)) ? oracle : undefined
  const ours = cp949Length(char)
  const oursStrict = cp949Length(char, "ksx1001")
  if (oracle) members++
  if (strict && code >= 0xac00 && code <= 0xd7a3) hangulInKsx1001++
  if (ours.bytes !== (oracle?.length ?? 0) || ours.unencodable.length !== (oracle ? 0 : 1))
    wrong.push(`${code.toString(16)} in CP949`)
  if (oursStrict.bytes !== (strict?.length ?? 0) || oursStrict.unencodable.length !== (strict ? 0 : 1))
    wrong.push(`${code.toString(16)} in KS X 1001`)
}

describe("membership", () => {
  it("R10: every code point has the bytes that iconv-lite gives it, in CP949 and in KS X 1001", () => {
    expect(wrong).toEqual([])
    expect(members).toBe(128 + 17_048)
    expect(hangulInKsx1001).toBe(2_350)
  })

  it("R10: what looks harmless and is not in CP949 is named, with its index", () => {
    for (const char of ["₩", "—", "–", "•", "©", "é", "〜", "❤", "\u00a0", "😀", "\u1100", "\ud83d"])
      expect(cp949Length(`가${char}a`)).toEqual({ bytes: 3, unencodable: [{ char, index: 1 }] })
    expect(cp949Length("￦―·®™€♥☎あЯ漢")).toEqual({ bytes: 22, unencodable: [] })
  })

  it("R10: 뷁 is in CP949 only", () => {
    expect(cp949Length("뷁")).toEqual({ bytes: 2, unencodable: [] })
    expect(cp949Length("가뷁", "ksx1001")).toEqual({ bytes: 2, unencodable: [{ char: "뷁", index: 1 }] })
  })

  it("R10: the texts that carriers put in front take 10 and 11 bytes", () => {
    expect(cp949Length("[Web발신]\n").bytes).toBe(10)
    expect(cp949Length("[국제발신]\n").bytes).toBe(11)
  })

  it("R10: the generated table is the one in the tree, byte for byte", () => {
    const path = new URL("../../../src/core/text/cp949-table.ts", import.meta.url)
    expect(generateTable()).toBe(readFileSync(path, "utf8"))
  })
})

describe("laws", () => {
  it("R10: a Korean text takes 1 byte for each ASCII character and 2 for each other", () => {
    fc.assert(
      fc.property(koreanText(), (text) => {
        const ascii = Array.from(text).filter((char) => char <= "\u007f").length
        expect(cp949Length(text)).toEqual({ bytes: 2 * Array.from(text).length - ascii, unencodable: [] })
      }),
    )
  })

  it("R10: the characters counted and the characters named are the whole text", () => {
    fc.assert(
      fc.property(ucs2Text(), (text) => {
        const { bytes, unencodable } = cp949Length(text)
        for (const { char, index } of unencodable) expect(text.startsWith(char, index)).toBe(true)
        let rest = ""
        let from = 0
        for (const { char, index } of unencodable) {
          rest += text.slice(from, index)
          from = index + char.length
        }
        // Leaving characters out may bring two lone surrogates together, but never makes anything encodable.
        expect(cp949Length(rest + text.slice(from)).bytes).toBe(bytes)
      }),
    )
  })
})
