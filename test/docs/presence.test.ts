import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { reportPresence } from "../../docs/examples/presence-browser.ts"
import { defaultPresence, presenceAt } from "../../src/core/presence.ts"
import { printedBy } from "../../tools/examples/printed.ts"
import { openStory } from "../engine/story.ts"

interface Told {
  readonly sessionId: string
  readonly signal: string
}

/** As much of a browser as the example uses. */
class Browser {
  readonly document = Object.assign(new EventTarget(), { visibilityState: "visible" })
  readonly window = new EventTarget()
  readonly told: Array<Told> = []
  readonly navigator = {
    sendBeacon: (_url: string, body: string) => this.told.push(JSON.parse(body) as Told) > 0,
  }

  constructor() {
    for (const name of ["document", "window", "navigator"] as const) vi.stubGlobal(name, this[name])
  }
  load(visibilityState: "visible" | "hidden" = "visible") {
    this.document.visibilityState = visibilityState
    return reportPresence("/presence")
  }
  show(visibilityState: "visible" | "hidden") {
    this.document.visibilityState = visibilityState
    this.document.dispatchEvent(new Event("visibilitychange"))
  }
  act(type = "pointermove") {
    this.document.dispatchEvent(new Event(type))
  }
  /** As HTML has it: a page that is left is hidden after its "pagehide". */
  leave() {
    this.window.dispatchEvent(new Event("pagehide"))
    this.show("hidden")
  }
  /** From the back/forward cache; a page is shown before its "pageshow". */
  comeBack() {
    this.show("visible")
    this.window.dispatchEvent(new Event("pageshow"))
  }
  signals() {
    return this.told.splice(0).map(({ signal }) => signal)
  }
}

describe("what the example for browsers tells", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })
  const loaded = () => {
    const browser = new Browser()
    browser.load()
    browser.signals()
    return browser
  }

  test("R2: a page that loads in front is visible, one behind another tab is hidden", () => {
    const browser = new Browser()
    browser.load()
    browser.load("hidden")
    expect(browser.signals()).toEqual(["visible", "hidden"])
  })
  test("R2: another tab in front is hidden, and back again visible", () => {
    const browser = loaded()
    browser.show("hidden")
    browser.show("visible")
    expect(browser.signals()).toEqual(["hidden", "visible"])
  })
  test("R2: a page that is left says so, and not that it is hidden", () => {
    const browser = loaded()
    browser.leave()
    expect(browser.signals()).toEqual(["left"])
  })
  test("R2: a page that comes back from the back/forward cache is visible, once", () => {
    const browser = loaded()
    browser.leave()
    browser.comeBack()
    expect(browser.signals()).toEqual(["left", "visible"])
  })
  test("a page that was just loaded says nothing more at its pageshow", () => {
    const browser = loaded()
    browser.window.dispatchEvent(new Event("pageshow"))
    expect(browser.signals()).toEqual([])
  })
  test.each(["pointerdown", "pointermove", "keydown", "wheel", "touchmove", "scroll"])(
    "R2: %s is activity",
    (type) => {
      const browser = loaded()
      vi.advanceTimersByTime(30_000)
      browser.act(type)
      expect(browser.signals()).toEqual(["active"])
    },
  )
  test("R2: activity without end is told every 30 s, none is not told at all", () => {
    const browser = loaded()
    for (let second = 0; second < 600; second++) {
      browser.act()
      vi.advanceTimersByTime(1_000)
    }
    expect(browser.signals()).toEqual(Array.from({ length: 20 }, () => "active"))
    vi.advanceTimersByTime(600_000)
    expect(browser.signals()).toEqual([])
  })
  test("R2, R3: whoever does nothing more is offline after 4 min 30 s, and before five minutes", () => {
    for (const lastMs of [0, 1, 1_000, 29_999, 30_000, 31_000, 59_999]) {
      const browser = loaded()
      const startMs = Date.now()
      vi.advanceTimersByTime(lastMs)
      browser.act()
      vi.advanceTimersByTime(60_000)
      expect(browser.signals()).toEqual(["active"])
      // Told at once after a pause, otherwise at its end.
      const toldAtMs = startMs + Math.max(lastMs, 30_000)
      const session = { page: "Viewing", sinceMs: startMs, lastActiveAtMs: toldAtMs } as const
      const actedAtMs = startMs + lastMs
      expect(presenceAt([session], actedAtMs + defaultPresence.inactivityMs - 1)._tag).toBe("Online")
      expect(presenceAt([session], actedAtMs + 300_000)._tag).toBe("Offline")
    }
  })
  test("R2: what was done before the tab was hidden is no activity behind another one", () => {
    const browser = loaded()
    browser.act()
    browser.show("hidden")
    browser.signals()
    browser.act("scroll")
    vi.advanceTimersByTime(60_000)
    expect(browser.signals()).toEqual([])
  })
  test("R2: what was done before a laptop slept is no activity when it wakes", () => {
    const browser = loaded()
    vi.advanceTimersByTime(1_000)
    browser.act()
    // Timers stand still meanwhile, the clock does not.
    vi.setSystemTime(Date.now() + 3_600_000)
    vi.advanceTimersByTime(30_000)
    expect(browser.signals()).toEqual([])
    browser.act()
    expect(browser.signals()).toEqual(["active"])
  })
  test("R2: each page that is loaded is a session of its own, under one name for all that it tells", () => {
    const browser = new Browser()
    const sessionIds = [browser.load(), browser.load()]
    expect(browser.told.map(({ sessionId }) => sessionId)).toEqual(sessionIds)
    expect(new Set(sessionIds).size).toBe(2)
    browser.leave()
    expect(new Set(browser.told.map(({ sessionId }) => sessionId))).toEqual(new Set(sessionIds))
  })
})

