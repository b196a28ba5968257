/** R2: what the beacon tells in a real browser, of which test/beacon has a stand-in. */
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { drivenChromium, startChromium } from "./chromium.ts"
import { eventually } from "./loopback.ts"
import { openSite, pageWith, reporting } from "./site.ts"

let chromium: Awaited<ReturnType<typeof drivenChromium>>
beforeAll(async () => {
  chromium = await drivenChromium()
})
afterAll(() => chromium[Symbol.asyncDispose]())

const openTab = async (url = "about:blank") => {
  const tab = await chromium.window.newPage()
  await tab.goto(url)
  return tab
}

describe("tabs", () => {
  test("R2: a page that loads in front is visible, and has left when its tab is closed", async () => {
    await using site = await openSite()
    const tab = await openTab(site.at())
    expect(await site.signals(1)).toEqual(["visible"])
    await tab.close()
    expect(await site.signals(2)).toEqual(["visible", "left"])
    expect(new Set(site.told().map(({ sessionId }) => sessionId)).size).toBe(1)
  })
  test("R2, R3: another tab in front is hidden, and back again visible", async () => {
    await using site = await openSite()
    const tab = await openTab(site.at())
    await site.signals(1)
    const other = await openTab()
    await other.bringToFront()
    expect(await site.signals(2)).toEqual(["visible", "hidden"])
    await tab.bringToFront()
    expect(await site.signals(3)).toEqual(["visible", "hidden", "visible"])
    await other.bringToFront()
    await site.signals(4)
    // It comes in front by itself.
    await other.close()
    expect(await site.signals(5)).toEqual(["visible", "hidden", "visible", "hidden", "visible"])
    await tab.close()
    expect((await site.signals(6)).at(-1)).toBe("left")
  })
  test("R2: a page that loads behind another tab is hidden until it comes in front", async () => {
    await using site = await openSite(({ url }) =>
      pageWith(
        url.endsWith("/behind") ? reporting() : 'document.body.innerHTML = "<a href=/behind>More</a>"',
      ),
    )
    const tab = await openTab(site.at())
    const [behind] = await Promise.all([
      chromium.window.waitForEvent("page"),
      tab.locator("a").click({ modifiers: ["Control"] }),
    ])
    expect(await site.signals(1)).toEqual(["hidden"])
    await behind.bringToFront()
    expect(await site.signals(2)).toEqual(["hidden", "visible"])
    await behind.close()
    expect(await site.signals(3)).toEqual(["hidden", "visible", "left"])
    await tab.close()
  })
})

