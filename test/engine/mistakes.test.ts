/** R9, R20: what a host's own code does wrong is said in the log, by its place and never by its words. */
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { describe, expect, test } from "vitest"
import {
  FollowUps,
  type HandlerOptions,
  type OpenFollowUps,
  type OpenOptions,
  type SendResult,
  type Webhook,
} from "../../src/engine/index.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { type Behaviour, type Script, World, type WorldOptions } from "./engine-world.ts"
import { acme, openStory } from "./story.ts"

const secret = "+821012345678"
const here = expect.stringMatching(/\/test\/engine\/mistakes\.test\.ts:\d+$/)

/** The log's lines with their annotations, in their order. */
const linesOf = ({ logged }: World): ReadonlyArray<readonly [string, object]> =>
  logged.map((line) => JSON.parse(line)).map(({ message, annotations }) => [message, annotations] as const)

const saidBy = (story: Awaited<ReturnType<typeof openStory>>) => {
  expect(story.world.logged.join("\n")).not.toContain("12345678")
  return linesOf(story.world)
}

const answers = (given: unknown): Behaviour => {
  const result = given as SendResult
  return () => result
}

// Else the engine says that mails come from a placeholder.
const policy = { email: { defaultDomain: "mail.example" } }

const playing = async (script: Script) => {
  const story = await openStory({
    policy,
    customer: { pushTokens: [], email: undefined },
    scripts: { sns: script },
  })
  await story.asks(0)
  await story.replies(1_000)
  return story
}

const about = { "followup.via": "sns", "followup.transport": "sns", "followup.transport.call": "send" }

describe("a transport's mistake", () => {
  const threw = "followup: a transport threw, where it should have answered"
  const raved = "followup: a transport's answer is no result"

  test("R9: a send that throws is said with the error's name and its place", async () => {
    const story = await playing({
      then: ({ message }) => {
        throw new TypeError(`cannot read ${JSON.stringify(message)}`)
      },
    })
    expect(saidBy(story)).toEqual([
      [threw, { ...about, "exception.type": "TypeError", "exception.at": here }],
    ])
    expect(await story.outcomes()).toEqual(["sns pending"])
  })

  const noResult = 'expected a result whose _tag is "Accepted", "Rejected" or "Uncertain"'
  test.each<[unknown, string]>([
    [undefined, noResult],
    [{ _tag: "Delivered", to: secret }, noResult],
    [{ _tag: "Accepted", providerId: 821012345678 }, "providerId: expected string"],
    [{ _tag: "Rejected", reason: "blocked", code: 21211 }, "code: expected string"],
    [
      { _tag: "Rejected", reason: "unreachable", retryAfterMs: Number.NaN },
      "retryAfterMs: expected an integer",
    ],
    [{ _tag: "Rejected", code: secret }, "reason: expected a value; it is missing"],
  ])("R9: an answer that is no result, %o, is said by the place that is wrong", async (answer, expected) => {
    const story = await playing({ then: answers(answer) })
    expect(saidBy(story)).toEqual([[raved, { ...about, "error.message": expect.any(String) }]])
    expect(JSON.stringify(saidBy(story)[0])).toContain(expected.replaceAll('"', String.raw`\"`))
    expect(await story.outcomes()).toEqual(["sns pending"])
  })

  test("R9: a field that is undefined counts as left out", async () => {
    const story = await playing({
      then: answers({ _tag: "Rejected", reason: "blocked", retryAfterMs: undefined, code: undefined }),
    })
    expect(saidBy(story)).toEqual([])
    expect(await story.outcomes()).toContainEqual(expect.stringMatching(/^sns blocked/))
  })

  test("R9: the same mistake is said once a minute at most", async () => {
    const story = await playing({ then: "throws", receipts: "none" })
    for (let message = 3; message < 10; message++) {
      await story.replies(message * 5_000, `m${message}`)
    }
    expect(story.calls().length).toBeGreaterThan(1)
    expect(saidBy(story).filter(([line]) => line === threw)).toHaveLength(1)
  })

  test("R9: a lookup that throws is said as such", async () => {
    const story = await playing({
      then: { _tag: "Uncertain" },
      lookup: () => {
        throw new RangeError(secret)
      },
    })
    await story.world.at(30_000)
    expect(saidBy(story)[0]).toEqual([
      threw,
      { ...about, "followup.transport.call": "lookup", "exception.type": "RangeError", "exception.at": here },
    ])
  })

  test("R6: a handles that throws is said, and the transport passed over", async () => {
    const story = await playing({
      handles: () => {
        throw new TypeError(secret)
      },
    })
    expect(story.calls()).not.toContainEqual(expect.stringMatching(/^sns/))
    expect(saidBy(story)).toEqual([
      [
        threw,
        {
          ...about,
          "followup.transport.call": "handles",
          "exception.type": "TypeError",
          "exception.at": here,
        },
      ],
    ])
  })
})

