/**
 * A character and where it stands, as every count names the characters that matter.
 * @since 0.1.0
 */

/**
 * One whole code point of a text (a lone surrogate stands for itself) and its index in UTF-16 units, from 0.
 * @since 0.1.0
 */
export interface CharacterAt {
  readonly char: string
  readonly index: number
}

/**
 * The character that begins at `index`, which must lie inside the text and not in the middle of a surrogate pair.
 * Total; past the end the character is "".
 *
 * @example
 * characterAt("a😀", 1) // => { char: "😀", index: 1 }
 * @since 0.1.0
 */
export const characterAt = (text: string, index: number): CharacterAt => {
  const code = text.codePointAt(index)
  return { char: code === undefined ? "" : String.fromCodePoint(code), index }
}