describe("pages of a tab", () => {
  test("R2: a link is left, and back again, from the back/forward cache, visible: one session", async () => {
    await using site = await openSite(({ url }) =>
      pageWith(
        url.endsWith("/") ? `${reporting()}; onpageshow = (event) => (window.kept = event.persisted)` : "",
      ),
    )
    const tab = await openTab(site.at())
    await site.signals(1)
    await tab.goto(site.at("/elsewhere"))
    expect(await site.signals(2)).toEqual(["visible", "left"])
    // Nothing is loaded that a wait could be for.
    await tab.goBack({ waitUntil: "commit" })
    expect(await site.signals(3)).toEqual(["visible", "left", "visible"])
    expect(await tab.evaluate("kept")).toBe(true)
    await tab.close()
    expect(await site.signals(4)).toEqual(["visible", "left", "visible", "left"])
    expect(new Set(site.told().map(({ sessionId }) => sessionId)).size).toBe(1)
  })
  test("R2: links, forms, scripts and the way back lead on within the site: one session that is never left", async () => {
    await using site = await openSite(({ url }) =>
      pageWith(`${reporting()}; onpageshow = (event) => (window.kept = event.persisted)
        document.body.innerHTML = '<a href="/second">2</a><form action="/third"><button>3</button></form>'
        window.where = ${JSON.stringify(new URL(url).pathname)}`),
    )
    const tab = await openTab(site.at("/first"))
    await site.signals(1)
    await tab.click("a")
    await site.signals(2)
    await tab.click("button")
    await site.signals(3)
    await tab.evaluate('location.href = "/fourth"')
    await site.signals(4)
    await tab.goBack({ waitUntil: "commit" })
    await site.signals(5)
    expect(await tab.evaluate("[where, kept]")).toEqual(["/third", true])
    await tab.close()
    expect(await site.signals(6)).toEqual([...Array.from({ length: 5 }, () => "visible"), "left"])
    expect(new Set(site.told().map(({ sessionId }) => sessionId)).size).toBe(1)
  })
  test.each([
    ["pushState", 'onclick = (event) => { event.preventDefault(); history.pushState(0, "", "/second") }'],
    ["intercept", "navigation.onnavigate = (event) => event.intercept({ handler: async () => {} })"],
  ])(
    "R2: an application of one page that goes on by %s is left when its tab is closed",
    async (_, router) => {
      await using site = await openSite(() =>
        pageWith(`${reporting()}; ${router}; document.body.innerHTML = '<a href="/second">2</a>'`),
      )
      const tab = await openTab(site.at())
      await site.signals(1)
      await tab.click("a")
      await tab.waitForURL(site.at("/second"))
      await tab.close()
      expect(await site.signals(2)).toEqual(["visible", "left"])
      expect(site.asked.filter(({ request }) => request.url.endsWith("/second"))).toEqual([])
    },
  )
  test("R2: a link to another site is left, and so is a page that stayed for a file", async () => {
    await using site = await openSite(({ url }) =>
      url.endsWith("/file")
        ? new Response("1", { headers: { "content-disposition": "attachment" } })
        : pageWith(`${reporting()}
            document.body.innerHTML = '<a href="http://elsewhere.example">1</a><a href="/file" download>2</a>'`),
    )
    const tab = await openTab(site.at())
    await site.signals(1)
    await tab.locator("a").last().click()
    await tab.locator("a").first().click({ noWaitAfter: true })
    expect(await site.signals(2)).toEqual(["visible", "left"])
    await tab.close()
  })
  test("R2: of pages whose addresses are typed, or that are loaded again, each is a session", async () => {
    await using site = await openSite()
    const tab = await openTab(site.at("/first"))
    await site.signals(1)
    await tab.goto(site.at("/second"))
    await site.signals(3)
    await tab.reload()
    await site.signals(5)
    await tab.close()
    await site.signals(6)
    const pages = Map.groupBy(site.told(), ({ sessionId }) => sessionId)
    const ofPages = [...pages.values()].map((told) => told.map(({ signal }) => signal))
    expect(ofPages).toEqual([1, 2, 3].map(() => ["visible", "left"]))
  })
  test("R2: stop tells left, and then nothing whatever happens", async () => {
    await using site = await openSite()
    const tab = await openTab(site.at())
    await site.signals(1)
    await tab.evaluate("presence.stop()")
    expect(await site.signals(2)).toEqual(["visible", "left"])
    await tab.mouse.click(10, 10)
    await tab.goto("about:blank")
    await tab.goBack({ waitUntil: "commit" })
    await tab.evaluate('fetch("/presence", { method: "POST", body: JSON.stringify({ signal: "end" }) })')
    expect(await site.signals(3)).toEqual(["visible", "left", "end"])
    await tab.close()
  })
})

// A page that is driven is not prerendered: these lead on by themselves.
describe("pages that are prerendered", () => {
  const early =
    '<script type="speculationrules">{"prerender": [{"urls": ["/next"], "eagerness": "immediate"}]}</script>'

  const prerendering = async (leadsTo: string, script = "") => {
    const seen = Promise.withResolvers<Response>()
    const site = await openSite(({ url }) => {
      if (url.endsWith("/seen")) return seen.promise
      if (url.endsWith("/"))
        return pageWith(`${script}await fetch("/seen"); location.href = "${leadsTo}"`, early)
      return pageWith(`${reporting()}; fetch("/run?" + document.prerendering)`)
    })
    const browser = await startChromium(site.at())
    await eventually("a page that is prerendered", () =>
      site.asked.find(({ request }) => request.url.endsWith("/run?true")),
    )
    return {
      ...site,
      goOn: () => seen.resolve(new Response()),
      [Symbol.asyncDispose]: async () => {
        await browser[Symbol.asyncDispose]()
        await site[Symbol.asyncDispose]()
      },
    }
  }
  test("R2: one is visible once it is shown, and not before", async () => {
    await using site = await prerendering("/next")
    expect(site.told()).toEqual([])
    site.goOn()
    expect(await site.signals(1)).toEqual(["visible"])
  })
  test("R2: one has a session of its own, and the page that led to it has left", async () => {
    await using site = await prerendering("/next", reporting())
    expect(await site.signals(1)).toEqual(["visible"])
    site.goOn()
    expect((await site.signals(3)).toSorted()).toEqual(["left", "visible", "visible"])
    const [first, ...rest] = site.told()
    expect(rest.find(({ signal }) => signal === "left")?.sessionId).toBe(first?.sessionId)
    expect(rest.find(({ signal }) => signal === "visible")?.sessionId).not.toBe(first?.sessionId)
  })
  test("R2: one that is never shown says nothing", async () => {
    await using site = await prerendering("/elsewhere")
    site.goOn()
    expect(await site.signals(1)).toEqual(["visible"])
    expect(site.asked.map(({ request }) => new URL(request.url).pathname)).toContain("/elsewhere")
  })
})
