import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { inspect } from "node:util"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { ConnectionError, SqlError, UnknownError } from "effect/sql/SqlError"
import { afterAll, describe, expect, test } from "vitest"
import type { FollowUpsShape } from "../../src/engine/index.ts"
import { storeError } from "../../src/stores/sql/store-error.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { type Behaviour, drivers, type Reply, rejected, type World } from "./engine-world.ts"
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

  test("R20: no failed call names an id but a channel's, since hosts make ids of addresses and numbers", async () => {
    const { world } = await openStory({ store: makeStore() })
    const id = "821012345678"
    const errors = [
      await world.refusal((engine) =>
        engine.receipt({ deliveryId: `acme/${id}/c1/m1/sns`, status: "delivered" }),
      ),
      await world.refusal((engine) => engine.receipt({ deliveryId: id, status: "delivered" })),
      await world.refusal((engine) =>
        engine.read({ channelId: "acme", customerId: id, chatId: id, upTo: id }),
      ),
    ]
    expect(errors.map(({ reason }) => reason)).toEqual([
      "unknown-delivery",
      "unknown-delivery",
      "unknown-message",
    ])
    for (const error of errors)
      expect(inspect(error, { depth: Number.POSITIVE_INFINITY })).not.toContain("12345678")
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

/** All that can leave the engine for those who watch it: log lines, spans with how they ended, and metrics. */
const watched = async (world: World): Promise<string> =>
  [
    ...world.logged,
    ...world.spans.flatMap(({ name, attributes, events, links, status }) => [
      inspect({ name, attributes, events, links, status }, { depth: Number.POSITIVE_INFINITY }),
      status._tag === "Ended" && Exit.isFailure(status.exit) ? Cause.pretty(status.exit.cause) : "",
    ]),
    JSON.stringify(await world.metrics()),
  ].join("\n")

const folder = mkdtempSync(join(tmpdir(), "followup-privacy-"))
afterAll(() => rmSync(folder, { recursive: true }))

// Ids too are made of what identifies a person, as some hosts make them.
const person = {
  id: "+821087654321",
  phone: "010-8765-4321",
  email: "kim.jieun@private.example",
  pushTokens: ["token-of-her-phone"],
  name: "Kim Ji-eun",
}
const her = { channelId: "acme", customerId: person.id, chatId: "chat-of-kim.jieun@private.example" }
const personal = [
  "8765-4321",
  "87654321",
  "kim.jieun",
  "private.example",
  "token-of-her-phone",
  "Ji-eun",
  "size of her shoes",
  "forty-one",
  "credential-of-acme",
  "Manager Park",
  "m1-private",
]
const expectNothingPersonal = (text: string) => {
  for (const secret of personal) expect(text).not.toContain(secret)
}

describe.each(drivers)("what can be watched, over %s", (_, makeStore) => {
  const throws: Behaviour = ({ message }) => {
    throw new Error(`credential-of-acme: ${JSON.stringify(message)}`)
  }
  test.each<[string, Behaviour | Reply]>([
    ["deliver", { _tag: "Accepted" }],
    ["reject", rejected("blocked")],
    ["reject for now", rejected("rate-limited", 1_000)],
    ["throw what they were given", throws],
    ["answer nonsense", "raves"],
    ["hang", "hangs"],
  ])("R20: tells nothing of a customer when transports %s", async (_what, then) => {
    const story = await openStory({
      store: makeStore(),
      customer: person,
      scripts: { push: { then }, sns: { then }, xms: { then }, email: { then } },
      engine: { pollMs: 1_000, leaseMs: 20_000, pruneEveryMs: 10_000 },
      onNotice: () => Promise.reject(new Error("credential-of-acme: Kim Ji-eun")),
      channel: { usedPu: 999 },
    })
    const { world } = story
    const says = (from: "customer" | "manager", messageId: string, text: string) =>
      world.call((engine) => engine.message({ ...her, messageId, from, text, authorName: "Manager Park" }))
    await says("customer", "m1-private", "the size of her shoes?")
    await says("manager", "m2-private", "forty-one")
    await world.at(40_000)
    await world.call((engine) => engine.recordUsage({ channelId: "acme", kind: "SNS", pu: 10 }))
    const ids = [her.channelId, her.customerId, her.chatId, "m2-private"].map(encodeURIComponent)
    await world.call((engine) =>
      Effect.ignore(engine.receipt({ deliveryId: `${ids.join("/")}/email`, status: "delivered" })),
    )
    const { chatId, ...who } = her
    await world.call((engine) => Effect.ignore(engine.read({ ...who, chatId, upTo: "m9-private" })))
    world.faults.store = "down"
    for (let ms = 41_000; ms < 65_000; ms += 1_000) await world.at(ms)
    world.faults.store = "up"
    await world.at(70_000)
    await world.call((engine) => engine.forget(who))
    expect(world.spans.map(({ name }) => name)).toContain("followup.send")
    expect(world.logged.length).toBeGreaterThan(0)
    const text = await watched(world)
    expect(text).toContain("followup.send.duration")
    expectNothingPersonal(text)
    await world.close()
  })

  test("R20: tells nothing of a customer when the directory throws, or what it says makes no sense", async () => {
    let answers: () => Promise<object | undefined> = () => Promise.resolve(person)
    const story = await openStory({
      store: makeStore(),
      // @ts-expect-error: a host without types
      directory: { channel: async () => acme, customer: () => answers() },
    })
    const { world } = story
    const signal = {
      channelId: "acme",
      customerId: person.id,
      sessionId: "tab-1",
      signal: "active",
    } as const
    await world.call((engine) => engine.presence(signal))
    answers = () => Promise.reject(new Error("credential-of-acme: Kim Ji-eun"))
    expectNothingPersonal((await world.refusal((engine) => engine.presence(signal))).message)
    answers = () => Promise.resolve({ ...person, email: 41, phone: ["010-8765-4321"] })
    expectNothingPersonal(inspect(await world.refusal((engine) => engine.presence(signal)), { depth: 9 }))
    const text = await watched(world)
    expect(text).toContain("followup.directory")
    expectNothingPersonal(text)
    await world.close()
  })
})

describe("a database's error", () => {
  test("R20: no error tells what is stored and cannot be read", async () => {
    const file = join(folder, "chat.sqlite")
    const { world } = await openStory({ store: sqlite(file), customer: person })
    const said = {
      ...her,
      messageId: "m1-private",
      from: "manager",
      text: "the size of her shoes",
    } as const
    await world.call((engine) => engine.message(said))
    const database = new DatabaseSync(file)
    database.exec("update followup_events set body = 'forty-one ' || body")
    database.exec("update followup_customers set state = 'Kim Ji-eun ' || state")
    database.close()
    const { channelId, customerId } = her
    const errors = [
      await world.refusal((engine) => engine.sentTo({ channelId, customerId })),
      await world.refusal((engine) => engine.message({ ...said, messageId: "m2-private" })),
    ]
    expect(errors.map(({ reason }) => reason)).toEqual(["store", "undecided"])
    for (const error of errors) expectNothingPersonal(inspect(error, { depth: Number.POSITIVE_INFINITY }))
    expectNothingPersonal(await watched(world))
    await world.close()
  })

  const refused = new Error("Query failed")
  Object.assign(refused, { code: "22P05", detail: "Kim Ji-eun", where: "JSON data, line 1: forty-one" })

  test("R20: keeps its kind and code, and nothing of what a statement was given", () => {
    const error = storeError(
      new SqlError({ reason: new UnknownError({ cause: refused, message: "Query failed" }) }),
    )
    expect(error).toMatchObject({
      reason: "rejected",
      message: "Query failed",
      cause: { kind: "UnknownError", codes: ["22P05"] },
    })
    expectNothingPersonal(inspect(error, { depth: Number.POSITIVE_INFINITY }))
  })

  test("R20: keeps all that it says of a connection that cannot be made", () => {
    const cause = new SqlError({
      reason: new ConnectionError({ cause: new Error("ECONNREFUSED 127.0.0.1:5432") }),
    })
    expect(inspect(storeError(cause), { depth: Number.POSITIVE_INFINITY })).toContain("ECONNREFUSED")
  })
})
