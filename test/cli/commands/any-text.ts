/**
 * Texts in any script, short and long, for the properties of measured texts.
 */
import fc from "fast-check"

const char = fc.constantFrom("a", "€", "]", "네", "あ", "漢", "😀", "’", " ", "₩")

/** A text of a few runs of one character each. */
export const textInAny: fc.Arbitrary<string> = fc
  .array(fc.tuple(char, fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(67, 70, 140, 153, 160))), {
    maxLength: 6,
  })
  .map((runs) => runs.map(([one, times]) => one.repeat(times)).join(""))
