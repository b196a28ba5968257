import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { expect, test } from "vitest"

const run = promisify(execFile)

test("R6 R7 R8 R9 R13 R20: the demonstration ends by itself, as the rules say", async () => {
  const { stdout } = await run(process.execPath, ["tools/demo/main.ts"], {
    env: { ...process.env, NO_COLOR: "1" },
    timeout: 25_000,
  })
  expect(stdout).toMatch(/push +mina +m3 of chat c1: was received, through console; 0 PU/)
  expect(stdout).toMatch(/push +jun +m4 of chat c2: was not confirmed in time/)
  expect(stdout).toMatch(/SNS +jun +m4 of chat c2: was blocked by the recipient, through console; 0 PU/)
  expect(stdout).toMatch(/email +jun +m4 of chat c2: was taken over by the provider, through smtp; 0 PU/)
  expect(stdout).toMatch(/SMS +jun +m4 of chat c2: was delivered, through console; 10 PU/)
  expect(stdout).toMatch(/Auto-Submitted: auto-generated/)
  expect(stdout).toMatch(/내일 도착합니다\./)
  expect(stdout).toMatch(/10 of 1000 PU used/)
  expect(stdout).toMatch(/Everything came out as the rules say\.\n$/)
  expect(stdout).not.toContain("\u001b[")
})
