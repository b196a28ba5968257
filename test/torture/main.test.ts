import { execFile } from "node:child_process"
import { describe, expect, test } from "vitest"

/** The exit code and what was printed. */
const run = (...args: ReadonlyArray<string>) =>
  new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, ["--no-warnings", "tools/torture/main.ts", ...args], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    )
  })

describe("npm run torture", () => {
  test("--help says what it does, each option and each exit code", async () => {
    const { code, stdout } = await run("--help")
    expect(code).toBe(0)
    for (const word of ["--store", "--processes", "--kills", "--seed", "--json", "Exit codes: 0", "SIGKILL"])
      expect(stdout).toContain(word)
  })

  test.each([
    [["--store", "mysql"], '--store: expected sqlite or postgres, not "mysql"'],
    [["--processes", "0"], '--processes: expected a whole number from 1 to 16, not "0"'],
    [["--kills", "many"], '--kills: expected a whole number from 0 to 10000, not "many"'],
    [["--seed", "1.5"], '--seed: expected a whole number from 0 to 9007199254740991, not "1.5"'],
    [["--fast"], "Unknown option '--fast'"],
  ])("%s makes no sense, and it says why", async (args, message) => {
    const { code, stdout, stderr } = await run(...args)
    expect(code).toBe(2)
    expect(stdout).toBe("")
    expect(stderr).toContain(message)
    expect(stderr).toContain("npm run torture -- --help")
  })
})
