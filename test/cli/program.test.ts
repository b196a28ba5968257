import { expect, test } from "vitest"
import { isNewEnough } from "../../src/cli/node-version.ts"
import { runFollowup } from "./run-followup.ts"

test("--version prints the version, --help teaches; both are exit code 0", async () => {
  expect(await runFollowup(["--version"])).toEqual({ code: 0, out: "1.2.3\n", error: "" })
  const help = await runFollowup(["--help"])
  expect(help).toMatchObject({ code: 0, error: "" })
  expect(help.out).toContain("Usage: followup")
  expect(help.out).toContain("Exit codes: 0 done; 1 failed; 2")
})

test.each(["demo", "simulate", "measure", "explain", "usage", "log", "sent", "domain"])(
  "followup %s --help has a sentence, an example and the exit codes, in 80 columns",
  async (command) => {
    const help = await runFollowup([command, "--help"])
    expect(help).toMatchObject({ code: 0, error: "" })
    expect(help.out).toMatch(/\n\n[A-Z][^\n]+(\n[^\n]+)*\.\n\n/)
    expect(help.out).toContain(`\n  followup ${command} `)
    expect(help.out).toMatch(/Exit codes: 0 /)
    expect(Math.max(...help.out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(await runFollowup(["help", command])).toEqual(help)
  },
)

test("followup help COMMAND says all about a command of a command too", async () => {
  const help = await runFollowup(["help", "domain", "check"])
  expect(help).toEqual(await runFollowup(["domain", "check", "--help"]))
  expect(help.out).toContain("--selector")
  expect((await runFollowup(["help", "domain"])).out).toContain("followup help domain check")
  // Words that name no command are left to the help of the last one that does.
  expect(await runFollowup(["help", "domain", "chek"])).toEqual(await runFollowup(["help", "domain"]))
  expect(await runFollowup(["help", "measure", "x"])).toEqual(await runFollowup(["help", "measure"]))
  expect(await runFollowup(["help", "mesure"])).toMatchObject({ code: 2, out: "" })
})

test.each([
  ["no command", [], /^Usage: followup/],
  ["an unknown command", ["mesure", "x"], /^unknown command 'mesure'\n\(Did you mean measure\?\)\n$/],
  ["an unknown option", ["measure", "--jsno", "x"], /^unknown option '--jsno'\n\(Did you mean --json\?\)\n$/],
  [
    "an unknown option where no text goes",
    ["usage", "--db", "x", "--channel", "x", "--xyzzy"],
    /^unknown option '--xyzzy'\nTry: followup usage --help\n$/,
  ],
  ["an unknown option of none", ["-V"], /^unknown option '-V'\nTry: followup --help\n$/],
  [
    "a text that begins with a hyphen",
    ["measure", "-10% off"],
    /^unknown option\nTry: followup measure --help\nWhat begins with a hyphen and is no option goes after "--"\.\n$/,
  ],
  [
    "an unknown option beside a file",
    ["simulate", "--xyzzy", "monday.json"],
    /^unknown option '--xyzzy'\nTry: followup simulate --help\nWhat begins with/,
  ],
  [
    "help with an unknown command",
    ["help", "mesure"],
    /^unknown command 'mesure'\n\(Did you mean measure\?\)\n$/,
  ],
  ["an unknown command like none", ["xyzzy"], /^unknown command 'xyzzy'\nTry: followup --help\n$/],
  ["a missing argument", ["measure"], /^missing required argument 'text'\nTry: followup measure --help\n$/],
  [
    "a missing argument of a command of a command",
    ["domain", "check", "--json"],
    /^missing required argument 'domain'\nTry: followup domain check --help\n$/,
  ],
  [
    "a missing option",
    ["explain", "m2"],
    /^required option '--db <file>' not specified\nTry: followup explain --help\n$/,
  ],
  [
    "an option without its value",
    ["measure", "x", "--country"],
    /^option '--country <cc>' argument missing\nTry: followup measure --help\n$/,
  ],
  [
    "too many arguments",
    ["measure", "a", "b"],
    /^too many arguments for 'measure'. Expected 1 argument but got 2\nTry: followup measure --help\nWhat has blanks in it needs quotes\.\n$/,
  ],
  [
    "too many arguments where none go",
    ["usage", "acme", "--db", "x", "--channel", "x"],
    /^too many arguments for 'usage'. Expected 0 arguments but got 1\nTry: followup usage --help\n$/,
  ],
])("%s is exit code 2, with nothing on standard output", async (_, argv, error) => {
  const ran = await runFollowup(argv)
  expect(ran).toMatchObject({ code: 2, out: "" })
  expect(ran.error).toMatch(error)
})

test.each([
  [["010-1234-5678"]],
  [["measure", "Call", "010-1234-5678"]],
  [["measure", "-010-1234-5678"]],
  [["measure", "--010-1234-5678"]],
  [["measure", "a", "--country", "010-1234-5678"]],
  [["jieun.1234@example.com"]],
])("a complaint never repeats what may be a message or a contact: %j", async (argv) => {
  const ran = await runFollowup(argv)
  expect(ran).toMatchObject({ code: 2, out: "" })
  expect(ran.error).not.toBe("")
  expect(ran.error).not.toContain("1234")
})

test("a defect is exit code 1, and shows where it was but not its message", async () => {
  const ran = await runFollowup(["measure", "x"], {
    nowMs: () => {
      throw new TypeError("about 010-1234-5678")
    },
  })
  expect(ran).toMatchObject({ code: 1, out: "" })
  expect(ran.error).toMatch(/^followup itself failed \(TypeError\)\. Please report this:\n {4}at /)
  expect(ran.error).not.toContain("1234")
})

test("a defect on a Node that is too old is said to be that", async () => {
  const ran = await runFollowup(["measure", "x"], {
    node: { version: "20.19.5", needed: ">=22.19" },
    nowMs: () => {
      throw new TypeError("about 010-1234-5678")
    },
  })
  expect(ran).toEqual({
    code: 1,
    out: "",
    error: "followup failed (TypeError): it needs Node >=22.19, and this is 20.19.5\n",
  })
})

test.each([
  ["22.19.0", true],
  ["22.18.9", false],
  ["22.100.0", true],
  ["23.0.0", true],
  ["9.99.0", false],
])("Node %s is new enough for >=22.19: %s", (version, isNew) => {
  expect(isNewEnough({ version, needed: ">=22.19" })).toBe(isNew)
})
