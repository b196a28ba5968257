import { expect, test } from "vitest"
import { printedBy } from "../../tools/examples/printed.ts"

test("R9: a host over node:http takes a provider's news, and nobody else's", async () => {
  expect(await printedBy("docs/examples/webhooks-node.ts")).toBe("SenderBlocked\n204\n401\nyour own pages\n")
})

test("R9: a host over Hono does as well", async () => {
  expect(await printedBy("docs/examples/webhooks-hono.ts")).toBe("SenderUnblocked\n204\n401\n")
})

test("R9: a host over Express gets the bytes as they came, before its own body parser", async () => {
  expect(await printedBy("docs/examples/webhooks-express.ts")).toBe(
    'SenderBlocked\n204\n401\n{"got":{"id":1}}\n',
  )
})

test("R9: a host keeps the newest of what LINE tells of a person, though it tells the first again", async () => {
  expect(await printedBy("docs/examples/line.ts")).toBe(
    "unfollow: 204, LINE reaches Mina: false\nfollow: 204, LINE reaches Mina: true\n" +
      "unfollow: 204, LINE reaches Mina: true\n",
  )
})

test("R12: a host sends short links, and knows those that it never sent", async () => {
  const printed = await printedBy("docs/examples/links.ts")
  expect(printed).toMatch(/https:\/\/acme\.example\/c\/1[\w-]{20}\b/)
  expect(printed).toMatch(/https:\/\/acme\.example\/followup\/unsubscribe\/1[\w-]+/)
  expect(printed).toMatch(/unknown\n$/)
})
