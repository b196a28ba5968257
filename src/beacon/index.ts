/**
 * Presence in the browser: tells the host's server where a customer is, without a dependency. Rule R2.
 * @module followup/beacon
 * @since 0.1.0
 */
import type { Signal } from "../core/presence.ts"

// What is used of the browser, so that nobody's TypeScript needs "dom" in its "lib".
interface Target {
  addEventListener(type: string, hear: () => void, how: { passive: boolean; signal: AbortSignal }): void
}
interface Going {
  readonly destination?: { readonly url: string; readonly sameDocument: boolean }
  readonly downloadRequest?: string | null
}
interface Navigation {
  addEventListener(type: string, hear: (event: Going) => void, how: { signal: AbortSignal }): void
}
declare const window: Target & { readonly navigation?: Navigation }
declare const document: Target & {
  readonly visibilityState: "visible" | "hidden"
  readonly prerendering?: boolean
}
declare const navigator: { sendBeacon?(url: string, body: string): boolean }
declare const location: { readonly origin: string }
declare const sessionStorage: {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

const EVERY_MS = 30_000
/** How long another page may take to come in place of this one. */
const GOING_MS = 10_000
// Not "scroll": chats scroll by themselves to a reply that nobody has seen.
const ACTIVITY = ["pointerdown", "pointermove", "keydown", "wheel", "touchmove"]

/** A session whose presence is reported. @since 0.1.0 */
export interface ReportedSession {
  /** For `message()`, when the customer writes here. */
  readonly sessionId: string
  /** Tells `left` and reports nothing more. It may be called again, and by itself. */
  readonly stop: () => void
}

// "randomUUID" is there in secure contexts only, and a page may be served over plain HTTP.
const newSessionId = (): string => crypto.getRandomValues(new Uint32Array(4)).join("-")

// The same request as a beacon's, which is absent where switched off. One is refused where scripts use up the 64 KiB of
// all that may outlive a page: then so would be a request that may.
const request = { method: "POST", credentials: "include", mode: "no-cors" } as const
const post = (url: string, sessionId: string, signal: Signal): void => {
  const body = JSON.stringify({ sessionId, signal })
  if (navigator.sendBeacon?.(url, body)) return
  fetch(url, { ...request, keepalive: !navigator.sendBeacon, body }).catch(() => undefined)
}

// Tells signals of a session, and activity at most every so often.
const tellerOf = (url: string, sessionId: string) => {
  let activeAtMs = 0
  let pause: ReturnType<typeof setTimeout> | undefined
  const tell = (signal: Signal) => {
    post(url, sessionId, signal)
    activeAtMs = 0
    clearTimeout(pause)
    pause = setTimeout(() => {
      pause = undefined
      // What was done before a laptop slept is no activity now.
      if (Date.now() - activeAtMs <= EVERY_MS) tell("active")
    }, EVERY_MS)
  }
  return {
    tell,
    tellActive: () => {
      activeAtMs = Date.now()
      if (pause === undefined) tell("active")
    },
    hush: () => clearTimeout(pause),
  }
}

// The next page of the site in this tab takes the session over. Storage throws where it is not allowed.
const handOver = (key: string, sessionId: string): boolean => {
  try {
    sessionStorage.setItem(key, sessionId)
    return true
  } catch {
    return false
  }
}
const takeOver = (key: string): string | undefined => {
  try {
    const sessionId = sessionStorage.getItem(key) ?? undefined
    sessionStorage.removeItem(key)
    return sessionId
  } catch {
    return undefined
  }
}

// Whoever goes on to another page of the site has not left it. The session is kept for that page before this one goes,
// since one that was prerendered may be shown before. What ends well or badly leads to no other page.
const wayOf = (key: string, sessionId: string) => {
  let goingAtMs = 0
  const end = () => {
    goingAtMs = 0
    return takeOver(key)
  }
  return {
    hear: ({ destination, downloadRequest }: Going) => {
      const isOn = destination?.url.startsWith(`${location.origin}/`) && !destination.sameDocument
      if (isOn && downloadRequest === null && handOver(key, sessionId)) goingAtMs = Date.now()
      else end()
    },
    leadsOn: () => Date.now() - goingAtMs < GOING_MS,
    end,
  }
}

/**
 * Reports where the customer is, from now until `stop`, as POST requests to `url` whose text is JSON of `sessionId` and
 * `signal`: `visible`, `hidden` and `left` at once, `active` at most every 30 s. `sessionId` names the session, which is
 * one tab or device; unless it is given, the page takes over that of the page of the site that led here, or makes a name
 * of its own. Where there is no document, as on a server that renders pages, nothing is reported. R2.
 *
 * @example
 * reportPresence("/presence", { sessionId: "tab-1" }).sessionId // => "tab-1"
 * @since 0.1.0
 */
export const reportPresence = (
  url: string,
  options: { readonly sessionId?: string | undefined } = {},
): ReportedSession => {
  const key = `followup ${url}`
  const isPage = typeof document !== "undefined"
  const before = isPage ? takeOver(key) : undefined
  const { sessionId = before ?? newSessionId() } = options
  if (!isPage) return { sessionId, stop: () => undefined }
  const way = wayOf(key, sessionId)
  let page: Signal | undefined
  const { tell, tellActive, hush } = tellerOf(url, sessionId)
  const turn = (to: "visible" | "hidden" | "left") => {
    if (to !== page) tell(to)
    page = to
  }
  // With "pagehide" the page is hidden as well, which says less. A page that is prerendered may never be seen.
  const look = () => page === "left" || document.prerendering || turn(document.visibilityState)
  const act = () => page === "visible" && tellActive()
  const leave = () => {
    if (page !== undefined && !way.leadsOn()) turn("left")
    page &&= "left"
  }
  // A page with another name is no page of that session. The customer is here before they are not there.
  const end = (other: string | undefined) => {
    if (other !== undefined && other !== sessionId) post(url, other, "left")
  }
  const arrive = () => {
    const other = way.end()
    look()
    end(other)
  }
  // A page that was just loaded is shown as well, later than a link of it may be followed.
  const comeBack = () => {
    if (page !== "left") return
    page = undefined
    arrive()
  }
  const listening = new AbortController()
  const how = { capture: true, passive: true, signal: listening.signal }
  look()
  end(before)
  for (const type of ACTIVITY) document.addEventListener(type, act, how)
  document.addEventListener("visibilitychange", look, how)
  document.addEventListener("prerenderingchange", arrive, how)
  for (const type of ["navigate", "navigatesuccess", "navigateerror"])
    window.navigation?.addEventListener(type, way.hear, how)
  window.addEventListener("pagehide", leave, how)
  window.addEventListener("pageshow", comeBack, how)
  return {
    sessionId,
    stop: () => {
      listening.abort()
      if (page !== undefined) turn("left")
      way.end()
      hush()
    },
  }
}
