/**
 * The GSM 7-bit default alphabet and its extension table. 3GPP TS 23.038, 6.2.1 and 6.2.1.1.
 * @since 0.1.0
 */

/**
 * The default alphabet: 127 characters of 1 septet each. Position 0x1B, the escape, is left out: it announces the
 * extension table and is not a character.
 * @since 0.1.0
 */
export const GSM7_ALPHABET =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
  "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

/** The extension table: characters of 2 septets, the escape and a code. The form feed is one of them. @since 0.1.0 */
export const GSM7_EXTENSION = "\f^{}\\[~]|€"

const LAST_CODE = "€".charCodeAt(0)

const septetTable = (): Uint8Array => {
  const table = new Uint8Array(LAST_CODE + 1)
  for (let i = 0; i < GSM7_ALPHABET.length; i++) table[GSM7_ALPHABET.charCodeAt(i)] = 1
  for (let i = 0; i < GSM7_EXTENSION.length; i++) table[GSM7_EXTENSION.charCodeAt(i)] = 2
  return table
}

const SEPTETS = /* @__PURE__ */ septetTable()

/**
 * Septets that a UTF-16 unit takes: 1, 2 for the extension table, 0 when GSM-7 does not hold it. Total.
 *
 * @example
 * septetsOf("a".charCodeAt(0)) // => 1
 * septetsOf("€".charCodeAt(0)) // => 2
 * septetsOf("ç".charCodeAt(0)) // => 0
 * @since 0.1.0
 */
// The bound is checked first because reading past the end of a typed array is slow.
export const septetsOf = (code: number): number => (code <= LAST_CODE ? (SEPTETS[code] ?? 0) : 0)
