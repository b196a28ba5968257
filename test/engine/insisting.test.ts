/** R9: an acceptance that cannot be written while its lease lasts is insisted on, at nobody else's cost. */
import { expect, test } from "vitest"
import type { Directory, EngineInput, SendResult } from "../../src/engine/index.ts"
import { accepted, rejected, START_MS, uncertain, type World } from "./engine-world.ts"
import { acme, jieun, openStory } from "./story.ts"
import { openTwo } from "./two-processes.ts"

const { channelId: _, ...contacts } = jieun

const pass = async (world: World, seconds: number) => {
  for (let second = 1; second <= seconds; second++) await world.jump(world.nowMs + 1_000)
}

/** A directory of any channel, which fails while `isDown` says so of one. */
const failing = (isDown: (channelId: string) => boolean): Directory => ({
  channel: async (id) => ({ ...acme, id }),
  customer: async (channelId, id) => {
    if (isDown(channelId)) throw new Error("down")
    return { ...contacts, id, pushTokens: [] }
  },
})

test.each([
  ["honours keys", { idempotency: "key" }],
  ["can be asked", { lookup: () => accepted }],
] as const)("a provider that %s is asked no more than once more by each process", async (_name, script) => {
  let isDown = false
  const sns = { then: "hangs", receipts: "none", ...script } as const
  const { one, other, story, seconds } = await openTwo({
    directory: failing(() => isDown),
    scripts: { sns },
    vias: ["sns"],
  })
  await story.asks(0)
  await other.jump(one.nowMs)
  await story.replies(1_000)
  await other.jump(one.nowMs)
  isDown = true
  const sent = () => [...one.sent, ...other.sent]
  for (let minute = 0; minute < 5; minute++)
    await seconds(60, minute % 2 === 0 ? [one, other] : [other, one], () => {
      for (const { answer } of sent()) answer(accepted)
    })
  isDown = false
  await seconds(20, [one, other])
  expect(sent().length).toBeLessThanOrEqual(2)
  expect(await story.outcomes()).toEqual([expect.stringMatching(/^sns accepted/)])
})

test.each(["give-up", "fall-back"] as const)(
  "it is taken although another process found the message interrupted first, with %s",
  async (onUncertain) => {
    const { one, other, story, seconds } = await openTwo({
      policy: { cascade: { onUncertain } },
      scripts: { sns: { then: "hangs", receipts: "none" } },
      vias: ["sns", "xms"],
    })
    await one.call((engine) => engine.channel(acme))
    await one.call((engine) => engine.customer({ ...jieun, pushTokens: [] }))
    await story.asks(0)
    await other.jump(one.nowMs)
    await story.replies(1_000)
    await other.jump(one.nowMs)
    one.faults.store = "down"
    other.faults.store = "down"
    await seconds(6, [other, one])
    one.sent[0]?.answer(accepted)
    await seconds(34, [other, one])
    one.faults.store = "up"
    other.faults.store = "up"
    await seconds(20, [other, one])
    expect([...one.sent, ...other.sent].map(({ via }) => via)).toEqual(["sns"])
    expect(await story.outcomes()).toEqual([expect.stringMatching(/^sns accepted/)])
  },
)

test("R8: however many are insisted on, what another channel has to send goes out", async () => {
  let isDown = false
  const story = await openStory({
    directory: failing((channelId) => isDown && channelId === "acme"),
    vias: ["sns"],
    scripts: {
      sns: {
        receipts: "none",
        then: ({ context }, times) =>
          context.deliveryId.startsWith("acme/")
            ? "hangs"
            : times === 1
              ? rejected("rate-limited", 40_000)
              : accepted,
      },
    },
    engine: { pollMs: 1_000, maxWaiting: 6 },
  })
  const { world } = story
  const customers = Array.from({ length: 8 }, (_, index) => `cust-${index}`)
  for (const customerId of customers) await story.asks(0, "m1", { customerId })
  for (const customerId of customers) await story.replies(1_000, "m2", { customerId })
  const beta = { channelId: "beta", customerId: "cust-1", chatId: "c1" }
  for (const [messageId, from] of [
    ["m1", "customer"],
    ["m2", "manager"],
  ] as const)
    await world.call((engine) => engine.message({ ...beta, messageId, from, text: "Is it?" }))
  isDown = true
  for (const { context, answer } of world.sent) if (context.deliveryId.startsWith("acme/")) answer(accepted)
  await pass(world, 60)
  const sentAt = world.sent
    .filter(({ context }) => context.deliveryId.startsWith("beta/"))
    .map(({ atMs }) => (atMs - START_MS) / 1_000)
  expect(sentAt).toHaveLength(2)
  expect(sentAt[1]).toBeLessThan(60)
})

