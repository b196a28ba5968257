import { describe, expect, test } from "vitest"
import type { Policy } from "../../src/core/policy.ts"
import {
  type EmailMessage,
  noChanges,
  type PushMessage,
  type SnsMessage,
  type XmsMessage,
} from "../../src/engine/index.ts"
import { RESUME_MS, signedLinks } from "../../src/links/index.ts"
import { drivers, rejected, type World } from "./engine-world.ts"
import { acme, openStory, whose } from "./story.ts"

const keys = ["first key, 32 characters or more."]
const links = signedLinks({ keys, baseUrl: "https://acme.example/followup" })
const chatUrl = "https://acme.example/c/{token}"
const withPrefix: Policy["autoText"] = { prefix: "", suffix: "\n{link}" }

interface Messages {
  readonly push: PushMessage
  readonly sns: SnsMessage
  readonly xms: XmsMessage
  readonly email: EmailMessage
}

const messageOf = <V extends keyof Messages>(world: World, via: V): Messages[V] => {
  const sent = world.sent.find((one) => one.via === via)
  if (sent === undefined) throw new Error(`nothing was sent by ${via}`)
  return sent.message as Messages[V]
}

const tokenIn = (text: string): string => {
  const token = /https:\/\/acme\.example\/c\/([\w-]+)/.exec(text)?.[1]
  if (token === undefined) throw new Error(`no link in: ${text}`)
  return token
}

describe.each(drivers)("links over %s", (_, makeStore) => {
  const open = async (options: Parameters<typeof openStory>[0] = {}) => {
    const story = await openStory({
      store: makeStore(),
      links,
      channel: { chatUrl },
      customer: { pushTokens: [] },
      policy: { autoText: withPrefix },
      ...options,
    })
    await story.asks(0)
    await story.replies(1_000)
    return story
  }
  const resume = (world: World, token: string) => world.call((engine) => engine.resume(token))
  const resumed = { _tag: "Resumed", ...whose, chatId: "c1" }
  const refused = (reason: string) => ({ _tag: "Refused", reason })

  test("R12: a text and a mail carry a link of less than 60 characters that resumes the chat", async () => {
    const { world } = await open()
    const { text, link } = messageOf(world, "sns")
    const mail = messageOf(world, "email")
    expect(text).toBe(`Yes, it is.\n${link}`)
    expect(link?.length).toBeLessThan(60)
    expect(link).toMatch(/^https:\/\/acme\.example\/c\/1[\w-]{20}$/)
    for (const words of [text, mail.text, mail.html]) {
      expect(tokenIn(words)).toBe(tokenIn(text))
      expect(await resume(world, tokenIn(words))).toEqual(resumed)
    }
    // Any number of times: people tap a link twice, and phones look at it first.
    expect(await resume(world, tokenIn(text))).toEqual(resumed)
  })

  test("R12: the link of an XMS after the SNS, and of a push, resumes as well", async () => {
    const { world } = await open({
      customer: { pushTokens: ["t1"] },
      scripts: { sns: { then: rejected("blocked") } },
    })
    await world.at(40_000)
    const ofPush = tokenIn(messageOf(world, "push").link ?? "")
    const ofXms = tokenIn(messageOf(world, "xms").text)
    expect(ofPush).not.toBe(ofXms)
    for (const token of [ofPush, ofXms]) expect(await resume(world, token)).toEqual(resumed)
  })

  test("R12: a link holds for seven days, the end excluded", async () => {
    const { world } = await open()
    const token = tokenIn(messageOf(world, "sns").text)
    await world.at(1_000 + RESUME_MS - 1)
    expect(await resume(world, token)).toEqual(resumed)
    await world.at(1_000 + RESUME_MS)
    expect(await resume(world, token)).toEqual(refused("expired"))
  })

  test("R12: a revoked link is refused, that of a later follow-up is not", async () => {
    const story = await open()
    const { world } = story
    const token = tokenIn(messageOf(world, "sns").text)
    await world.call((engine) => engine.revoke({ ...whose, chatId: "another" }))
    expect(await resume(world, token)).toEqual(resumed)
    await world.call((engine) => engine.revoke({ ...whose, chatId: "c1" }))
    await world.call((engine) => engine.revoke({ ...whose, chatId: "c1" }))
    expect(await resume(world, token)).toEqual(refused("revoked"))
    world.sent.splice(0)
    await story.asks(100_000, "m3")
    await story.replies(101_000, "m4")
    const later = tokenIn(messageOf(world, "sns").text)
    expect(await resume(world, later)).toEqual(resumed)
    await world.call((engine) => engine.revoke(whose))
    expect(await resume(world, later)).toEqual(refused("revoked"))
  })

  test("R12: what nobody gave out, or a row without the key, is unknown", async () => {
    const { world } = await open()
    const link = { key: whose, chatId: "c1", expiresAtMs: 9_000_000_000_000 }
    const forged = signedLinks({ keys: ["another key of 32 characters or more"] })
    const token = forged.tag("resume", JSON.stringify(["acme", "cust-1", "c1", link.expiresAtMs]))
    for (const none of [token, "", "x", "1".repeat(21), "a".repeat(100_000)])
      expect(await resume(world, none)).toEqual(refused("unknown"))
    const name = forged.nameOf(token) ?? ""
    await world.store((store) =>
      store.transact([], () => ({
        changes: { ...noChanges, links: [{ ...link, name }] },
        value: undefined,
      })),
    )
    expect(await world.store((store) => store.resumeLink(name))).toMatchObject(link)
    expect(await resume(world, token)).toEqual(refused("unknown"))
  })

  test("R20: a forgotten customer's links are unknown", async () => {
    const { world } = await open()
    const token = tokenIn(messageOf(world, "sns").text)
    await world.call((engine) => engine.forget(whose))
    expect(await resume(world, token)).toEqual(refused("unknown"))
  })

  test("R20: neither history nor post log opens a door: tokens are masked there", async () => {
    const { world } = await open({ customer: { pushTokens: ["t1"] } })
    await world.at(100_000)
    const token = tokenIn(messageOf(world, "sns").text)
    const unsubscribe = /unsubscribe\/([\w-]+)/.exec(messageOf(world, "email").text)?.[1]
    const { receiptToken } = messageOf(world, "push")
    const history = JSON.stringify(await world.store((store) => store.eventsAfter(0, 100)))
    const log = JSON.stringify(await world.call((engine) => engine.log({ channelId: "acme" })))
    for (const text of [history, log]) {
      expect(text).toContain("https://acme.example/c/…")
      for (const secret of [token, unsubscribe, receiptToken]) {
        expect(secret).toMatch(/^1[\w-]+$/)
        expect(text).not.toContain(secret)
      }
    }
  })

  test("R12: a channel without {token} gives nothing out", async () => {
    const { world } = await open({ channel: { chatUrl: "https://acme.example/c/{chat}" } })
    expect(messageOf(world, "sns").link).toBe("https://acme.example/c/c1")
    const token = links.tag("resume", JSON.stringify(["acme", "cust-1", "c1", world.nowMs + RESUME_MS]))
    expect(await resume(world, token)).toEqual(refused("unknown"))
  })
})

