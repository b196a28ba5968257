import fc from "fast-check"
import { expect, test } from "vitest"
import { fill, oneLine } from "../../../src/transports/whatsapp/template.ts"

const base = "https://shop.example/chat/"
const reply = { name: "reply", language: "ko" }

test("R12: a text loses its line breaks and nothing else", () => {
  expect(oneLine("Acme\nIt is in stock.\r\n\r\nSee you")).toBe("Acme It is in stock. See you")
  expect(oneLine("a\tb")).toBe("a b")
  expect(oneLine("\n Acme \n  - in stock\n")).toBe("Acme - in stock")
  expect(oneLine("a     b")).toBe("a    b")
  expect(oneLine("가나 다\u3000라")).toBe("가나 다\u3000라")
})

test("R12: no text has what WhatsApp refuses in a variable, and one that has not stays as it was", () => {
  const parts = fc.constantFrom("a", "네", " ", "    ", "\n", "\t", "\v", "\f", "\r\n", "\u2028", "👋")
  fc.assert(
    fc.property(fc.array(parts), (chars) => {
      const text = chars.join("")
      const line = oneLine(text)
      expect(line).not.toMatch(/[\n\r\t\v\f\u2028]| {5}/)
      if (!/[\s]/.test(text)) expect(line).toBe(text)
      expect(line.replace(/\s/g, "")).toBe(text.replace(/\s/g, ""))
    }),
  )
})

test("R12: an endless run of blanks takes a time that grows with it", () => {
  expect(oneLine(`a${" ".repeat(300_000)}b`)).toBe("a    b")
})

test("R12: the body's variables stand in the template's order", () => {
  const message = { text: "Yes.\nIn stock.", link: `${base}c1` }
  const parametersOf = (body: ReadonlyArray<"text" | "link">) =>
    fill({ ...reply, body }, message)?.components[0]?.parameters.map(({ text }) => text)
  expect(parametersOf(["text"])).toEqual(["Yes. In stock."])
  expect(parametersOf(["link", "text"])).toEqual([`${base}c1`, "Yes. In stock."])
  expect(fill({ ...reply, body: [] }, message)?.components).toEqual([])
})

test("R12: the button gets what follows its address", () => {
  expect(fill({ ...reply, linkButton: { base, index: 1 } }, { text: "Yes.", link: `${base}c1?k=v` })).toEqual(
    {
      name: "reply",
      language: { policy: "deterministic", code: "ko" },
      components: [
        { type: "body", parameters: [{ type: "text", text: "Yes." }] },
        { type: "button", sub_type: "url", index: "1", parameters: [{ type: "text", text: "c1?k=v" }] },
      ],
    },
  )
})

test.each<[string, object, string | null]>([
  ["a button and no link", { linkButton: { base } }, null],
  ["a button of another address", { linkButton: { base } }, "https://elsewhere.example/c1"],
  ["a button and nothing after its address", { linkButton: { base } }, base],
  ["a link in the body and none", { body: ["text", "link"] }, null],
])("R12: a template with %s cannot be filled", (_, changes, link) => {
  expect(fill({ ...reply, ...changes }, { text: "Yes.", link })).toBeUndefined()
})
