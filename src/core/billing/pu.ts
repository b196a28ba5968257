/**
 * PU (Post Unit), what one message costs to send, counted exactly. Rules R16, R17.
 *
 * People and files speak PU, with at most three decimals; everything inside counts whole thousandths, so that
 * a million messages of 0.1 PU come to exactly 100,000 PU.
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * An amount in thousandths of a PU: an integer, 0 or more.
 * @since 0.1.0
 */
export type MilliPu = number

/** Thousandths in one PU. */
const MILLI_PER_PU = 1_000

/**
 * The largest amount that one price, limit, entry or prepayment may have, in PU, itself included: it keeps every
 * sum far inside the integers that a number holds exactly. R16.
 * @since 0.1.0
 */
export const MAX_PU = 1_000_000_000

/**
 * The thousandths in an amount of PU. Exact for 0 to `MAX_PU` with at most three decimals, which is what
 * `PuSchema` lets in; any other decimal goes to the nearest thousandth. Total. R16.
 *
 * @example
 * puToMilli(12.345) // => 12_345
 * puToMilli(0.1) + puToMilli(0.2) === puToMilli(0.3) // => true
 * @since 0.1.0
 */
export const puToMilli = (pu: number): MilliPu => Math.round(pu * MILLI_PER_PU)

/**
 * The PU in an amount of thousandths, as it is printed; the inverse of `puToMilli`. Total. R19.
 *
 * @example
 * milliToPu(12_345) // => 12.345
 * milliToPu(1_000_000) // => 1_000
 * @since 0.1.0
 */
export const milliToPu = (milli: MilliPu): number => milli / MILLI_PER_PU

/**
 * Whether a number is an amount that an entry may have: an integer from 0 to `MAX_PU` in thousandths, both
 * included. Total. R16.
 *
 * @example
 * isMilliPu(0) // => true
 * isMilliPu(-1) // => false
 * isMilliPu(0.5) // => false
 * @since 0.1.0
 */
export const isMilliPu = (milli: number): boolean =>
  Number.isSafeInteger(milli) && milli >= 0 && milli <= puToMilli(MAX_PU)

/**
 * Schema of an amount of PU as files carry it: 0 to `MAX_PU`, both included, with at most three decimals. R16.
 * @since 0.1.0
 */
export const PuSchema = Schema.Number.check(
  Schema.makeFilter((pu) => pu >= 0 && pu <= MAX_PU && milliToPu(puToMilli(pu)) === pu, {
    expected: "an amount of PU: 0 to 1,000,000,000, with at most three decimals",
  }),
)
