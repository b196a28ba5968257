/** How a contract compares what came with what was expected. */
import { expect, test } from "vitest"
import { same } from "../../src/testing/contract-case.ts"

test.each<[unknown, unknown]>([
  [
    { a: 1, b: { d: 2, c: [3] } },
    { b: { c: [3], d: 2 }, a: 1 },
  ],
  [{ a: undefined, b: null }, { b: null }],
  [undefined, undefined],
])("R20: %j is the same as %j, in whatever order it is kept", (came, expected) => {
  expect(() => same("it", came, expected)).not.toThrow()
  expect(() => same("it", expected, came)).not.toThrow()
})

test.each<[unknown, unknown]>([
  [
    [1, 2],
    [2, 1],
  ],
  [{ a: 1 }, { a: 2 }],
  [{ a: { b: 1 } }, { a: { b: 2 } }],
  [{ a: null }, {}],
  [[1], { 0: 1 }],
  [null, undefined],
])("R20: %j is not the same as %j", (came, expected) => {
  expect(() => same("it", came, expected)).toThrow(/^it: expected .+, but got /)
})
