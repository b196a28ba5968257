import { describe, expect, test } from "vitest"
import { demoOutcome } from "../../../src/cli/commands/demo.ts"
import { type Played, playConversation } from "../../../src/cli/demo/conversation.ts"
import { memory } from "../../../src/stores/memory/index.ts"
import { consoleTransport } from "../../../src/transports/console/index.ts"
import { runFollowup } from "../run-followup.ts"

const plain = { color: false, widthColumns: null }

describe("followup demo", () => {
  test("R6 R7 R8 R9 R13 R16 R20: shows what phones get, each step with its rule, usage, log and why, and is exit code 0", async () => {
    const parts: Array<string> = []
    const { code, out, error } = await runFollowup(["demo"], { writeOut: (text) => void parts.push(text) })
    expect({ code, out, error }).toEqual({ code: 0, out: "", error: "" })
    // It is shown as it goes, and not when all is over.
    expect(parts.length).toBeGreaterThan(20)
    const shown = parts.join("")
    expect(shown).toMatch(/^A conversation at Acme, 30 times as fast as life\n/)
    expect(shown).toMatch(/s {2}R7 {3}mina {2}a push was received\n/)
    expect(shown).toMatch(/s {2}R7 {3}jun {3}a push was not confirmed in time\n/)
    expect(shown.match(/^╭─ \S+/gm)?.toSorted()).toEqual(["╭─ Email", "╭─ Push", "╭─ SMS"])
    expect(shown).toContain("│ 내일 도착합니다. ")
    expect(shown).toContain("\n  10 of 1000 PU used, 990 left\n")
    expect(shown).toMatch(/Failed {4}SNS {4}jun {3}m4 of chat c2: was blocked by the recipient/)
    expect(shown).toContain("\n  Had the push been received before ")
    expect(shown).toMatch(/\n\nEverything came out as the rules say\.\n$/)
    expect(shown).not.toContain("\u001b")
  })

  test("R20: --json is one object, whatever the terminal", async () => {
    const env = { FORCE_COLOR: "1" }
    const { code, out, error } = await runFollowup(["demo", "--json"], { env, terminalColumns: 40 })
    expect({ code, error }).toEqual({ code: 0, error: "" })
    const played = JSON.parse(out) as Played
    expect(played).toMatchObject({
      asExpected: true,
      usage: { usedPu: 10, limitPu: 1_000 },
      explanation: { verdict: "followed-up" },
    })
    expect(played.entries).toHaveLength(5)
    expect(played.steps.map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(["R1", "R6", "R7", "R8", "R9"]),
    )
  })

  test("R8: what comes out otherwise is told, coloured for those who want it, and is exit code 1", async () => {
    const page = { color: true, widthColumns: 80 }
    const shown: Array<string> = []
    const write = (text: string) => void shown.push(text)
    const answer = { _tag: "Rejected", reason: "gone" } as const
    const email = consoleTransport("email", { write, answer })
    const played = await playConversation({ page, write, store: memory(), email })
    expect(shown.join("")).toContain("\u001b[35m╭─ Push")
    expect(played.asExpected).toBe(false)
    const { _tag, ...told } = demoOutcome(page, played, {})
    expect(_tag).toBe("Unmet")
    expect(told).toMatchObject({ text: expect.stringContaining("\u001b[31mSomething came out otherwise") })
    expect(demoOutcome(plain, played, {})).toMatchObject({
      text: expect.stringMatching(/ expected:\n {2}mina push received 0\n[\s\S]* {2}jun email accepted 0\n/),
    })
    expect(demoOutcome(plain, played, { json: true })).toMatchObject({
      _tag: "Unmet",
      text: expect.stringContaining('"asExpected": false'),
    })
  })
})
