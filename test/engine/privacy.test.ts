import { describe, expect, test } from "vitest"
import type { FollowUpsShape } from "../../src/engine/index.ts"
import { drivers, type Reply } from "./engine-world.ts"
import { acme, jieun, openStory, whose } from "./story.ts"

const secrets = [
  "1234-5678",
  "12345678",
  "cust-1@example.com",
  "t1-secret-token",
  "Yes, it is",
  "Is it in stock",
]

describe.each(drivers)("what the engine says outside its history, over %s", (_, makeStore) => {
  test.each<[string, Reply]>([
    ["throw", "throws"],
    ["reject", "rejects"],
    ["hang", "hangs"],
  ])("R20: no log line names a contact or a body when transports %s", async (_what, then) => {
    const story = await openStory({
      store: makeStore(),
      customer: { pushTokens: ["t1-secret-token"] },
      scripts: { push: { then }, sns: { then }, xms: { then }, email: { then } },
      engine: { pollMs: 1_000 },
    })
    await story.asks(0, "m1", { text: "Is it in stock?" })
    await story.replies(1_000)
    await story.world.jump(story.world.nowMs + 40_000)
    story.world.faults.store = "down"
    await story.world.jump(story.world.nowMs + 5_000)
    const { logged } = story.world
    expect(logged.length).toBeGreaterThan(0)
    for (const secret of secrets) expect(logged.join("\n")).not.toContain(secret)
    // What a transport threw may name the contact: it is not kept, and the history knows no contacts at all.
    story.world.faults.store = "up"
    const history = JSON.stringify(await story.world.store((store) => store.eventsAfter(0, 100)))
    expect(history).toContain("DeliveryRequested")
    for (const contact of ["12345678", "cust-1@example.com", "t1-secret-token"])
      expect(history).not.toContain(contact)
  })

  test("R20: no failed call names a contact or a body", async () => {
    const { world } = await openStory({ store: makeStore() })
    const said = {
      ...whose,
      chatId: "c1",
      messageId: "m1",
      from: "customer",
      text: "Is it in stock?",
    } as const
    const calls: ReadonlyArray<(engine: FollowUpsShape) => ReturnType<FollowUpsShape["message"]>> = [
      (engine) => engine.message({ ...said, channelId: "nobody" }),
      (engine) => engine.message({ ...said, messageId: "" }),
      (engine) => {
        const call = { ...said, body: "Yes, it is." }
        return engine.message(call)
      },
      (engine) => engine.customer({ ...jieun, phone: "010-1234-5678".repeat(60) }),
      // @ts-expect-error: a host without types
      (engine) => engine.customer({ ...jieun, phone: 12345678 }),
      (engine) => engine.customer({ ...jieun, email: "cust-1@example.com".repeat(60) }),
      (engine) => engine.read({ ...whose, chatId: "c1", upTo: "m9" }),
      (engine) => engine.channel({ ...acme, name: "Yes, it is".repeat(60) }),
    ]
    for (const call of calls) {
      const error = await world.refusal(call)
      for (const secret of secrets) {
        expect(error.message).not.toContain(secret)
        expect(JSON.stringify(error)).not.toContain(secret)
      }
    }
    world.faults.store = "down"
    const error = await world.refusal((engine) => engine.message(said))
    for (const secret of secrets) expect(JSON.stringify(error)).not.toContain(secret)
  })
})
