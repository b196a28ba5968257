import { readFileSync } from "node:fs"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import type * as Tracer from "effect/Tracer"
import { beforeAll, describe, expect, test } from "vitest"
import type { WebhookAnswer } from "../../src/engine/index.ts"
import { warn } from "../../src/engine/observer.ts"
import { logLines } from "../../src/engine/telemetry.ts"
import { accepted, drivers, rejected, START_MS, uncertain, type World } from "./engine-world.ts"
import { refused, texts, xms } from "./gateways.ts"
import { acme, jieun, openStory, whose } from "./story.ts"

const guide = readFileSync("docs/guides/observability.md", "utf8")

/** The rows of a section's table, each as its cells without the marks of code. */
const tableOf = (section: string): ReadonlyArray<ReadonlyArray<string>> =>
  (guide.split(`\n## ${section}\n`)[1]?.split("\n## ")[0] ?? "")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", "")),
    )

const listed = (cell = ""): ReadonlyArray<string> => (cell === "" ? [] : cell.split(", "))

interface Emitted {
  readonly metrics: Map<string, { readonly kind: string; readonly unit: string; readonly keys: Set<string> }>
  readonly spans: Map<string, { readonly parents: Set<string>; readonly keys: Set<string> }>
  readonly logs: Map<string, Set<string>>
}

const emitted: Emitted = { metrics: new Map(), spans: new Map(), logs: new Map() }

const gather = async (world: World) => {
  for (const { id, type, attributes = {} } of await world.metrics()) {
    const { unit = "", ...rest } = attributes
    const metric = emitted.metrics.get(id) ?? { kind: type.toLowerCase(), unit, keys: new Set() }
    for (const key of Object.keys(rest)) metric.keys.add(key)
    emitted.metrics.set(id, metric)
  }
  for (const { name, parent, attributes } of world.spans) {
    const span = emitted.spans.get(name) ?? { parents: new Set(), keys: new Set() }
    const above = parent._tag === "Some" && parent.value._tag === "Span" ? parent.value.name : "none"
    span.parents.add(above)
    for (const key of attributes.keys()) span.keys.add(key)
    emitted.spans.set(name, span)
  }
  for (const line of world.logged) {
    const { message, annotations } = JSON.parse(line)
    const keys = emitted.logs.get(message) ?? new Set()
    for (const key of Object.keys(annotations)) keys.add(key)
    emitted.logs.set(message, keys)
  }
}

/** What a metric counted, or how many times it was measured, by its attributes' values. */
const countsIn = (snapshots: ReadonlyArray<Metric.Metric.Snapshot>, name: string): Record<string, number> =>
  Object.fromEntries(
    snapshots
      .filter(({ id }) => id === name)
      .map(({ attributes = {}, state }) => {
        const { unit: _, ...rest } = attributes
        const value = "count" in state ? state.count : "value" in state ? state.value : 0
        return [Object.values(rest).join(" "), Number(value)]
      }),
  )

const counts = async (world: World, name: string) => countsIn(await world.metrics(), name)

