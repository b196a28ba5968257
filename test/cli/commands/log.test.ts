/** `followup log`: its filters, pages and formats, over one file with 2,503 entries. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { csvHeader } from "../../../src/core/history/export.ts"
import type { LogEntry } from "../../../src/core/history/post-log.ts"
import { Store } from "../../../src/ports/store.ts"
import { sqlite } from "../../../src/stores/sqlite/index.ts"
import {
  channelWith,
  excluded,
  keyOf,
  requested,
  settled,
  write,
} from "../../../src/testing/store-contract/fixture.ts"
import { runFollowup } from "../run-followup.ts"

const DAY_MS = 86_400_000
const ENTRIES = 2_500
const folder = mkdtempSync(join(tmpdir(), "followup-log-"))
const file = join(folder, "followup.sqlite")

beforeAll(async () => {
  const [many, few] = [keyOf("many"), keyOf("=few")]
  const sent = Array.from({ length: ENTRIES }, (_, index) => [
    { key: many, event: requested(`d${index}`, index) },
    { key: many, event: settled(`d${index}`, index) },
  ]).flat()
  const events = [
    { key: few, event: requested("pending", 0) },
    { key: few, event: excluded("m1", DAY_MS - 1) },
    ...sent,
    { key: few, event: requested("failed", DAY_MS) },
    { key: few, event: { ...settled("failed", DAY_MS), outcome: "failed" as const } },
  ]
  const channels = [{ channelId: "acme", record: channelWith(0) }]
  const written = Store.use((store) => write(store, { channels, events }))
  await Effect.runPromise(written.pipe(Effect.provide(sqlite(file))))
})
afterAll(() => rmSync(folder, { recursive: true }))

const log = (...options: readonly string[]) =>
  runFollowup(["log", "--db", file, "--channel", "acme", ...options])
const entries = async (...options: readonly string[]): Promise<ReadonlyArray<LogEntry>> =>
  JSON.parse((await log(...options, "--json")).out).entries
const resultsOf = async (...options: readonly string[]) =>
  (await entries(...options)).map(({ result }) => result)

describe("which entries", () => {
  test("R20: with one result, however far back", async () => {
    expect(await resultsOf("--result", "Failed")).toEqual(["Failed"])
    expect(await resultsOf("--result", "pending")).toEqual(["Pending"])
    expect(await resultsOf("--result", "Excluded")).toEqual(["Excluded"])
    expect(await resultsOf("--result", "Sent", "--limit", "700")).toHaveLength(700)
    expect(await resultsOf("--result", "Sent", "--all")).toHaveLength(ENTRIES)
  })
  test("R20: of one customer", async () => {
    expect(await resultsOf("--customer", "=few")).toEqual(["Failed", "Excluded", "Pending"])
    expect(await resultsOf("--customer", "nobody")).toEqual([])
  })
  test("R20: of a period: its first instant included, its last not; a day is UTC's", async () => {
    const few = ["--customer", "=few"]
    expect(await resultsOf(...few, "--from", "1970-01-02")).toEqual(["Failed"])
    expect(await resultsOf(...few, "--to", "1970-01-02")).toEqual(["Excluded", "Pending"])
    expect(
      await resultsOf(...few, "--from", "1970-01-01T23:59:59.999Z", "--to", "1970-01-02T09:00+09:00"),
    ).toEqual(["Excluded"])
  })
  test("R20: --before goes on where a page ended, and --all leaves none out", async () => {
    const all = await entries("--all")
    expect(all).toHaveLength(ENTRIES + 3)
    const first = await entries("--limit", "2")
    const second = await entries("--limit", "2", "--before", String(first.at(-1)?.seq))
    expect([...first, ...second]).toEqual(all.slice(0, 4))
    expect((await log("--limit", "2")).out).toMatch(
      new RegExp(`\\n {2}Older entries, if any: --before ${first.at(-1)?.seq}\\n$`),
    )
    expect((await log("--customer", "=few")).out).not.toContain("--before")
  })
})

describe("formats", () => {
  test("R20: CSV: a header once, a line an entry, no formula", async () => {
    const { out, code } = await log("--all", "--format", "csv")
    expect(code).toBe(0)
    expect(out.split(csvHeader)).toHaveLength(2)
    expect(out.startsWith(csvHeader)).toBe(true)
    expect(out.match(/^\d+,1970/gm)).toHaveLength(ENTRIES + 3)
    expect(out.match(/,'=few,/g)).toHaveLength(3)
  })
  test("R20: CSV without entries is its header; JSON Lines nothing", async () => {
    expect(await log("--customer", "nobody", "--format", "csv")).toEqual({
      code: 0,
      out: csvHeader,
      error: "",
    })
    expect(await log("--customer", "nobody", "--format", "jsonl")).toEqual({ code: 0, out: "", error: "" })
  })
  test("R20: JSON Lines: the entries of --json, one a line", async () => {
    const lines = (await log("--all", "--format", "jsonl")).out.split("\n")
    expect(lines.pop()).toBe("")
    expect(lines.map((line) => JSON.parse(line))).toEqual(await entries("--all"))
  })
})

test.each([
  [["--result", "Lost"], "--result: expected Sent, Failed, Pending or Excluded\n"],
  [["--result", "__proto__"], "--result: expected Sent, Failed, Pending or Excluded\n"],
  [["--from", "yesterday"], /^--from: expected a day such as/],
  [["--from", "2026-02-30"], /^--from: /],
  [["--to", "2026-01-05T09:00:00"], /^--to: /],
  [["--before", "0"], /^--before: /],
  [["--format", "xml"], "--format: expected table, csv or jsonl\n"],
  [["--format", "csv", "--json"], "--json: cannot be used with --format\n"],
  [["--all", "--limit", "5"], "--all: cannot be used with --limit\n"],
])("log %j is exit code 2", async (options, error) => {
  const ran = await log(...options)
  expect(ran).toMatchObject({ code: 2, out: "" })
  expect(ran.error).toMatch(error)
})
