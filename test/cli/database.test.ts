import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { explain } from "../../src/core/history/explain.ts"
import { numberedLog, postLog } from "../../src/core/history/post-log.ts"
import type { Simulation } from "../../src/testing/simulator/simulate.ts"
import { writeDatabase } from "./database-file.ts"
import { runFollowup } from "./run-followup.ts"

const root = mkdtempSync(join(tmpdir(), "followup-cli-"))
const folder = join(root, "a folder? 100%")
const file = join(folder, "followup #1.sqlite")
let simulation: Simulation
/** The folder right after the file was written, before any command looked at it. */
let pristine: ReturnType<typeof contents>

beforeAll(async () => {
  mkdirSync(folder)
  simulation = await writeDatabase(file)
  pristine = contents()
})
afterAll(() => rmSync(root, { recursive: true }))

const of = (...argv: readonly string[]) => [...argv, "--db", file, "--channel", "acme"]
const questions = [
  of("explain", "m2", "--customer", "jieun"),
  of("usage"),
  of("log"),
  of("sent", "jieun"),
] as const

const readJson = async (argv: readonly string[]) => {
  const ran = await runFollowup([...argv, "--json"])
  expect(ran).toMatchObject({ code: 0, error: "" })
  return JSON.parse(ran.out)
}

const contents = () =>
  readdirSync(folder).map((name) => [
    name,
    createHash("sha256")
      .update(readFileSync(join(folder, name)))
      .digest("hex"),
  ])

describe("the commands over a SQLite file, with --json", () => {
  test("R20: explain prints the explanation of the core", async () => {
    const history = simulation.events.filter(({ customerId }) => customerId === "jieun")
    expect(await readJson(questions[0])).toEqual(
      explain(
        history.map(({ event }) => event),
        "m2",
        undefined,
        "jieun",
      ),
    )
  })
  test("R20: log prints the post log of all customers, newest first, as many as asked", async () => {
    const entries = numberedLog(
      simulation.events.map((entry, index) => ({ ...entry, seq: index + 1 })),
    ).toReversed()
    expect(entries.map(({ customerId }) => customerId)).toEqual(["minsu", "jieun", "jieun"])
    expect(await readJson(of("log"))).toEqual({ entries })
    expect(await readJson(of("log", "--limit", "2"))).toEqual({ entries: entries.slice(0, 2) })
  })
  test("R20: sent prints one customer's part of it, oldest first; none for a stranger", async () => {
    const entries = postLog(simulation.events).filter(({ customerId }) => customerId === "jieun")
    expect(await readJson(of("sent", "jieun"))).toEqual({ entries })
    expect(await readJson(of("sent", "nobody"))).toEqual({ entries: [] })
  })
  test("R19: usage prints the report", async () => {
    expect(await readJson(of("usage"))).toMatchObject({
      usedPu: 10,
      limitPu: 1_000,
      leftPu: 990,
      byKind: { SMS: { pu: 10, messages: 1 }, EMAIL: { pu: 0, messages: 1 } },
      byMonth: { "2026-01": { pu: 10, messages: 2 } },
    })
    expect(await readJson(of("usage", "--month", "2026-01"))).toMatchObject({ byKind: { SMS: { pu: 10 } } })
    expect(await readJson(of("usage", "--month", "2026-02"))).toMatchObject({
      usedPu: 10,
      byKind: { SMS: { pu: 0, messages: 0 } },
      byMonth: {},
    })
  })
})

describe("the commands over a SQLite file, for a person", () => {
  const read = async (argv: readonly string[]) => {
    const ran = await runFollowup(argv)
    expect(ran).toMatchObject({ code: 0, error: "" })
    return ran.out
  }
  test("R20: explain", async () => {
    const page = await read(questions[0])
    expect(page).toMatch(/^ {2}The customer had not seen it and was offline/)
    expect(page).toContain("\n  2026-01-05 09:01:00 UTC  R1   a manager replied\n")
  })
  test("R20: explain asks which of two messages with one id is meant", async () => {
    const twice = join(root, "twice.sqlite")
    const message = { chat: "c9", customer: "jieun", id: "m2", from: "manager", text: "Hello?" }
    await writeDatabase(twice, undefined, [{ at: "5m", message }])
    const ask = (...more: ReadonlyArray<string>) =>
      runFollowup(["explain", "m2", "--db", twice, "--channel", "acme", "--customer", "jieun", ...more])
    expect(await ask()).toMatchObject({
      code: 2,
      error:
        "The customer has messages with this id in 2 chats, so say which is meant: c1, c9.\nName it as --chat <id>.\n",
    })
    expect((await ask("--chat", "c1")).out).toContain("was followed up")
    expect((await ask("--chat", "c9")).out).toContain("which a manager started")
    expect(await ask("--chat", "c7")).toMatchObject({
      code: 2,
      error: expect.stringContaining("in that chat"),
    })
  })
  test("R19: usage", async () => {
    const page = await read(questions[1])
    expect(page).toMatch(/^Usage\n {2}10 of 1000 PU used, 990 left\n\nBy kind\n {2}SMS {4}10 PU, 1 message\n/)
    expect(page).toContain("\nBy country\n  KR    10 PU, 1 message\n  none  0 PU, 1 message\n")
    expect(page).toMatch(
      /\nPrices of the default price book\n  SMS    10 PU in KR\n  LMS    30 PU in KR\n  SMS    50 PU elsewhere\n  SNS    8 PU everywhere\n  EMAIL  0 PU everywhere\n$/,
    )
  })
  test("R20: log", async () => {
    expect(await read(questions[2])).toBe(
      [
        "  2026-01-05 09:02:00 UTC  Excluded         minsu  m3 of chat c2: the customer has not written in this chat, which a manager started (R4)",
        "  2026-01-05 09:01:00 UTC  Sent      email  jieun  m2 of chat c1: was delivered; 0 PU",
        "  2026-01-05 09:01:00 UTC  Sent      SMS    jieun  m2 of chat c1: was delivered; 10 PU",
        "",
      ].join("\n"),
    )
  })
  test("R20: sent, with the texts", async () => {
    const page = await read(questions[3])
    expect(page).toMatch(
      /^ {2}2026-01-05 09:01:00 UTC {2}Sent {6}SMS {4}m2 of chat c1: was delivered; 10 PU\n {4}│ 네, 있습니다\.\n/,
    )
    expect(await read(of("sent", "nobody"))).toBe("  none\n")
  })
})