/** Customers of a channel whose directory fails from now on, each of whose SNS is accepted now. */
const unwritten = async (count: number, engine: EngineInput = {}) => {
  const directory = { isDown: false, asked: 0 }
  const story = await openStory({
    directory: failing(() => {
      directory.asked++
      return directory.isDown
    }),
    vias: ["sns"],
    scripts: { sns: { then: "hangs", receipts: "none" } },
    engine,
  })
  const { world } = story
  const customers = Array.from({ length: count }, (_, index) => `cust-${index}`)
  for (const customerId of customers) await story.asks(0, "m1", { customerId })
  for (const customerId of customers) await story.replies(1_000, "m2", { customerId })
  const seconds = (passed: number) => pass(world, passed)
  const answers = (result: SendResult) => {
    directory.isDown = true
    for (const { answer } of world.sent) answer(result)
  }
  const outcomes = async () =>
    (await Promise.all(customers.map((id) => story.outcomes(id)))).map(([line]) => line?.split("@")[0])
  return { story, directory, seconds, answers, outcomes }
}

test("R8, R9: no more are insisted on than may wait; of the others nobody can tell, and none is sent again", async () => {
  const { story, directory, seconds, answers, outcomes } = await unwritten(5, {
    pollMs: 1_000,
    maxWaiting: 3,
  })
  answers(accepted)
  await seconds(60)
  directory.isDown = false
  await seconds(120)
  const how = await outcomes()
  expect(how.filter((one) => one === "sns accepted")).toHaveLength(3)
  expect(how.filter((one) => one === "sns uncertain")).toHaveLength(2)
  expect(story.calls()).toHaveLength(5)
})

test("R8: what is insisted on beyond its lease is tried every ten seconds, and every second before", async () => {
  const { story, directory, seconds, answers, outcomes } = await unwritten(1)
  answers(accepted)
  const asked = async (passed: number) => {
    const before = directory.asked
    await seconds(passed)
    return directory.asked - before
  }
  expect(await asked(20)).toBe(21)
  await seconds(20)
  expect(await asked(60)).toBe(6)
  directory.isDown = false
  await seconds(10)
  expect(await outcomes()).toEqual(["sns accepted"])
  expect(story.world.logged.filter((line) => line.includes("could not be kept"))).toEqual([])
})

test("R9: a refusal that cannot be written is given back while its lease lasts, and asked for anew", async () => {
  const { story, seconds, answers } = await unwritten(1)
  answers(rejected("blocked"))
  await seconds(23)
  expect(story.calls()).toEqual(["sns@1000#1"])
  await seconds(1)
  expect(story.calls()).toEqual(["sns@1000#1", "sns@25000#1"])
})

test("R9: who was insisted on in one outage leaves room for others in the next", async () => {
  const { story, directory, seconds, answers } = await unwritten(1, { pollMs: 1_000, maxWaiting: 1 })
  for (const customerId of ["cust-1", "cust-2"]) {
    directory.isDown = false
    await seconds(20)
    const nowMs = story.world.nowMs - START_MS
    await story.asks(nowMs, "m1", { customerId })
    await story.replies(nowMs, "m2", { customerId })
    answers(accepted)
    await seconds(60)
  }
  directory.isDown = false
  await seconds(20)
  expect(await story.outcomes("cust-2")).toEqual([expect.stringMatching(/^sns accepted/)])
})

test("R1, R16: what is taken back stays taken back, however long that cannot be written", async () => {
  let answersLeft = Number.POSITIVE_INFINITY
  const story = await openStory({
    directory: failing(() => answersLeft-- <= 0),
    vias: ["sns"],
    scripts: { sns: { then: rejected("rate-limited", 40_000), receipts: "none" } },
    engine: { pollMs: 1_000 },
  })
  const { world } = story
  await story.asks(0)
  await story.replies(1_000)
  answersLeft = 1
  await story.reads(5_000)
  await pass(world, 60)
  expect(await story.outcomes()).toEqual(["sns pending"])
  answersLeft = Number.POSITIVE_INFINITY
  await pass(world, 60)
  expect(await story.outcomes()).toEqual([expect.stringMatching(/^sns withdrawn/)])
  expect(await story.usedPu()).toEqual({ usedPu: 0, reservedPu: 0 })
  expect(story.calls()).toEqual(["sns@1000#1"])
})

test("R9: what its provider says never left is sent as if for the first time, if that could not be written", async () => {
  let isDown = false
  const story = await openStory({
    directory: failing(() => isDown),
    vias: ["sns"],
    scripts: {
      sns: {
        then: (_, times) => (times === 1 ? uncertain : accepted),
        lookup: () => {
          isDown = true
          return rejected("blocked")
        },
        receipts: "none",
      },
    },
  })
  const { world } = story
  await story.asks(0)
  await story.replies(1_000)
  await pass(world, 30)
  expect(story.calls()).toEqual(["sns@1000#1", "sns?@3000#2", "sns@27000#2"])
})