describe("what is documented is emitted, and what is emitted is documented", () => {
  const stories: Readonly<Record<string, () => Promise<World>>> = {
    "a cascade with a late receipt, and a customer who comes back": async () => {
      const story = await openStory({ scripts: { sns: { then: rejected("blocked") } } })
      await story.asks(0)
      await story.replies(1_000)
      await story.receipt(40_000, "xms")
      await story.receipt(41_000, "push", "received")
      await story.receipt(42_000, "email")
      await story.replies(50_000, "m3")
      await story.signals(51_000, "active")
      return story.world
    },
    "refused and failed inputs, and an exclusion": async () => {
      const story = await openStory()
      await story.replies(0)
      await story.world.refusal((engine) => engine.read({ ...whose, chatId: "c1", upTo: "m9" }))
      story.world.faults.store = "busy"
      await story.world.refusal((engine) =>
        engine.presence({ ...whose, sessionId: "tab-1", signal: "active" }),
      )
      return story.world
    },
    "a directory that goes away, also from a wake-up": async () => {
      let isAway = false
      const answer = <A>(value: A) => (isAway ? Promise.reject(new Error("away")) : Promise.resolve(value))
      const story = await openStory({
        directory: {
          channel: () => answer(acme),
          customer: () => answer({ id: "cust-1", phone: jieun.phone }),
        },
      })
      await story.signals(0, "active")
      await story.asks(1_000)
      await story.replies(2_000)
      isAway = true
      await story.world.at(300_000)
      return story.world
    },
    "a host that takes no notices": async () => {
      const story = await openStory({ onNotice: () => Promise.reject(new Error("no")) })
      await story.world.call((engine) => engine.recordUsage({ channelId: "acme", kind: "SNS", pu: 1_000 }))
      return story.world
    },
    "a store that goes away while a message is sent": async () => {
      const story = await openStory({
        engine: { pollMs: 1_000, leaseMs: 20_000, pruneEveryMs: 1_000 },
        scripts: { push: { then: "hangs" } },
      })
      await story.asks(0)
      await story.replies(1_000)
      story.world.faults.store = "down"
      for (let ms = 2_000; ms <= 30_000; ms += 1_000) await story.world.at(ms)
      story.world.faults.store = "up"
      for (let ms = 31_000; ms <= 33_000; ms += 1_000) await story.world.at(ms)
      return story.world
    },
    "what takes a mistake, or a row that somebody changed": async () => {
      const story = await openStory()
      await story.world.run(warn("roundFailed", {}))
      const about = { "followup.via": "sns", "followup.channel.id": "acme" }
      await story.world.run(warn("messageUnreadable", about))
      return story.world
    },
    "webhooks that are out of order": async () => {
      const story = await openStory()
      const given = (answer: unknown) => async () => answer as WebhookAnswer
      const broken = async () => {
        throw new Error("down: +821012345678")
      }
      const news = { _tag: "Receipt", deliveryId: "acme/cust-1/c1/m1/sns", status: "lost" }
      const webhooks = {
        broken,
        raving: given({ events: [] }),
        wrong: given({ events: [news], response: new Response() }),
      }
      const serve = await story.world.call((engine) => Effect.succeed(engine.handler({ webhooks })))
      for (const name of Object.keys(webhooks))
        await story.world.run(serve(new Request(`https://host.example/followup/webhooks/${name}`)))
      await story.world.run(serve({ url: "/followup/webhooks/broken" } as Request))
      return story.world
    },
    "transports that throw and rave": async () => {
      const story = await openStory({ scripts: { push: { then: "throws" }, email: { then: "raves" } } })
      await story.asks(0)
      await story.replies(1_000)
      await story.world.at(300_000)
      return story.world
    },
    "a provider that is out of order for two minutes": async () => {
      const down = (sent: { readonly atMs: number }) =>
        sent.atMs < START_MS + 120_000 ? refused("unreachable", 1_000) : accepted
      const story = await openStory({ ...texts, providers: [xms("one", down)] })
      await story.asks(0)
      await story.replies(1_000)
      await story.world.at(600_000)
      return story.world
    },
  }

  beforeAll(async () => {
    for (const play of Object.values(stories)) {
      const world = await play()
      await gather(world)
      await world.close()
    }
  })

  test("metrics, with their kinds, units and attributes", () => {
    const documented = tableOf("Metrics").map(([name, kind, unit, keys]) => [
      name,
      { kind, unit, keys: new Set(listed(keys)) },
    ])
    expect(Object.fromEntries(emitted.metrics)).toEqual(Object.fromEntries(documented))
  })

  test("spans, with their parents and attributes", () => {
    const documented = tableOf("Spans").map(([name, parent, keys]) => [
      name,
      { parents: new Set([parent]), keys: new Set(listed(keys)) },
    ])
    expect(Object.fromEntries(emitted.spans)).toEqual(Object.fromEntries(documented))
  })

  test("log lines, with their annotations", () => {
    const documented = tableOf("Log lines").map(([line, keys]) => [line, new Set(listed(keys))])
    expect(Object.fromEntries(emitted.logs)).toEqual(Object.fromEntries(documented))
    expect(Object.values(logLines).toSorted()).toEqual([...emitted.logs.keys()].toSorted())
  })

  test("attributes, each with its values", () => {
    const used = [
      ...[...emitted.metrics.values()].flatMap(({ keys }) => [...keys]),
      ...[...emitted.spans.values()].flatMap(({ keys }) => [...keys]),
      ...[...emitted.logs.values()].flatMap((keys) => [...keys]),
    ]
    expect(tableOf("Attributes").map(([name]) => name)).toEqual(expect.arrayContaining([...new Set(used)]))
    expect(tableOf("Attributes")).toHaveLength(new Set(used).size)
  })
})

