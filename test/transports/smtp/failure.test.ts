import fc from "fast-check"
import { expect, test } from "vitest"
import { resultOfFailure } from "../../../src/transports/smtp/failure.ts"

const before = { handoverBegun: false, retryAfterMs: 9 }
const after = { handoverBegun: true, retryAfterMs: 9 }
const refused = (command: string, response: string) => ({
  code: "EENVELOPE",
  command,
  response,
  responseCode: Number(response.slice(0, 3)),
})

test.each([
  ["RCPT TO", "550 5.1.1 <mina@customer.example> unknown", "invalid-address"],
  ["RCPT TO", "550-5.2.1 disabled\n550 5.2.1 really", "gone"],
  ["RCPT TO", "552 5.2.2 mailbox full", "unreachable"],
  ["RCPT TO", "554 5.7.1 relay access denied", "sender-not-allowed"],
  ["RCPT TO", "550 5.7.1 denied", "invalid-address"],
  ["MAIL FROM", "550 5.7.1 not yours", "sender-not-allowed"],
  ["MAIL FROM", "530 5.7.0 authentication required", "auth"],
  ["MAIL FROM", "552 5.3.4 too big", "content"],
  ["DATA", "554 5.7.1 spam", "filtered"],
  ["DATA", "550 5.7.26 unauthenticated", "sender-not-allowed"],
  ["RCPT TO", "550 5.1.7 bad sender", "sender-not-allowed"],
  ["AUTH PLAIN", "535 5.7.8 no", "auth"],
  ["RCPT TO", "550 5.7.9 no", "auth"],
  // Without a status, or with one that stands elsewhere.
  ["MAIL FROM", "530 sign in", "auth"],
  ["MAIL FROM", "552 too big", "content"],
  ["MAIL FROM", "550 not yours", "sender-not-allowed"],
  ["RCPT TO", "530 sign in", "auth"],
  ["RCPT TO", "552 full", "unreachable"],
  ["RCPT TO", "554 no", "sender-not-allowed"],
  ["RCPT TO", "554 no, and 550 5.1.1 is no better", "sender-not-allowed"],
  ["RCPT TO", "550 no", "invalid-address"],
  ["RCPT TO", "503 bad sequence", "unknown"],
  ["RCPT TO", "500 what", "unknown"],
  ["DATA", "552 too big", "content"],
  ["DATA", "550 no", "filtered"],
  ["AUTH PLAIN", "535 no", "auth"],
  ["STARTTLS", "502 no", "config"],
])("R13: %s answered with %j is Rejected for good as %s", (command, response, reason) => {
  expect(resultOfFailure(refused(command, response), before)).toMatchObject({ _tag: "Rejected", reason })
  expect(resultOfFailure(refused(command, response), before)).not.toHaveProperty("retryAfterMs")
})

test.each([
  ["RCPT TO", "450 4.7.1 greylisted", "rate-limited"],
  ["RCPT TO", "450 later", "rate-limited"],
  ["RCPT TO", "451 later", "rate-limited"],
  ["RCPT TO", "450 4.2.0 busy", "unreachable"],
  ["DATA", "421 closing", "unreachable"],
  ["MAIL FROM", "452 full", "unreachable"],
  ["STARTTLS", "454 later", "unreachable"],
  ["AUTH PLAIN", "454 4.7.0 later", "auth"],
  ["EHLO", "550 not you", "unreachable"],
])("R13: %s answered with %j is Rejected for now as %s", (command, response, reason) => {
  expect(resultOfFailure(refused(command, response), before)).toMatchObject({
    _tag: "Rejected",
    reason,
    retryAfterMs: 9,
  })
})

test.each(["ECONNECTION", "ESOCKET", "ETIMEDOUT", "EABORT", "EPROTOCOL", "ESTREAM"])(
  "R13: %s is certain only before the hand-over",
  (code) => {
    expect(resultOfFailure({ code }, before)._tag).toBe("Rejected")
    expect(resultOfFailure({ code }, after)).toEqual({ _tag: "Uncertain", code })
  },
)

