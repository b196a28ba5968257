import { createHash, createHmac } from "node:crypto"
import { setImmediate } from "node:timers/promises"
import * as Effect from "effect/Effect"
import { describe, expect, test } from "vitest"
import { makeHandler } from "../../src/engine/http/handler.ts"
import { applyNews, type NewsSetting } from "../../src/engine/http/news.ts"
import {
  type EmailMessage,
  FollowUps,
  FollowUpsError,
  type FollowUpsErrorReason,
  type HandlerOptions,
  noChanges,
  type PushMessage,
  type Webhook,
} from "../../src/engine/index.ts"
import { RECEIPT_MS, signedLinks } from "../../src/links/index.ts"
import { memory } from "../../src/stores/memory/index.ts"
import { accept, webhookOf } from "../../src/transports/http/index.ts"
import { lineWebhook } from "../../src/transports/line/index.ts"
import { mutated } from "../transports/http/webhook-mutations.ts"
import { drivers, START_MS } from "./engine-world.ts"
import { ManualClock } from "./manual-clock.ts"
import { acme, openStory, whose } from "./story.ts"

const keys = ["first key, 32 characters or more."]
const baseUrl = "https://acme.example/followup"
const links = signedLinks({ keys, baseUrl })
const ONE_CLICK = "List-Unsubscribe=One-Click"
const form = { "content-type": "application/x-www-form-urlencoded" }

type Story = Awaited<ReturnType<typeof openStory>>

const serving = async ({ world }: Pick<Story, "world">, options?: HandlerOptions) => {
  const serve = await world.call((engine) => Effect.sync(() => engine.handler(options)))
  return async (path: string, init?: RequestInit) => {
    const response = await world.run(serve(new Request(`https://acme.example${path}`, init)))
    await world.settle()
    return response
  }
}

const acknowledge = (token: unknown): RequestInit => ({ method: "POST", body: JSON.stringify({ token }) })
const oneClick: RequestInit = { method: "POST", headers: form, body: ONE_CLICK }

/** A webhook that understands lists of events as they are, signed or not. */
const trusting: Webhook = webhookOf({
  isAuthentic: () => true,
  eventsOf: (text) => {
    const events: unknown = JSON.parse(text)
    return Array.isArray(events) ? events : undefined
  },
})
const tell = (...events: ReadonlyArray<object>): RequestInit => ({
  method: "POST",
  body: JSON.stringify(events),
})

const pushed = async (story: Story) => {
  await story.asks(0)
  await story.replies(1_000)
  const message = story.world.sent.find(({ via }) => via === "push")?.message as PushMessage
  return message.receiptToken
}

const mailed = async (story: Story) => {
  await story.asks(0)
  await story.replies(1_000)
  const mail = story.world.sent.find(({ via }) => via === "email")?.message as EmailMessage
  return { mail, path: mail.headers["List-Unsubscribe"]?.slice("<https://acme.example".length, -1) ?? "" }
}