test("R16: an onNotice that fails is said with the error's name and its place, or that it took too long", async () => {
  let times = 0
  const world = await World.open({
    policy,
    onNotice: async () => {
      times += 1
      if (times === 1) throw new TypeError(secret)
      if (times === 2) await new Promise(() => {})
    },
  })
  await world.call((engine) => engine.channel({ ...acme, usedPu: 999 }))
  await world.call((engine) => engine.recordUsage({ channelId: "acme", kind: "SNS", pu: 1 }))
  await world.jump(world.nowMs + 2_000)
  await world.jump(world.nowMs + 15_000)
  const line = "followup: onNotice failed; trying again"
  const said = { "followup.channel.id": "acme" }
  expect(linesOf(world)).toEqual([
    [line, { ...said, "followup.attempt": 1, "exception.type": "TypeError", "exception.at": here }],
    [line, { ...said, "followup.attempt": 2, "exception.type": "TimeoutError" }],
  ])
  expect(world.logged.join("\n")).not.toContain("12345678")
  await world.close()
})

describe("mail from a placeholder of a domain", () => {
  const line = [
    "followup: mails come from a placeholder of a domain; set policy.email.defaultDomain to one of yours",
    {},
  ]

  test.each<[string, WorldOptions, boolean]>([
    ["is said once, when followup opens", {}, true],
    ["is not said without a transport for mail", { vias: ["push", "sns", "xms"] }, false],
    ["is not said of the console", { providers: [{ via: "email", name: "console" }] }, false],
    ["is not said with a domain of the host's", { policy }, false],
  ])("R14: %s", async (_what, options, isSaid) => {
    const world = await World.open(options)
    await world.jump(world.nowMs + 86_400_000)
    expect(linesOf(world)).toEqual(isSaid ? [line] : [])
    await world.close()
  })
})

