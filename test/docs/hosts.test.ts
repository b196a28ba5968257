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

test("R15: the host with a directory is asked anew each time, and keeps its customers' opt-outs itself", async () => {
  const [first, status, second, unknown] = (await printedBy("docs/examples/directory-host.ts")).split("\n")
  expect(first).toMatch(/so it was followed up with an SMS/)
  expect(status).toBe("204")
  expect(second).toMatch(/^It was not followed up: text was not sent because the customer opted out of texts/)
  expect(unknown).toBe("unknown-channel")
})

test("R16, R17, R18, R19: the host's bill adds up", async () => {
  expect(await printedBy("docs/examples/billing.ts")).toBe(
    "720 of 1000 PU used, 280 left; told: usage-70\n" +
      "come to the plan: 500 prepaid\nsaid again: 500\ntopped up: 1000\nafter a text: 988\n" +
      "61 SMS, 732 PU, of which follow-ups 12 PU\n",
  )
})