test.each<[string, string]>([
  ...["EDNS", "ECONNECTION", "ESOCKET", "ETIMEDOUT", "EPROTOCOL", "EPROXY", "EABORT"].map(
    (code): [string, string] => [code, "unreachable"],
  ),
  ["EAUTH", "auth"],
  ["ENOAUTH", "auth"],
  ["EENVELOPE", "invalid-address"],
  ["EMESSAGE", "content"],
  ["ETLS", "config"],
  ["ECONFIG", "config"],
  ["ERR_ACCESS_DENIED", "config"],
  ["ENEW", "unknown"],
])("R13: %s without an answer is Rejected as %s, and only what can pass is tried again", (code, reason) => {
  const wait = reason === "unreachable" ? { retryAfterMs: 9 } : {}
  expect(resultOfFailure({ code }, before)).toEqual({ _tag: "Rejected", reason, code, ...wait })
})

test("R20: a code says what the server and the system said, in their digits and names", () => {
  const error = { ...refused("RCPT TO", "550 5.1.1 unknown"), originalCode: "ECONNRESET" }
  expect(resultOfFailure(error, before)).toMatchObject({ code: "EENVELOPE ECONNRESET 550 5.1.1" })
  expect(resultOfFailure(refused("RCPT TO", "450 4.2.2 full"), before)).toMatchObject({
    code: "EENVELOPE 450 4.2.2",
  })
})

test("R13: after the hand-over, only an answer to the whole mail is certain", () => {
  const answered = { code: "EMESSAGE", command: "DATA", response: "451 later", responseCode: 451 }
  expect(resultOfFailure(answered, after)).toMatchObject({ _tag: "Rejected", retryAfterMs: 9 })
  expect(resultOfFailure({ ...answered, code: "ECONNECTION" }, after)._tag).toBe("Uncertain")
  expect(resultOfFailure({ code: "EMESSAGE" }, after)._tag).toBe("Uncertain")
  for (const responseCode of [250, 354, 399, 600])
    expect(resultOfFailure({ ...answered, responseCode }, after)._tag).toBe("Uncertain")
  for (const responseCode of [400, 599])
    expect(resultOfFailure({ ...answered, responseCode }, after)._tag).toBe("Rejected")
})

test("R20: a code repeats nothing of what the server or the message said", () => {
  const secret = "mina@customer.example 5551234"
  fc.assert(
    fc.property(
      fc.record({
        code: fc.constantFrom<unknown>("EENVELOPE", secret, 7),
        originalCode: fc.constantFrom<unknown>("ECONNREFUSED", secret, undefined),
        command: fc.constantFrom<unknown>("RCPT TO", secret, undefined),
        response: fc.constantFrom<unknown>(`550 ${secret}`, `550 5.1.1 ${secret}`, secret, undefined),
        responseCode: fc.constantFrom<unknown>(550, 451, undefined, secret),
        message: fc.constant(secret),
      }),
      fc.boolean(),
      (error, handoverBegun) => {
        const result = resultOfFailure(error, { handoverBegun, retryAfterMs: 9 })
        expect(JSON.stringify(result)).not.toMatch(/mina|5551234/)
      },
    ),
  )
})

test("R13: whatever is thrown has a result", () => {
  for (const thrown of [null, undefined, "no", {}]) {
    expect(resultOfFailure(thrown, before)).toEqual({ _tag: "Rejected", reason: "unknown" })
    expect(resultOfFailure(thrown, after)).toEqual({ _tag: "Uncertain" })
  }
  fc.assert(
    fc.property(fc.anything(), fc.boolean(), (thrown, handoverBegun) => {
      const result = resultOfFailure(thrown, { handoverBegun, retryAfterMs: 9 })
      expect(result._tag).toBe(handoverBegun ? "Uncertain" : "Rejected")
    }),
  )
})
