/**
 * JSON with the place of the first mistake: the platform's own messages quote the text, and some name no place.
 * @since 0.1.0
 */
import * as Result from "effect/Result"

/** The first place where a text stops being JSON; `line` and `column` count from 1, columns in characters. @since 0.1.0 */
export interface JsonMistake {
  readonly line: number
  readonly column: number
  readonly expected: string
}

/** What may come next, in the words of the message. */
const expectations = {
  value: "a value",
  firstItem: 'a value or "]"',
  name: "a name in double quotes",
  firstName: 'a name in double quotes or "}"',
  colon: '":" after the name',
  afterItem: '"," or "]"',
  afterMember: '"," or "}"',
  end: "nothing more: the JSON ends before this",
} as const

type Expectation = keyof typeof expectations

const SPACE = /[ \t\n\r]*/y
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// Signs from the space on, but neither the quote nor the backslash; then escapes, each with such signs after it.
const STRING_START = /"[ !#-[\]-\u{10ffff}]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\u{10ffff}]*)*/uy

const endOf = (pattern: RegExp, text: string, from: number): number => {
  pattern.lastIndex = from
  return pattern.test(text) ? pattern.lastIndex : from
}

const after = (open: ReadonlyArray<string>): Expectation =>
  open.length === 0 ? "end" : open.at(-1) === "[" ? "afterItem" : "afterMember"

const placeOf = (text: string, index: number, expected: string): JsonMistake => {
  const lines = text.slice(0, index).split(/\r\n|\n|\r/)
  return { line: lines.length, column: Array.from(lines.at(-1) ?? "").length + 1, expected }
}

const stringMistake = (text: string, at: number): JsonMistake =>
  placeOf(
    text,
    at,
    text[at] === "\\" ? "an escape that JSON knows" : "a double quote that closes the text on its line",
  )

/** What one sign of punctuation does where it may stand: the expectation after it. */
const punctuation = (sign: string, expectation: Expectation, open: string[]): Expectation | undefined => {
  const awaitsValue = expectation === "value" || expectation === "firstItem"
  if (awaitsValue && (sign === "{" || sign === "[")) {
    open.push(sign)
    return sign === "{" ? "firstName" : "firstItem"
  }
  if (expectation === "colon" && sign === ":") return "value"
  if (expectation === "afterItem" && sign === ",") return "value"
  if (expectation === "afterMember" && sign === ",") return "name"
  const closes =
    (sign === "]" && (expectation === "firstItem" || expectation === "afterItem")) ||
    (sign === "}" && (expectation === "firstName" || expectation === "afterMember"))
  if (!closes) return undefined
  open.pop()
  return after(open)
}

// A loop with its own stack: a file of ten thousand brackets must not overflow the program's.
const locate = (text: string): JsonMistake => {
  const open: string[] = []
  let expectation: Expectation = "value"
  let at = 0
  for (;;) {
    at = endOf(SPACE, text, at)
    const sign: string = text[at] ?? ""
    const isName: boolean = expectation === "name" || expectation === "firstName"
    const isValue: boolean = expectation === "value" || expectation === "firstItem"
    const next: Expectation | undefined = punctuation(sign, expectation, open)
    const scalarEnd = isValue ? endOf(SCALAR, text, at) : at
    if (next !== undefined) {
      at += 1
      expectation = next
    } else if (sign === '"' && (isName || isValue)) {
      const end = endOf(STRING_START, text, at)
      if (text[end] !== '"') return stringMistake(text, end)
      at = end + 1
      expectation = isName ? "colon" : after(open)
    } else if (scalarEnd > at) {
      at = scalarEnd
      expectation = after(open)
    } else return placeOf(text, at, expectations[expectation])
  }
}

/**
 * Reads JSON, or says where the text stops being JSON and what was expected there, without repeating the text. Total.
 *
 * @example
 * parseJson("[1]").success // => [1]
 * parseJson('{\n  "at": 5s\n}').failure // => { line: 2, column: 10, expected: '"," or "}"' }
 * @since 0.1.0
 */
export const parseJson = (text: string): Result.Result<unknown, JsonMistake> => {
  try {
    return Result.succeed(JSON.parse(text))
  } catch {
    return Result.fail(locate(text))
  }
}
