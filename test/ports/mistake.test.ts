/** R20: what may be said of a mistake in a host's code, and nothing of what it threw. */
import fc from "fast-check"
import { expect, test } from "vitest"
import { thrownBy } from "../../src/ports/mistake.ts"

const here = expect.stringMatching(/\/test\/ports\/mistake\.test\.ts:\d+$/)

const withStack = (message: string, ...frames: ReadonlyArray<string>): Error => {
  const error = new TypeError(message)
  error.stack = [`TypeError: ${message}`, ...frames.map((frame) => `    at ${frame}`)].join("\n")
  return error
}

test("R20: an error is told by its name and the place where it was thrown", () => {
  class GatewayError extends Error {
    override readonly name = "GatewayError"
  }
  expect(thrownBy(new GatewayError("to +821012345678\nfailed"))).toEqual({
    _tag: "Thrown",
    type: "GatewayError",
    at: here,
  })
  expect(thrownBy(new Error(""))).toEqual({ _tag: "Thrown", type: "Error", at: here })
  expect(thrownBy("down")).toEqual({ _tag: "Thrown", type: "string" })
  expect(thrownBy(null)).toEqual({ _tag: "Thrown", type: "null" })
})

test.each([
  ["send (/app/(shop)/acme.ts:31:20)", "/app/(shop)/acme.ts:31"],
  ["async file:///app/acme.ts:31:20", "/app/acme.ts:31"],
  [String.raw`Object.send (C:\app\acme.ts:31:20)`, String.raw`C:\app\acme.ts:31`],
])("R20: the frame `%s` is a place", (frame, at) => {
  const others = [
    "fetch (node:internal/deps/undici/undici:1:1)",
    "async Promise.all (index 0)",
    "eval (eval at run (/app/eval.ts:1:1), <anonymous>:1:1)",
    "send (/app/node_modules/.pnpm/followup@0.1.0/node_modules/followup/dist/engine/index.js:1:1)",
  ]
  expect(thrownBy(withStack("fetch failed", ...others, frame, "run (/app/main.ts:1:1)")).at).toBe(at)
})

test("R20: nothing of a message is told, not even where it looks like a frame", () => {
  const lines = [
    "",
    "down",
    ": ",
    "TypeError: ",
    "    at /821012345678:1:1",
    "    at send (/821012345678:1:1)",
  ]
  const messages = fc.array(fc.constantFrom(...lines)).map((parts) => parts.join("\n"))
  const others = fc.constantFrom("Error", "TypeError", "gone")
  fc.assert(
    fc.property(messages, others, (message, changed) => {
      const error = withStack(message, "send (/app/acme.ts:31:20)")
      expect(thrownBy(error).at).toBe("/app/acme.ts:31")
      // A message that was changed later is not the one in the stack.
      error.message = changed
      expect(JSON.stringify(thrownBy(error))).not.toContain("12345678")
    }),
  )
})

test.each(["+821012345678", "cust1234567", "kim.jieun@private.example", "Kim Jieun", "X".repeat(65)])(
  "R20: the name %s is not told",
  (name) => {
    expect(thrownBy(Object.assign(new Error("down"), { name })).type).toBe("Error")
  },
)

test("R20: an error that throws when it is looked at is an error", () => {
  const bad = new Error("down")
  Object.defineProperty(bad, "stack", {
    get: () => {
      throw new Error("not me")
    },
  })
  expect(thrownBy(bad)).toEqual({ _tag: "Thrown", type: "Error" })
})
