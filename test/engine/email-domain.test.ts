/** R14: mail comes from a channel's domain while its checks pass, and from the default domain while they fail. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { checkDomain } from "../../src/domain/index.ts"
import type { EmailMessage, NoticeCall } from "../../src/engine/index.ts"
import { sqlite } from "../../src/stores/sqlite/index.ts"
import { type Zone, zone } from "../domain/zone.ts"
import { drivers, START_MS } from "./engine-world.ts"
import { acme, jieun, openStory, type StoryOptions, whose } from "./story.ts"

const folder = mkdtempSync(join(tmpdir(), "followup-email-domain-"))
afterAll(() => rmSync(folder, { recursive: true }))

const domain = "mail.acme.example"
const HOUR_MS = 3_600_000
const own = "chat@mail.acme.example"
const fallback = "chat@followup.example"
const inOrder: Zone = {
  [`TXT ${domain}`]: ["v=spf1 include:spf.provider.example ~all"],
  "TXT spf.provider.example": ["v=spf1 ip4:192.0.2.0/24 -all"],
  [`TXT _dmarc.${domain}`]: ["v=DMARC1; p=none"],
}
const channel = {
  ...acme,
  integrations: {},
  settings: { phoneNumber: false },
  emailDomain: { domain, verified: true },
}

/** A story whose host checks the domain now and then, by what the DNS then says. */
const openDomain = async (options: StoryOptions = {}) => {
  const told: Array<NoticeCall> = []
  const story = await openStory({ channel, onNotice: (call) => void told.push(call), ...options })
  const { world } = story
  let chats = 0
  return {
    story,
    checks: async (ms: number, records: Zone, channelId = "acme") => {
      await world.at(ms)
      const report = await checkDomain(
        domain,
        { spf: ["include:spf.provider.example"] },
        { resolver: zone(records) },
      )
      await world.call((engine) =>
        engine.domainCheck({ channelId, domain: report.domain, result: report.result }),
      )
      return report.result
    },
    /** Whom a follow-up that begins now comes from. */
    from: async () => {
      const about = { ...whose, chatId: `chat-${++chats}` }
      await world.call((engine) => engine.message({ ...about, messageId: "m1", from: "customer", text: "?" }))
      await world.call((engine) => engine.message({ ...about, messageId: "m2", from: "manager", text: "!" }))
      const mail = world.sent.findLast(({ via }) => via === "email")?.message as EmailMessage
      return mail.from.address
    },
    told: () => told.map(({ channelId, notice }) => `${channelId} ${notice.kind}@${notice.atMs - START_MS}`),
  }
}

