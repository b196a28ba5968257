import { describe, expect, test } from "vitest"
import { printedBy } from "../../tools/examples/printed.ts"
import { openStory } from "../engine/story.ts"

test("R2: the route of the page takes who it is from the host's session, and the rest as it is checked", async () => {
  expect(await printedBy("docs/examples/presence-server.ts")).toBe(
    "204 400 400 401\n204\nmina t1 Viewing, mina t2 OtherPage\n",
  )
})

describe("what the page says of signals and old chats", () => {
  test("R2: of several tabs one that is in front is enough", async () => {
    const story = await openStory()
    await story.signals(0, "active", "tab-1")
    await story.signals(1_000, "hidden", "tab-1")
    await story.signals(1_000, "visible", "tab-2")
    await story.asks(2_000)
    await story.replies(3_000)
    expect(story.calls()).toEqual([])
    await story.signals(4_000, "left", "tab-2")
    expect(story.calls()).toEqual(["push@4000#1"])
  })
  test("R2: from page to page, a grace for hidden tabs bridges what `left` does not", async () => {
    const fromPageToPage = async (signal: "hidden" | "left") => {
      const story = await openStory({ policy: { presence: { hiddenGraceMs: 5_000 } } })
      await story.signals(0, "visible", "page-1")
      await story.asks(1_000)
      await story.replies(2_000)
      await story.signals(3_000, signal, "page-1")
      await story.signals(4_000, "visible", "page-2")
      await story.world.at(60_000)
      return story.calls()
    }
    expect(await fromPageToPage("hidden")).toEqual([])
    expect(await fromPageToPage("left")).toEqual(["push@3000#1"])
  })
  test("R4: one message of the customer's tells that a chat that goes on is not a manager's", async () => {
    const story = await openStory()
    await story.asks(0)
    await story.replies(1_000)
    await story.world.call((engine) =>
      engine.message({
        channelId: "acme",
        customerId: "cust-1",
        chatId: "c2",
        messageId: "m1",
        from: "manager",
        text: "Hi",
      }),
    )
    expect(await story.exclusions()).toEqual(["manager-initiated"])
  })
  test("R1: an old reply that is imported calls the customer", async () => {
    const story = await openStory()
    const old = {
      channelId: "acme",
      customerId: "cust-1",
      chatId: "c1",
      text: "Old.",
      atMs: 1_600_000_000_000,
    }
    await story.world.call((engine) => engine.message({ ...old, messageId: "m1", from: "customer" }))
    await story.world.at(0)
    expect(story.calls()).toEqual([])
    await story.world.call((engine) => engine.message({ ...old, messageId: "m2", from: "manager" }))
    await story.world.at(0)
    expect(story.calls()).toEqual(["push@0#1"])
  })
})
