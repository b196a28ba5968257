import { expect, test } from "vitest"
import { printedBy } from "../../tools/examples/printed.ts"

test("R9: a host with Promises exports the span of its SMS and what ended the follow-up", async () => {
  const lines = (await printedBy("docs/examples/opentelemetry.ts")).split("\n")
  expect(lines.find((line) => line.startsWith("followup.send "))).toBe(
    'followup.send {"followup.via":"xms","followup.transport":"console","followup.channel.id":"acme","followup.attempt":1}',
  )
  expect(lines.find((line) => line.startsWith("followup.closed "))).toBe(
    'followup.closed {"followup.ended_by":"text","unit":"{followup}"}',
  )
})

test("R2: a host with Effect exports the span of the transaction that decided a signal", async () => {
  expect(await printedBy("docs/examples/opentelemetry-effect.ts")).toBe("followup.transaction\n")
})
