/**
 * Chance that can be had again: every number follows from the seed and from what it is for.
 */
import { createHash } from "node:crypto"

/** What a number is for. The same names give the same number. */
export type Names = ReadonlyArray<string | number>

const BYTES = 6

/** A number from 0 up to 1, 1 excluded. */
export const lot = (...names: Names): number =>
  createHash("sha256").update(JSON.stringify(names)).digest().readUIntBE(0, BYTES) / 256 ** BYTES

/** A whole number from `min` to `max`, both included. */
export const lotBetween = (min: number, max: number, ...names: Names): number =>
  min + Math.floor(lot(...names) * (max - min + 1))

/** Something that comes up as often as its weight says, out of all weights. At least one weight is above 0. */
export const lotOf = <T>(weights: ReadonlyArray<readonly [weight: number, value: T]>, ...names: Names): T => {
  const total = weights.reduce((sum, [weight]) => sum + weight, 0)
  let left = lot(...names) * total
  for (const [weight, value] of weights) {
    if (left < weight) return value
    left -= weight
  }
  throw new RangeError("expected a weight above 0")
}