describe("a webhook's mistake", () => {
  const receipt = { _tag: "Receipt", deliveryId: "acme/cust-1/c1/m2/sns", status: "delivered" }
  const ok = () => new Response(null, { status: 204 })
  const notKept = "followup: what a request told could not be kept; it was answered so that it is told again"

  const asked = async (webhook: unknown, options: HandlerOptions = {}) => {
    const story = await playing({})
    const serve = await story.world.call((engine) =>
      Effect.sync(() => engine.handler({ ...options, webhooks: { mine: webhook as Webhook } })),
    )
    const told = () =>
      story.world.run(serve(new Request("https://acme.example/followup/webhooks/mine", { method: "POST" })))
    const { status } = await told()
    await told()
    return { story, status }
  }

  test.each<[string, unknown, string]>([
    ["nothing", () => undefined, "expected object"],
    ["no promise, and no response", () => ({ events: [] }), "response: expected a value; it is missing"],
    ["another response", async () => ({ events: [], response: 204 }), "response: expected a Response"],
    ["events that are none", async () => ({ events: "x", response: ok() }), "events: expected array"],
    [
      "an event that is none",
      async () => ({ events: [receipt, null], response: ok() }),
      "events[1]: expected an event",
    ],
    [
      "an event of no kind",
      async () => ({ events: [{ _tag: secret }], response: ok() }),
      "events[0]: expected an event",
    ],
  ])(
    "R9: one that gives %s is 503, and said by the place that is wrong",
    async (_what, webhook, expected) => {
      const { story, status } = await asked(webhook)
      expect(status).toBe(503)
      expect(saidBy(story)).toEqual([
        [notKept, { "error.type": "webhook", "error.message": expect.stringContaining(expected) }],
      ])
      expect(await story.outcomes()).not.toContainEqual(expect.stringMatching(/delivered/))
    },
  )

  test("R9: one that answers without a promise is understood", async () => {
    const { story, status } = await asked(() => ({ events: [receipt], response: ok() }))
    expect(status).toBe(204)
    expect(await story.outcomes()).toContainEqual(expect.stringMatching(/^sns delivered/))
  })

  test("R9: one that throws is said with the error's name and its place", async () => {
    const { story } = await asked(() => {
      throw new TypeError(secret)
    })
    expect(saidBy(story)).toEqual([
      [notKept, { "error.type": "webhook", "exception.type": "TypeError", "exception.at": here }],
    ])
  })

  test("R9: an onEvent that throws is said so as well", async () => {
    const blocked = { _tag: "SenderBlocked", via: "sns", recipientId: "U1" }
    const { story, status } = await asked(async () => ({ events: [blocked], response: ok() }), {
      onEvent: () => {
        throw new RangeError(secret)
      },
    })
    expect(status).toBe(503)
    expect(saidBy(story)).toEqual([
      [notKept, { "error.type": "onEvent", "exception.type": "RangeError", "exception.at": here }],
    ])
  })

  test("R9: an event that makes no sense in itself is left out, and said", async () => {
    const wrong = { ...receipt, status: `delivered to ${secret}` }
    const { story, status } = await asked(async () => ({ events: [wrong, receipt], response: ok() }))
    expect(status).toBe(204)
    expect(saidBy(story)).toEqual([
      [
        "followup: what a webhook told makes no sense; it is left out",
        { "error.message": expect.stringContaining("status: expected ") },
      ],
    ])
    expect(await story.outcomes()).toContainEqual(expect.stringMatching(/^sns delivered/))
  })
})

describe("the handler of a host with Promises", () => {
  const opened = async (play: (followUps: OpenFollowUps, logged: Array<string>) => Promise<void>) => {
    const logged: Array<string> = []
    const observe: OpenOptions["observe"] = Logger.layer([
      Logger.map(Logger.formatJson, (line) => void logged.push(line)),
    ])
    const followUps = await FollowUps.open({ store: memory(), observe })
    await play(followUps, logged)
    await followUps.close()
  }

  test.each<[string, unknown]>([
    [
      "node:http's request",
      { url: "/followup/webhooks/line", method: "POST", headers: { host: "acme.example" } },
    ],
    ["node:http's request by way of a proxy", { url: "http://acme.example/", method: "GET", headers: {} }],
    ["nothing", undefined],
    ["a URL", "https://acme.example/followup/received"],
  ])("R9: given %s, answers 500 and says what it expected, and never throws", async (_what, given) => {
    await opened(async (followUps, logged) => {
      const handle = followUps.handler()
      for (let times = 0; times < 3; times++) expect((await handle(given as Request)).status).toBe(500)
      expect(logged).toHaveLength(1)
      expect(logged[0]).toContain("expected a web-standard Request; with node:http or Express wrap it")
    })
  })

  test("R9: a body that a parser in front has read is 503 and said, so that it is told again", async () => {
    await opened(async (followUps, logged) => {
      const webhook: Webhook = async () => ({ events: [], response: new Response() })
      const handle = followUps.handler({ webhooks: { mine: webhook } })
      const request = new Request("https://acme.example/followup/webhooks/mine", {
        method: "POST",
        body: secret,
      })
      await request.text()
      expect((await handle(request)).status).toBe(503)
      expect(logged.join("\n")).toContain("body parser in front")
      expect(logged.join("\n")).not.toContain("12345678")
    })
  })
})