describe.each(drivers)("the handler over %s", (_, makeStore) => {
  const open = (options: Parameters<typeof openStory>[0] = {}) =>
    openStory({ store: makeStore(), links, ...options })

  test("R7: an app that acknowledges a push in time keeps text and email back", async () => {
    const story = await open()
    const token = await pushed(story)
    const serve = await serving(story)
    await story.world.at(30_999)
    expect((await serve("/followup/received", acknowledge(token))).status).toBe(204)
    await story.world.at(100_000)
    expect(story.calls()).toEqual(["push@1000#1"])
    expect(await story.outcomes()).toEqual(["push received@30999"])
    // Again, and again much later, changes nothing.
    const before = await story.world.store((store) => store.lastSeq)
    expect((await serve("/followup/received", acknowledge(token))).status).toBe(204)
    expect(await story.world.store((store) => store.lastSeq)).toBe(before)
  })

  test("R7: a receipt token holds for a day, the end excluded, and is no token for another address", async () => {
    const story = await open()
    const token = await pushed(story)
    const serve = await serving(story)
    await story.world.at(1_000 + RECEIPT_MS - 1)
    expect((await serve("/followup/received", acknowledge(token))).status).toBe(204)
    await story.world.at(1_000 + RECEIPT_MS)
    expect((await serve("/followup/received", acknowledge(token))).status).toBe(410)
    expect((await serve(`/followup/unsubscribe/${token}`, oneClick)).status).toBe(401)
  })

  test("R7: of a delivery that is not known any more a receipt is harmless", async () => {
    const story = await open()
    const serve = await serving(story)
    for (const id of ["acme/cust-1/c1/m9/push", "nobody/cust-1/c1/m9/push", "no delivery"]) {
      const token = links.seal("receipt", JSON.stringify([id, START_MS + 1_000]))
      expect((await serve("/followup/received", acknowledge(token))).status).toBe(204)
    }
  })

  test("R15: a mailbox's one click ends mails, the headers say how, and nothing else changes", async () => {
    const story = await open({ customer: { pushTokens: [] } })
    const { mail, path } = await mailed(story)
    expect(mail.headers["List-Unsubscribe-Post"]).toBe(ONE_CLICK)
    expect(mail.html).toContain(`href="https://acme.example${path}"`)
    expect(mail.text).toContain(`https://acme.example${path}`)
    expect(path).not.toContain("cust-1")
    const serve = await serving(story)
    const response = await serve(path, oneClick)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain("앞으로 Acme에서 메일을 보내지 않습니다.")
    expect((await serve(path, oneClick)).status).toBe(200)
    await story.asks(100_000, "m3")
    await story.replies(101_000, "m4")
    expect(story.calls().filter((call) => call.endsWith("@101000#1"))).toEqual(["sns@101000#1"])
    expect(await story.exclusions()).toEqual(["opted-out"])
  })

  test("R15: a multipart form is a click as well; looking at the page, or another form, is none", async () => {
    const story = await open({ customer: { pushTokens: [] } })
    const { path } = await mailed(story)
    const serve = await serving(story)
    for (const method of ["GET", "HEAD"]) expect((await serve(path, { method })).status).toBe(200)
    const others: ReadonlyArray<RequestInit> = [
      { method: "POST" },
      { method: "POST", headers: form, body: "List-Unsubscribe=No" },
      { method: "POST", headers: form, body: "a=One-Click" },
      { method: "POST", headers: { "content-type": "application/json" }, body: ONE_CLICK },
      { method: "POST", headers: { "content-type": "multipart/form-data; boundary=x" }, body: ONE_CLICK },
    ]
    for (const other of others) expect((await serve(path, other)).status).toBe(400)
    expect((await serve(path, { method: "PUT", body: ONE_CLICK })).status).toBe(405)
    await story.asks(100_000, "m3")
    await story.replies(101_000, "m4")
    expect(story.calls()).toContain("email@101000#1")
    const body = new FormData()
    body.set("List-Unsubscribe", "One-Click")
    expect((await serve(path, { method: "POST", body })).status).toBe(200)
    await story.asks(200_000, "m5")
    await story.replies(201_000, "m6")
    expect(story.calls()).not.toContain("email@201000#1")
  })

  test("R15: the page asks in the reader's language, escapes the channel's name, and loads nothing", async () => {
    const name = `<img src=x onerror="alert(1)">$&'`
    const story = await open({ channel: { name }, customer: { pushTokens: [] } })
    const { path } = await mailed(story)
    const serve = await serving(story)
    for (const [language, words] of [
      ["ja-JP,ja;q=0.9", "配信を停止しますか。"],
      ["en,ja;q=0.5", "Do you want no more mails from"],
      ["fr", "더 이상 받지 않으시겠습니까?"],
    ] as const) {
      const response = await serve(path, { headers: { "accept-language": language } })
      const html = await response.text()
      expect(html).toContain(words)
      expect(html).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;$&amp;&#39;")
      expect(html).not.toContain("<img")
      expect(html).toContain('<form method="post">')
      const style = /<style>(.*)<\/style>/.exec(html)?.[1] ?? ""
      const hash = createHash("sha256").update(style).digest("base64")
      expect(Object.fromEntries(response.headers)).toEqual({
        "cache-control": "no-store",
        "content-security-policy": `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
        "content-type": "text/html; charset=utf-8",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "x-robots-tag": "noindex",
      })
    }
  })

  test("R9: what a webhook tells is kept before it is answered", async () => {
    const story = await open({ customer: { pushTokens: [] } })
    await story.asks(0)
    await story.replies(1_000)
    const heard: Array<object> = []
    const serve = await serving(story, {
      webhooks: { trusting },
      // The first of two takes longer: the second waits for it.
      onEvent: async (event) => {
        if (event._tag === "SenderBlocked") for (let turns = 0; turns < 3; turns++) await setImmediate()
        heard.push(event)
      },
    })
    const blocked = { _tag: "SenderBlocked", via: "sns", recipientId: "U1" }
    const unblocked = { _tag: "SenderUnblocked", via: "sns", recipientId: "U1" }
    const receipt = { _tag: "Receipt", deliveryId: "acme/cust-1/c1/m2/sns", status: "delivered" }
    const stranger = { _tag: "Receipt", deliveryId: "elsewhere", status: "delivered" }
    const news = [blocked, stranger, receipt, unblocked, { _tag: "OptedOut", ...whose, via: "text" }]
    for (let times = 0; times < 2; times++)
      expect((await serve("/followup/webhooks/trusting", tell(...news))).status).toBe(204)
    expect(heard).toEqual([blocked, unblocked, blocked, unblocked])
    expect(await story.outcomes()).toContain("sns delivered@1000")
    await story.asks(100_000, "m3")
    await story.replies(101_000, "m4")
    expect(story.calls()).not.toContain("sns@101000#1")
  })

  test("R9: receipts that come together are decided together", async () => {
    const story = await open()
    const serve = await serving(story, { webhooks: { trusting } })
    const receipts = Array.from({ length: 50 }, (_one, index) => ({
      _tag: "Receipt",
      deliveryId: `acme/cust-${index}/c1/m2/sns`,
      status: "delivered",
    }))
    const before = story.world.faults.calls
    expect((await serve("/followup/webhooks/trusting", tell(...receipts))).status).toBe(204)
    expect(story.world.faults.calls - before).toBeLessThan(10)
  })

  test("R9: while the store is away a provider is made to tell it again, and then it is kept", async () => {
    const story = await open({ customer: { pushTokens: [] } })
    const { path } = await mailed(story)
    const serve = await serving(story, { webhooks: { trusting } })
    const receipt = { _tag: "Receipt", deliveryId: "acme/cust-1/c1/m2/sns", status: "delivered" }
    const token = links.seal("receipt", JSON.stringify(["acme/cust-1/c1/m2/push", START_MS + 9_000_000]))
    const requests = [
      () => serve("/followup/webhooks/trusting", tell(receipt)),
      () => serve("/followup/received", acknowledge(token)),
      () => serve(path, oneClick),
      () => serve(path),
    ]
    story.world.faults.store = "down"
    for (const request of requests) expect((await request()).status).toBe(503)
    story.world.faults.store = "up"
    for (const request of requests) expect((await request()).status).toBeLessThan(300)
    expect(await story.outcomes()).toContain("sns delivered@1000")
  })

  test("R20: what is not there is 404, another method 405, what is too long 413; none says more", async () => {
    const story = await open()
    const serve = await serving(story, { webhooks: { trusting } })
    const longest = JSON.stringify({ token: "1".repeat(32_768 - '{"token":""}'.length) })
    for (const [path, init, code] of [
      ["/", {}, 404],
      ["/followup", {}, 404],
      ["/followup/", {}, 404],
      ["/followupreceived", acknowledge("1"), 404],
      ["/elsewhere/received", acknowledge("1"), 404],
      ["/followup/received/", acknowledge("1"), 404],
      ["/followup/webhooks/", tell(), 404],
      ["/followup/webhooks/another", tell(), 404],
      ["/followup/webhooks/constructor", tell(), 404],
      ["/followup/webhooks/trusting", {}, 405],
      ["/followup/received", {}, 405],
      ["/followup/received", { method: "DELETE" }, 405],
      ["/followup/received", { method: "POST", body: longest }, 401],
      ["/followup/received", { method: "POST", body: `${longest} ` }, 413],
      ["/followup/received", { method: "POST" }, 400],
      ["/followup/received", { method: "POST", body: "1" }, 400],
      ["/followup/received", { method: "POST", body: '{"token":1}' }, 400],
      ["/followup/received", acknowledge(""), 401],
      ["/followup/unsubscribe/", {}, 401],
      ["/followup/unsubscribe/1", {}, 401],
      ["/followup/unsubscribe/1%00%2e%2e", oneClick, 401],
    ] as const) {
      const response = await serve(path, init)
      expect([path, response.status]).toEqual([path, code])
      expect(await response.text()).toBe("")
    }
  })

  test("R20: a body that breaks off is 400", async () => {
    const story = await open()
    const serve = await story.world.call((engine) => Effect.sync(() => engine.handler()))
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) })
    const init = { method: "POST", body: broken, duplex: "half" } as const
    const other = new Request("https://acme.example/followup/received", init)
    expect((await story.world.run(serve(other))).status).toBe(400)
  })

  test("R20: a webhook or an onEvent that throws is 503, without a word of why", async () => {
    const story = await open()
    const secret = new Error("down: +821012345678")
    const serve = await serving(story, {
      webhooks: {
        rejects: () => Promise.reject(secret),
        throws: () => {
          throw secret
        },
        trusting,
      },
      onEvent: () => {
        throw secret
      },
    })
    const blocked = { _tag: "SenderBlocked", via: "sns", recipientId: "U1" }
    for (const name of ["rejects", "throws", "trusting"]) {
      const response = await serve(`/followup/webhooks/${name}`, tell(blocked))
      expect([name, response.status, await response.text()]).toEqual([name, 503, ""])
    }
    expect(story.world.logged.join("\n")).toContain("could not be kept")
    expect(story.world.logged.join("\n")).not.toContain("12345678")
  })

  test("R15: where a directory has the contacts, the host is told who opted out", async () => {
    const directory = {
      channel: async () => ({ ...acme, name: "Acme" }),
      customer: async () => ({ id: "cust-1", email: "cust-1@example.com" }),
    }
    const story = await open({ directory })
    const { path } = await mailed(story)
    const heard: Array<object> = []
    let isBroken = true
    const onEvent = async (event: object) => {
      if (isBroken) throw new Error("not now")
      heard.push(event)
    }
    const serve = await serving(story, { onEvent, basePath: "/followup" })
    expect((await serve(path, oneClick)).status).toBe(503)
    isBroken = false
    expect((await serve(path, oneClick)).status).toBe(200)
    expect(heard).toEqual([{ _tag: "OptedOut", ...whose, via: "email" }])
    await expect(serving(story)).rejects.toThrow(/handler: expected onEvent/)
  })

  describe("what was tampered with is refused, and changes nothing", () => {
    const TIMES = 1_000
    const unchanged = async (play: (story: Story) => Promise<void>) => {
      const story = await open()
      await pushed(story)
      const { world } = story
      const state = () =>
        world.store((store) =>
          store.transact([whose], (loaded) => ({
            changes: noChanges,
            value: JSON.stringify([loaded.customer(whose), loaded.channel("acme")]),
          })),
        )
      const before = [await state(), await world.store((store) => store.lastSeq)]
      await play(story)
      expect([await state(), await world.store((store) => store.lastSeq)]).toEqual(before)
    }

    test("R7: 1,000 receipt tokens", () =>
      unchanged(async (story) => {
        const serve = await serving(story)
        const token = links.seal("receipt", JSON.stringify(["acme/cust-1/c1/m2/push", START_MS + 90_000]))
        for (let index = 0; index < TIMES; index++) {
          const { body } = mutated({ body: Buffer.from(token), signature: "-" }, index)
          if (body.toString() === token) continue
          const { status } = await serve("/followup/received", acknowledge(body.toString("latin1")))
          expect([index, status]).toEqual([index, 401])
        }
      }))

    test("R15: 1,000 links to unsubscribe, and what comes with them", () =>
      unchanged(async (story) => {
        const serve = await serving(story)
        const token = links.seal("unsubscribe", JSON.stringify(["acme", "cust-1"]))
        for (let index = 0; index < TIMES; index++) {
          const link = mutated({ body: Buffer.from(token), signature: "-" }, index).body.toString("latin1")
          const path = `/followup/unsubscribe/${encodeURIComponent(link)}`
          if (link !== token) expect([index, (await serve(path, oneClick)).status]).toEqual([index, 401])
          const { body } = mutated({ body: Buffer.from(ONE_CLICK), signature: "-" }, index)
          if (new URLSearchParams(body.toString()).get("List-Unsubscribe") === "One-Click") continue
          const init = { method: "POST", headers: form, body }
          const answer = await serve(`/followup/unsubscribe/${token}`, init)
          expect([index, answer.status]).toEqual([index, 400])
        }
      }))

    test("R9: 1,000 requests of a provider, body and signature", () =>
      unchanged(async (story) => {
        const channelSecret = "8c570fa6dd201bb328f1c1eac23a96d8"
        const heard: Array<object> = []
        const serve = await serving(story, {
          webhooks: { line: lineWebhook({ channelSecret }) },
          onEvent: (event) => void heard.push(event),
        })
        const events = [{ type: "unfollow", source: { type: "user", userId: `U${"0af1".repeat(8)}` } }]
        const body = Buffer.from(JSON.stringify({ destination: "U1", events }))
        const signature = createHmac("sha256", channelSecret).update(body).digest("base64")
        for (let index = 0; index < TIMES; index++) {
          const other = mutated({ body, signature }, index)
          const headers = { "x-line-signature": other.signature }
          const init = { method: "POST", headers, body: other.body }
          expect([index, (await serve("/followup/webhooks/line", init)).status]).toEqual([index, 401])
        }
        expect(heard).toEqual([])
        const init = { method: "POST", headers: { "x-line-signature": signature }, body }
        expect((await serve("/followup/webhooks/line", init)).status).toBe(204)
        expect(heard).toHaveLength(1)
      }))
  })
})

describe("what a handler is made with", () => {
  test.each<[string, object, RegExp]>([
    [
      "a name that is no path",
      { webhooks: { "a/b": trusting } },
      /^handler: webhooks\.a\/b: expected a name of letters, digits, \. _ ~ and -$/,
    ],
    ["a webhook that is none", { webhooks: { a: {} } }, /webhooks\.a: expected a webhook/],
    ["a path without a slash", { basePath: "followup" }, /basePath: expected a path/],
    ["a path with one at its end", { basePath: "/followup/" }, /basePath: expected a path/],
    ["another option", { onevent: () => {} }, /onevent: expected no field of this name/],
  ])("%s is refused", async (_, options, message) => {
    const story = await openStory()
    await expect(serving(story, options)).rejects.toThrow(message)
  })
  test("elsewhere, at the root, and without links", async () => {
    const story = await openStory()
    for (const basePath of ["", "/a/b.c"]) {
      const serve = await serving(story, { basePath, webhooks: { open: async () => accept([]) } })
      expect((await serve(`${basePath}/webhooks/open`)).status).toBe(204)
      expect((await serve(`${basePath}/received`, acknowledge("1"))).status).toBe(404)
      expect((await serve(`${basePath}/unsubscribe/1`)).status).toBe(404)
    }
  })
})

test("R20: a defect is 500, and logged without what it says", async () => {
  const { world } = await openStory()
  const dies = () => Effect.die(new Error("down: +821012345678"))
  const serve = await world.store((store) =>
    Effect.succeed(
      makeHandler({ receipt: dies, optOut: dies }, store, { links: undefined, directory: undefined })({
        webhooks: { trusting },
      }),
    ),
  )
  const receipt = { _tag: "Receipt", deliveryId: "acme/cust-1/c1/m2/sns", status: "delivered" }
  const request = new Request("https://acme.example/followup/webhooks/trusting", tell(receipt))
  expect((await world.run(serve(request))).status).toBe(500)
  expect(world.logged.join()).toContain('"error.type":"defect"')
  expect(world.logged.join()).not.toContain("12345678")
})

test.each<[FollowUpsErrorReason, "told again" | "left out", ReadonlyArray<string>]>([
  ["store", "told again", []],
  ["directory", "told again", []],
  ["closed", "told again", []],
  ["unknown-channel", "left out", []],
  ["unknown-delivery", "left out", []],
  ["unknown-message", "left out", []],
  ["undecided", "left out", []],
  ["bad-input", "left out", ["newsRefused"]],
])("R7, R9: news that fail as %s are %s", async (reason, becomes, lines) => {
  const said: Array<string> = []
  const fails = () => Effect.fail(new FollowUpsError({ reason, message: "" }))
  const setting: NewsSetting = {
    calls: { receipt: fails, optOut: fails },
    onEvent: undefined,
    keepsContacts: true,
    warn: (line) => Effect.sync(() => void said.push(line)),
  }
  for (const event of [
    { _tag: "Receipt", deliveryId: "acme/cust-1/c1/m2/sns", status: "delivered" },
    { _tag: "OptedOut", ...whose, via: "text" },
  ] as const) {
    const outcome = Effect.match(applyNews(setting, [event]), {
      onFailure: (why) => why.reason,
      onSuccess: () => "left out",
    })
    expect(await Effect.runPromise(outcome)).toBe(becomes === "told again" ? reason : becomes)
    expect(said.splice(0)).toEqual(lines)
  }
})

test("R7: a host with Promises has the same, and 503 once it closed", async () => {
  const clock = new ManualClock()
  const followUps = await FollowUps.open({ store: memory(), links, clock })
  const handle = followUps.handler()
  expect(() => followUps.handler({ basePath: "followup" })).toThrow(FollowUpsError)
  await followUps.channel(acme)
  const unsubscribe = `${baseUrl}/unsubscribe/${links.seal("unsubscribe", JSON.stringify(["acme", "cust-1"]))}`
  const told = async () => {
    const { status } = await handle(new Request(unsubscribe, oneClick))
    return status
  }
  expect(await told()).toBe(200)
  await followUps.optOut({ ...whose, via: "push" })
  await followUps.revoke(whose)
  expect(await followUps.resume("1")).toEqual({ _tag: "Refused", reason: "unknown" })
  await followUps.close()
  expect(await told()).toBe(503)
})
