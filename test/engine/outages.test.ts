import { describe, expect, test } from "vitest"
import { rejectReasons } from "../../src/core/send-result.ts"
import { accepted, drivers, type Provider, type Reply, START_MS, uncertain } from "./engine-world.ts"
import { callsOf, customers, refused, texts, textTo, xms } from "./gateways.ts"
import { openStory, type StoryOptions } from "./story.ts"

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const ids = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`)

describe.each(drivers)("a provider that is out of order, over %s", (_, makeStore) => {
  const open = async (providers: ReadonlyArray<Provider>, count: number, more: StoryOptions = {}) => {
    const story = await openStory({ store: makeStore(), ...texts, providers, ...more })
    await customers(story, ids(count))
    return story
  }
  /** Out of order until an instant, in ms from the start. */
  const downUntil = (ms: number, reply: Reply) => (sent: { readonly atMs: number }) =>
    sent.atMs < START_MS + ms ? reply : accepted
  const outcomesOf = async (story: Awaited<ReturnType<typeof open>>, count: number) =>
    (await Promise.all(ids(count).map((id) => story.outcomes(id)))).map(([line]) => line)
  const passing = refused("unreachable", 1_000)

  test("R8: after five failures the next one gets all there is, until a probe finds it working", async () => {
    const story = await open([xms("one", downUntil(100_000, passing)), xms("two", accepted)], 20)
    for (const [index, id] of ids(7).entries()) await textTo(story, id, index * 1_000)
    const taken = callsOf(story)
    expect(taken.filter((call) => call.startsWith("one"))).toEqual(
      [0, 1, 2, 3, 4].map((second) => `one@${second * 1_000}`),
    )
    expect(taken.filter((call) => call.startsWith("two"))).toHaveLength(7)
    expect(story.world.logged.join("\n")).toContain("a provider fails again and again")

    await textTo(story, "c7", 63_999)
    expect(callsOf(story).slice(12)).toEqual(["two@63999"])
    await textTo(story, "c8", 64_000)
    expect(callsOf(story).slice(13)).toEqual(["one@64000", "two@64000"])
    // The probe failed: twice as long.
    await textTo(story, "c9", 183_999)
    await textTo(story, "c10", 184_000)
    await textTo(story, "c11", 184_001)
    expect(callsOf(story).slice(15)).toEqual(["two@183999", "one@184000", "one@184001"])
    expect(story.world.logged.join("\n")).toContain("a provider that was left alone works again")
    expect(new Set(await outcomesOf(story, 12)).size).toBeGreaterThan(0)
    expect((await outcomesOf(story, 12)).every((line) => line?.startsWith("xms accepted"))).toBe(true)
  })

  test("R8: one probe goes through at a time", async () => {
    let isDown = true
    const story = await open([xms("one", () => (isDown ? passing : "hangs"))], 12)
    for (const id of ids(12)) await textTo(story, id, 0)
    await story.world.at(50_000)
    const before = callsOf(story).length
    isDown = false
    await story.world.at(61_000)
    expect(callsOf(story).slice(before)).toEqual(["one@60000"])
    story.world.sent.at(-1)?.answer(accepted)
    isDown = false
    await story.world.settle()
    // The others look again when the probe must be over at the latest.
    await story.world.at(76_000)
    expect(callsOf(story).slice(before + 1)).toHaveLength(11)
  })

  test("R8: what was sent before the outage was known, and fails after that, makes the pause no longer", async () => {
    const story = await open([xms("one", (_, times) => (times === 1 ? "hangs" : passing))], 8)
    for (const id of ids(8)) await textTo(story, id, 0)
    const { sent } = story.world
    const fails = async (ms: number, first: number, end: number) => {
      await story.world.jump(START_MS + ms)
      for (const { answer } of sent.slice(first, end)) answer(passing)
      await story.world.settle()
    }
    await fails(1_000, 0, 5)
    await fails(2_000, 5, 8)
    await story.world.at(60_999)
    expect(sent).toHaveLength(8)
    await story.world.at(61_001)
    expect(callsOf(story).slice(8)).toEqual(["one@61000"])
  })

  test("R8: with nobody else to take over, all wait for it; nothing is lost, and nothing sent twice", async () => {
    const COUNT = 40
    for (const reply of [passing, refused("provider-error", 1_000), refused("rate-limited", 1_000)]) {
      const story = await open([xms("one", downUntil(10 * MINUTE_MS, reply))], COUNT)
      for (const [index, id] of ids(COUNT).entries()) await textTo(story, id, index * 5_000)
      const tried = story.world.sent.filter(({ atMs }) => atMs < START_MS + 10 * MINUTE_MS).length
      // Five failures, a few more that were under way, and a probe after each pause.
      expect(tried).toBeLessThan(12)
      await story.world.at(HOUR_MS)
      expect((await outcomesOf(story, COUNT)).every((line) => line?.startsWith("xms accepted"))).toBe(true)
      const taken = story.world.sent.filter(({ atMs }) => atMs >= START_MS + 10 * MINUTE_MS)
      expect(new Set(taken.map(({ context }) => context.deliveryId)).size).toBe(COUNT)
      expect(taken).toHaveLength(COUNT)
    }
  })

  test("R8: a single message outlasts an outage, however many probes it is", async () => {
    const story = await open([xms("one", downUntil(25 * MINUTE_MS, passing))], 1)
    await textTo(story, "c0", 0)
    await story.world.at(HOUR_MS)
    expect((await outcomesOf(story, 1))[0]).toMatch(/^xms accepted/)
    expect(story.world.sent.length).toBeLessThan(12)
  })

  test("R9: an outage that outlasts the message ends it, at the end of its time and not later", async () => {
    const story = await open([xms("one", passing)], 3)
    for (const id of ids(3)) await textTo(story, id, 0)
    await story.world.at(2 * HOUR_MS)
    for (const line of await outcomesOf(story, 3)) {
      expect(line).toMatch(/^xms failed@/)
      expect(Number(line?.split("@")[1])).toBeLessThanOrEqual(HOUR_MS)
    }
    expect(story.world.sent.length).toBeLessThan(16)
  })

  test("R9: answers that never come are an outage too, and stay with their provider", async () => {
    const story = await open([xms("one", uncertain), xms("two", accepted)], 8)
    for (const [index, id] of ids(8).entries()) await textTo(story, id, index * 1_000)
    expect(callsOf(story)).toEqual([
      ...[0, 1, 2, 3, 4].map((second) => `one@${second * 1_000}`),
      ...[5, 6, 7].map((second) => `two@${second * 1_000}`),
    ])
  })

  test("R9: what may be with a provider that is left alone waits for that one, and goes to no other", async () => {
    const one = downUntil(4_000, uncertain)
    const story = await open([xms("one", one, { idempotency: "key" }), xms("two", accepted)], 5)
    for (const id of ids(5)) await textTo(story, id, 0)
    await story.world.at(59_999)
    expect(callsOf(story).every((call) => call === "one@0")).toBe(true)
    await story.world.at(HOUR_MS)
    expect(callsOf(story).some((call) => call.startsWith("two"))).toBe(false)
    expect(await outcomesOf(story, 5)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^xms accepted@/)]),
    )
    expect((await outcomesOf(story, 5)).every((line) => line?.startsWith("xms accepted"))).toBe(true)
  })

  test("R8: saying of lost messages that they were not sent is no outage", async () => {
    const lookup = () => refused("provider-error")
    const story = await open(
      [xms("one", ({ context }) => (context.attempt > 1 ? accepted : uncertain), { lookup })],
      4,
    )
    for (const id of ids(4)) await textTo(story, id, 0)
    await story.world.at(5_000)
    expect(callsOf(story).filter((call) => call.startsWith("one?"))).toHaveLength(4)
    expect(story.world.logged.join("\n")).not.toContain("a provider fails")
  })

  test.each(rejectReasons)(
    "R8: refusals as %s are an outage only if the provider is out of order",
    async (reason) => {
      const isOutage = ["rate-limited", "provider-error"].includes(reason)
      const story = await open([xms("one", refused(reason))], 8)
      for (const id of ids(8)) await textTo(story, id, 0)
      const said = story.world.logged.join("\n")
      if (isOutage) expect(said).toContain("a provider fails")
      else expect(said).not.toContain("a provider fails")
      if (!isOutage) expect(story.world.sent).toHaveLength(8)
    },
  )

  test("R8: recipients whom a provider cannot reach are no outage: the sixth is asked for as well", async () => {
    const story = await open([xms("one", refused("unreachable")), xms("two", accepted)], 8)
    for (const [index, id] of ids(8).entries()) await textTo(story, id, index * 1_000)
    expect(callsOf(story).filter((call) => call.startsWith("one"))).toHaveLength(8)
    expect(callsOf(story).filter((call) => call.startsWith("two"))).toHaveLength(8)
    expect(story.world.logged.join("\n")).not.toContain("a provider fails")
  })

  test("R20: what is logged of an outage names the provider, and nobody's number", async () => {
    const story = await open([xms("one", passing)], 6)
    for (const id of ids(6)) await textTo(story, id, 0)
    expect(story.world.logged.join("\n")).toContain("a provider fails again and again")
    expect(story.world.logged.join("\n")).not.toMatch(/1234|cust|Yes, it is/)
  })
})
