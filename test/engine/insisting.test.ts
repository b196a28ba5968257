/** R9: an acceptance that cannot be written while its lease lasts is insisted on, at nobody else's cost. */
import { expect, test } from "vitest"
import type { Directory } from "../../src/engine/index.ts"
import { accepted, rejected, START_MS } from "./engine-world.ts"
import { acme, jieun, openStory } from "./story.ts"
import { openTwo } from "./two-processes.ts"

const { channelId: _, ...contacts } = jieun

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
  for (let second = 1; second <= 60; second++) await world.jump(world.nowMs + 1_000)
  const sentAt = world.sent
    .filter(({ context }) => context.deliveryId.startsWith("beta/"))
    .map(({ atMs }) => (atMs - START_MS) / 1_000)
  expect(sentAt).toHaveLength(2)
  expect(sentAt[1]).toBeLessThan(60)
})
