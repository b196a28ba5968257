/** Bad input: what was wrong, where, what was expected instead, and never the value itself. */
import * as Result from "effect/Result"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { InputSchema } from "../../src/core/customer/input.ts"
import { decodeInput, formatBadInput, formatPath } from "../../src/core/decode.ts"
import { PolicyInputSchema } from "../../src/core/policy.ts"

const issuesOf = (input: unknown) => {
  const decoded = decodeInput(InputSchema, input)
  return Result.isFailure(decoded) ? decoded.failure.issues : []
}

const message = {
  _tag: "Message",
  chatId: "c1",
  messageId: "m1",
  from: "customer",
  purpose: "chat",
  text: "Hello",
  atMs: 0,
}

describe("decoding", () => {
  it("R20: accepts what is right, as it is", () => {
    expect(decodeInput(InputSchema, message)).toEqual(Result.succeed(message))
  })

  it.each([
    ["a missing field", { ...message, text: undefined }, "text"],
    ["a wrong type", { ...message, text: 5 }, "text"],
    ["an id that is empty", { ...message, chatId: "" }, "chatId"],
    ["an id of 201 units", { ...message, chatId: "x".repeat(201) }, "chatId"],
    ["an id with half a character", { ...message, chatId: "\ud83d" }, "chatId"],
    ["an id with a NUL", { ...message, chatId: "c\0" }, "chatId"],
    ["an instant before 1970", { ...message, atMs: -1 }, "atMs"],
    ["an instant between milliseconds", { ...message, atMs: 0.5 }, "atMs"],
    ["no number at all", { ...message, atMs: Number.NaN }, "atMs"],
    ["a text of more than 100 000 units", { ...message, text: "x".repeat(100_001) }, "text"],
    ["somebody unknown", { ...message, from: "robot" }, "from"],
    ["a field of another name", { ...message, sesion: "tab-1" }, "sesion"],
  ])("R20: refuses %s and names its path", (_, input, path) => {
    const issues = issuesOf(input)
    expect(new Set(issues.map((issue) => issue.path))).toEqual(new Set([path]))
    expect(issues[0]?.expected).not.toBe("")
  })

  it("R20: accepts an id of 200 units and a text of 100 000", () => {
    expect(issuesOf({ ...message, chatId: "x".repeat(200), text: "x".repeat(100_000) })).toEqual([])
  })

  it("R20: takes a field that is undefined for one that is left out, wherever it is", () => {
    expect(decodeInput(InputSchema, { ...message, sessionId: undefined, authorName: undefined })).toEqual(
      Result.succeed(message),
    )
    const policy = { autoText: undefined, cascade: { pushTimeoutMs: 1, snsDeadlineMs: undefined } }
    expect(decodeInput(PolicyInputSchema, policy)).toStrictEqual(
      Result.succeed({ cascade: { pushTimeoutMs: 1 } }),
    )
    expect(issuesOf({ ...message, text: undefined })).toEqual([
      { path: "text", expected: "a value; it is missing" },
    ])
    const listed = { prices: [{ kind: "SMS", country: "KR", pu: 1, until: undefined }] }
    expect(decodeInput(PolicyInputSchema, listed)).toStrictEqual(
      Result.succeed({ prices: [{ kind: "SMS", country: "KR", pu: 1 }] }),
    )
    expect(issuesOf({ ...message, sesion: undefined })).toEqual([])
  })

  it("R20: refuses ten thousand fields of other names in a time that grows with them", () => {
    const others = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`x${index}`, index]))
    expect(issuesOf({ ...message, ...others })).toHaveLength(10_000)
  })

  it("R20: names every issue, inside its part, in the input's order", () => {
    const decoded = decodeInput(PolicyInputSchema, {
      cascade: { pushTimeoutMs: -1, onUncertain: "retry" },
      prices: [
        { kind: "SMS", country: "KR", pu: 1 },
        { kind: "FAX", country: "KR", pu: 1 },
      ],
    })
    const paths = Result.isFailure(decoded) ? decoded.failure.issues.map(({ path }) => path) : []
    expect(paths.toSorted()).toEqual(["cascade.onUncertain", "cascade.pushTimeoutMs", "prices[1].kind"])
  })

  it("R20: no message repeats a value that was given", () => {
    const secret = fc.stringMatching(/^[k-z]{12}$/)
    fc.assert(
      fc.property(secret, fc.constantFrom(...Object.keys(message)), (value, field) => {
        const given = [
          { ...message, [field]: { [value]: value } },
          { ...message, [field]: [value] },
          ...(["text", "chatId", "messageId"].includes(field) ? [] : [{ ...message, [field]: value }]),
          value,
          [value],
        ]
        for (const input of given) {
          const issues = issuesOf(input)
          expect(issues.length).toBeGreaterThan(0)
          for (const { expected } of issues) expect(expected).not.toContain(value)
        }
      }),
    )
  })

  it("R20: anything at all is either accepted or refused with at least one issue", () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        const decoded = decodeInput(InputSchema, input)
        if (Result.isFailure(decoded)) expect(decoded.failure.issues.length).toBeGreaterThan(0)
      }),
    )
  })
})

describe("printing", () => {
  it("R20: a path reads as one would write it, whatever its parts", () => {
    expect(formatPath([])).toBe("")
    expect(formatPath(["timeline", 3, "presence", "at"])).toBe("timeline[3].presence.at")
    expect(formatPath([0, "1", Symbol.for("x")])).toBe("[0][1].Symbol(x)")
  })

  it("R20: a line for each issue, and the whole input has a name", () => {
    const issues = [
      { path: "timeline[3].at", expected: 'a duration such as "30s"' },
      { path: "", expected: "an object" },
    ]
    expect(formatBadInput({ _tag: "BadInput", issues })).toBe(
      'timeline[3].at: expected a duration such as "30s"\ninput: expected an object',
    )
  })
})
