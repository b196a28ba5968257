import { readdirSync, readFileSync } from "node:fs"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { fromHash, toHash } from "../../docs/.vitepress/link.ts"
import { sections } from "../../docs/.vitepress/pages.ts"
import { play } from "../../docs/.vitepress/play.ts"

const read = (path: string): string => readFileSync(path, "utf8")

const played = (text: string) => {
  const outcome = play(text)
  if (outcome.wrong !== undefined) throw new Error(outcome.wrong.join("\n"))
  return outcome
}

test.each(readdirSync("docs/guides"))("%s has its place beside the others", (name) => {
  const links = sections.flatMap(({ items }) => items.map(({ link }) => link))
  expect(links).toContain(`/guides/${name.replace(/\.md$/, "")}`)
})

describe("the playground", () => {
  const folder = "docs/examples/scenarios"
  const names = readdirSync(folder).filter((name) => !name.endsWith(".expected.json"))

  test.each(names)("plays %s as the command does", (name) => {
    const expected = read(`${folder}/${name.replace(/\.json$/, ".expected.json")}`)
    expect(JSON.parse(played(read(`${folder}/${name}`)).json)).toEqual(JSON.parse(expected))
  })

  test("R9 R20: says what was sent, what happened and why", () => {
    const { sent, happenings, withheld, usage, stories } = played(read(`${folder}/R9-sns-blocked.json`))
    expect(sent).toMatchObject([
      {
        at: "1m",
        as: "SNS",
        customer: "cust-1",
        text: "Yes, it is.",
        pu: 0,
        isSettled: true,
        hasArrived: false,
      },
      { at: "1m1s", as: "SMS", customer: "cust-1", pu: 10, isSettled: true, hasArrived: true },
    ])
    expect(sent.map(({ end }) => end)).toEqual([
      "was blocked by the recipient after 1s",
      "was delivered after 1s",
    ])
    expect(happenings[0]).toEqual({
      at: "0s",
      rule: "R2",
      customer: "cust-1",
      what: "session tab-1: the customer is active on the site",
    })
    expect(withheld).toEqual([{ at: "1m", rule: "R15", customer: "cust-1", what: "m2: disabled" }])
    expect(usage).toBe("10 of 1000 PU used")
    expect(stories.map(({ message, verdict }) => [message, verdict])).toEqual([["m2", "followed-up"]])
  })

  test("names what was withheld with its rule, and what a channel was told", () => {
    const { withheld, notices } = played(read(`${folder}/R16-quota-used-up.json`))
    expect(withheld).toContainEqual(expect.objectContaining({ rule: "R16", what: "m3: quota-exhausted" }))
    expect(notices.map(({ kind }) => kind)).toContain("usage-exhausted")
  })

  test("names every place where a text is no scenario", () => {
    expect(play("{")).toEqual({
      wrong: ['the scenario is not JSON: line 1, column 2: expected a name in double quotes or "}"'],
    })
    const { wrong } = play('{"channel": {}, "until": "soon"}')
    expect(wrong).toContainEqual(expect.stringContaining("channel.country"))
    expect(wrong).toContainEqual(expect.stringContaining("until"))
  })

  test("a text survives its link, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (text) => fromHash(toHash(text)) === text),
    )
  })

  test.each(["", "#", "#a", "#%%", "#_____w"])("%j holds no text", (hash) => {
    expect(fromHash(hash)).toBeUndefined()
  })
})
