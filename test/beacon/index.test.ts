import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { type ReportedSession, reportPresence } from "../../src/beacon/index.ts"
import { defaultPresence, presenceAt } from "../../src/core/presence.ts"

interface Told {
  readonly sessionId: string
  readonly signal: string
}

/** As much of a browser as the beacon uses. */
class Browser {
  readonly document = Object.assign(new EventTarget(), { visibilityState: "visible", prerendering: false })
  readonly navigation = new EventTarget()
  readonly window = Object.assign(new EventTarget(), { navigation: this.navigation })
  readonly location = { origin: "https://shop.example" }
  readonly kept = new Map<string, string>()
  readonly sessionStorage = {
    getItem: (key: string) => this.kept.get(key) ?? null,
    setItem: (key: string, value: string) => void this.kept.set(key, value),
    removeItem: (key: string) => void this.kept.delete(key),
  }
  readonly told: Array<Told> = []
  readonly navigator: { sendBeacon?: (url: string, body: string) => boolean } = {
    sendBeacon: (_url, body) => this.told.push(JSON.parse(body) as Told) > 0,
  }

  constructor() {
    const names = ["document", "window", "navigator", "location", "sessionStorage"] as const
    for (const name of names) vi.stubGlobal(name, this[name])
  }
  load(visibilityState: "visible" | "hidden" = "visible", sessionId?: string): ReportedSession {
    this.document.visibilityState = visibilityState
    return reportPresence("/presence", { sessionId })
  }
  /** The page is asked to lead elsewhere, which a "pagehide" follows or not. */
  go(url: string, how: { readonly sameDocument?: boolean; readonly downloadRequest?: string | null } = {}) {
    const { sameDocument = false, downloadRequest = null } = how
    const event = Object.assign(new Event("navigate"), {
      destination: { url, sameDocument },
      downloadRequest,
    })
    this.navigation.dispatchEvent(event)
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
  /** A page that was prerendered is wanted: in front, or behind another tab. */
  activate() {
    this.document.prerendering = false
    this.document.dispatchEvent(new Event("prerenderingchange"))
  }
  signals() {
    return this.told.splice(0).map(({ signal }) => signal)
  }
}

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

describe("what the beacon tells", () => {
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
  test.each(["pointerdown", "pointermove", "keydown", "wheel", "touchmove"])("R2: %s is activity", (type) => {
    const browser = loaded()
    vi.advanceTimersByTime(30_000)
    browser.act(type)
    expect(browser.signals()).toEqual(["active"])
  })
  test("R2: scroll is none: a chat scrolls to a new reply by itself", () => {
    const browser = loaded()
    vi.advanceTimersByTime(30_000)
    browser.act("scroll")
    vi.advanceTimersByTime(30_000)
    expect(browser.signals()).toEqual([])
  })
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
    browser.act("wheel")
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
    const sessionIds = [browser.load(), browser.load()].map(({ sessionId }) => sessionId)
    expect(browser.told.map(({ sessionId }) => sessionId)).toEqual(sessionIds)
    expect(new Set(sessionIds).size).toBe(2)
    browser.leave()
    expect(new Set(browser.told.map(({ sessionId }) => sessionId))).toEqual(new Set(sessionIds))
  })
  test("R2: a session that the host names goes by that name", () => {
    const browser = new Browser()
    expect(reportPresence("/presence", { sessionId: "tab-1" }).sessionId).toBe("tab-1")
    expect(browser.told).toEqual([{ sessionId: "tab-1", signal: "visible" }])
  })
})

