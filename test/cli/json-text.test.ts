import * as Result from "effect/Result"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { parseJson } from "../../src/cli/json-text.ts"

const mistake = (text: string) => {
  const parsed = parseJson(text)
  return Result.isFailure(parsed) ? parsed.failure : undefined
}

describe("JSON and the place of its first mistake", () => {
  test("what is JSON is read as the platform reads it", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text)).toEqual(Result.succeed(JSON.parse(text)))
      }),
    )
  })

  test.each([
    ["", 1, 1, "a value"],
    ["  \n ", 2, 2, "a value"],
    ["{", 1, 2, 'a name in double quotes or "}"'],
    ["[", 1, 2, 'a value or "]"'],
    ["[1,]", 1, 4, "a value"],
    ['{"a":1,}', 1, 8, "a name in double quotes"],
    ["{a:1}", 1, 2, 'a name in double quotes or "}"'],
    ["{'a':1}", 1, 2, 'a name in double quotes or "}"'],
    ['{"a" 1}', 1, 6, '":" after the name'],
    ['{"a":}', 1, 6, "a value"],
    ['{\r\n  "a": 1\r\n  "b": 2\r\n}', 3, 3, '"," or "}"'],
    ["[1 2]", 1, 4, '"," or "]"'],
    ["[1}", 1, 3, '"," or "]"'],
    ["[]]", 1, 3, "nothing more: the JSON ends before this"],
    ["01", 1, 2, "nothing more: the JSON ends before this"],
    ["[+1]", 1, 2, 'a value or "]"'],
    ["[1.]", 1, 3, '"," or "]"'],
    ["[NaN]", 1, 2, 'a value or "]"'],
    ["// no\n1", 1, 1, "a value"],
    ['["가😀" x]', 1, 7, '"," or "]"'],
    ['["a\\x"]', 1, 4, "an escape that JSON knows"],
    ['["a\n"]', 1, 4, "a double quote that closes the text on its line"],
    ['["a', 1, 4, "a double quote that closes the text on its line"],
    ['["a\\', 1, 4, "an escape that JSON knows"],
  ])("%j", (text, line, column, expected) => {
    expect(mistake(text)).toEqual({ line, column, expected })
  })

  test("a cut leaves a mistake at its end: nothing before it is blamed", () => {
    const whole = JSON.stringify({ a: [1, -2.5e3, "x\u00e9\n", { b: null }], c: true })
    for (let length = 0; length < whole.length; length++) {
      const found = mistake(whole.slice(0, length))
      expect(found?.line).toBe(1)
      // A cut inside a word, a number or an escape is found where that begins.
      expect(found?.column ?? 0).toBeGreaterThan(length - 6)
    }
  })

  test("any text gets a verdict, and the mistake never repeats the text", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.json().map((text) => `${text}}`),
        ),
        (text) => {
          const found = mistake(text)
          expect(found === undefined).toBe(isJson(text))
        },
      ),
    )
    expect(JSON.stringify(mistake('{"phone": 010-1234-5678}'))).not.toContain("1234")
  })

  test("ten thousand open brackets do not overflow the stack", () => {
    expect(mistake("[".repeat(10_000))).toMatchObject({ column: 10_001 })
  })
})

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
