import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import * as Result from "effect/Result"
import { afterAll, describe, expect, test } from "vitest"
import { reportOf } from "../../../src/testing/simulator/report.ts"
import { decodeScenario } from "../../../src/testing/simulator/scenario.ts"
import { simulate } from "../../../src/testing/simulator/simulate.ts"
import { columnsOf } from "../../../src/transports/console/columns.ts"
import { runFollowup } from "../run-followup.ts"

const folder = mkdtempSync(join(tmpdir(), "followup-cli-"))
afterAll(() => rmSync(folder, { recursive: true }))

const PHONE = "010-1234-5678"
const ADDRESS = "jieun.7531@example.com"

const scenario = {
  title: "Push is silent, SNS is blocked",
  startsAt: "2026-01-05T09:00:00Z",
  channel: {
    id: "acme",
    name: "Acme",
    country: "KR",
    plan: { kind: "free" },
    usedPu: 985,
    integrations: { push: true, sns: true },
  },
  policy: { autoText: { prefix: "", suffix: "" } },
  customers: [{ id: "jieun", phone: PHONE, email: ADDRESS, pushTokens: ["t1"] }],
  transports: JSON.parse('{ "push": { "then": "silent" }, "sns": { "then": "blocked" } }'),
  timeline: [
    { at: "0s", presence: { customer: "jieun", session: "tab-1", signal: "active" } },
    {
      at: "5s",
      message: { chat: "c1", customer: "jieun", id: "m1", from: "customer", text: "재고 있나요?" },
    },
    { at: "9s", presence: { customer: "jieun", session: "tab-1", signal: "left" } },
    {
      at: "1m",
      message: { chat: "c1", customer: "jieun", id: "m2", from: "manager", text: "네, 있습니다." },
    },
  ],
  until: "10m",
}

type Changed = Record<string, unknown>

const play = (given: Changed, ...argv: readonly string[]) =>
  runFollowup(["simulate", "-", ...argv], { input: JSON.stringify(given) })

const expected = (given: Changed) => {
  const decoded = decodeScenario(given)
  if (Result.isFailure(decoded)) throw new Error("the test's scenario is sound")
  return reportOf(simulate(decoded.success))
}

describe("followup simulate --json", () => {
  test("R20: prints the simulator's report as one object, from standard input and from a file", async () => {
    const ran = await play(scenario, "--json")
    expect(ran).toMatchObject({ code: 0, error: "" })
    expect(JSON.parse(ran.out)).toEqual(expected(scenario))
    expect(expected(scenario).deliveries.map(({ via, outcome, pu }) => [via, outcome, pu])).toEqual([
      ["push", "timed-out", 0],
      ["sns", "blocked", 0],
      ["email", "delivered", 0],
      ["xms", "delivered", 10],
    ])
    const file = join(folder, "scenario.json")
    writeFileSync(file, JSON.stringify(scenario))
    expect(await runFollowup(["simulate", file, "--json"])).toEqual(ran)
  })

  test("a byte order mark at the beginning is no part of the file", async () => {
    const file = join(folder, "bom.json")
    writeFileSync(file, `\ufeff${JSON.stringify(scenario)}`)
    expect(await runFollowup(["simulate", file, "--json"])).toEqual(await play(scenario, "--json"))
  })

  test("R20: --explain adds the message's story, with instants from the start", async () => {
    const ran = await play(scenario, "--json", "--explain", "m2")
    const { explanations, ...report } = JSON.parse(ran.out)
    expect(report).toEqual(expected(scenario))
    expect(explanations).toHaveLength(1)
    expect(explanations[0]).toMatchObject({
      message: "m2",
      customer: "jieun",
      chat: "c1",
      verdict: "followed-up",
      rule: "R1",
      costPu: 10,
    })
    expect(explanations[0].steps[0]).toEqual({ atMs: 60_000, rule: "R1", what: "a manager replied" })
  })

  test("it is never coloured", async () => {
    const ran = await runFollowup(["simulate", "-", "--json"], {
      input: JSON.stringify(scenario),
      env: { FORCE_COLOR: "1" },
    })
    expect(ran.out).not.toContain("\u001b")
  })
})

