import { describe, expect, test } from "vitest"
import { drivers, type Reply, rejected } from "./engine-world.ts"
import { acme, openStory } from "./story.ts"

const ids = Array.from({ length: 50 }, (_, index) => `cust-${index}`)

describe.each(drivers)("50 customers at once on PU for 3 texts, over %s", (_, makeStore) => {
  const played = async (then: Reply) => {
    const story = await openStory({
      store: makeStore(),
      policy: { autoText: { prefix: "", suffix: "" }, freeLimitPu: 30 },
      channel: { ...acme, settings: { email: false }, integrations: {} },
      scripts: { xms: { then } },
      engine: { maxBatch: 7 },
    })
    for (const id of ids) {
      await story.world.call((engine) => engine.customer({ channelId: "acme", id, phone: "010-1234-5678" }))
      await story.asks(0, "m1", { customerId: id })
    }
    await Promise.all(ids.map((id) => story.replies(0, "m2", { customerId: id })))
    await story.world.settle()
    const log = await story.world.call((engine) => engine.log({ channelId: "acme", limit: 1_000 }))
    const refused = log.filter((entry) => entry._tag === "Exclusion" && entry.reason === "quota-exhausted")
    const notices = await story.world.call((engine) => engine.notices("acme"))
    return { story, refused: refused.length, notices: notices.map(({ kind }) => kind) }
  }

  test("R16: exactly 3 are asked for, the others refused, and the channel is told once", async () => {
    const { story, refused, notices } = await played({ _tag: "Accepted" })
    expect(story.calls()).toEqual(Array.from({ length: 3 }, () => "xms@0#1"))
    expect(refused).toBe(47)
    expect(notices).toEqual(["usage-exhausted"])
    const usage = await story.world.call((engine) => engine.usage("acme"))
    expect(usage).toMatchObject({
      usedPu: 30,
      reservedPu: 0,
      leftPu: 0,
      byKind: { SMS: { pu: 30, messages: 3 } },
    })
  })

  test("R16: what a carrier refuses gives its PU back", async () => {
    const { story, refused } = await played(rejected("provider-error"))
    expect(story.calls().length + refused).toBe(50)
    expect(await story.usedPu()).toEqual({ usedPu: 0, reservedPu: 0 })
  })

  test("R16: what hangs keeps its PU in reserve", async () => {
    const { story, refused } = await played("hangs")
    expect([story.calls().length, refused]).toEqual([3, 47])
    expect(await story.usedPu()).toEqual({ usedPu: 0, reservedPu: 30 })
  })
})
