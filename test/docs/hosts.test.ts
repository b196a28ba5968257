import { expect, test } from "vitest"
import { printedBy } from "../../tools/examples/printed.ts"

test("R8: the host with Promises sends a text and an email at the same time, and says why", async () => {
  const printed = await printedBy("docs/examples/promise-host.ts")
  expect(printed).toMatch(/SMS to \+821012345678/)
  expect(printed).toMatch(/Email to mina@example\.com/)
  expect(printed).toContain("<chat@mail.acme.example>")
  expect(printed).toMatch(/offline, because they had never been seen on the site.*SMS.*\(10 PU\).*an email/)
})

test("R11: the host with Effect sends an SMS to Japan, and says why there is no email", async () => {
  const printed = await printedBy("docs/examples/effect-host.ts")
  expect(printed).toMatch(/SMS to \+819012345678/)
  expect(printed).toMatch(
    /an SMS at .*\(50 PU\); email was not sent because the customer has no email address/,
  )
})
