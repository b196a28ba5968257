import * as Schema from "effect/Schema"
import { expect, test } from "vitest"
import { defaultEmailPolicy, EmailPolicySchema } from "../../../src/core/email/policy.ts"

const isPolicy = Schema.is(EmailPolicySchema)

test("R13: the product's values are a valid policy", () => {
  expect(isPolicy(defaultEmailPolicy)).toBe(true)
})

test.each([
  { defaultDomain: "localhost" },
  { defaultDomain: "a.example\r\nBcc: x" },
  { localPart: "a b" },
  { nameMaxCharacters: 7 },
  { subjectMaxCharacters: 15 },
  { maxReplies: 0 },
  { bodyMaxCharacters: 0 },
  { bodyMaxCharacters: 1.5 },
  { accentColor: "red;}" },
  { accentColor: "#2563eb;}" },
  { accentColor: "}#2563eb" },
])("R13, R14: %j is not", (change) => {
  expect(isPolicy({ ...defaultEmailPolicy, ...change })).toBe(false)
})
