/**
 * Everything that must hold before a change is merged, in one command: `npm run check`.
 *
 * One line a step; a step that fails shows its output, and the others still run. `-- --no-test` leaves the tests
 * out, for a caller that has just run them.
 */
import { spawn } from "node:child_process"
import { parseArgs, stripVTControlCharacters, styleText } from "node:util"
import { letReadersLeave } from "../src/cli/leaving-readers.ts"

/** The steps, each a script of package.json that can be run by itself, with what is added to it here. */
const steps: readonly (readonly [script: string, ...added: readonly string[]])[] = [
  ["format"],
  ["lint"],
  ["types"],
  ["test", "--coverage"],
  ["unused"],
  ["build"],
  ["docs:build"],
  ["package"],
  ["size"],
]

/** Runs a script of package.json. Gives whether it passed, and what it printed to whichever stream. */
const run = (script: string, added: readonly string[]) =>
  new Promise<{ readonly passed: boolean; readonly output: string }>((done) => {
    const child = spawn(["npm run --silent", script, "--", ...added].join(" "), {
      shell: true,
      stdio: ["ignore", "pipe", "pipe"],
      // Plain text, and no "prepare" when packing: the build is a step of its own.
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, npm_config_ignore_scripts: "true" },
    })
    let output = ""
    const collect = (chunk: Buffer) => void (output += chunk.toString())
    child.stdout.on("data", collect)
    child.stderr.on("data", collect)
    child.on("close", (code) => done({ passed: code === 0, output: stripVTControlCharacters(output) }))
  })

const { values } = parseArgs({ options: { "no-test": { type: "boolean", default: false } } })

letReadersLeave()
let failed = 0
for (const [script, ...added] of steps) {
  if (script === "test" && values["no-test"]) continue
  const startedMs = performance.now()
  const { passed, output } = await run(script, added)
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1)
  const verdict = passed ? styleText("green", "ok    ") : styleText("red", "failed")
  console.log(`${verdict}  ${script.padEnd(10)} ${seconds.padStart(6)} s`)
  if (passed) continue
  failed += 1
  console.log(output.trim().replace(/^/gm, "    "))
}
console.log(failed === 0 ? "All checks passed." : `Failed: ${failed} of the checks.`)
process.exitCode = failed === 0 ? 0 : 1
