/**
 * Durations as scenario files write them: `"270s"`, `"4m30s"`, `"250ms"`.
 * @since 0.1.0
 */

const pattern = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?(?:(\d{1,12})ms)?$/

/** Whether a text is a duration: whole numbers of d, h, m, s and ms, in this order, at least one. Total. @since 0.1.0 */
export const isDuration = (text: string): boolean => text !== "" && pattern.test(text)

/**
 * A duration in milliseconds; 0 for what is no duration. Total.
 *
 * @example
 * durationMs("4m30s") // => 270_000
 * durationMs("250ms") // => 250
 * durationMs("1h") // => 3_600_000
 * @since 0.1.0
 */
export const durationMs = (text: string): number => {
  const [, days = 0, hours = 0, minutes = 0, seconds = 0, ms = 0] = (pattern.exec(text) ?? []).map((part) =>
    Number(part ?? 0),
  )
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000 + ms
}