describe("a site of many pages", () => {
  const next = "https://shop.example/next"
  test("R2: whoever goes on to its next page has not left, and that page has their session", () => {
    const browser = new Browser()
    const { sessionId } = browser.load()
    browser.go(next)
    browser.leave()
    expect(browser.signals()).toEqual(["visible"])
    const page = new Browser()
    for (const [key, value] of browser.kept) page.kept.set(key, value)
    expect(page.load().sessionId).toBe(sessionId)
    page.leave()
    expect(page.told).toEqual(["visible", "left"].map((signal) => ({ sessionId, signal })))
    // A tab that is copied takes what is kept along.
    expect(page.kept.size).toBe(0)
  })
  test.each([
    ["another site", "https://elsewhere.example/", {}],
    ["one whose name begins the same", "https://shop.example.org/", {}],
    ["a place within the page", `${next}#reviews`, { sameDocument: true }],
    ["a file to save", next, { downloadRequest: "" }],
  ])("R2: whoever was led to %s has left", (_, url, how) => {
    const browser = loaded()
    browser.go(next)
    browser.go(url, how)
    browser.leave()
    expect(browser.signals()).toEqual(["left"])
    expect(browser.kept.size).toBe(0)
  })
  test.each(["navigatesuccess", "navigateerror"])(
    "R2: whoever stayed by a %s and leaves then has left",
    (type) => {
      const browser = loaded()
      browser.go(next)
      browser.navigation.dispatchEvent(new Event(type))
      browser.leave()
      expect(browser.signals()).toEqual(["left"])
      expect(browser.kept.size).toBe(0)
    },
  )
  test("R2: whoever leaves ten seconds after they were led on has left", () => {
    const browser = loaded()
    browser.go(next)
    vi.advanceTimersByTime(9_999)
    browser.leave()
    browser.comeBack()
    expect(browser.signals()).toEqual(["visible"])
    browser.go(next)
    vi.advanceTimersByTime(10_000)
    browser.leave()
    expect(browser.signals()).toEqual(["left"])
  })
  test("R2: whoever was led on before the page had loaded has not left either", () => {
    const browser = loaded()
    browser.go(next)
    browser.window.dispatchEvent(new Event("pageshow"))
    browser.leave()
    expect(browser.signals()).toEqual([])
    expect(browser.kept.size).toBe(1)
  })
  test("R2: whoever came back, and leaves then, has left", () => {
    const browser = loaded()
    browser.go(next)
    browser.leave()
    browser.comeBack()
    browser.leave()
    expect(browser.signals()).toEqual(["visible", "left"])
  })
  test("R2: stop says that they left, whatever comes next", () => {
    const browser = new Browser()
    const { stop } = browser.load()
    browser.go(next)
    stop()
    browser.leave()
    expect(browser.signals()).toEqual(["visible", "left"])
    expect(browser.kept.size).toBe(0)
  })
  test("R2: a page under another name tells that the session before it has left", () => {
    const browser = loaded()
    browser.go(next)
    browser.leave()
    const [before] = browser.kept.values()
    browser.load("visible", "tab-1")
    expect(browser.told).toEqual([
      { sessionId: "tab-1", signal: "visible" },
      { sessionId: before, signal: "left" },
    ])
  })
  test("R2: a page that comes back takes its session up, and ends the one in between", () => {
    const browser = loaded()
    browser.go(next)
    browser.leave()
    browser.kept.set("followup /presence", "between")
    browser.comeBack()
    expect(browser.told.map(({ signal }) => signal)).toEqual(["visible", "left"])
    expect(browser.told[1]?.sessionId).toBe("between")
    expect(browser.kept.size).toBe(0)
  })
  test("R2: where nothing can be kept, each page is left", () => {
    const browser = new Browser()
    const denied = () => {
      throw new Error("denied")
    }
    vi.stubGlobal("sessionStorage", { getItem: denied, setItem: denied, removeItem: denied })
    browser.load()
    browser.go(next)
    browser.leave()
    expect(browser.signals()).toEqual(["visible", "left"])
  })
  test("R2: where a browser does not tell where a page leads, each page is left", () => {
    const browser = new Browser()
    Reflect.deleteProperty(browser.window, "navigation")
    browser.load()
    browser.leave()
    expect(browser.signals()).toEqual(["visible", "left"])
  })
})

