/**
 * RSA public keys as DKIM publishes them: how long one is, and whether two are the same. Rule R14.
 * @since 0.1.0
 */

/** An RSA public key. `bits`: length of its modulus. `base64`: the key as a DKIM record has it. @since 0.1.0 */
export interface RsaKey {
  readonly bits: number
  /** Modulus and exponent: the same for the same key, however it was wrapped. */
  readonly numbers: string
  readonly base64: string
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
// An RSA key of 16,384 bits takes 2,800 characters.
const MAX_CHARACTERS = 8_192
const SEQUENCE = 0x30
const INTEGER = 0x02
const BIT_STRING = 0x03
// rsaEncryption, RFC 8017 A.1.
const RSA_OID = "06092a864886f70d010101"

/** The bytes of a text in base64, white space aside; undefined for any other text. Total. @since 0.1.0 */
export const base64Bytes = (text: string): Uint8Array | undefined => {
  const packed = text.replace(/\s+/g, "")
  if (packed.length > MAX_CHARACTERS || !BASE64.test(packed)) return undefined
  return Uint8Array.from(atob(packed), (char) => char.charCodeAt(0))
}

/** What a DER element holds; `rest` is what follows it. */
interface Element {
  readonly tag: number
  readonly content: Uint8Array
  readonly rest: Uint8Array
}

const element = (bytes: Uint8Array): Element | undefined => {
  const [tag = 0, first = 0] = bytes
  const lengthBytes = first < 0x80 ? 0 : first - 0x80
  const long = bytes.subarray(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0)
  const start = 2 + lengthBytes
  const end = start + (lengthBytes === 0 ? first : long)
  return end > bytes.length
    ? undefined
    : { tag, content: bytes.subarray(start, end), rest: bytes.subarray(end) }
}

const inside = (bytes: Uint8Array, tag: number): Element | undefined => {
  const found = element(bytes)
  return found?.tag === tag ? found : undefined
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

const numbersOf = (sequence: Uint8Array): { readonly bits: number; readonly numbers: string } | undefined => {
  const modulus = inside(sequence, INTEGER)
  const exponent = modulus && inside(modulus.rest, INTEGER)
  if (modulus === undefined || exponent === undefined) return undefined
  const digits = hex(modulus.content).replace(/^0+/, "")
  const [top = "0"] = digits
  const bits = (digits.length - 1) * 4 + Number.parseInt(top, 16).toString(2).length
  return digits === "" ? undefined : { bits, numbers: `${digits}/${hex(exponent.content)}` }
}

// SubjectPublicKeyInfo, which is what everybody publishes, has the key in a bit string behind its algorithm.
const unwrapped = (sequence: Uint8Array): Uint8Array | undefined => {
  const algorithm = inside(sequence, SEQUENCE)
  if (algorithm === undefined) return sequence
  const key = hex(algorithm.content).startsWith(RSA_OID) ? inside(algorithm.rest, BIT_STRING) : undefined
  // The first byte of a bit string counts unused bits: none, in a key.
  return key === undefined ? undefined : inside(key.content.subarray(1), SEQUENCE)?.content
}

/**
 * The RSA public key that a text holds: base64 of a SubjectPublicKeyInfo or an RSAPublicKey, with or without the lines of
 * a PEM file around it; undefined for anything else. Total. RFC 6376, 3.6.1.
 * @since 0.1.0
 */
export const rsaKey = (text: string): RsaKey | undefined => {
  const bytes = base64Bytes(text.replace(/-----(?:BEGIN|END) (?:RSA )?PUBLIC KEY-----/g, ""))
  const outer = bytes && inside(bytes, SEQUENCE)
  const key = outer && unwrapped(outer.content)
  const numbers = key && numbersOf(key)
  return bytes && numbers && { ...numbers, base64: btoa(String.fromCharCode(...bytes)) }
}
