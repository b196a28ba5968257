/** Malformed scenario files: the path inside the file and what was expected there. */
import * as Result from "effect/Result"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formatBadInput } from "../../../src/core/decode.ts"
import { anyScenario } from "../../../src/testing/scenario-arbitraries.ts"
import { reportOf } from "../../../src/testing/simulator/report.ts"
import { decodeScenario, inOrder } from "../../../src/testing/simulator/scenario.ts"
import { simulate } from "../../../src/testing/simulator/simulate.ts"

const channel = { id: "acme", country: "KR", plan: { kind: "free" } }
const asked = { chat: "c1", customer: "cust-1", id: "m1", from: "customer", text: "Hello" }
const good = {
  channel,
  customers: [{ id: "cust-1" }],
  timeline: [
    { at: "0s", presence: { customer: "cust-1", session: "tab-1", signal: "active" } },
    { at: "5s", message: asked },
    { at: "9s", read: { chat: "c1", customer: "cust-1", upTo: "m1" } },
  ],
  until: "10m",
}
const { until: _, ...endless } = good
const withEntry = (entry: unknown) => ({ ...good, timeline: [...good.timeline, entry] })

const complaintsAbout = (input: unknown): string => {
  const decoded = decodeScenario(input)
  return Result.isFailure(decoded) ? formatBadInput(decoded.failure) : ""
}

