/** What cannot be decided or read stops nobody else, is named, and can be got rid of. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { inspect } from "node:util"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { afterAll, describe, expect, test } from "vitest"
import type { Directory } from "../../src/engine/index.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { accepted, rejected, START_MS, World } from "./engine-world.ts"
import { acme, jieun, openStory, type StoryOptions, storyIn, whose } from "./story.ts"

const folder = mkdtempSync(join(tmpdir(), "followup-poison-"))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

const onFile = async (options: StoryOptions = {}) => {
  const file = join(folder, `${++files}.sqlite`)
  const story = await openStory({ store: sqlite(file), ...options })
  const edit = (statement: string): void => {
    const database = new DatabaseSync(file)
    database.exec(statement)
    database.close()
  }
  const sentTo = (via: string) =>
    story.world.sent.filter((one) => one.via === via).map(({ context }) => context.deliveryId.split("/")[1])
  return { file, story, world: story.world, edit, sentTo }
}

/** What an error and its causes say, however it is printed. */
const everythingIn = (error: unknown): string =>
  error instanceof Error
    ? [error.message, error.stack, JSON.stringify(error), everythingIn(error.cause)].join("\n")
    : inspect(error)

const broken: ReadonlyArray<readonly [string, string]> = [
  ["is cut off", "substr(state, 1, 20)"],
  ["is no JSON", "'x010-1234-5678'"],
  ["makes no sense", `'{"sessions":{},"chats":{"c1":{"010-1234-5678":1}},"followUps":{}}'`],
]

