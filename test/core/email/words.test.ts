import fc from "fast-check"
import { expect, test } from "vitest"
import { emailLocale, emailWords } from "../../../src/core/email/words.ts"

test.each([
  ["ko", undefined, "ko"],
  ["ko-KR", "JP", "ko"],
  ["JA_jp", "KR", "ja"],
  ["en-GB", "KR", "en"],
  ["fr", "KR", "ko"],
  ["korean", "DE", "en"],
  [undefined, "kr", "ko"],
  [undefined, "JP", "ja"],
  [undefined, "US", "en"],
  [undefined, undefined, "en"],
  ["constructor", "toString", "en"],
])("R13: locale %s on a channel in %s reads %s", (locale, country, expected) => {
  expect(emailLocale(locale, country)).toBe(expected)
})

test("R13: every text has a language, whatever is given", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (locale, country) => {
      expect(Object.keys(emailWords)).toContain(emailLocale(locale, country))
    }),
  )
})

test("R13: the languages fill in the same values", () => {
  const placeholders = (words: object) =>
    Object.entries(words).map(
      ([key, text]) =>
        `${key} ${Array.from(String(text).matchAll(/\{\w+\}/g), String)
          .toSorted((a, b) => a.localeCompare(b))
          .join()}`,
    )
  for (const words of Object.values(emailWords))
    expect(placeholders(words)).toEqual(placeholders(emailWords.en))
})