test("R12: {token} without links is refused, of a directory too, since texts would have no link", async () => {
  const { world } = await openStory()
  const unsigned = "chatUrl: expected no {token}, because followup was opened without links"
  const told = await world.refusal((engine) => engine.channel({ ...acme, chatUrl }))
  expect(told).toMatchObject({
    reason: "bad-input",
    message: `channel: ${unsigned}`,
  })
  expect(await world.refusal((engine) => engine.resume("1"))).toMatchObject({ reason: "bad-input" })
  const story = await openStory({
    directory: {
      channel: async () => ({ ...acme, chatUrl }),
      customer: async () => ({ id: "cust-1", phone: "010-1234-5678" }),
    },
  })
  const asked = { ...whose, chatId: "c1", messageId: "m1", from: "customer", text: "Hi" } as const
  expect(await story.world.refusal((engine) => engine.message(asked))).toMatchObject({
    reason: "directory",
    message: `the directory's answer: ${unsigned}`,
  })
})

describe.each(drivers)("opting out over %s", (_, makeStore) => {
  test("R15: no more of it, also when contacts come again, until the host says otherwise", async () => {
    const story = await openStory({ store: makeStore(), customer: { pushTokens: [] } })
    const { world } = story
    await world.call((engine) => engine.optOut({ ...whose, via: "email" }))
    await world.call((engine) =>
      engine.customer({
        channelId: "acme",
        id: "cust-1",
        phone: "010-1234-5678",
        email: "cust-1@example.com",
      }),
    )
    await story.asks(0)
    await story.replies(1_000)
    expect(story.calls()).toEqual(["sns@1000#1"])
    expect(await story.exclusions()).toEqual(["opted-out"])
    await world.call((engine) =>
      engine.customer({ channelId: "acme", id: "cust-1", email: "cust-1@example.com", optedOut: [] }),
    )
    await story.asks(100_000, "m3")
    await story.replies(101_000, "m4")
    expect(story.calls()).toContain("email@101000#1")
  })
})

test("R15: contacts of a directory are the host's to change", async () => {
  const { world } = await openStory({
    directory: { channel: async () => acme, customer: async () => undefined },
  })
  const told = await world.refusal((engine) => engine.optOut({ ...whose, via: "email" }))
  expect(told).toMatchObject({ reason: "bad-input", message: expect.stringContaining("your directory") })
})