describe("a scenario file", () => {
  it("R20: that is well-formed is accepted, with only the fields it needs", () => {
    expect(complaintsAbout(good)).toBe("")
    expect(complaintsAbout({ ...good, customers: [], timeline: [] })).toBe("")
  })

  it.each([
    ["no end", endless, /^until: expected .*missing/],
    [
      "a channel without a plan",
      { ...good, channel: { id: "acme", country: "KR" } },
      /^channel\.plan: expected /,
    ],
    [
      "an unknown plan",
      { ...good, channel: { ...channel, plan: { kind: "gold" } } },
      /^channel\.plan[^:]*: expected .*"free"/,
    ],
    [
      "a country in small letters",
      { ...good, channel: { ...channel, country: "kr" } },
      /^channel\.country: expected .*two capital letters/,
    ],
    [
      "a used amount that is no number",
      { ...good, channel: { ...channel, usedPu: "10" } },
      /^channel\.usedPu: expected /,
    ],
    [
      "a misspelt setting",
      { ...good, channel: { ...channel, settings: { phone: true } } },
      /^channel\.settings\.phone: expected no field of this name/,
    ],
    [
      "a link whose placeholder is misspelt",
      { ...good, channel: { ...channel, chatUrl: "https://acme.example/{chatId}" } },
      /^channel\.chatUrl: expected an absolute address /,
    ],
    [
      "a link with a token, which nobody signs here",
      { ...good, channel: { ...channel, chatUrl: "https://acme.example/{token}" } },
      /^channel\.chatUrl: expected no \{token\}/,
    ],
    [
      "a start that is no instant",
      { ...good, startsAt: "tomorrow" },
      /^startsAt: expected an instant such as/,
    ],
    [
      "a start that is no instant in ISO 8601",
      { ...good, startsAt: "January 5, 2026" },
      /^startsAt: expected an instant such as/,
    ],
    [
      "a start on a day that no calendar has",
      { ...good, startsAt: "2026-02-30T09:00:00Z" },
      /^startsAt: expected an instant such as/,
    ],
    [
      "a start before 1970",
      { ...good, startsAt: "1970-01-01T00:00:00+09:00" },
      /^startsAt: expected an instant such as/,
    ],
    [
      "a start without a time zone",
      { ...good, startsAt: "2026-01-05T09:00:00" },
      /^startsAt: expected an instant such as/,
    ],
    ["an end that is no duration", { ...good, until: "10 minutes" }, /^until: expected a duration such as/],
    [
      "an unknown policy",
      { ...good, policy: { autotext: {} } },
      /^policy\.autotext: expected no field of this name/,
    ],
    [
      "a transport that answers nonsense",
      { ...good, transports: { push: { then: "delivered" } } },
      /^transports\.push\.then: expected .*"received"/,
    ],
    [
      "an unknown transport",
      { ...good, transports: { fax: { then: "silent" } } },
      /^transports\.fax: expected no field of this name/,
    ],
    [
      "two customers of one id",
      { ...good, customers: [{ id: "cust-1" }, { id: "cust-1" }] },
      /^customers\[1\]\.id: expected an id that no customer before has$/,
    ],
    [
      "an entry without an instant",
      withEntry({ message: { ...asked, id: "m2" } }),
      /^timeline\[3\]\.at: expected .*missing/,
    ],
    [
      "an instant that is no duration",
      withEntry({ at: "5 s", message: { ...asked, id: "m2" } }),
      /^timeline\[3\]\.at: expected a duration such as/,
    ],
    [
      "a number for a duration",
      withEntry({ at: 5, message: { ...asked, id: "m2" } }),
      /^timeline\[3\]\.at: expected /,
    ],
    [
      "a message without a text",
      withEntry({ at: "5s", message: { ...asked, text: undefined } }),
      /^timeline\[3\]\.message\.text: expected /,
    ],
    [
      "an unknown signal",
      withEntry({ at: "5s", presence: { customer: "cust-1", session: "tab-1", signal: "away" } }),
      /^timeline\[3\]\.presence\.signal: expected .*"active"/,
    ],
    [
      "an entry of no kind",
      withEntry({ at: "5s" }),
      /^timeline\[3\]: expected exactly one of presence, message, read and usage$/,
    ],
    [
      "an entry of two kinds",
      withEntry({
        at: "5s",
        message: { ...asked, id: "m2" },
        read: { chat: "c1", customer: "cust-1", upTo: "m1" },
      }),
      /^timeline\[3\]: expected exactly one of/,
    ],
    [
      "an entry of an unknown kind",
      withEntry({ at: "5s", call: {} }),
      /^timeline\[3\]\.call: expected no field of this name/,
    ],
    [
      "an undeclared customer",
      withEntry({ at: "5s", message: { ...asked, customer: "cust-9" } }),
      /^timeline\[3\]\.message\.customer: expected a declared customer: cust-1$/,
    ],
    [
      "an undeclared customer among many declared ones",
      {
        ...withEntry({ at: "5s", message: { ...asked, customer: "cust-9" } }),
        customers: [1, 2, 3, 4, 5, 6].map((number) => ({ id: `cust-${number}` })),
      },
      /: expected a declared customer: cust-1, cust-2, cust-3, cust-4, cust-5, …$/,
    ],
    [
      "a customer who is declared twice",
      { ...good, customers: [{ id: "cust-1" }, { id: "cust-2" }, { id: "cust-1" }] },
      /^customers\[2\]\.id: expected an id that no customer before has$/,
    ],
    [
      "a read of what nobody wrote",
      withEntry({ at: "5s", read: { chat: "c1", customer: "cust-1", upTo: "m9" } }),
      /^timeline\[3\]\.read\.upTo: expected a message of chat c1 written by then$/,
    ],
    [
      "a read before it was written",
      withEntry({ at: "4s", read: { chat: "c1", customer: "cust-1", upTo: "m1" } }),
      /^timeline\[3\]\.read\.upTo: expected a message of chat c1 written by then$/,
    ],
    [
      "a read of what was written to another customer",
      {
        ...withEntry({ at: "9s", read: { chat: "c1", customer: "cust-2", upTo: "m1" } }),
        customers: [{ id: "cust-1" }, { id: "cust-2" }],
      },
      /^timeline\[3\]\.read\.upTo: expected a message of chat c1 written by then$/,
    ],
    ["a list", [good], /^input: expected /],
    ["nothing", null, /^input: expected /],
  ])("R20: with %s is refused, at its path", (_, input, expected) => {
    const complaints = complaintsAbout(input)
    expect(complaints).toMatch(expected)
    expect(complaints.split("\n")).toHaveLength(1)
  })

  it("R20: is refused with every issue at once", () => {
    const bad = { ...good, until: "soon", timeline: [{ at: "now", message: asked }], startsAt: "later" }
    const paths = complaintsAbout(bad)
      .split("\n")
      .map((line) => line.split(":")[0])
    expect(new Set(paths)).toEqual(new Set(["startsAt", "timeline[0].at", "until"]))
    expect(paths).toHaveLength(3)
  })

  it("R20: is applied in order of instants, equal ones as in the file", () => {
    const at = (instants: ReadonlyArray<string>) =>
      inOrder(instants.map((one) => ({ at: one }))).map(({ index }) => index)
    expect(at(["2s", "1s", "1000ms", "0s"])).toEqual([3, 1, 2, 0])
  })
})