describe.each(drivers)("a linked domain over %s", (_, makeStore) => {
  test("R14: that stops passing falls back to the default sender, and the channel is told once", async () => {
    const host = await openDomain({ store: makeStore() })
    expect(await host.from()).toBe(own)
    expect(await host.checks(0, inOrder)).toBe("passed")
    expect(await host.from()).toBe(own)
    expect(await host.checks(HOUR_MS, {})).toBe("failed")
    expect(await host.from()).toBe(own)
    await host.checks(2 * HOUR_MS, {})
    expect(await host.from()).toBe(fallback)
    await host.checks(3 * HOUR_MS, {})
    expect(host.told()).toEqual([`acme email-domain-failed@${2 * HOUR_MS}`])
    await host.checks(4 * HOUR_MS, inOrder)
    expect(await host.from()).toBe(own)
    await host.checks(5 * HOUR_MS, inOrder)
    expect(host.told().slice(1)).toEqual([`acme email-domain-restored@${4 * HOUR_MS}`])
    expect((await host.story.world.call((engine) => engine.notices("acme"))).map(({ kind }) => kind)).toEqual(
      ["email-domain-failed", "email-domain-restored"],
    )
  })

  test("R14: a DNS that does not answer changes nothing, for however long", async () => {
    const host = await openDomain({ store: makeStore() })
    const silent = Object.fromEntries(Object.keys(inOrder).map((question) => [question, ["!ESERVFAIL"]]))
    for (let hours = 0; hours < 5; hours++) expect(await host.checks(hours * HOUR_MS, silent)).toBe("unknown")
    expect(await host.from()).toBe(own)
    expect(host.told()).toEqual([])
  })

  test("R14: several processes that find the same at once are one finding", async () => {
    const host = await openDomain({ store: makeStore() })
    for (let times = 0; times < 10; times++) await host.checks(0, {})
    expect(await host.from()).toBe(own)
    for (let times = 0; times < 10; times++) await host.checks(HOUR_MS, {})
    expect(await host.from()).toBe(fallback)
    expect(host.told()).toHaveLength(1)
  })

  test("R14: a domain that the host has not verified is, once it passes", async () => {
    const store = makeStore()
    const host = await openDomain({
      store,
      channel: { ...channel, emailDomain: { domain, verified: false } },
    })
    expect(await host.from()).toBe(fallback)
    await host.checks(0, inOrder)
    expect(await host.from()).toBe(own)
    expect(host.told()).toEqual([])
  })

  test("R14: what was found outlives the host's settings said again, usage, and forgotten customers", async () => {
    const host = await openDomain({ store: makeStore() })
    const { world } = host.story
    await host.checks(0, {})
    await host.checks(HOUR_MS, {})
    await world.call((engine) => engine.channel({ ...channel, name: "Acme & Co." }))
    await world.call((engine) => engine.recordUsage({ channelId: "acme", kind: "SMS", pu: 1 }))
    await world.call((engine) => engine.topUp({ channelId: "acme", pu: 1 }))
    expect(await host.from()).toBe(fallback)
    await world.call((engine) => engine.forget(whose))
    await world.call((engine) => engine.customer(jieun))
    expect(await host.from()).toBe(fallback)
    const other = { domain: "other.example", verified: true }
    await world.call((engine) => engine.channel({ ...channel, emailDomain: other }))
    expect(await host.from()).toBe("chat@other.example")
  })

  test("R14: what was found stays when a forgotten customer settles what is under way", async () => {
    const host = await openDomain({
      store: makeStore(),
      channel: { ...channel, settings: {} },
      scripts: { xms: { then: "hangs" } },
    })
    const { world, usedPu } = host.story
    await host.checks(0, {})
    await host.checks(HOUR_MS, {})
    await host.from()
    expect((await usedPu()).reservedPu).toBeGreaterThan(0)
    await world.call((engine) => engine.forget(whose))
    expect((await usedPu()).reservedPu).toBe(0)
    const record = await world.store((store) => store.channel("acme"))
    expect(record?.emailDomain).toMatchObject({ domain, status: "failed" })
  })

  test("R14: the grace is policy", async () => {
    const host = await openDomain({ store: makeStore(), policy: { email: { domainGraceMs: 0 } } })
    await host.checks(0, {})
    expect(await host.from()).toBe(fallback)
  })

  test("R14: a channel of the host's directory is the same once it is known, and refused before", async () => {
    const { channelId: _id, ...contacts } = jieun
    const host = await openDomain({
      store: makeStore(),
      directory: { channel: async () => channel, customer: async (_channelId, id) => ({ ...contacts, id }) },
    })
    await expect(host.checks(0, {})).rejects.toMatchObject({ reason: "unknown-channel" })
    expect(await host.from()).toBe(own)
    await host.checks(0, {})
    await host.checks(HOUR_MS, {})
    expect(await host.from()).toBe(fallback)
  })

  test("R14: a check that makes no sense is refused by its place", async () => {
    const { story } = await openDomain({ store: makeStore() })
    const call = JSON.parse('{ "channelId": "acme", "domain": "mail.acme.example", "result": "fine" }')
    const error = await story.world.refusal((engine) => engine.domainCheck(call))
    expect(error).toMatchObject({ reason: "bad-input", issues: [{ path: "result" }] })
  })
})

test("R14: what was found is there after a restart", async () => {
  const file = join(folder, "restart.sqlite")
  const before = await openDomain({ store: sqlite(file) })
  await before.checks(0, {})
  await before.checks(HOUR_MS, {})
  await before.story.world.close()
  const after = await openDomain({ store: sqlite(file), startMs: START_MS + 2 * HOUR_MS })
  expect(await after.from()).toBe(fallback)
  await after.story.world.close()
})