describe.each(drivers)("what is counted, over %s", (_, makeStore) => {
  const open = (options: Parameters<typeof openStory>[0] = {}) =>
    openStory({ store: makeStore(), ...options })

  test("R7, R9: a cascade, from its inputs to what ended it", async () => {
    const story = await open({ scripts: { sns: { then: rejected("blocked") } } })
    await story.asks(0)
    await story.replies(1_000)
    await story.receipt(40_000, "xms")
    await story.receipt(41_000, "push", "received")
    await story.receipt(42_000, "email")
    const { world } = story
    expect(await counts(world, "followup.inputs")).toEqual({
      message: 2,
      "wake-up": 1,
      "send-answer": 4,
      receipt: 3,
    })
    expect(await counts(world, "followup.started")).toEqual({ "": 1 })
    expect(await counts(world, "followup.closed")).toEqual({ "text-and-email": 1 })
    expect(await counts(world, "followup.deliveries.requested")).toEqual({
      push: 1,
      sns: 1,
      xms: 1,
      email: 1,
    })
    expect(await counts(world, "followup.deliveries")).toEqual({
      "push timed-out": 1,
      "sns blocked blocked": 1,
      "xms delivered": 1,
      "email delivered": 1,
    })
    expect(await counts(world, "followup.receipts.late")).toEqual({ "push received": 1 })
    expect(await counts(world, "followup.send.duration")).toEqual({
      "push push accepted": 1,
      "sns sns rejected blocked": 1,
      "xms xms accepted": 1,
      "email email accepted": 1,
    })
    // Each input of a batch is measured once with it.
    const sizes = (await world.metrics()).find(({ id }) => id === "followup.batch.size")
    expect(sizes?.state).toMatchObject({ sum: 10 })
  })

  test.each([
    ["push", "R7", { push: "received" }],
    ["text", "R9", { sns: "delivered", email: "failed" }],
    ["email", "R8", { sns: "failed", xms: "failed", email: "delivered" }],
    ["nothing", "R8", { sns: "failed", xms: "failed", email: "failed" }],
  ] as const)("R6: what ended a follow-up: %s (%s)", async (what, _rule, receipts) => {
    const story = await open()
    await story.asks(0)
    await story.replies(1_000)
    if (!("push" in receipts)) await story.world.at(32_000)
    let ms = 40_000
    for (const [via, status] of Object.entries(receipts))
      await story.receipt(via === "push" ? 2_000 : (ms += 1_000), via, status)
    expect(await counts(story.world, "followup.closed")).toEqual({ [what]: 1 })
  })

  test("R1: a customer who comes back before anything gets through ends it", async () => {
    const story = await open({ scripts: { push: { then: rejected("provider-error", 20_000) } } })
    await story.asks(0)
    await story.replies(1_000)
    await story.reads(5_000)
    await story.world.at(60_000)
    expect(await counts(story.world, "followup.cancelled")).toEqual({ read: 1 })
    expect(await counts(story.world, "followup.closed")).toEqual({ customer: 1 })
    expect(await counts(story.world, "followup.send.duration")).toEqual({
      "push push postponed postponed": 1,
      "push push withdrawn": 1,
    })
  })

  test("R1: so do those of whom nothing had left by then, who are called again", async () => {
    const story = await open({ scripts: { push: { then: rejected("provider-error", 20_000) } } })
    await story.asks(0)
    await story.replies(1_000)
    await story.signals(5_000, "active")
    expect(await counts(story.world, "followup.started")).toEqual({ "": 1 })
    expect(await counts(story.world, "followup.closed")).toEqual({ customer: 1 })
  })

  test("R4, R20: what is not sent, and what is not taken, each with its reason", async () => {
    const { world, replies } = await open()
    await replies(0)
    await world.refusal((engine) => engine.read({ ...whose, chatId: "c1", upTo: "m9" }))
    await world.refusal((engine) =>
      engine.receipt({ deliveryId: "acme/cust-1/c1/m9/sns", status: "delivered" }),
    )
    const active = { ...whose, sessionId: "tab-1", signal: "active" } as const
    await world.refusal((engine) => engine.presence({ ...active, channelId: "other" }))
    world.faults.store = "busy"
    await world.refusal((engine) => engine.presence(active))
    expect(await counts(world, "followup.exclusions")).toEqual({ "manager-initiated": 1 })
    expect(await counts(world, "followup.inputs")).toEqual({
      message: 1,
      "read unknown-message": 1,
      "receipt unknown-delivery": 1,
      "presence unknown-channel": 1,
      "presence store": 1,
    })
  })

  test("R7: how late a wake-up was, in seconds", async () => {
    const { world, asks, replies } = await open({ engine: { pollMs: 1_000 } })
    await asks(0)
    await replies(1_000)
    await world.at(30_500)
    // The push's 30 s end at 31 s; the store is back two seconds later.
    world.faults.store = "down"
    await world.at(32_500)
    world.faults.store = "up"
    await world.at(33_000)
    const lateness = (await world.metrics()).find(({ id }) => id === "followup.timer.lateness")
    expect(lateness?.state).toMatchObject({ count: 1, sum: 2, max: 2 })
  })

  test("how long a send took, in seconds, and how many are under way", async () => {
    const { world, asks, replies } = await open({ scripts: { push: { then: "hangs" } } })
    await asks(0)
    await replies(1_000)
    expect(await counts(world, "followup.send.active")).toEqual({ "": 1 })
    await world.at(4_000)
    world.sent[0]?.answer({ _tag: "Uncertain" })
    await world.settle()
    expect(await counts(world, "followup.send.active")).toEqual({ "": 0 })
    const send = (await world.metrics()).find(({ id }) => id === "followup.send.duration")
    expect(send?.state).toMatchObject({ count: 1, sum: 3 })
    expect(send?.attributes).toMatchObject({ "followup.outcome": "uncertain", "error.type": "uncertain" })
  })

  test("what a store refused, by call and reason", async () => {
    const { world } = await open()
    world.faults.store = "busy"
    await world.refusal((engine) => engine.presence({ ...whose, sessionId: "tab-1", signal: "active" }))
    const calls = await counts(world, "followup.store.duration")
    expect(calls).toMatchObject({ "transact unavailable": 1, changeChannel: 1, putCustomer: 1 })
  })
})

