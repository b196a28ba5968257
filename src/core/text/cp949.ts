/**
 * How many bytes a text takes in CP949, the encoding of texts in Korea, and what it cannot say there. Rule R10.
 * @since 0.1.0
 */
import { type CharacterAt, characterAt } from "./character.ts"
import { KSX1001_HANGUL_BITS, MEMBER_BITS, MEMBER_SPANS } from "./cp949-table.ts"

/**
 * The Korean characters that the gateway takes: all of CP949, or only those of KS X 1001, which holds 2 350 of the
 * 11 172 Hangul syllables ("뷁" is not among them) and the same of everything else.
 * @since 0.1.0
 */
export type KoreanCharset = "cp949" | "ksx1001"

/** Bytes of the characters that can be encoded, and those that cannot. @since 0.1.0 */
export interface Cp949Length {
  readonly bytes: number
  readonly unencodable: readonly CharacterAt[]
}

const FIRST_HANGUL = 0xac00
const LAST_HANGUL = 0xd7a3

/** The table's six-bit characters run from "(" on and leave out the backslash, the only one that needs an escape. */
const bitAt = (bits: string, place: number): boolean => {
  const code = bits.charCodeAt(Math.floor(place / 6))
  const value = code < 92 ? code - 40 : code - 41
  return ((value >> (place % 6)) & 1) === 1
}

const isTwoByteMember = (code: number, charset: KoreanCharset): boolean => {
  if (code >= FIRST_HANGUL && code <= LAST_HANGUL)
    return charset !== "ksx1001" || bitAt(KSX1001_HANGUL_BITS, code - FIRST_HANGUL)
  for (const [first, last, place] of MEMBER_SPANS)
    if (code <= last) return code >= first && bitAt(MEMBER_BITS, place + code - first)
  return false
}

/**
 * Bytes of exactly the text given: 1 for ASCII, control characters included, and 2 for every other member.
 * Characters that the charset does not hold count nothing and are named; a surrogate pair is one of them. Total. R10.
 *
 * @example
 * cp949Length("네, OK") // => { bytes: 6, unencodable: [] }
 * cp949Length("값 ₩5") // => { bytes: 4, unencodable: [{ char: "₩", index: 2 }] }
 * cp949Length("뷁", "ksx1001").unencodable // => [{ char: "뷁", index: 0 }]
 * @since 0.1.0
 */
export const cp949Length = (text: string, charset: KoreanCharset = "cp949"): Cp949Length => {
  let bytes = 0
  const unencodable: CharacterAt[] = []
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x80) bytes += 1
    else if (isTwoByteMember(code, charset)) bytes += 2
    else {
      const found = characterAt(text, i)
      unencodable.push(found)
      i += found.char.length - 1
    }
  }
  return { bytes, unencodable }
}
