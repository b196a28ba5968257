import { describe, expect, test } from "vitest"
import { accepted, drivers, rejected, type Sent } from "./engine-world.ts"
import { openStory } from "./story.ts"

const DAYS_MS = 2 * 86_400_000

describe.each(drivers)("a follow-up on the engine over %s", (_, makeStore) => {
  const open = (options: Parameters<typeof openStory>[0] = {}) =>
    openStory({ store: makeStore(), ...options })

  test("R7: a push received a millisecond before 30 s is all there is", async () => {
    const story = await open()
    await story.asks(0)
    await story.replies(1_000)
    await story.receipt(30_999, "push", "received")
    await story.world.at(DAYS_MS)
    expect(story.calls()).toEqual(["push@1000#1"])
    expect(await story.outcomes()).toEqual(["push received@30999"])
    expect(await story.usedPu()).toEqual({ usedPu: 0, reservedPu: 0 })
  })

  test("R7, R9: a push not received in 30 s leads to email and SNS, a blocked SNS to XMS", async () => {
    const story = await open({ scripts: { sns: { then: rejected("blocked") } } })
    await story.asks(0)
    await story.replies(1_000)
    await story.world.at(30_999)
    expect(story.calls()).toEqual(["push@1000#1"])
    await story.world.at(31_000)
    expect(story.calls().toSorted()).toEqual(["email@31000#1", "push@1000#1", "sns@31000#1", "xms@31000#1"])
    await story.receipt(32_000, "xms")
    await story.receipt(33_000, "email")
    await story.world.at(DAYS_MS)
    expect(story.calls()).toHaveLength(4)
    expect((await story.outcomes()).toSorted()).toEqual([
      "email delivered@33000",
      "push timed-out@31000",
      "sns blocked@31000",
      "xms delivered@32000",
    ])
    expect(await story.usedPu()).toEqual({ usedPu: 10, reservedPu: 0 })
  })

  test("R9: an SNS that is delivered is the only text", async () => {
    const story = await open({ customer: { pushTokens: [] } })
    await story.asks(0)
    await story.replies(1_000)
    await story.receipt(60_999, "sns")
    await story.world.at(DAYS_MS)
    expect(story.calls().toSorted()).toEqual(["email@1000#1", "sns@1000#1"])
  })

  test("R1, R6: who came back before anything left is called when they leave again, and not twice", async () => {
    const rests = ({ context: { deliveryId } }: Sent) =>
      deliveryId.endsWith("/m2/push") ? rejected("rate-limited", 20_000) : accepted
    const story = await open({ scripts: { push: { then: rests } } })
    await story.asks(0)
    await story.replies(1_000)
    await story.signals(5_000, "active")
    await story.signals(8_000, "left")
    await story.world.at(20_999)
    expect(story.calls()).toEqual(["push@1000#1"])
    await story.world.at(21_000)
    expect(story.world.sent.map(({ context }) => context.deliveryId)).toEqual([
      "acme/cust-1/c1/m2/push",
      "acme/cust-1/c1/m2+2/push",
    ])
    await story.world.call((engine) =>
      engine.receipt({ deliveryId: "acme/cust-1/c1/m2+2/push", status: "received" }),
    )
    await story.signals(60_000, "active")
    await story.signals(70_000, "left")
    await story.world.at(DAYS_MS)
    expect(story.calls()).toHaveLength(2)
    expect((await story.outcomes()).toSorted()).toEqual(["push received@21000", "push withdrawn@5000"])
  })

  test("R9: an XMS that waits for its provider is not sent once the SNS has arrived after all", async () => {
    const rests = (_: unknown, times: number) => (times === 1 ? rejected("rate-limited", 600_000) : accepted)
    const story = await open({ customer: { pushTokens: [] }, scripts: { xms: { then: rests } } })
    await story.asks(0)
    await story.replies(1_000)
    await story.receipt(90_000, "sns")
    await story.world.at(DAYS_MS)
    expect(story.calls().toSorted()).toEqual(["email@1000#1", "sns@1000#1", "xms@61000#1"])
    expect(await story.outcomes()).toContain("sns timed-out@61000")
    expect(await story.outcomes()).toContain("xms withdrawn@90000")
    expect(await story.usedPu()).toEqual({ usedPu: 8, reservedPu: 0 })
  })

  test("R9: an SNS without a receipt at its deadline gives way to XMS then, not before", async () => {
    const story = await open({ customer: { pushTokens: [] } })
    await story.asks(0)
    await story.replies(1_000)
    await story.world.at(60_999)
    expect(story.calls()).not.toContain("xms@60999#1")
    await story.world.at(61_000)
    expect(story.calls()).toContain("xms@61000#1")
    await story.receipt(62_000, "sns")
    expect(await story.outcomes()).toContain("sns timed-out@61000")
  })

  test("R1: a read, or a return to the site, before the fallback cancels it", async () => {
    for (const cancels of ["read", "returned"] as const) {
      const story = await open()
      await story.asks(0)
      await story.replies(1_000)
      await (cancels === "read" ? story.reads(30_999) : story.signals(30_999, "active"))
      await story.world.at(DAYS_MS)
      expect(story.calls()).toEqual(["push@1000#1"])
      expect(new Set(await story.exclusions())).toEqual(new Set([cancels]))
    }
  })

  test("R1, R2: replies while online are one follow-up, at the offline instant and not before", async () => {
    const story = await open()
    await story.signals(0, "active")
    await story.asks(1_000)
    await story.replies(10_000, "m2", { text: "Yes." })
    await story.replies(20_000, "m3", { text: "Shall I keep one?" })
    await story.world.at(270_999)
    expect(story.calls()).toEqual([])
    await story.world.at(271_000)
    expect(story.calls()).toEqual(["push@271000#1"])
    expect(story.world.sent[0]?.message).toMatchObject({ body: "Yes.\nShall I keep one?" })
  })

  test("R2: the wake-up moves with the customer's activity", async () => {
    const story = await open()
    await story.signals(0, "active")
    await story.asks(1_000)
    await story.replies(10_000)
    await story.signals(200_000, "active")
    await story.world.at(469_999)
    expect(story.calls()).toEqual([])
    await story.signals(469_999, "hidden")
    expect(story.calls()).toEqual(["push@469999#1"])
  })

  test("R15: a leg without a transport is not integrated", async () => {
    for (const [via, excluded] of [
      ["push", ["disabled", "disabled"]],
      ["sns", ["disabled"]],
      ["xms", ["disabled"]],
      ["email", ["disabled"]],
    ] as const) {
      const story = await open({ vias: [via] })
      await story.asks(0)
      await story.replies(1_000)
      await story.world.at(40_000)
      expect(story.calls()).toEqual([`${via}@1000#1`])
      expect(await story.exclusions()).toEqual(excluded)
      expect((await story.outcomes()).map((line) => line.split(" ")[0])).toEqual([via])
    }
  })
})
