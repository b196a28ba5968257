/** R2: what counts as activity in a real browser. Its pages are real, the 30 seconds between two signals are not. */
import type { Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { drivenChromium } from "./chromium.ts"
import { openSite, pageWith, reporting } from "./site.ts"

let chromium: Awaited<ReturnType<typeof drivenChromium>>
beforeAll(async () => {
  chromium = await drivenChromium()
})
afterAll(() => chromium[Symbol.asyncDispose]())

// A box of replies, a field to write in, and more below.
const chat = `document.body.innerHTML = "<div id=box style='height: 200px; overflow: auto'><p style='height: 900px'></div><input id=field>"
`

/** A tab whose `visible` has been told, and which would tell of any activity at once: 30 s are over. */
const openChat = async () => {
  const site = await openSite(() => pageWith(reporting() + chat))
  const window = await chromium.browser.newContext({ hasTouch: true })
  await window.clock.install()
  const tab = await window.newPage()
  await tab.goto(site.at())
  await site.signals(1)
  await window.clock.runFor(30_000)
  const close = async () => {
    await window.close()
    await site[Symbol.asyncDispose]()
  }
  return { ...site, tab, [Symbol.asyncDispose]: close }
}

describe("activity", () => {
  test.each<[string, (tab: Page) => Promise<unknown>]>([
    ["the mouse moves", (tab) => tab.mouse.move(120, 120)],
    ["a key is pressed", (tab) => tab.keyboard.press("Shift")],
    ["the wheel is turned", (tab) => tab.mouse.wheel(0, 100)],
    ["the page is touched", (tab) => tab.touchscreen.tap(120, 120)],
  ])("R2: %s", async (_, act) => {
    await using site = await openChat()
    await act(site.tab)
    expect(await site.signals(2)).toEqual(["visible", "active"])
    await site.tab.close()
    expect(await site.signals(3)).toEqual(["visible", "active", "left"])
  })
  test("R2: the scrollbar is pulled", async () => {
    await using site = await openChat()
    await site.tab.mouse.move(
      (await site.tab.evaluate<number>("document.documentElement.clientWidth")) + 5,
      200,
    )
    expect(await site.signals(2)).toEqual(["visible", "active"])
    await site.tab.clock.runFor(30_000)
    await site.tab.mouse.down()
    expect(await site.signals(3)).toEqual(["visible", "active", "active"])
  })
  test("R2: what is done within 30 s is told once, at their end", async () => {
    await using site = await openChat()
    await site.tab.keyboard.type("Is it")
    await site.signals(2)
    await site.tab.keyboard.type(" in stock?")
    await site.tab.clock.runFor(30_000)
    await site.signals(3)
    await site.tab.clock.runFor(60_000)
    await site.tab.close()
    expect(await site.signals(4)).toEqual(["visible", "active", "active", "left"])
  })
  // Otherwise the reply that they have not seen would itself say that they are there.
  test.each([
    ["a chat that scrolls to a new reply", "box.scrollTop = 700", "scroll"],
    ["a page that scrolls by itself", "scrollTo(0, 3_000)", "scroll"],
    ["a field that is given the focus", "field.focus()", "focusin"],
  ])("R2: %s is none", async (_, act, comes) => {
    await using site = await openChat()
    await site.tab.evaluate(
      `new Promise((heard) => { document.addEventListener("${comes}", heard, true); ${act} })`,
    )
    await site.tab.close()
    expect(await site.signals(2)).toEqual(["visible", "left"])
  })
})
