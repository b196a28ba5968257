import fc from "fast-check"
import { expect, test } from "vitest"
import { columnsOf, printable, wrap } from "../../../src/transports/console/columns.ts"

test.each([
  ["", 0],
  ["Acme", 4],
  ["한글", 4],
  ["日本語", 6],
  ["ﾊﾝｶｸ", 4],
  ["（全角）", 8],
  ["e\u0301", 1],
  ["👩‍👩‍👧", 2],
  ["🇰🇷", 2],
  ["❤️", 2],
  ["\u200b", 0],
])("R12: %j takes %i columns", (text, columns) => {
  expect(columnsOf(text)).toBe(columns)
})

test("R12: no line is wider than asked for", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", " ", "한", "👩‍👩‍👧", "\n", "-") }),
      fc.integer({ min: 2, max: 20 }),
      (text, widthColumns) => {
        for (const line of wrap(text, widthColumns)) expect(columnsOf(line)).toBeLessThanOrEqual(widthColumns)
      },
    ),
  )
})

test("R12: a line breaks at a space where there is one", () => {
  expect(wrap("네, 재고가 있습니다.", 12)).toEqual(["네, 재고가", "있습니다."])
  expect(wrap("abcdefgh", 3)).toEqual(["abc", "def", "gh"])
})

test("R12: a line of nothing but blanks, or of signs without a column, takes a time that grows with it", () => {
  expect(wrap(`a${" ".repeat(100_000)}b`, 80)).toEqual(["a", "b"])
  expect(wrap(`a\u00ad${"\u200b".repeat(100_000)}b`, 80)).toHaveLength(1)
})

test("R12: control characters are shown as signs", () => {
  expect(printable("\u001b]0;x\u0007\u007f\u0085")).toBe("␛]0;x␇␡\ufffd")
  expect(printable("a\r\nb\rc\td")).toBe("a\nb\nc  d")
})