describe("the simulator", () => {
  const everyScenario = (law: (scenario: Parameters<typeof simulate>[0]) => void) =>
    fc.assert(fc.property(anyScenario(), law), { numRuns: 150 })

  it("R20: plays every well-formed scenario, the same way each time", () => {
    everyScenario((scenario) => {
      expect(complaintsAbout(JSON.parse(JSON.stringify(scenario)))).toBe("")
      expect(reportOf(simulate(scenario))).toEqual(reportOf(simulate(scenario)))
    })
  })

  it("R16: never uses more PU than the limit, and what it uses is what the deliveries cost", () => {
    everyScenario((scenario) => {
      const { usage, deliveries } = reportOf(simulate(scenario))
      const spent = deliveries.reduce((sum, { pu }) => sum + pu, scenario.channel.usedPu ?? 0)
      expect(usage.usedPu).toBe(spent)
      if (usage.limitPu !== null) expect(usage.usedPu).toBeLessThanOrEqual(usage.limitPu)
    })
  })

  it("R9: asks for XMS of a follow-up only after its SNS ended badly, and at that instant", () => {
    everyScenario((scenario) => {
      const { deliveries } = reportOf(simulate(scenario))
      for (const xms of deliveries.filter(({ via }) => via === "xms")) {
        const sns = deliveries.find(
          ({ via, customer, chat, messages }) =>
            via === "sns" &&
            customer === xms.customer &&
            chat === xms.chat &&
            xms.messages.every((id) => messages.includes(id)),
        )
        if (sns === undefined) continue
        expect(["failed", "blocked", "timed-out"]).toContain(sns.outcome)
        expect(sns.settledAtMs).toBe(xms.atMs)
      }
    })
  })

  it("R7: starts text and email at the very instant at which the push has failed", () => {
    everyScenario((scenario) => {
      if (scenario.channel.integrations?.push !== true) return
      const { deliveries } = reportOf(simulate(scenario))
      for (const { customer, chat, messages, atMs } of deliveries.filter(({ via }) => via === "email")) {
        const push = deliveries.find(
          (one) =>
            one.via === "push" &&
            one.customer === customer &&
            one.chat === chat &&
            messages.every((id) => one.messages.includes(id)),
        )
        if (push === undefined) continue
        expect(["timed-out", "failed"]).toContain(push.outcome)
        expect(push.settledAtMs).toBe(atMs)
        expect(atMs - push.atMs).toBeLessThanOrEqual(30_000)
      }
    })
  })
})

describe("what a scenario leaves to its transports", () => {
  const mailed = (transports: object, until: string) => {
    const decoded = decodeScenario({
      channel,
      customers: [{ id: "cust-1", email: "cust-1@example.com" }],
      transports,
      timeline: [
        { at: "0s", message: asked },
        { at: "1s", message: { ...asked, id: "m2", from: "manager" } },
      ],
      until,
    })
    return reportOf(simulate(Result.getOrThrow(decoded))).deliveries
  }

  it("R8: everything arrives unless it says otherwise, after a second unless it says when", () => {
    expect(mailed({ email: { after: "5s" } }, "1m")).toMatchObject([
      { via: "email", outcome: "delivered", settledAtMs: 6_000 },
    ])
  })

  it("R8: an email of which nothing more is heard is pending, however long the scenario lasts", () => {
    for (const until of ["1m", "3d"])
      expect(mailed({ email: { then: "silent" } }, until)).toMatchObject([
        { via: "email", outcome: "pending", settledAtMs: null },
      ])
  })
})
