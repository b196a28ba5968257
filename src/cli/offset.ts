/**
 * Instants of a simulation as offsets from its start, written as scenario files write durations.
 * @since 0.1.0
 */

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
] as const

/**
 * Whole milliseconds, 0 or more, as a scenario file writes them; `durationMs` reads it back. Total.
 *
 * @example
 * formatOffset(270_000) // => "4m30s"
 * formatOffset(0) // => "0s"
 * formatOffset(3_600_250) // => "1h250ms"
 * @since 0.1.0
 */
export const formatOffset = (ms: number): string => {
  let rest = ms
  let text = ""
  for (const [unit, unitMs] of units) {
    const count = Math.floor(rest / unitMs)
    rest -= count * unitMs
    if (count > 0) text += `${count}${unit}`
  }
  return text === "" ? "0s" : text
}