describe("a file is only looked at", () => {
  test.each(questions.map((argv) => [argv[0], argv] as const))(
    "%s changes nothing in its folder",
    async (_, argv) => {
      expect((await runFollowup(argv)).code).toBe(0)
      expect(contents()).toEqual(pristine)
    },
  )

  test("what an engine wrote a moment ago, and still holds open, is seen", async () => {
    const open = join(folder, "open.sqlite")
    await writeDatabase(open, async () => {
      expect(readdirSync(folder)).toContain("open.sqlite-wal")
      const ran = await runFollowup(["log", "--db", open, "--channel", "acme", "--json"])
      expect(JSON.parse(ran.out).entries).toHaveLength(3)
    })
  })

  test.each(questions.map((argv) => [argv[0], argv] as const))(
    "%s: a file that is not there is exit code 2, and is not made",
    async (_, argv) => {
      const gone = join(folder, "gone.sqlite")
      const before = contents()
      const ran = await runFollowup(argv.map((word) => (word === file ? gone : word)))
      expect(ran).toEqual({ code: 2, out: "", error: `cannot read ${gone}: there is no such file\n` })
      expect(contents()).toEqual(before)
    },
  )

  test("a file of something else is exit code 2, and stays as it was", async () => {
    const others = ["empty", "text", "other"].map((name) => join(folder, `${name}.sqlite`))
    const [empty = "", text = "", other = ""] = others
    writeFileSync(empty, "")
    writeFileSync(text, "These are not the bytes of a database.")
    const database = new DatabaseSync(other)
    database.exec("create table notes (body text)")
    database.close()
    const before = contents()
    for (const path of others)
      expect(await runFollowup(["usage", "--db", path, "--channel", "acme"])).toEqual({
        code: 2,
        out: "",
        error: `cannot read ${path}: the file is not a followup database\n`,
      })
    expect((await runFollowup(["usage", "--db", folder, "--channel", "acme"])).error).toMatch(
      /it is a folder\n$/,
    )
    expect(contents()).toEqual(before)
  })

  test("a damaged file is exit code 1", async () => {
    const damaged = join(folder, "damaged.sqlite")
    writeFileSync(damaged, readFileSync(file).subarray(0, 5_000))
    const ran = await runFollowup(["usage", "--db", damaged, "--channel", "acme"])
    expect(ran).toMatchObject({ code: 1, out: "" })
    expect(ran.error).toBe(`cannot read ${damaged}: the database file is damaged\n`)
  })

  test.each([
    [
      "a newer followup's database",
      "insert into followup_migrations (migration_id, name) values (999, 'breaking_later')",
      1,
      /: a newer followup changed this database .*; install a newer followup\n$/,
    ],
    [
      "a row that somebody changed",
      "update followup_channels set ledger = '{'",
      2,
      /: what is stored cannot be read\n$/,
    ],
  ])("%s is said to be that", async (_, statement, code, error) => {
    const changed = join(root, `changed-${code}.sqlite`)
    writeFileSync(changed, readFileSync(file))
    const database = new DatabaseSync(changed)
    database.exec(statement)
    database.close()
    const ran = await runFollowup(["usage", "--db", changed, "--channel", "acme"])
    expect(ran).toMatchObject({ code, out: "" })
    expect(ran.error).toMatch(error)
  })
})

describe("what a file does not have", () => {
  test.each([
    ["a channel", ["usage", "--db", file, "--channel", "other"], /has no channel with that id\n$/],
    [
      "a message",
      of("explain", "m9", "--customer", "jieun"),
      /^the customer's history has no message with that id\n$/,
    ],
    ["another customer's message", of("explain", "m2", "--customer", "minsu"), /no message with that id/],
    [
      "another store",
      ["usage", "--db", "postgres://acme:secret@db.example/acme", "--channel", "acme"],
      /^--db: expected an SQLite file; [^\n]*\n$/,
    ],
    ["a name of a file", ["usage", "--db", "", "--channel", "acme"], /^--db: expected an SQLite file/],
    ["no limit", of("log", "--limit", "0"), /^--limit: expected a whole number from 1 to 1000\n$/],
    ["no month", of("usage", "--month", "2026-13"), /^--month: expected a month such as "2026-01"\n$/],
    ["too high a limit", of("log", "--limit", "1001"), /^--limit: /],
    ["half a limit", of("log", "--limit", "1.5"), /^--limit: /],
    [
      "no file",
      ["usage", "--channel", "acme"],
      /^required option '--db <file>' not specified\nTry: followup usage --help\n$/,
    ],
  ])("%s is exit code 2", async (_, argv, error) => {
    const ran = await runFollowup(argv)
    expect(ran).toMatchObject({ code: 2, out: "" })
    expect(ran.error).not.toContain("secret")
    expect(ran.error).toMatch(error)
  })
})
