/**
 * How long to wait before something that failed is tried again.
 * @since 0.1.0
 */

// The last double of the wait: beyond it a number is infinite, and nothing, doubled so often, is no number.
const MAX_DOUBLINGS = 52

/**
 * The wait after so many attempts (from 1), in ms: the first wait, doubled for each further one. A first wait of 0 stays
 * 0, however many attempts there were. Total. R7–R9, R16.
 * @since 0.1.0
 *
 * @example
 * backoffAfter(1, 2_000) // => 2_000
 * backoffAfter(3, 2_000) // => 8_000
 * backoffAfter(1_100, 0) // => 0
 */
export const backoffAfter = (attempts: number, firstMs: number): number =>
  firstMs * 2 ** Math.min(attempts - 1, MAX_DOUBLINGS)
