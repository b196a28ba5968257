import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { ours } from "../core/email/domain/rsa-keys.ts"
import { zone } from "../domain/zone.ts"
import { runFollowup } from "./run-followup.ts"

const folder = mkdtempSync(join(tmpdir(), "followup-cli-"))
const scenarioFile = join(folder, "monday.json")
const read = (name: string) => readFileSync(new URL(`../../docs/guides/${name}`, import.meta.url), "utf8")

const blocksOf = (markdown: string, language: string) =>
  markdown
    .split(`\n\`\`\`${language}\n`)
    .slice(1)
    .map((rest) => rest.slice(0, rest.indexOf("\n```") + 1))

const [scenario = ""] = blocksOf(read("scenarios.md"), "json")
beforeAll(() => writeFileSync(scenarioFile, scenario))
afterAll(() => rmSync(folder, { recursive: true }))

const argvOf = (command: string) =>
  Array.from(command.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, word = ""]) => quoted ?? word).map((word) =>
    word === "monday.json" ? scenarioFile : word,
  )

const sessions = blocksOf(read("cli.md"), "console").map((block) => {
  const [, command = "", shown = ""] = /^\$ followup ([^\n]+)\n([\s\S]*)$/.exec(block) ?? []
  return [command, shown] as const
})

test("the guide to the command line shows some commands", () => {
  expect(sessions.length).toBeGreaterThanOrEqual(3)
})

// The DNS in which the guide's domain is looked up.
const records = {
  "TXT acme.example": ["v=spf1 mx -all"],
  "TXT s1._domainkey.acme.example": [`v=DKIM1; k=rsa; p=${ours.base64}`],
}

test.each(sessions)("the guide shows how what this prints begins: %s", async (command, shown) => {
  const { code, out } = await runFollowup(argvOf(command), { resolverAt: () => zone(records) })
  expect(code).toBe(shown.includes("✗") ? 1 : 0)
  expect(out.slice(0, shown.length)).toBe(shown)
})

test("R9: the guide to scenarios tells what its scenario comes to", async () => {
  const { code, out } = await runFollowup(["simulate", scenarioFile, "--json"])
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    deliveries: [
      { via: "push", outcome: "timed-out", atMs: 60_000, settledAtMs: 90_000 },
      { via: "sns", outcome: "blocked", pu: 0 },
      { via: "xms", kind: "SMS", outcome: "delivered" },
    ],
    exclusions: [{ reason: "no-contact" }],
  })
})
