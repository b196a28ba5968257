/**
 * Instants and months as they are written on the command line.
 * @since 0.1.0
 */

const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/

/** What `parseInstant` takes, in words. @since 0.1.0 */
export const INSTANT_WORDS = 'a day such as "2026-01-05" (UTC) or an instant such as "2026-01-05T09:00:00Z"'

/**
 * UTC epoch ms of an instant in ISO 8601 with its offset, or of the first instant of a day in UTC; undefined for
 * anything else, a day that no calendar has included, and for what is before 1970. Total.
 *
 * @example
 * parseInstant("1970-01-02") // => 86_400_000
 * parseInstant("1970-01-01T09:00:00+09:00") // => 0
 * parseInstant("2026-02-30") // => undefined
 * @since 0.1.0
 */
export const parseInstant = (text: string): number | undefined => {
  if (!INSTANT.test(text)) return undefined
  const day = text.slice(0, 10)
  const dayMs = Date.parse(day)
  // The platform takes the 30th of February for the 2nd of March where a time follows.
  if (Number.isNaN(dayMs) || new Date(dayMs).toISOString().slice(0, 10) !== day) return undefined
  const atMs = Date.parse(text)
  return atMs >= 0 ? atMs : undefined
}

/** Whether a text is a month of UTC, such as "2026-01". Total. @since 0.1.0 */
export const isMonth = (text: string): boolean => /^\d{4}-(0[1-9]|1[0-2])$/.test(text)
