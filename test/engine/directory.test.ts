import { describe, expect, test } from "vitest"
import type { ChannelInput, CustomerInput } from "../../src/core/directory.ts"
import type { Directory } from "../../src/engine/index.ts"
import { accepted, drivers, rejected, type Script, START_MS } from "./engine-world.ts"
import { acme, jieun, openStory, whose } from "./story.ts"

const { channelId: _, ...contacts } = jieun
const knows = (more: Partial<Directory> = {}): Directory => ({
  channel: async (id) => (id === "acme" ? acme : undefined),
  customer: async (_channelId, id) => ({ ...contacts, id }),
  ...more,
})
const text = { chatId: "c1", messageId: "m1", from: "customer", text: "Hi" } as const

describe.each(drivers)("a host's directory, over %s", (_name, makeStore) => {
  const open = (directory: Directory, engine = {}) =>
    openStory({ store: makeStore(), directory, engine, policy: { autoText: { prefix: "", suffix: "" } } })

  test("R15: is asked at each decision, so that what it says now holds", async () => {
    let channel: ChannelInput = acme
    const story = await open(knows({ channel: async () => channel }))
    await story.asks(0)
    await story.replies(1_000)
    channel = { ...acme, settings: { phoneNumber: false } }
    await story.world.at(31_000)
    expect(story.calls().toSorted()).toEqual(["email@31000#1", "push@1000#1"])
    expect(await story.exclusions()).toEqual(["disabled"])
  })

  test("is asked once of the channel that many customers of a batch are of, and once of each of them", async () => {
    const asked: Array<string> = []
    const { world } = await open({
      channel: async (id) => {
        asked.push(id)
        return acme
      },
      customer: async (_channelId, id) => {
        asked.push(id)
        return { ...contacts, id }
      },
    })
    const ids = Array.from({ length: 20 }, (_one, index) => `cust-${index % 10}`)
    const says = (customerId: string, index: number) =>
      world.call((engine) => engine.message({ ...text, ...whose, customerId, messageId: `m${index}` }))
    // The first one comes alone: its batch is taken before the others are there.
    await Promise.all([says("cust-0", 20), ...ids.map(says)])
    expect(asked.filter((id) => id === "acme").length).toBeLessThanOrEqual(2)
    expect(asked.filter((id) => id !== "acme").length).toBeLessThanOrEqual(11)
  })

  test("R16: its channels keep their usage in the store", async () => {
    const story = await open(knows({ customer: async (_channelId, id) => ({ id, phone: "010-1234-5678" }) }))
    await story.asks(0)
    await story.replies(1_000)
    await story.receipt(2_000, "sns")
    expect(await story.usedPu()).toEqual({ usedPu: 8, reservedPu: 0 })
  })

  test("R15: what nobody would look at is not kept: contacts are the directory's", async () => {
    const { world } = await open(knows())
    const calls = {
      customer: await world.refusal((engine) => engine.customer(jieun)),
      optOut: await world.refusal((engine) => engine.optOut({ ...whose, via: "email" })),
    }
    for (const [name, error] of Object.entries(calls))
      expect(error).toMatchObject({
        reason: "bad-input",
        message: `${name}: expected contacts that followup keeps; those in your directory are yours to change there`,
      })
  })

  test("R16: a channel that it has may be told of, so that it is known, with its usage", async () => {
    const { world } = await open(knows())
    await world.call((engine) => engine.channel({ ...acme, usedPu: 5 }))
    expect(await world.call((engine) => engine.usage("acme"))).toMatchObject({ usedPu: 5 })
  })

  test("a channel that it does not know is unknown", async () => {
    const { world } = await open(knows())
    const error = await world.refusal((engine) => engine.message({ ...whose, channelId: "other", ...text }))
    expect(error.reason).toBe("unknown-channel")
  })

  test.each([
    ["rejects", () => Promise.reject(new Error("down"))],
    [
      "throws",
      () => {
        throw new Error("down")
      },
    ],
  ])("one that %s fails the call, and nothing is written", async (_what, channel) => {
    const { world } = await open(knows({ channel }))
    const error = await world.refusal((engine) => engine.message({ ...whose, ...text }))
    expect(error).toMatchObject({ reason: "directory", message: "the directory failed" })
    expect(await world.store((store) => store.lastSeq)).toBe(0)
  })

  test("one that is too slow fails the call at its time-out, and nothing is written", async () => {
    const { world } = await open(knows({ customer: () => new Promise(() => {}) }), {
      directoryTimeoutMs: 2_000,
    })
    const told: Array<unknown> = []
    const call = world
      .refusal((engine) => engine.message({ ...whose, ...text }))
      .then((e) => told.push(e.reason, e.message))
    await world.settle()
    await world.jump(world.nowMs + 1_999)
    expect(told).toEqual([])
    await world.jump(world.nowMs + 1)
    await call
    expect(told).toEqual(["directory", "the directory did not answer in 2000 ms"])
    expect(await world.store((store) => store.lastSeq)).toBe(0)
  })

  test("one customer of whom it fails does not fail the others of the same batch", async () => {
    const story = await open(
      knows({
        customer: async (_channelId, id) => {
          if (id === "cust-2") throw new Error("down")
          return { ...contacts, id }
        },
      }),
    )
    const said = await Promise.allSettled(
      ["cust-1", "cust-2", "cust-3"].map((customerId) => story.asks(0, "m1", { customerId })),
    )
    expect(said.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"])
  })

  test("an answer that makes no sense fails the one call, and the engine goes on", async () => {
    const nonsense: CustomerInput = JSON.parse(
      '{ "id": "cust-2", "phone": 42, "email": {}, "pushTokens": 7 }',
    )
    const story = await open(
      knows({
        customer: async (_channelId, id) => (id === "cust-2" ? nonsense : { ...contacts, id }),
      }),
    )
    const said = await Promise.allSettled(
      ["cust-1", "cust-2", "cust-3"].map((customerId) => story.asks(0, "m1", { customerId })),
    )
    expect(said.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"])
    await story.replies(1_000)
    expect(story.calls()).toEqual(["push@1000#1"])
  })

  test("an answer that makes no sense is named by its place, without its values", async () => {
    const nonsense: ChannelInput = JSON.parse(
      '{ "id": "acme", "country": "Korea", "plan": { "kind": "gold" } }',
    )
    const { world } = await open(knows({ channel: async () => nonsense }))
    const error = await world.refusal((engine) => engine.message({ ...whose, ...text }))
    expect(error.reason).toBe("directory")
    expect(error.message).toMatch(/country: expected a country of two capital letters/)
    expect(error.message).not.toMatch(/Korea|gold/)
  })

  test("R12, R13: a link that runs code is told of, and sent to nobody", async () => {
    const { world } = await open(
      knows({ channel: async () => ({ ...acme, chatUrl: "javascript:alert(1)" }) }),
    )
    const error = await world.refusal((engine) => engine.message({ ...whose, ...text }))
    expect(error.reason).toBe("directory")
    expect(error.message).toMatch(/^the directory's answer: chatUrl: expected an absolute address /)
  })

  test.each([
    ["channel", knows({ channel: async () => ({ ...acme, id: "010-1234-5678" }) })],
    ["customer", knows({ customer: async () => ({ ...contacts, id: "010-1234-5678" }) })],
  ])(
    "an answer about another %s than was asked for fails the call, and nothing is written",
    async (_what, directory) => {
      const { world } = await open(directory)
      const error = await world.refusal((engine) => engine.message({ ...whose, ...text }))
      expect(error).toMatchObject({
        reason: "directory",
        message: "the directory's answer: id: expected the id that was asked for",
      })
      expect(await world.store((store) => store.lastSeq)).toBe(0)
    },
  )

  test("what the host's records hold besides is left alone", async () => {
    const record = { ...contacts, id: "cust-1", createdAt: 0, segment: "vip" }
    const story = await open(knows({ customer: async () => record }))
    await story.asks(0)
    await story.replies(1_000)
    expect(story.calls()).toEqual(["push@1000#1"])
  })

  test("R16: news of what was sent is taken although its channel is gone, so no PU stays reserved", async () => {
    let isGone = false
    const story = await open(
      knows({
        channel: async () => (isGone ? undefined : acme),
        customer: async (_channelId, id) => ({ id, phone: "010-1234-5678" }),
      }),
    )
    await story.asks(0)
    await story.replies(1_000)
    isGone = true
    await story.receipt(2_000, "sns")
    expect(await story.usedPu()).toEqual({ usedPu: 8, reservedPu: 0 })
    const [sns] = await story.world.call((engine) =>
      engine.sentTo({ channelId: "acme", customerId: "cust-1" }),
    )
    expect(sns).toMatchObject({ via: "sns", outcome: "delivered" })
  })

  test("R16: so is the answer of who was asked to send it", async () => {
    let isGone = false
    const story = await openStory({
      directory: knows({
        channel: async () => (isGone ? undefined : acme),
        customer: async (_channelId, id) => ({ id, phone: "010-1234-5678" }),
      }),
      vias: ["sns"],
      scripts: { sns: { then: "hangs", receipts: "none" } },
    })
    await story.asks(0)
    await story.replies(1_000)
    isGone = true
    story.world.sent[0]?.answer(accepted)
    await story.world.settle()
    expect(await story.usedPu()).toEqual({ usedPu: 8, reservedPu: 0 })
    expect(await story.outcomes()).toEqual(["sns accepted@1000"])
  })

  test("R7: customers of a channel that is gone do not stop the others, however many they are", async () => {
    const gone = new Set<string>()
    const story = await open(knows({ channel: async (id) => (gone.has(id) ? undefined : { ...acme, id }) }), {
      maxBatch: 2,
    })
    const { world } = story
    const begin = async (channelId: string, customerId: string) => {
      const about = { channelId, customerId, chatId: "c1" }
      await world.call((engine) => engine.message({ ...about, messageId: "m1", from: "customer", text: "?" }))
      await world.call((engine) => engine.message({ ...about, messageId: "m2", from: "manager", text: "!" }))
    }
    for (let index = 0; index < 5; index++) await begin("closing", `cust-${index}`)
    gone.add("closing")
    await world.at(1_000)
    await begin("acme", "cust-1")
    await world.at(40_000)
    // The most overdue come first, and cannot be decided: the engine looks further after a moment.
    await world.jump(world.nowMs + 3_600_000)
    expect(story.calls().filter((call) => call.startsWith("sns"))).toHaveLength(1)
  })
})

test("R7: a follow-up whose directory fails is taken up again a minute later", async () => {
  let isDown = false
  const directory = knows({
    customer: async (_channelId, id) => {
      if (isDown && id === "cust-1") throw new Error("down")
      return { ...contacts, id }
    },
  })
  const story = await openStory({ directory, engine: { pollMs: 1_000 } })
  for (const customerId of ["cust-1", "cust-2"]) {
    await story.asks(0, "m1", { customerId })
    await story.replies(1_000, "m2", { customerId })
  }
  isDown = true
  await story.world.at(31_000)
  const ofSns = () =>
    story.world.sent.filter(({ via }) => via === "sns").map(({ context }) => context.deliveryId)
  expect(ofSns()).toEqual(["acme/cust-2/c1/m2/sns"])
  isDown = false
  await story.world.jump(story.world.nowMs + 59_999)
  expect(ofSns()).toHaveLength(1)
  await story.world.jump(story.world.nowMs + 1_001)
  expect(ofSns()).toEqual(["acme/cust-2/c1/m2/sns", "acme/cust-1/c1/m2/sns"])
})

test.each([
  ["fails", () => Promise.reject(new Error("down"))],
  ["hangs", () => new Promise<never>(() => {})],
])(
  "R9: the answer to a send that comes while the directory %s is decided once it does not",
  async (_, down) => {
    let isDown = false
    const directory = knows({
      customer: (_channelId, id) => (isDown ? down() : Promise.resolve({ ...contacts, id, pushTokens: [] })),
    })
    const story = await openStory({ directory, scripts: { sns: { then: "hangs" } } })
    const { world } = story
    await story.asks(0)
    await story.replies(1_000)
    isDown = true
    world.sent.find(({ via }) => via === "sns")?.answer(rejected("blocked"))
    await world.settle()
    for (let seconds = 1; seconds <= 5; seconds++) await world.jump(world.nowMs + 1_000)
    expect(story.calls()).not.toContainEqual(expect.stringMatching(/^xms/))
    isDown = false
    for (let seconds = 1; seconds <= 5; seconds++) await world.jump(world.nowMs + 1_000)
    expect(story.calls()).toContainEqual(expect.stringMatching(/^xms/))
    expect(await story.outcomes()).toContainEqual(expect.stringMatching(/^sns blocked/))
  },
)

/** A story with an SNS on its way, whose directory has been away for twelve seconds. */
const openAway = async (sns: Script) => {
  let isDown = false
  const directory = knows({
    customer: (_channelId, id) =>
      isDown ? Promise.reject(new Error("down")) : Promise.resolve({ ...contacts, id, pushTokens: [] }),
  })
  const story = await openStory({ directory, scripts: { sns }, engine: { pollMs: 1_000 } })
  const { world } = story
  const seconds = async (count: number) => {
    for (let second = 1; second <= count; second++) await world.jump(world.nowMs + 1_000)
  }
  await story.asks(0)
  await story.replies(1_000)
  isDown = true
  await seconds(12)
  const comesBack = () => {
    isDown = false
  }
  return { story, world, seconds, comesBack }
}

test("R9: a refusal is not lost where the directory is away until the lease is over: it is asked for anew", async () => {
  const { story, world, seconds, comesBack } = await openAway({ then: "hangs" })
  world.sent.find(({ via }) => via === "sns")?.answer(rejected("blocked"))
  await world.settle()
  await seconds(15)
  expect(story.calls()).toContainEqual(expect.stringMatching(/^sns@.*#1$/))
  const again = world.sent.filter(({ via }) => via === "sns").at(-1)
  comesBack()
  again?.answer(rejected("blocked"))
  await world.settle()
  await seconds(5)
  expect(story.calls()).toContainEqual(expect.stringMatching(/^xms/))
  expect(await story.outcomes()).toContainEqual(expect.stringMatching(/^sns blocked/))
  expect((await story.usedPu()).reservedPu).toBe(0)
})

test("R8: what is to be sent again goes out while the directory keeps somebody else waiting", async () => {
  let isDown = false
  const directory = knows({
    customer: (_channelId, id) =>
      isDown
        ? new Promise<never>(() => {})
        : Promise.resolve({ ...contacts, id, pushTokens: id === "cust-1" ? [] : ["t1"] }),
  })
  const again = {
    then: (_: unknown, times: number) => (times === 1 ? rejected("rate-limited", 40_000) : accepted),
  }
  const story = await openStory({
    directory,
    scripts: { sns: again },
    engine: { directoryTimeoutMs: 60_000, pollMs: 1_000 },
  })
  const { world } = story
  await story.asks(0)
  await story.asks(0, "m1", { customerId: "cust-2" })
  await story.replies(1_000)
  await story.replies(1_000, "m2", { customerId: "cust-2" })
  isDown = true
  for (let second = 31; second <= 41; second++) await world.jump(START_MS + second * 1_000)
  expect(story.calls().filter((call) => call.startsWith("sns"))).toEqual(["sns@1000#1", "sns@41000#2"])
})

test("R9: that a text was accepted is not lost, however long the directory is away", async () => {
  const { story, world, seconds, comesBack } = await openAway({ then: "hangs", receipts: "none" })
  world.sent.find(({ via }) => via === "sns")?.answer(accepted)
  await seconds(90)
  comesBack()
  await seconds(5)
  expect(story.calls().filter((call) => call.startsWith("sns"))).toEqual(["sns@1000#1"])
  expect(await story.outcomes()).toContainEqual(expect.stringMatching(/^sns accepted/))
})

test("an attempt may take longer than a lease does by default: the lease is longer then", async () => {
  const send = { timeoutMs: 40_000, graceMs: 1_000, maxAttempts: 5, backoffMs: 2_000 }
  const story = await openStory({ engine: { send } })
  await story.asks(0)
  await story.replies(1_000)
  expect(story.calls()).toEqual(["push@1000#1"])
})

test("R7: a store that is down for a while delays what is due, and no more", async () => {
  const story = await openStory({ engine: { pollMs: 1_000 } })
  await story.asks(0)
  await story.replies(1_000)
  story.world.faults.store = "down"
  await story.world.jump(story.world.nowMs + 35_000)
  const error = await story.world.refusal((engine) =>
    engine.message({ ...whose, chatId: "c1", messageId: "m3", from: "customer", text: "Hi" }),
  )
  expect(error.reason).toBe("store")
  expect(story.calls()).toEqual(["push@1000#1"])
  story.world.faults.store = "up"
  await story.world.jump(story.world.nowMs + 1_000)
  expect(story.calls().slice(1).toSorted()).toEqual(["email@37000#1", "sns@37000#1"])
})

test("R7: a wake-up that finds the store busy is tried again at the next look, not a minute later", async () => {
  const story = await openStory({ engine: { pollMs: 1_000 } })
  await story.asks(0)
  await story.replies(1_000)
  story.world.faults.store = "busy"
  await story.world.at(31_500)
  expect(story.calls()).toEqual(["push@1000#1"])
  story.world.faults.store = "up"
  await story.world.jump(story.world.nowMs + 500)
  expect(story.calls().slice(1).toSorted()).toEqual(["email@32000#1", "sns@32000#1"])
})
