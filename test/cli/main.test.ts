import { type SpawnOptionsWithoutStdio, spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url))
const packageJson = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly version: string
}

/** Starts the program as a user would: on its own process and streams. */
const start = (argv: readonly string[], options: SpawnOptionsWithoutStdio = {}) =>
  spawn(process.execPath, [main, ...argv], {
    ...options,
    env: { PATH: process.env["PATH"], ...options.env },
  })

const followup = (argv: readonly string[], input = "", env: NodeJS.ProcessEnv = {}) =>
  new Promise<{ readonly code: number | null; readonly out: string; readonly error: string }>((resolve) => {
    const child = start(argv, { env })
    const out: Buffer[] = []
    const error: Buffer[] = []
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => error.push(chunk))
    child.on("close", (code) =>
      resolve({ code, out: Buffer.concat(out).toString(), error: Buffer.concat(error).toString() }),
    )
    child.stdin.end(input)
  })

const manyMessages = JSON.stringify({
  channel: { id: "acme", country: "KR", plan: { kind: "free" } },
  customers: [{ id: "jieun" }],
  timeline: Array.from({ length: 2_000 }, (_, index) => ({
    at: "0s",
    message: { chat: "c1", customer: "jieun", id: `m${index}`, from: "manager", text: "네" },
  })),
  until: "1m",
})

describe("the program followup", () => {
  test("prints its version, without a warning from the runtime", async () => {
    expect(await followup(["--version"])).toEqual({ code: 0, out: `${packageJson.version}\n`, error: "" })
  })

  test("R10: reads standard input, and writes UTF-8 without colour into a pipe", async () => {
    expect(await followup(["measure", "-"], "네, 있습니다.\n")).toEqual({
      code: 0,
      out: "  To KR: SMS, 10 PU\n  13 of 140 bytes in CP949, 127 left\n",
      error: "",
    })
  })

  test("FORCE_COLOR colours a pipe; NO_COLOR wins over it", async () => {
    const forced = await followup(["measure", "x"], "", { FORCE_COLOR: "1" })
    expect(forced.out).toContain("\u001b[32m")
    const both = await followup(["measure", "x"], "", { FORCE_COLOR: "1", NO_COLOR: "1" })
    expect(both.out).not.toContain("\u001b")
  })

  test("bad input is exit code 2, and only standard error says why", async () => {
    expect(await followup(["simulate", "-", "--json"], "{]")).toEqual({
      code: 2,
      out: "",
      error: 'standard input is not JSON: line 1, column 2: expected a name in double quotes or "}"\n',
    })
  })

  test("a long result reaches a slow pipe whole", async () => {
    const ran = await followup(["simulate", "-", "--json"], manyMessages)
    expect(ran).toMatchObject({ code: 0, error: "" })
    expect(JSON.parse(ran.out).exclusions).toHaveLength(2_000)
    expect(ran.out.length).toBeGreaterThan(200_000)
  })

  test("a reader that leaves early ends the program quietly", async () => {
    const child = start(["simulate", "-", "--json"])
    let error = ""
    child.stderr.on("data", (chunk: Buffer) => {
      error += chunk.toString()
    })
    // Gone before a byte is written: the pipe's other end does not exist any more.
    child.stdout.destroy()
    child.stdin.end(manyMessages)
    const code = await new Promise((resolve) => child.on("close", resolve))
    expect({ code, error }).toEqual({ code: 0, error: "" })
  })
})
