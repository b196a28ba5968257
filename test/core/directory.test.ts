/** What a host says of its customers, understood. */
import * as Result from "effect/Result"
import { describe, expect, test } from "vitest"
import { decodeInput } from "../../src/core/decode.ts"
import { ChannelInputSchema, makeContact } from "../../src/core/directory.ts"
import { decodeScenario, reportOf, simulate } from "../../src/testing/index.ts"

test("R6: a device is told once, however often its token is listed", () => {
  expect(makeContact({ pushTokens: ["t1", "t2", "t1"] }, "KR").pushTokens).toEqual(["t1", "t2"])
})

test("R6, R7: an empty push token is no device, so nothing waits for it", () => {
  expect(makeContact({ pushTokens: ["", " "] }, "KR").pushTokens).toEqual([])
  const scenario = decodeScenario({
    channel: { id: "acme", country: "KR", plan: { kind: "free" }, integrations: { push: true } },
    customers: [{ id: "mina", phone: "010-1234-5678", pushTokens: [""] }],
    transports: { push: { then: "silent" } },
    timeline: [
      { at: "0s", message: { chat: "c1", customer: "mina", id: "m1", from: "customer", text: "In stock?" } },
      { at: "1s", message: { chat: "c1", customer: "mina", id: "m2", from: "manager", text: "Yes." } },
    ],
    until: "10m",
  })
  const { deliveries } = reportOf(simulate(Result.getOrThrow(scenario)))
  expect(deliveries.map(({ via, atMs }) => [via, atMs])).toEqual([["xms", 1_000]])
})

/** What is wrong with a channel that has these fields besides. */
const issuesOf = (fields: object) => {
  const decoded = decodeInput(ChannelInputSchema, {
    id: "acme",
    country: "KR",
    plan: { kind: "free" },
    ...fields,
  })
  return Result.isFailure(decoded) ? decoded.failure.issues : []
}

describe("where a chat goes on", () => {
  test.each([
    "https://acme.example",
    "https://acme.example/c/{token}",
    "https://{channel}.example:8443/chat/{chat}?who={customer}#end",
    "https://acme.example/채팅/{chat}",
    "http://localhost:3000/chat/{chat}",
    "acme://chat/{chat}",
    "com.acme.app+chat://{customer}",
  ])("R12: %s is an address", (chatUrl) => {
    expect(issuesOf({ chatUrl })).toEqual([])
  })

  test.each([
    ["a misspelt placeholder", "https://acme.example/{chatId}"],
    ["a placeholder in capitals", "https://acme.example/{CHAT}"],
    ["half a placeholder", "https://acme.example/{chat"],
    ["words", "not a url"],
    ["nothing", ""],
    ["a path", "/chat/{chat}"],
    ["a host alone", "acme.example/chat/{chat}"],
    ["a host with its port alone", "localhost:3000/chat/{chat}"],
    ["a scheme that is filled in", "{channel}://chat/{chat}"],
    ["a port that is filled in", "https://acme.example:{chat}/"],
    ["no host", "https://"],
    ["a blank, at which a text's link ends", "https://acme.example/my chat/{chat}"],
    ["a line break", "https://acme.example/\n{chat}"],
    ["code", "javascript:alert(1)"],
    ["code that looks like an address", "JavaScript://acme.example/%0aalert({chat})"],
    ["code behind a line break", "java\nscript://alert(1)"],
    ["VBScript", "vbscript://acme.example"],
    ["a document", "data:text/html,{chat}"],
    ["a document of the browser's", "blob:https://acme.example/{chat}"],
    ["a file", "file:///etc/passwd"],
  ])("R12, R13: %s is none", (_, chatUrl) => {
    expect(issuesOf({ chatUrl })).toEqual([
      { path: "chatUrl", expected: expect.stringMatching(/^an absolute address .*\{chat\}.*\{token\}/) },
    ])
  })
})

describe("a channel's own domain", () => {
  const linked = (fields: object) =>
    issuesOf({ emailDomain: { domain: "acme.example", verified: true, ...fields } })

  test.each([
    {},
    { domain: "Mail.ACME.example" },
    { domain: "xn--9n2bp8q.example" },
    { localPart: "help+kr" },
  ])("R14: %o is one", (fields) => {
    expect(linked(fields)).toEqual([])
  })

  test.each(["https://acme.example", "chat@acme.example", "ACME.example.", "acme", "", "메일.example"])(
    "R14: %o is none, rather than the default domain without a word",
    (domain) => {
      expect(linked({ domain })).toEqual([{ path: "emailDomain.domain", expected: "a domain name in ASCII" }])
    },
  )

  test.each(["a@b", "chat desk", "", "채팅"])("R14: %o does not stand before an @", (localPart) => {
    expect(linked({ localPart })).toEqual([
      { path: "emailDomain.localPart", expected: "the part of an address before the @" },
    ])
  })
})

test("R9: a channel is in a country whose phone numbers can be read", () => {
  for (const country of ["KR", "US", "GB", "XK"]) expect(issuesOf({ country })).toEqual([])
  for (const country of ["UK", "XX", "ZZ", "kr", "Korea", "", "__proto__"])
    expect(issuesOf({ country })).toEqual([
      { path: "country", expected: expect.stringMatching(/^a country of two capital letters .*"GB"/) },
    ])
})

test("R13: a mail address is understood as people write it, its domain in any script", () => {
  const email = (written: string) => makeContact({ email: written }, "KR").email
  expect(email("mina@example.com")).toBe("mina@example.com")
  expect(email("\u3000 mina@example.com\n")).toBe("mina@example.com")
  expect(email("mina@例え.jp")).toBe("mina@xn--r8jz45g.jp")
  expect(makeContact({}, "KR").email).toBeNull()
})
