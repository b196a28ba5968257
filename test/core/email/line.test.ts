import fc from "fast-check"
import { expect, test } from "vitest"
import { excerpt, headerValue } from "../../../src/core/email/line.ts"

const nasty = fc.string({
  unit: fc.constantFrom("a", "한", "\r", "\n", "\u0000", "\u0085", "\u2028", "\u202e", "\ud83d", " "),
})

test("R13: no header value holds CR, LF or another control character", () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const value = headerValue(text)
      expect(value).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
      expect(value.isWellFormed()).toBe(true)
      expect(headerValue(value)).toBe(value)
    }),
  )
})

test("R13: a value that is in order stays as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "한", "👩‍👩‍👧", "é", "<", ":") }), (text) => {
      expect(headerValue(text)).toBe(text)
    }),
  )
})

test("R13: an excerpt is within its length, a beginning of the text, and cut between what readers see as characters", () => {
  const signs = fc.array(fc.constantFrom("a", "한", "👩‍👩‍👧", "🇰🇷", "e\u0301"), { maxLength: 12 })
  fc.assert(
    fc.property(signs, fc.integer({ min: -1, max: 40 }), (parts, maxCharacters) => {
      const text = parts.join("")
      const cut = excerpt(text, maxCharacters)
      expect(cut.length).toBeLessThanOrEqual(Math.max(0, maxCharacters))
      if (text.length <= maxCharacters) {
        expect(cut).toBe(text)
        return
      }
      const beginnings = parts.map((_, count) => `${parts.slice(0, count).join("")}…`)
      if (maxCharacters > 0)
        expect(beginnings.filter((beginning) => beginning.length <= maxCharacters).at(-1)).toBe(cut)
    }),
  )
})