describe.each(broken)("a customer whose state %s", (what, state) => {
  const poisoned = async (options: StoryOptions = {}) => {
    const opened = await onFile({ engine: { pollMs: 1_000 }, ...options })
    const { story, world } = opened
    await world.call((engine) => engine.customer({ ...jieun, id: "cust-2" }))
    for (const customerId of ["cust-1", "cust-2"]) {
      await story.asks(0, "m1", { customerId })
      await story.replies(1_000, "m2", { customerId })
    }
    opened.edit(`create table saved as select * from followup_customers;
      update followup_customers set state = ${state} where customer_id = 'cust-1'`)
    return opened
  }
  const says = { ...whose, chatId: "c1", messageId: "m3", from: "manager", text: "Really: yes." } as const

  test("R20: its callers are told whose and what, once and for all, without what it says", async () => {
    const { world } = await poisoned()
    const error = await world.refusal((engine) => engine.message(says))
    expect(error.reason).toBe("undecided")
    expect(error.message).toMatch(/^Message of a customer of channel acme cannot be decided: /)
    for (const secret of ["010-1", "1234-5678", "Really", "Yes, it is"])
      expect(everythingIn(error)).not.toContain(secret)
  })

  test("R1: stops none of those who are decided in the same batch", async () => {
    const { world } = await poisoned()
    const said = await Promise.allSettled(
      ["cust-2", "cust-1", "cust-3"].map((customerId) =>
        world.call((engine) => engine.message({ ...says, customerId })),
      ),
    )
    expect(said.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"])
  })

  test("R7: stops none of those who are due, and is named: in the list, and in one line of the log", async () => {
    const { world, sentTo } = await poisoned()
    expect(await world.call((engine) => engine.quarantine())).toEqual([])
    await world.jump(START_MS + 31_000)
    for (let minutes = 0; minutes < 5; minutes++) await world.jump(world.nowMs + MINUTE_MS)
    expect(sentTo("sns")).toEqual(["cust-2"])
    expect(await world.call((engine) => engine.quarantine())).toEqual([
      {
        ...whose,
        sinceMs: START_MS + 31_000,
        reason: "undecided",
        message: expect.stringMatching(/^WakeUp of/),
      },
    ])
    const lines = world.logged.filter((line) => line.includes("cannot be decided"))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('"followup.channel.id":"acme"')
    expect(lines[0]).not.toContain("cust-1")
    expect(world.logged.join()).not.toContain("1234-5678")
  })

  test.each([
    ["took", accepted],
    ["refused", rejected("blocked")],
  ])(
    "R9: that a provider %s theirs is said to be lost at once, and nothing is sent again",
    async (_how, result) => {
      const { world } = await poisoned({ scripts: { push: { then: "hangs" } } })
      for (const { answer } of world.sent) answer(result)
      await world.settle()
      // In a state that makes no sense the message is unknown: its answer changes nothing, which is no failure.
      const lost = what === "makes no sense" ? 0 : 1
      expect(world.logged.filter((line) => line.includes("answer to a send could not be kept"))).toHaveLength(
        lost,
      )
      expect(world.sent.filter(({ via }) => via === "push")).toHaveLength(2)
    },
  )

  test("R7: keeps nobody who is due after them waiting, not even for a moment", async () => {
    const { story, world, sentTo } = await poisoned()
    await story.asks(1_500, "m1", { customerId: "cust-3" })
    await world.call((engine) => engine.customer({ ...jieun, id: "cust-3" }))
    await story.replies(1_500, "m2", { customerId: "cust-3" })
    await world.at(31_000)
    expect(await world.call((engine) => engine.quarantine())).toHaveLength(1)
    expect(sentTo("sns")).toEqual(["cust-2"])
    await world.jump(START_MS + 31_500)
    expect(sentTo("sns")).toEqual(["cust-2", "cust-3"])
  })

  test("R7: goes on where it was once its row is repaired, and leaves the list", async () => {
    const { world, edit, sentTo } = await poisoned()
    await world.jump(START_MS + 31_000)
    edit(`update followup_customers set state = (select state from saved where customer_id = 'cust-1')
      where customer_id = 'cust-1'`)
    await world.jump(world.nowMs + MINUTE_MS)
    expect(sentTo("sns")).toEqual(["cust-2", "cust-1"])
    expect(await world.call((engine) => engine.quarantine())).toEqual([])
  })

  test("R20: can be forgotten, and starts afresh", async () => {
    const { story, world, edit } = await poisoned()
    edit("update followup_events set body = '{' || body where type = 'MessageRecorded'")
    await world.jump(START_MS + 31_000)
    await world.call((engine) => engine.forget(whose))
    await world.jump(world.nowMs + MINUTE_MS)
    expect(await world.call((engine) => engine.quarantine())).toEqual([])
    await world.call((engine) => engine.customer(jieun))
    await world.call((engine) => engine.message({ ...says, from: "customer" }))
    expect(await story.outcomes()).toEqual([])
  })
})

test.each(broken.slice(0, 2))(
  "R16: a customer whose state %s gives back their PU when forgotten",
  async (_, state) => {
    const { story, world, edit } = await onFile({
      customer: { pushTokens: [] },
      scripts: { sns: { then: rejected("rate-limited", 50_000) } },
    })
    await story.asks(0)
    await story.replies(1_000)
    expect(await story.usedPu()).toEqual({ usedPu: 0, reservedPu: 8 })
    edit(`update followup_customers set state = ${state}`)
    await world.call((engine) => engine.forget(whose))
    expect(await story.usedPu()).toEqual({ usedPu: 0, reservedPu: 0 })
  },
)

describe("a message on its way that cannot be read", () => {
  const cut = "update followup_outbox set message = substr(message, 1, 40) where via = 'sns'"

  test("R9, R16: is given up, XMS takes over, its PU are released, and the others are sent", async () => {
    const { story, world, edit, sentTo } = await onFile({
      customer: { pushTokens: [] },
      scripts: { sns: { then: rejected("rate-limited", 5_000) } },
    })
    await story.asks(0)
    await story.replies(1_000)
    edit(cut)
    await world.call((engine) => engine.customer({ ...jieun, id: "cust-2", pushTokens: ["t2"] }))
    for (const say of [story.asks, story.replies]) await say(5_000, `m-${say.name}`, { customerId: "cust-2" })
    await world.jump(START_MS + 7_000)
    expect(sentTo("sns")).toEqual(["cust-1"])
    expect(sentTo("xms")).toEqual(["cust-1"])
    expect(sentTo("push")).toEqual(["cust-2"])
    expect(await story.outcomes()).toContain("sns failed@6000")
    await story.receipt(8_000, "xms")
    expect(await story.usedPu()).toEqual({ usedPu: 10, reservedPu: 0 })
    await world.at(HOUR_MS)
    const lines = world.logged.filter((line) => line.includes("cannot be read"))
    expect(lines).toEqual([expect.stringMatching(/"followup.via":"sns","followup.channel.id":"acme"/)])
    expect(world.logged.join()).not.toContain("8210")
  })

  test.each([
    ["message", "of which parts are missing", `message = '{"via":"push"}', via = 'push'`],
    ["message", "of another leg", `message = '{"via":"xms"}'`],
    ["message", "of a leg that a later version knows", `message = '{"via":"fax"}', via = 'fax'`],
    ["providers", "no JSON", "providers = 'x010-1234-5678'"],
    ["providers", "no list", "providers = 'null'"],
    ["refused", "no JSON", "refused = 'x'"],
    ["refused", "no list", "refused = '{}'"],
    ["refused", "no list of refusals", "refused = '[null]'"],
  ])("R9: whose %s is %s is given up as well, and later ones are sent", async (_column, _what, set) => {
    const { story, world, edit, sentTo } = await onFile({
      customer: { pushTokens: [] },
      engine: { maxSends: 1 },
      scripts: { sns: { then: rejected("rate-limited", 5_000) } },
    })
    await story.asks(0)
    await story.replies(1_000)
    edit(`update followup_outbox set ${set} where via = 'sns'`)
    await world.call((engine) => engine.customer({ ...jieun, id: "cust-2", pushTokens: ["t2"] }))
    for (const say of [story.asks, story.replies]) await say(5_000, `m-${say.name}`, { customerId: "cust-2" })
    await world.jump(START_MS + 7_000)
    expect(sentTo("xms")).toEqual(["cust-1"])
    expect(sentTo("push")).toEqual(["cust-2"])
    expect(await story.outcomes()).toContain("sns failed@6000")
    const lines = world.logged.filter((line) => line.includes("cannot be read"))
    expect(lines).toHaveLength(1)
    expect(world.logged.join()).not.toMatch(/1234/)
  })

  test("R9: that may have been sent stays uncertain: no XMS, and it is paid for", async () => {
    const { file, story, edit } = await onFile({
      customer: { pushTokens: [] },
      scripts: { sns: { then: "hangs" } },
    })
    await story.asks(0)
    await story.replies(1_000)
    edit(cut)
    const after = storyIn(await World.open({ store: sqlite(file), startMs: START_MS + 5_000 }))
    await after.world.at(HOUR_MS)
    expect(after.calls()).toEqual([])
    expect((await after.outcomes()).find((line) => line.startsWith("sns"))).toMatch(/^sns uncertain@/)
    expect(await after.usedPu()).toEqual({ usedPu: 8, reservedPu: 0 })
  })

  test("R7: a push that may have been sent, and names no device any more, keeps no room and ends", async () => {
    const { file, story, edit } = await onFile({ scripts: { push: { then: "hangs" } } })
    await story.asks(0)
    await story.replies(1_000)
    edit("update followup_outbox set message = json_set(message, '$.tokens', json('[]'))")
    const after = storyIn(await World.open({ store: sqlite(file), startMs: START_MS + 5_000 }))
    await after.world.at(60_000)
    expect(after.calls().toSorted()).toEqual(["email@31000#1", "sns@31000#1"])
    // The clock stands still: a send that never ends would be waited for.
    await after.world.close()
  })
})

test.each([
  ["is no JSON", "'{' || body"],
  ["is no event", "'null'"],
])(
  "R20: an event whose row %s fails what reads it by its number, without what it says",
  async (_what, body) => {
    const { story, world, edit } = await onFile()
    await story.asks(0)
    await story.replies(1_000)
    const { seq } = (await world.store((store) => store.eventsAfter(0, 100))).at(-1) ?? { seq: 0 }
    edit(`update followup_events set body = ${body} where seq = ${seq}`)
    const readers = [
      () => world.refusal((engine) => engine.log({ channelId: "acme" })),
      () => world.refusal((engine) => engine.sentTo(whose)),
      () => world.refusal((engine) => engine.explain({ ...whose, messageId: "m2" })),
      () => world.refusal((engine) => Stream.runHead(engine.events({ after: seq - 1 }))),
    ]
    for (const reads of readers) {
      const error = await reads()
      expect(error).toMatchObject({
        reason: "store",
        message: `the store: event ${seq} of the history cannot be read`,
      })
      expect(everythingIn(error)).not.toContain("Yes, it is")
    }
    await story.asks(2_000, "m3")
    const next = await world.call((engine) => Stream.runHead(engine.events({ after: seq })))
    expect(Option.getOrThrow(next).seq).toBe(seq + 1)
  },
)

test.each<[string, Directory["channel"], string]>([
  ["no longer has", async () => undefined, "unknown-channel"],
  ["fails for", () => Promise.reject(new Error("down")), "directory"],
])(
  "R7: however few are looked at together, those of channels that the directory %s keep nobody waiting",
  async (_what, answer, reason) => {
    const others = ["other-1", "other-2", "other-3"]
    let isUp = true
    const { channelId: _, ...contacts } = jieun
    const { world, asks, replies } = await openStory({
      directory: {
        channel: async (id) => (isUp || id === "acme" ? { ...acme, id } : answer(id)),
        customer: async (_channelId, id) => ({ ...contacts, id }),
      },
      engine: { maxBatch: 2 },
    })
    for (const channelId of others)
      for (const from of ["customer", "manager"] as const)
        await world.call((engine) =>
          engine.message({ ...whose, channelId, chatId: "c1", messageId: from, from, text: "Yes, it is." }),
        )
    await asks(0)
    await replies(0)
    isUp = false
    await world.jump(START_MS + 30_000)
    expect(
      world.sent
        .slice(4)
        .map(({ via }) => via)
        .toSorted(),
    ).toEqual(["email", "sns"])
    const left = await world.call((engine) => engine.quarantine())
    expect(left.map((one) => [one.channelId, one.reason])).toEqual(others.map((id) => [id, reason]))
    const counted = world.logged.flatMap((line) => /"followup.customers":(\d+)/.exec(line)?.[1] ?? [])
    expect(counted).toEqual(["2", "1"])
  },
)

test("R7: one of whom the host's directory says nothing is named with that reason, until it does", async () => {
  let isDown = false
  const { channelId: _, ...contacts } = jieun
  const story = await openStory({
    directory: {
      channel: async () => acme,
      customer: async () => (isDown ? Promise.reject(new Error("cust-1@example.com")) : contacts),
    },
    engine: { pollMs: 1_000 },
  })
  await story.asks(0)
  await story.replies(1_000)
  isDown = true
  await story.world.jump(START_MS + 31_000)
  const reasons = async () =>
    (await story.world.call((engine) => engine.quarantine())).map(({ reason, message }) => [reason, message])
  expect(await reasons()).toEqual([["directory", "the directory failed"]])
  isDown = false
  await story.world.jump(story.world.nowMs + MINUTE_MS)
  expect(await reasons()).toEqual([])
})
