/** R20: a customer who is forgotten leaves their PU and their lines in the log, and nothing that is theirs. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { accepted, drivers, type Reply, rejected, type Sent } from "./engine-world.ts"
import { acme, jieun, openStory, whose } from "./story.ts"

const folder = mkdtempSync(join(tmpdir(), "followup-forget-"))
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(drivers)("forget over %s", (_, makeStore) => {
  const texted = (then: Reply | ((sent: Sent) => Reply) = accepted, options: object = {}) =>
    openStory({
      store: makeStore(),
      channel: { settings: { email: false }, integrations: { push: false, sns: true } },
      scripts: { sns: { then } },
      ...options,
    })
  const forgets = (story: Awaited<ReturnType<typeof texted>>) =>
    story.world.call((engine) => engine.forget(whose))
  const linesOf = async (story: Awaited<ReturnType<typeof texted>>) =>
    (await story.world.call((engine) => engine.log({ channelId: "acme" }))).flatMap((entry) =>
      entry._tag === "Delivery" ? [`${entry.via} ${entry.outcome} ${entry.pu} PU`] : [],
    )

  test("R20: afterwards nothing is known of them; the log has their lines, the ledger what they cost", async () => {
    const story = await texted()
    await story.asks(0)
    await story.replies(1_000)
    await story.receipt(2_000, "sns")
    const before = await story.world.call((engine) => engine.log({ channelId: "acme" }))
    const usage = await story.world.call((engine) => engine.usage("acme"))
    await forgets(story)
    expect(await story.world.call((engine) => engine.sentTo(whose))).toEqual([])
    expect(await story.world.call((engine) => engine.explain({ ...whose, messageId: "m2" }))).toMatchObject({
      verdict: "unknown",
      steps: [],
    })
    const after = await story.world.call((engine) => engine.log({ channelId: "acme" }))
    const name = after[0]?.customerId
    expect(name).toMatch(/^forgotten-[0-9a-f-]{36}$/)
    expect(after).toEqual(
      before.map((entry) => ({
        ...entry,
        customerId: name,
        chatId: "chat-1",
        messageIds: ["message-1"],
        followUpId: `acme/${name}/chat-1/follow-up-1`,
        ...(entry._tag === "Delivery" && {
          deliveryId: `acme/${name}/chat-1/follow-up-1/sns`,
          text: "",
        }),
      })),
    )
    expect(await story.world.call((engine) => engine.usage("acme"))).toEqual(usage)
    expect(await story.world.store((store) => store.nextInstant(-1))).toBeNull()
    await forgets(story)
    expect(await story.world.call((engine) => engine.log({ channelId: "acme" }))).toEqual(after)
  })

  test("R16: what has not left is taken back and gives its PU back", async () => {
    const story = await texted({ _tag: "Rejected", reason: "rate-limited", retryAfterMs: 30_000 })
    await story.asks(0)
    await story.replies(1_000)
    expect(await story.usedPu()).toEqual({ usedPu: 0, reservedPu: 8 })
    await forgets(story)
    expect(await story.usedPu()).toEqual({ usedPu: 0, reservedPu: 0 })
    expect(await linesOf(story)).toEqual(["sns withdrawn 0 PU"])
    await story.world.at(3_600_000)
    expect(story.calls()).toEqual(["sns@1000#1"])
  })

  test("R16: what is on its way is paid for, and its answer changes nothing any more", async () => {
    const story = await texted("hangs")
    await story.asks(0)
    await story.replies(1_000)
    await forgets(story)
    expect(await story.usedPu()).toEqual({ usedPu: 8, reservedPu: 0 })
    const events = await story.world.store((store) => store.eventsAfter(0, 100))
    story.world.sent[0]?.answer({ _tag: "Rejected", reason: "blocked" })
    await story.world.settle()
    const late = { deliveryId: "acme/cust-1/c1/m2/sns", status: "delivered" } as const
    expect((await story.world.refusal((engine) => engine.receipt(late))).reason).toBe("unknown-delivery")
    await story.world.at(3_600_000)
    expect(await story.world.store((store) => store.eventsAfter(0, 100))).toEqual(events)
    expect(await linesOf(story)).toEqual(["sns uncertain 8 PU"])
    expect(story.calls()).toEqual(["sns@1000#1"])
  })

  test("R16: a notice that this leads to is told like any other", async () => {
    const told: Array<string> = []
    const story = await texted("hangs", {
      policy: { autoText: { prefix: "", suffix: "" }, freeLimitPu: 8 },
      onNotice: async ({ notice }: { notice: { kind: string } }) => void told.push(notice.kind),
    })
    await story.asks(0)
    await story.replies(1_000)
    expect(told).toEqual([])
    await forgets(story)
    expect(told).toEqual(["usage-exhausted"])
  })

  test("R20: a later message of the same id starts afresh", async () => {
    const story = await texted()
    const play = async (ms: number) => {
      await story.asks(ms)
      await story.replies(ms + 1_000)
    }
    await play(0)
    await forgets(story)
    await play(100_000)
    expect(await story.exclusions()).toContain("no-contact")
    await forgets(story)
    await story.world.call((engine) => engine.customer(jieun))
    await play(200_000)
    expect(story.calls()).toEqual(["sns@1000#1", "sns@201000#1"])
    expect(await story.outcomes()).toEqual(["sns pending"])
    const log = await story.world.call((engine) => engine.log({ channelId: "acme" }))
    expect(new Set(log.map(({ customerId }) => customerId)).size).toBe(3)
  })

  test("R20: nobody else is touched, and a stranger is forgotten already", async () => {
    const story = await texted()
    await story.world.call((engine) => engine.customer({ ...jieun, id: "cust-2" }))
    for (const customerId of ["cust-1", "cust-2"]) {
      await story.asks(0, "m1", { customerId })
      await story.replies(1_000, "m2", { customerId })
    }
    const before = await story.world.call((engine) => engine.sentTo({ ...whose, customerId: "cust-2" }))
    await forgets(story)
    await story.world.call((engine) => engine.forget({ channelId: "nobody", customerId: "nowhere" }))
    expect(await story.world.call((engine) => engine.sentTo({ ...whose, customerId: "cust-2" }))).toEqual(
      before,
    )
    const error = await story.world.refusal((engine) => engine.forget({ ...whose, customerId: "" }))
    expect(error.reason).toBe("bad-input")
  })
})

test("R20: nothing of a forgotten customer can be found in the bytes of the SQLite files", async () => {
  const file = join(folder, "bytes.sqlite")
  const bytes = () =>
    readdirSync(folder)
      .map((name) => readFileSync(join(folder, name)).toString("latin1"))
      .join("")
  const story = await openStory({
    store: sqlite(file),
    channel: { ...acme, plan: { kind: "paid" }, integrations: { push: true } },
    scripts: { push: { then: rejected("blocked") }, xms: { then: "hangs" } },
    // What hangs would be waited for, on a clock that nobody moves.
    engine: { closeTimeoutMs: 0 },
  })
  const { world } = story
  const ids = Array.from({ length: 16 }, (_, index) => `person-${index}-`)
  const secretsOf = (id: string, index: number) => {
    const n = String(10_000_000 + index * 7_919)
    return {
      phone: n,
      email: `${id}mail@example.com`,
      token: `token-of-${id}`,
      body: `The words for ${id}. `,
    }
  }
  for (const [index, id] of ids.entries()) {
    const { phone, email, token } = secretsOf(id, index)
    const contacts = { phone: `010${phone}`, email, pushTokens: [token], name: `Name of ${id}` }
    await world.call((engine) => engine.customer({ channelId: "acme", id, ...contacts }))
  }
  // Bodies of many lengths, so that pages are split and merged; some sends end, some are cut short.
  for (const [index, id] of ids.entries()) {
    const { body } = secretsOf(id, index)
    const said = { customerId: id, text: body.repeat(1 + ((index * 37) % 90)) }
    await story.asks(index * 1_000, `q-${id}`, said)
    await story.replies(index * 1_000 + 500, `a-${id}`, said)
  }
  const forgotten = ids.filter((_, index) => index % 2 === 0)
  const missing = () => {
    const all = bytes()
    return ids.flatMap((id, index) => {
      const secrets = [id, `a-${id}`, ...Object.values(secretsOf(id, index))]
      return secrets.filter((secret) => !all.includes(secret))
    })
  }
  expect(missing()).toEqual([])
  for (const customerId of forgotten)
    await world.call((engine) => engine.forget({ channelId: "acme", customerId }))
  // All that is theirs is missing now, and nothing else.
  expect(missing()).toEqual(
    ids.flatMap((id, index) =>
      forgotten.includes(id) ? [id, `a-${id}`, ...Object.values(secretsOf(id, index))] : [],
    ),
  )
  await world.close()
})
