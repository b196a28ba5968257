/**
 * A text in the address of its page, where no server hears of it.
 */

/** The part of an address that holds a text. */
export const toHash = (text: string): string => {
  const bytes = new TextEncoder().encode(text)
  const binary = Array.from(bytes, (byte) => String.fromCodePoint(byte)).join("")
  return `#${btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`
}

/** The text that a part of an address holds, if it holds one. Total. */
export const fromHash = (hash: string): string | undefined => {
  if (hash.length < 2) return undefined
  try {
    const binary = atob(hash.slice(1).replaceAll("-", "+").replaceAll("_", "/"))
    const bytes = Uint8Array.from(binary, (char) => char.codePointAt(0) ?? 0)
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
