/**
 * Web addresses inside a text, which lead elsewhere with another character in them. Rule R12.
 * @since 0.1.0
 */

// Up to the last letter, digit or slash: the stops and quotation marks that follow are the sentence's.
const WEB_ADDRESS = /(https?:\/\/\S*[\p{L}\p{N}/])/iu

/**
 * The text with its web addresses replaced in one way and all else in another. Total.
 *
 * @example
 * replaceAround("a–b https://a.example/a–b…", (text) => text.replace(/[–…]/g, "-")) // => "a-b https://a.example/a–b-"
 * @since 0.1.0
 */
export const replaceAround = (
  text: string,
  replace: (text: string) => string,
  replaceAddress = (address: string) => address,
): string =>
  text
    .split(WEB_ADDRESS)
    .map((part, i) => (i % 2 === 0 ? replace : replaceAddress)(part))
    .join("")
