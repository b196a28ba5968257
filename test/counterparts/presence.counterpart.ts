/**
 * R1, R2: from a customer's browser to a push, by what docs/guides/presence.md has hosts write: its page in Chromium, its
 * route, and the engine.
 */
import { readFileSync } from "node:fs"
import { stripTypeScriptTypes } from "node:module"
import { FollowUps, FollowUpsError, type OpenFollowUps } from "followup/engine"
import { memory } from "followup/stores/memory"
import type { Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { PushMessage, Transport } from "../../src/ports/transport.ts"
import { regionOf } from "../../tools/examples/fences.ts"
import { drivenChromium } from "./chromium.ts"
import { eventually } from "./loopback.ts"
import { browserModule, openSite, pageWith } from "./site.ts"

const chat = { channelId: "acme", customerId: "mina", chatId: "c1" }

/** The route of the guide, with what it takes from around it. */
const routeFor = (followUps: OpenFollowUps) => {
  const route = regionOf(readFileSync("docs/examples/presence-server.ts", "utf8"), "route") ?? ""
  const customerOf = (request: Request) =>
    request.headers.get("cookie") === "session=mina-s" ? chat.customerId : undefined
  const scope = { followUps, customerOf, FollowUpsError }
  // oxlint-disable-next-line typescript/no-implied-eval -- what readers copy is what is to be tested
  return new Function(...Object.keys(scope), `${stripTypeScriptTypes(route)}\nreturn presence`)(
    ...Object.values(scope),
  ) as (request: Request) => Promise<Response>
}

const openShop = async () => {
  const pushes: Array<string> = []
  const push: Transport<PushMessage> & { readonly via: "push" } = {
    name: "recorded",
    via: "push",
    receipts: "app",
    idempotency: "key",
    send: async ({ body }) => {
      pushes.push(body)
      return { _tag: "Accepted" }
    },
  }
  const followUps = await FollowUps.open({ store: memory(), transports: [push] })
  await followUps.channel({ id: "acme", country: "KR", plan: { kind: "free" }, integrations: { push: true } })
  await followUps.customer({ channelId: "acme", id: "mina", pushTokens: ["t1"] })
  const written = async (request: Request) => {
    const { text, sessionId } = (await request.json()) as { text: string; sessionId: string }
    await followUps.message({ ...chat, messageId: "m1", from: "customer", text, sessionId })
    return new Response(null, { status: 204 })
  }
  const script = await browserModule("docs/examples/presence-browser.ts")
  const site = await openSite((request) => {
    const { pathname } = new URL(request.url)
    if (pathname === "/messages") return written(request)
    if (pathname === "/sign-out") return new Response(null, { status: 204 })
    if (pathname === "/chat.js")
      return new Response(script, { headers: { "content-type": "text/javascript" } })
    const page = pageWith('import * as chat from "/chat.js"; window.chat = chat')
    page.headers.set("set-cookie", "session=mina-s; HttpOnly; SameSite=Lax")
    return page
  }, routeFor(followUps))
  return {
    ...site,
    pushes,
    reply: () => followUps.message({ ...chat, messageId: "m2", from: "manager", text: "It is." }),
    verdict: async () => (await followUps.explain({ ...chat, messageId: "m2" })).verdict,
    [Symbol.asyncDispose]: async () => {
      await site[Symbol.asyncDispose]()
      await followUps.close()
    },
  }
}

describe("a customer in Chromium", () => {
  let chromium: Awaited<ReturnType<typeof drivenChromium>>
  beforeAll(async () => {
    chromium = await drivenChromium()
  })
  afterAll(() => chromium[Symbol.asyncDispose]())

  const writeIn = async (shop: Awaited<ReturnType<typeof openShop>>): Promise<Page> => {
    const tab = await chromium.window.newPage()
    await tab.goto(shop.at())
    expect(await tab.evaluate('chat.write("Is it in stock?").then(({ status }) => status)')).toBe(204)
    expect(await shop.signals(1)).toEqual(["visible"])
    return tab
  }

  test("R1: who closed the tab after writing is called when a manager replies", async () => {
    await using shop = await openShop()
    const tab = await writeIn(shop)
    await tab.close()
    expect(await shop.signals(2)).toEqual(["visible", "left"])
    await shop.reply()
    expect(await eventually("a push", () => shop.pushes[0])).toContain("It is.")
    expect(await shop.verdict()).toBe("followed-up")
  })
  test.each<[string, (tab: Page) => Promise<unknown>]>([
    ["close it", (tab) => tab.close()],
    ["go elsewhere", (tab) => tab.goto("about:blank")],
    ["put another tab in front", async () => (await chromium.window.newPage()).bringToFront()],
    ["sign out", (tab) => tab.evaluate("void chat.signOut()")],
  ])("R1, R2: whose tab is in front is not called until they %s", async (_, leave) => {
    await using shop = await openShop()
    const tab = await writeIn(shop)
    await shop.reply()
    expect(await shop.verdict()).toBe("waiting")
    expect(shop.pushes).toEqual([])
    await leave(tab)
    expect(await eventually("a push", () => shop.pushes[0])).toContain("It is.")
    expect(await shop.verdict()).toBe("followed-up")
  })
})