describe("followup simulate", () => {
  test("R20: shows the timeline, what was sent and what not, the usage and the notices", async () => {
    const ran = await play(scenario)
    expect(ran).toMatchObject({ code: 0, error: "" })
    const beginning = `Push is silent, SNS is blocked
  Acme (KR, free plan), from 2026-01-05T09:00:00.000Z for 10m

Timeline
  0s     R2   session tab-1: the customer is active on the site
  5s     R1   the customer wrote
  5s     R2   session tab-1: the customer is active on the site
  9s     R2   session tab-1: the customer left the site
  1m     R1   a manager replied
`
    expect(ran.out.slice(0, beginning.length)).toBe(beginning)
    expect(ran.out).toContain("  1m30s  R7   a push was not confirmed in time\n")
    expect(ran.out).toContain(
      "  1m31s  SMS    m2 of chat c1: was delivered after 1s; 10 PU\n    │ 네, 있습니다.\n",
    )
    expect(ran.out).toContain("\nExclusions\n  none\n\nUsage\n  995 of 1000 PU used\n")
    expect(ran.out).toMatch(/\nNotices\n {2}none\n$/)
  })

  test("R4: an exclusion comes with its rule and reason; R16: a notice with its instant", async () => {
    const initiated = { ...scenario, timeline: scenario.timeline.filter(({ at }) => at !== "5s") }
    expect((await play(initiated)).out).toContain(
      "\nExclusions\n  1m  R4   m2 of chat c1: manager-initiated\n",
    )
    const full = { ...scenario, channel: { ...scenario.channel, usedPu: 995 } }
    expect((await play(full)).out).toMatch(/\nNotices\n {2}1m30s {2}usage-exhausted\n$/)
  })

  test("R17: a paid plan has no limit, and says what is left of the prepaid PU", async () => {
    const paid = { ...scenario, channel: { ...scenario.channel, plan: { kind: "paid", prepaidPu: 100 } } }
    expect((await play(paid)).out).toContain("\nUsage\n  995 PU used, no limit, 90 prepaid PU left\n")
  })

  test("names customers only when there are several", async () => {
    expect((await play(scenario)).out).not.toContain("jieun")
    const several = { ...scenario, customers: [...scenario.customers, { id: "민수" }] }
    expect((await play(several)).out).toContain("  1m     R1   jieun  a manager replied\n")
  })

  test("R20: --explain says why, and what would have made it otherwise", async () => {
    const { out } = await play(scenario, "--explain", "m2")
    const story = out.slice(out.indexOf("\nWhy m2\n"))
    expect(story).toContain("\n  The customer had not seen it and was offline, because they left the site")
    expect(story).toContain("\n  Had the push been received before")
    expect(story).toContain("\n  1m30s  R7   a push was not confirmed in time\n")
  })

  test("R20: --explain tells the story of each chat in which the id occurs, and keeps them apart", async () => {
    const [, , , reply] = scenario.timeline
    const again = { at: "2m", message: { ...reply?.message, chat: "c2" } }
    const ran = await play(
      { ...scenario, timeline: [...scenario.timeline, again] },
      "--json",
      "--explain",
      "m2",
    )
    expect(JSON.parse(ran.out).explanations).toMatchObject([
      { chat: "c1", verdict: "followed-up" },
      { chat: "c2", verdict: "excluded", rule: "R4", costPu: 0 },
    ])
  })

  test("colours only where the surroundings ask for them", async () => {
    const input = JSON.stringify(scenario)
    const inColor = await runFollowup(["simulate", "-"], { input, env: { FORCE_COLOR: "1" } })
    expect(inColor.out).toContain("\u001b[32mSMS")
    expect(stripVTControlCharacters(inColor.out)).toBe((await play(scenario)).out)
    const noColor = await runFollowup(["simulate", "-"], {
      input,
      env: { NO_COLOR: "1" },
      terminalColumns: 500,
    })
    expect(noColor.out).not.toContain("\u001b")
  })

  test.each([20, 40, 80])("fits a terminal of %i columns", async (terminalColumns) => {
    const ran = await runFollowup(["simulate", "-", "--explain", "m2"], {
      input: JSON.stringify(scenario),
      env: { NO_COLOR: "1" },
      terminalColumns,
    })
    for (const line of ran.out.split("\n")) expect(columnsOf(line)).toBeLessThanOrEqual(terminalColumns)
  })
})

