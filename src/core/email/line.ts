/**
 * Text made safe for places that hold one short line: subjects, display names, header values. Rules R13, R14.
 *
 * @since 0.1.0
 */

// C0 and C1 controls (CR and LF among them), and Unicode's own line and paragraph separators.
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu
// Directional overrides let a name be displayed backwards, as somebody else's.
const DIRECTION_OVERRIDES = /[\u202a-\u202e\u2066-\u2069]/gu

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" })

/**
 * The text as one line that can end no header and start none: a run of control characters becomes a space, overrides of
 * the writing direction and broken surrogates go, and so does space at both ends. Total. R13, R14.
 *
 * @example
 * headerValue("Hello\r\nBcc: victim@example.com") // => "Hello Bcc: victim@example.com"
 * headerValue(" 안녕하세요 ") // => "안녕하세요"
 *
 * @since 0.1.0
 */
export const headerValue = (text: string): string =>
  text.toWellFormed().replace(CONTROLS, " ").replace(DIRECTION_OVERRIDES, "").trim()

/**
 * A name or a subject as it is to be read: one line as of `headerValue`, in which no encoded word begins (RFC 2047). Mail
 * programs would decode one, into the very address or control character that is kept out of here. Total. R13, R14.
 *
 * @example
 * shownLine("=?utf-8?Q?ceo=40bank.example?=") // => "= ?utf-8?Q?ceo=40bank.example?="
 * shownLine("1 + 1 = 2?") // => "1 + 1 = 2?"
 *
 * @since 0.1.0
 */
export const shownLine = (text: string): string => headerValue(text).replaceAll("=?", "= ?")

/**
 * The text itself when it has at most `maxCharacters` UTF-16 code units, else its beginning and an ellipsis, together
 * at most that many; what a reader sees as one character is kept whole. Total: below 1 nothing is left. R13.
 *
 * @example
 * excerpt("abcdef", 6) // => "abcdef"
 * excerpt("abcdefg", 6) // => "abcde…"
 * excerpt("hi 👩‍👩‍👧", 8) // => "hi …"
 *
 * @since 0.1.0
 */
export const excerpt = (text: string, maxCharacters: number): string => {
  if (text.length <= maxCharacters) return text
  if (maxCharacters < 1) return ""
  const room = Math.floor(maxCharacters) - 1
  const end = graphemes.segment(text).containing(room)?.index ?? 0
  return `${text.slice(0, end)}…`
}
