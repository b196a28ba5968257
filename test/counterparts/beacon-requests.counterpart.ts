/** R2: how what the beacon tells goes from a real browser to a server. */
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { drivenChromium } from "./chromium.ts"
import { eventually } from "./loopback.ts"
import { openSite, pageWith, reporting } from "./site.ts"

let chromium: Awaited<ReturnType<typeof drivenChromium>>
beforeAll(async () => {
  chromium = await drivenChromium()
})
afterAll(() => chromium[Symbol.asyncDispose]())

const without = "<script>delete Navigator.prototype.sendBeacon</script>"

describe.each([
  ["by sendBeacon", ""],
  ["without it", without],
])("a signal %s", (_, head) => {
  test("R2: is a POST of two fields as text, with cookies", async () => {
    await using site = await openSite(() => pageWith(reporting(), head))
    const tab = await chromium.window.newPage()
    await chromium.window.addCookies([{ name: "session", value: "mina", url: site.at() }])
    await tab.goto(site.at())
    expect(await tab.evaluate("typeof navigator.sendBeacon")).toBe(head ? "undefined" : "function")
    await site.signals(1)
    await tab.close()
    expect(await site.signals(2)).toEqual(["visible", "left"])
    for (const { request, body } of site.ofPresence()) {
      expect(request.method).toBe("POST")
      expect(request.headers.get("content-type")).toBe("text/plain;charset=UTF-8")
      expect(request.headers.get("cookie")).toBe("session=mina")
      expect(Object.keys(JSON.parse(body) as object)).toEqual(["sessionId", "signal"])
    }
  })
  test("R2: outlives the page that it tells of", async () => {
    const answered = Promise.withResolvers<void>()
    await using site = await openSite(async ({ url }) => {
      if (url.endsWith("/slow")) await answered.promise
      return url.endsWith("/") ? pageWith(reporting(), head) : pageWith("")
    })
    const tab = await chromium.window.newPage()
    await tab.goto(site.at())
    await site.signals(1)
    // As many as a browser asks a server for at a time: the next one waits until the page is gone.
    const other = await chromium.window.newPage()
    await other.goto(site.at("/other"))
    await other.evaluate('void Array.from({ length: 6 }, () => fetch("/slow", { cache: "no-store" }))')
    const slow = () => site.asked.filter(({ request }) => request.url.endsWith("/slow"))
    await eventually("all of them", () => slow()[5])
    await tab.close()
    // By the time that a page of another site is here, the closed one is gone.
    const third = await chromium.window.newPage()
    await third.goto(site.at("/other", "elsewhere.example"))
    answered.resolve()
    expect((await site.signals(3)).toSorted()).toEqual(["hidden", "left", "visible"])
    await Promise.all([other.close(), third.close()])
  })
  test("R2: goes over plain HTTP, with cookies and without a preflight, to another origin of the site", async () => {
    await using chat = await openSite()
    const url = chat.at("/presence", "chat.shop.example")
    await using shop = await openSite(() => pageWith(reporting(url), head))
    await chromium.window.addCookies([{ name: "session", value: "mina", url, sameSite: "Lax" }])
    const tab = await chromium.window.newPage()
    await tab.goto(shop.at("/", "shop.example"))
    expect(await tab.evaluate("isSecureContext || crypto.randomUUID")).toBeUndefined()
    await chat.signals(1)
    await tab.close()
    expect(await chat.signals(2)).toEqual(["visible", "left"])
    const requests = chat
      .ofPresence()
      .map(
        ({ request: { method, headers } }) => `${method} ${headers.get("origin")} ${headers.get("cookie")}`,
      )
    expect(new Set(requests)).toEqual(
      new Set([`POST ${new URL(shop.at("/", "shop.example")).origin} session=mina`]),
    )
  })
})

test("R2: signals arrive where other scripts have used up what may outlive a page", async () => {
  const answered = Promise.withResolvers<Response>()
  // 64 KiB are the standard's limit for all such requests together.
  const full = `const sent = navigator.sendBeacon("/slow", "x".repeat(65_535))
  window.refused = sent && !navigator.sendBeacon("/slow", "xx")`
  await using site = await openSite(({ method }) =>
    method === "POST" ? answered.promise : pageWith(reporting(), `<script>${full}</script>`),
  )
  const tab = await chromium.window.newPage()
  await tab.goto(site.at())
  expect(await tab.evaluate("refused")).toBe(true)
  expect(await site.signals(1)).toEqual(["visible"])
  answered.resolve(new Response())
  await tab.close()
})
