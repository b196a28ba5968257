/**
 * Substitutes for characters that CP949 does not hold, for channels that prefer them to a refusal. Rule R10.
 * @since 0.1.0
 */
import { cp949Length, type KoreanCharset } from "./cp949.ts"
import { replaceAround } from "./web-address.ts"

/** Characters by the CP949 text that says the same; `""` for what shows nothing. */
const CHARACTERS_BY_SUBSTITUTE: readonly (readonly [substitute: string, characters: string])[] = [
  ["―", "\u2014"],
  ["-", "\u2010\u2011\u2012\u2013\u2212"],
  ["·", "\u2022\u2023\u2219\u30fb"],
  ["～", "\u301c"],
  ["￦", "\u20a9"],
  ["￥", "\u00a5"],
  ["￡", "\u00a3"],
  ["￠", "\u00a2"],
  ["ⓒ", "\u00a9"],
  ["《", "\u00ab"],
  ["》", "\u00bb"],
  ["〈", "\u2039"],
  ["〉", "\u203a"],
  ["♥", "\u2764"],
  ["√", "\u2713\u2714"],
  [" ", "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f"],
  ["\n", "\u2028\u2029\u0085"],
  ["", "\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f\u200e\u200f"],
]

/** Characters that CP949 lacks and what stands for each. @since 0.1.0 */
export const KOREAN_SUBSTITUTES: ReadonlyMap<string, string> = /* @__PURE__ */ new Map(
  CHARACTERS_BY_SUBSTITUTE.flatMap(([substitute, characters]) =>
    Array.from(characters, (char): [string, string] => [char, substitute]),
  ),
)

/** Characters that CP949 holds in another form than composing (NFC) gives: Å and two Han characters. */
const HELD_FORMS: Readonly<Record<string, string>> = {
  "\u00c5": "\u212b",
  "\u90ce": "\uf92c",
  "\u96b8": "\uf9b8",
}

/**
 * The text with these characters in the form that CP949 holds; it reads the same. Total. R10.
 * @since 0.1.0
 */
export const inKoreanForms = (text: string): string =>
  text.replace(/[\u00c5\u90ce\u96b8]/g, (char) => HELD_FORMS[char] ?? char)

// Without those that are laid over a character: they negate it or strike it out.
const COMBINING_MARKS = /[\u0300-\u0333\u0339-\u036f]/g

const substituteOf = (char: string, charset: KoreanCharset): string => {
  const substitute = KOREAN_SUBSTITUTES.get(char) ?? char.normalize("NFD").replace(COMBINING_MARKS, "")
  return cp949Length(substitute, charset).unencodable.length === 0 ? substitute : char
}

/** In a web address, the same character in another way of writing. */
const percentEncoded = (char: string): string => encodeURIComponent(char.toWellFormed())

/**
 * The text with a substitute for every character that the charset lacks: from the table, or the letter without its
 * accents; in a web address percent-encoded, which leads to the same place. What has none stays, and stays unencodable;
 * what the charset holds is never touched. Total. R10.
 *
 * @example
 * substituteKorean("café — ₩5 😀") // => "cafe ― ￦5 😀"
 * substituteKorean("https://a.example/café") // => "https://a.example/caf%C3%A9"
 * @since 0.1.0
 */
export const substituteKorean = (text: string, charset: KoreanCharset = "cp949"): string => {
  const replacing = (substitute: typeof substituteOf) => (part: string) => {
    let substituted = ""
    let from = 0
    for (const { char, index } of cp949Length(part, charset).unencodable) {
      substituted += part.slice(from, index) + substitute(char, charset)
      from = index + char.length
    }
    return substituted + part.slice(from)
  }
  return replaceAround(text, replacing(substituteOf), replacing(percentEncoded))
}
