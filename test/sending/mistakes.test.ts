import { expect, test } from "vitest"
import { makeRarely } from "../../src/sending/mistakes.ts"

test("R20: a line is written once a minute, word for word; another one at once", () => {
  const isNew = makeRarely()
  expect(isNew("threw", { call: "send" }, 0)).toBe(true)
  expect(isNew("threw", { call: "send" }, 59_999)).toBe(false)
  expect(isNew("threw", { call: "lookup" }, 59_999)).toBe(true)
  expect(isNew("raved", { call: "send" }, 59_999)).toBe(true)
  expect(isNew("threw", { call: "send" }, 60_000)).toBe(true)
  expect(isNew("threw", { call: "send" }, 60_001)).toBe(false)
})

test("R20: of more lines than 1 000 none is kept: what was said may be said again", () => {
  const isNew = makeRarely()
  for (let index = 0; index < 1_000; index++) expect(isNew("threw", { index }, 0)).toBe(true)
  expect(isNew("threw", { index: 0 }, 1)).toBe(false)
  expect(isNew("threw", { index: 1_000 }, 1)).toBe(true)
  expect(isNew("threw", { index: 0 }, 1)).toBe(true)
})
