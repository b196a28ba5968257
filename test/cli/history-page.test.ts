/** R20: lines of the post log on a terminal. */
import { expect, test } from "vitest"
import { entriesPage } from "../../src/cli/history-page.ts"
import { postLog } from "../../src/core/history/post-log.ts"
import { story } from "../core/customer/world.ts"

const page = { color: false, widthColumns: null }

const linesOf = (result: Parameters<ReturnType<typeof story>["answers"]>[2], via: "xms" | "email") => {
  const one = story({ channel: { integrations: { push: false, sns: false } } })
  one.asks(0)
  one.replies(10)
  one.answers(11, via, result)
  const log = postLog(one.world.events.map((event) => ({ customerId: "cust-1", event })))
  const entries = log.map((entry) => (entry._tag === "Delivery" ? { ...entry, provider: "acme-sms" } : entry))
  return entriesPage(page, entries, { customers: false, texts: false }).split("\n")
}

test("R20: a refusal is shown with its reason and the provider's code, and in UTC", () => {
  expect(linesOf({ _tag: "Rejected", reason: "content", code: "E42" }, "xms")[0]).toBe(
    "  1970-01-01 00:00:10 UTC  Failed    SMS    m2 of chat c1: failed (content, E42), through acme-sms; 0 PU",
  )
})

test("R20: what may have been sent is not shown as on its way", () => {
  expect(linesOf({ _tag: "Uncertain", code: "503" }, "xms")[0]).toMatch(
    /: may or may not have been sent \(503\), with news awaited until 1970-01-02 00:00:11 UTC, through acme-sms; 10 PU$/,
  )
})

test("R20: a code cannot drive the terminal", () => {
  const [, line] = linesOf({ _tag: "Rejected", reason: "content", code: "\u001b[2J\nE42" }, "email")
  expect(line).toContain("␛[2J E42")
})
