/** R20: the post log as CSV and JSON Lines: read back, it says the same, and nothing in it is a formula. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { csvCell, csvEntry, csvHeader, jsonEntry } from "../../../src/core/history/export.ts"
import { type LogEntry, numberedLog } from "../../../src/core/history/post-log.ts"
import { anyCustomerHistory } from "../../../src/testing/history-arbitraries.ts"
import { play } from "../customer/world.ts"

/** A reader of RFC 4180 that knows nothing of how the file was written. */
const readCsv = (text: string): ReadonlyArray<ReadonlyArray<string>> => {
  const rows: Array<Array<string>> = []
  let row: Array<string> = []
  let at = 0
  while (at < text.length) {
    let cell = ""
    if (text[at] === '"') {
      for (at++; !(text[at] === '"' && text[at + 1] !== '"'); at++) {
        if (text[at] === '"') at++
        cell += text[at] ?? ""
      }
      at++
    } else for (; text[at] !== "," && !text.startsWith("\r\n", at); at++) cell += text[at] ?? ""
    row.push(cell)
    if (text[at] === ",") at += 1
    else {
      expect(text.slice(at, at + 2)).toBe("\r\n")
      at += 2
      rows.push(row)
      row = []
    }
  }
  return rows
}

const anyText = fc.oneof(
  fc.string({
    unit: fc.constantFrom("=", "+", "-", "@", '"', ",", ";", "\r", "\n", "\t", " ", "'", "＝", "a", "네"),
  }),
  fc.string({ unit: "grapheme" }),
)

const anyLog: fc.Arbitrary<ReadonlyArray<LogEntry>> = fc
  .tuple(anyCustomerHistory(), anyText, anyText)
  .map(([history, customerId, text]) =>
    numberedLog(
      play(history, { punctual: true }).events.map((event, index) => ({ seq: index + 1, customerId, event })),
    ).map((entry) => (entry._tag === "Delivery" ? { ...entry, text } : entry)),
  )

const isFormula = (cell: string): boolean => /^[=+\-@\t\r\n＝＋－＠]/.test(cell)

describe("CSV", () => {
  it("R20: any cell is read back as it is, an apostrophe before what would be a formula", () => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1 }), (texts) => {
        const [cells] = readCsv(`${texts.map(csvCell).join(",")}\r\n`)
        expect(cells).toEqual(texts.map((text) => (isFormula(text) ? `'${text}` : text)))
      }),
    )
  })

  it.each(["=1+1", "+82", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", '=HYPERLINK("x")'])(
    "R20: %j is no formula in a spreadsheet",
    (text) => expect(readCsv(`${csvCell(text)}\r\n`)).toEqual([[`'${text}`]]),
  )

  it("R20: every line has all columns, under its name, and none is a formula", () => {
    const names = readCsv(csvHeader)[0] ?? []
    expect(new Set(names).size).toBe(names.length)
    fc.assert(
      fc.property(anyLog, (log) => {
        const rows = readCsv(log.map(csvEntry).join(""))
        expect(rows).toHaveLength(log.length)
        for (const [index, row] of rows.entries()) {
          const entry = log[index]
          const cell = (name: string) => row[names.indexOf(name)]
          expect(row).toHaveLength(names.length)
          expect(row.filter(isFormula)).toEqual([])
          expect([cell("seq"), cell("result")]).toEqual([String(entry?.seq), entry?.result])
          expect(cell("at")).toBe(new Date(entry?.atMs ?? 0).toISOString())
          if (entry?._tag === "Delivery") {
            const { pu, outcome, reason, code, unconfirmedUntilMs: untilMs } = entry
            const { via, kind, segments, country, provider, followUpId, deliveryId } = entry
            expect(
              ["via", "kind", "segments", "country", "provider", "followUp", "delivery"].map(cell),
            ).toEqual(
              [via, kind, segments, country, provider, followUpId, deliveryId].map((part) =>
                String(part ?? ""),
              ),
            )
            expect([cell("pu"), cell("outcome"), cell("reason")]).toEqual([String(pu), outcome, reason ?? ""])
            expect(cell("code")).toBe(code === "-9" ? "'-9" : (code ?? ""))
            expect(cell("unconfirmedUntil")).toBe(untilMs === null ? "" : new Date(untilMs).toISOString())
          } else
            expect(["pu", "code", "text", "detail", "via", "followUp"].map(cell)).toEqual([
              "",
              "",
              "",
              entry?.detail,
              entry?.carrier ?? entry?.legs.join("+"),
              entry?.followUpId ?? "",
            ])
        }
      }),
    )
  })
})

describe("JSON Lines", () => {
  it("R20: one entry a line, read back as it was", () => {
    fc.assert(
      fc.property(anyLog, (log) => {
        const lines = log.map(jsonEntry).join("").split("\n")
        expect(lines.pop()).toBe("")
        expect(lines.map((line) => JSON.parse(line))).toEqual(log)
      }),
    )
  })
})