describe("followup simulate, given what it cannot use", () => {
  const refused = async (input: string | Uint8Array, ...argv: readonly string[]) => {
    const ran = await runFollowup(["simulate", "-", ...argv], { input })
    expect(ran).toMatchObject({ code: 2, out: "" })
    return ran.error
  }

  test("a file that cannot be read", async () => {
    const gone = join(folder, "gone.json")
    expect(await runFollowup(["simulate", gone])).toEqual({
      code: 2,
      out: "",
      error: `cannot read ${gone}: there is no such file\n`,
    })
    expect((await runFollowup(["simulate", folder])).error).toBe(`cannot read ${folder}: it is a folder\n`)
  })

  test("what is not JSON is named by line and column, and not repeated", async () => {
    const text = `{\n  "customers": [{ "phone": ${PHONE} }]\n}`
    expect(await refused(text)).toBe('standard input is not JSON: line 2, column 29: expected "," or "}"\n')
    expect(await refused("")).toBe("standard input is not JSON: line 1, column 1: expected a value\n")
    expect(await refused(Uint8Array.of(0xff))).toBe("standard input is not UTF-8 text\n")
  })

  test("what is not a scenario is named place by place, one line each, without its values", async () => {
    const error = await refused(
      JSON.stringify({
        ...scenario,
        until: "ten minutes",
        customers: [{ id: "jieun", phone: 1012345678, mail: ADDRESS }],
        timeline: [
          { at: "5 s", presence: { customer: "jieun", session: "t", signal: ADDRESS } },
          { at: "1s", message: { chat: "c", customer: "jieun", id: "m", from: PHONE, text: 5 } },
        ],
      }),
      "--json",
    )
    const lines = error.trimEnd().split("\n")
    const places = lines.map((line) => line.split(": expected ")[0])
    expect(new Set(places)).toEqual(
      new Set([
        "customers[0].mail",
        "customers[0].phone",
        "timeline[0].at",
        "timeline[0].presence.signal",
        "timeline[1].message.from",
        "timeline[1].message.text",
        "until",
      ]),
    )
    expect(lines).toHaveLength(7)
    for (const line of lines) expect(line).toMatch(/: expected \S/)
    expect(error).toContain('timeline[0].at: expected a duration such as "270s", "4m30s" or "250ms"\n')
    expect(error).not.toMatch(/1234|7531/)
  })

  test("a line each, whatever the names in the file: they cannot drive the terminal", async () => {
    expect(await refused(JSON.stringify({ ...scenario, "a\nb\u001b[2J": 1 }))).toMatch(
      /^a b␛\[2J: expected [^\n]+\n$/,
    )
  })

  test("a customer that the file does not declare", async () => {
    const { timeline } = scenario
    const stranger = { at: "2m", read: { chat: "c1", customer: "minsu", upTo: "m2" } }
    expect(await refused(JSON.stringify({ ...scenario, timeline: [...timeline, stranger] }))).toContain(
      "timeline[4].read.customer: expected a declared customer: jieun\n",
    )
  })

  test("a message to explain that the scenario does not have", async () => {
    expect(await refused(JSON.stringify(scenario), "--explain", "m9")).toBe(
      "--explain: the scenario's timeline has no message with that id\n",
    )
  })
})