describe("a page that is prerendered", () => {
  const prerendered = () => {
    const browser = new Browser()
    browser.document.prerendering = true
    return Object.assign(browser, { presence: browser.load("hidden") })
  }
  test("R2: says nothing until it is in front, and then once that it is", () => {
    const browser = prerendered()
    browser.act("wheel")
    vi.advanceTimersByTime(60_000)
    browser.show("visible")
    expect(browser.signals()).toEqual([])
    browser.activate()
    browser.show("visible")
    expect(browser.signals()).toEqual(["visible"])
  })
  test("R2: is hidden where it is opened behind another tab", () => {
    const browser = prerendered()
    browser.activate()
    expect(browser.signals()).toEqual(["hidden"])
  })
  test("R2: ends the session of the page that led to it, since it has one of its own", () => {
    const browser = prerendered()
    browser.kept.set("followup /presence", "before")
    browser.document.prerendering = false
    browser.show("hidden")
    browser.activate()
    browser.show("visible")
    expect(browser.told.map(({ sessionId, signal }) => [sessionId === "before", signal])).toEqual([
      [false, "hidden"],
      [true, "left"],
      [false, "visible"],
    ])
  })
  test("R2: says nothing at all if it never is", () => {
    const browser = prerendered()
    browser.leave()
    browser.presence.stop()
    expect(browser.signals()).toEqual([])
  })
})

describe("stop", () => {
  test("R2: says once that the customer left, and nothing more whatever happens", () => {
    const browser = new Browser()
    const { stop } = browser.load()
    browser.act()
    browser.signals()
    stop()
    stop()
    expect(browser.signals()).toEqual(["left"])
    browser.act()
    browser.show("hidden")
    browser.comeBack()
    browser.leave()
    expect(vi.getTimerCount()).toBe(0)
    expect(browser.signals()).toEqual([])
  })
  test("R2: of a page that has left already, nothing more is said", () => {
    const browser = new Browser()
    const { stop } = browser.load()
    browser.leave()
    stop()
    expect(browser.signals()).toEqual(["visible", "left"])
  })
  test("R2: what is mounted, taken down and mounted again is two sessions, of which the second goes on", () => {
    const browser = new Browser()
    browser.load().stop()
    const { sessionId } = browser.load()
    vi.advanceTimersByTime(30_000)
    browser.act()
    expect(browser.told.map(({ signal }) => signal)).toEqual(["visible", "left", "visible", "active"])
    expect(browser.told.map((told) => told.sessionId === sessionId)).toEqual([false, false, true, true])
  })
})

describe("where a browser lacks something", () => {
  test.each([
    ["has no sendBeacon", undefined, true],
    // What fills its queue fills that of such requests.
    ["has one that refuses", () => false, false],
  ])("one that %s makes the same request by fetch", async (_, sendBeacon, keepalive) => {
    const browser = new Browser()
    if (sendBeacon === undefined) delete browser.navigator.sendBeacon
    else browser.navigator.sendBeacon = sendBeacon
    const calls: Array<unknown> = []
    vi.stubGlobal("fetch", (...call: ReadonlyArray<unknown>) => {
      calls.push(call)
      return Promise.reject(new TypeError("offline"))
    })
    const { sessionId } = browser.load()
    expect(calls).toEqual([
      [
        "/presence",
        {
          method: "POST",
          body: JSON.stringify({ sessionId, signal: "visible" }),
          keepalive,
          credentials: "include",
          mode: "no-cors",
        },
      ],
    ])
    // Vitest fails on a rejection that nobody takes.
    vi.useRealTimers()
    await new Promise((resolve) => setImmediate(resolve))
  })
  test("a page over plain HTTP, where there is no randomUUID, has sessions too", () => {
    vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) })
    const browser = new Browser()
    expect(browser.load().sessionId).toMatch(/^\d+(-\d+){3}$/)
  })
  test("an address that is none throws before anything is listened to", () => {
    const browser = new Browser()
    const sendBeacon = vi.fn<() => boolean>(() => {
      throw new TypeError("the URL is no URL")
    })
    browser.navigator.sendBeacon = sendBeacon
    expect(() => browser.load()).toThrow(TypeError)
    browser.show("hidden")
    expect(sendBeacon).toHaveBeenCalledOnce()
    expect(vi.getTimerCount()).toBe(0)
  })
  test("on a server that renders pages it does nothing", () => {
    const fetch = vi.fn<() => void>()
    vi.stubGlobal("fetch", fetch)
    const { sessionId, stop } = reportPresence("/presence")
    stop()
    expect(sessionId).not.toBe("")
    expect(fetch).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })
})