describe("spans", () => {
  test("a span that failed ends with a word, and with nothing else", async () => {
    const story = await openStory({ scripts: { push: { then: "throws" }, sns: { then: uncertain } } })
    await story.asks(0)
    await story.replies(1_000)
    await story.world.at(60_000)
    const sends = story.world.spans.filter(({ name }) => name === "followup.send")
    expect(
      sends.map(({ attributes, status, events }) => [
        attributes.get("followup.via"),
        attributes.get("error.type"),
        status._tag === "Ended" && (Exit.isFailure(status.exit) ? Cause.squash(status.exit.cause) : "ok"),
        events,
      ]),
    ).toEqual([
      ["push", "uncertain", "uncertain", []],
      ["sns", "uncertain", "uncertain", []],
      ["email", undefined, "ok", []],
    ])
  })

  test("closing ends the span of a send that it calls off, as interrupted", async () => {
    const story = await openStory({
      customer: { pushTokens: [] },
      scripts: { sns: { then: "hangs" } },
      engine: { closeTimeoutMs: 0 },
    })
    await story.asks(0)
    await story.replies(1_000)
    await story.world.close()
    const sends = story.world.spans.filter(({ name }) => name === "followup.send")
    expect(
      sends.map(({ attributes, status }) => [
        attributes.get("followup.via"),
        status._tag === "Ended" &&
          (Exit.isSuccess(status.exit) ? "ok" : Cause.hasInterruptsOnly(status.exit.cause)),
      ]),
    ).toEqual([
      ["sns", true],
      ["email", "ok"],
    ])
  })

  test.each<[string, (span: Tracer.NativeSpan) => void]>([
    ["begin", () => expect.fail("no exporter")],
    [
      "end",
      (span) => {
        span.end = () => expect.fail("no exporter")
      },
    ],
  ])("a tracer that cannot %s a span keeps no message back, and no answer", async (_, fail) => {
    const story = await openStory({ scripts: { push: { then: rejected("blocked") } } })
    await story.asks(0)
    const { spans } = story.world
    spans.push = (...made) => {
      for (const span of made) if (span.name === "followup.send") fail(span)
      return made.length
    }
    await story.replies(1_000)
    await story.world.at(60_000)
    expect(story.calls()).toEqual(["push@1000#1", "sns@1000#1", "email@1000#1"])
    expect(await story.outcomes()).toContain("push blocked@1000")
  })

  test("there are as many for a batch, however many inputs and rows it has", async () => {
    const { world } = await openStory({ store: drivers[1][1]() })
    world.spans.length = 0
    const ids = Array.from({ length: 50 }, (_, index) => `cust-${index}`)
    await Promise.all(
      ids.map((customerId) =>
        world.call((engine) =>
          engine.message({
            channelId: "acme",
            customerId,
            chatId: "c1",
            messageId: "m1",
            from: "customer",
            text: "Hi",
          }),
        ),
      ),
    )
    const batches = world.spans.filter(({ name }) => name === "followup.batch").length
    expect(batches).toBeLessThan(10)
    expect(world.spans).toHaveLength(2 * batches)
  })

  test("the gauges of an engine go when it closes", async () => {
    const { world } = await openStory()
    expect(await counts(world, "followup.inbox.waiting")).toEqual({ "": 0 })
    const registered = await world.run(Metric.MetricRegistry)
    await world.close()
    expect([...registered.values()].filter(({ type }) => type === "Gauge")).toEqual([])
  })
})
