import { stripVTControlCharacters } from "node:util"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { mayColor, type Page, pageOf, paint, quoted, row, section } from "../../src/cli/page.ts"
import { columnsOf } from "../../src/transports/console/columns.ts"

const plain: Page = { color: false, widthColumns: null }
const color: Page = { color: true, widthColumns: null }
const cells = [
  { text: "1m30s", columns: 6, style: "dim" },
  { text: "R7", columns: 3, style: "cyan" },
] as const

describe("colour", () => {
  test.each([
    ["a terminal", {}, 80, true],
    ["a pipe", {}, null, false],
    ["a dumb terminal", { TERM: "dumb" }, 80, false],
    ["NO_COLOR on a terminal", { NO_COLOR: "1" }, 80, false],
    ["an empty NO_COLOR on a terminal", { NO_COLOR: "" }, 80, true],
    ["FORCE_COLOR in a pipe", { FORCE_COLOR: "1" }, null, true],
    ["FORCE_COLOR=0 on a terminal", { FORCE_COLOR: "0" }, 80, false],
    ["FORCE_COLOR=false on a terminal", { FORCE_COLOR: "false" }, 80, false],
    ["an empty FORCE_COLOR in a pipe", { FORCE_COLOR: "" }, null, false],
    ["both: NO_COLOR wins", { NO_COLOR: "1", FORCE_COLOR: "1" }, 80, false],
  ])("%s", (_, env, terminalColumns, expected) => {
    expect(mayColor({ env, terminalColumns })).toBe(expected)
    expect(pageOf({ env, terminalColumns })).toEqual({ color: expected, widthColumns: terminalColumns })
  })

  test("a style adds escapes on a coloured page only", () => {
    expect(paint(color, "red", "no")).toBe("\u001b[31mno\u001b[39m")
    expect(paint(plain, "red", "no")).toBe("no")
    expect(paint(color, "red", "")).toBe("")
  })
})

describe("rows", () => {
  test("leading columns are padded, by terminal columns", () => {
    expect(row(plain, cells, "a push failed")).toBe("  1m30s   R7   a push failed")
    expect(row(plain, [{ text: "지은", columns: 6, style: "bold" }], "x")).toBe("  지은    x")
    expect(stripVTControlCharacters(row(color, cells, "x"))).toBe(row(plain, cells, "x"))
  })
  test("a text that is too wide goes on below itself", () => {
    const page = { ...plain, widthColumns: 40 }
    expect(row(page, cells, "a push was not confirmed in time, sorry")).toBe(
      ["  1m30s   R7   a push was not confirmed", "               in time, sorry"].join("\n"),
    )
  })
  test("on a narrow terminal the text goes below the leading columns", () => {
    const page = { ...plain, widthColumns: 24 }
    expect(row(page, cells, "a push was not confirmed")).toBe(
      ["  1m30s   R7", "    a push was not", "    confirmed"].join("\n"),
    )
  })
  test("no line is wider than the terminal, from 20 columns on, and no word is lost", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "네", "😀", "-"), minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 12 }),
        fc.integer({ min: 20, max: 100 }),
        (words, widthColumns) => {
          const page = { color: false, widthColumns }
          const body = words.join(" ")
          for (const text of [row(page, cells, body), quoted(page, body)]) {
            for (const line of text.split("\n")) expect(columnsOf(line)).toBeLessThanOrEqual(widthColumns)
            expect(text.replace(/[\s│]/g, "")).toContain(words.join(""))
          }
        },
      ),
    )
  })
  test("a text cannot drive the terminal", () => {
    expect(row(plain, [{ text: "a\u001b[2J", columns: 1, style: "dim" }], "b\nc\u0007")).toBe("  a␛[2J  b c␇")
    expect(quoted(plain, "a\r\nb\u001b[0m\n")).toBe("    │ a\n    │ b␛[0m")
  })
  test("a section without rows says so", () => {
    expect(section(plain, "Notices", [])).toBe("Notices\n  none")
  })
})