test("R2: the route of the page takes who it is from the host's session, and the rest as it is checked", async () => {
  expect(await printedBy("docs/examples/presence-server.ts")).toBe(
    "204 400 400 401\n204\nmina t1 Viewing, mina t2 OtherPage\n",
  )
})

describe("what the page says of signals and old chats", () => {
  test("R2: of several tabs one that is in front is enough", async () => {
    const story = await openStory()
    await story.signals(0, "active", "tab-1")
    await story.signals(1_000, "hidden", "tab-1")
    await story.signals(1_000, "visible", "tab-2")
    await story.asks(2_000)
    await story.replies(3_000)
    expect(story.calls()).toEqual([])
    await story.signals(4_000, "left", "tab-2")
    expect(story.calls()).toEqual(["push@4000#1"])
  })
  test("R2: from page to page, a grace for hidden tabs bridges what `left` does not", async () => {
    const fromPageToPage = async (signal: "hidden" | "left") => {
      const story = await openStory({ policy: { presence: { hiddenGraceMs: 5_000 } } })
      await story.signals(0, "visible", "page-1")
      await story.asks(1_000)
      await story.replies(2_000)
      await story.signals(3_000, signal, "page-1")
      await story.signals(4_000, "visible", "page-2")
      await story.world.at(60_000)
      return story.calls()
    }
    expect(await fromPageToPage("hidden")).toEqual([])
    expect(await fromPageToPage("left")).toEqual(["push@3000#1"])
  })
  test("R4: one message of the customer's tells that a chat that goes on is not a manager's", async () => {
    const story = await openStory()
    await story.asks(0)
    await story.replies(1_000)
    await story.world.call((engine) =>
      engine.message({
        channelId: "acme",
        customerId: "cust-1",
        chatId: "c2",
        messageId: "m1",
        from: "manager",
        text: "Hi",
      }),
    )
    expect(await story.exclusions()).toEqual(["manager-initiated"])
  })
  test("R1: an old reply that is imported calls the customer", async () => {
    const story = await openStory()
    const old = {
      channelId: "acme",
      customerId: "cust-1",
      chatId: "c1",
      text: "Old.",
      atMs: 1_600_000_000_000,
    }
    await story.world.call((engine) => engine.message({ ...old, messageId: "m1", from: "customer" }))
    await story.world.at(0)
    expect(story.calls()).toEqual([])
    await story.world.call((engine) => engine.message({ ...old, messageId: "m2", from: "manager" }))
    await story.world.at(0)
    expect(story.calls()).toEqual(["push@0#1"])
  })
})
