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
declare const window: Target
declare const document: Target & {
  readonly visibilityState: "visible" | "hidden"
  readonly prerendering?: boolean
}
declare const navigator: { sendBeacon?(url: string, body: string): boolean }

const EVERY_MS = 30_000
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
const post = (url: string, body: string): void => {
  if (navigator.sendBeacon?.(url, body)) return
  fetch(url, { ...request, keepalive: !navigator.sendBeacon, body }).catch(() => undefined)
}

/**
 * Reports where the customer is, from now until `stop`, as POST requests to `url` whose text is JSON of `sessionId` and
 * `signal`: `visible`, `hidden` and `left` at once, `active` at most every 30 s. `sessionId` names the session, which is
 * one tab or device; each call makes a name of its own. Where there is no document, as on a server that renders pages,
 * nothing is reported. R2.
 *
 * @example
 * reportPresence("/presence", { sessionId: "tab-1" }).sessionId // => "tab-1"
 * @since 0.1.0
 */
export const reportPresence = (
  url: string,
  { sessionId = newSessionId() }: { readonly sessionId?: string | undefined } = {},
): ReportedSession => {
  if (typeof document === "undefined") return { sessionId, stop: () => undefined }
  let page: Signal | undefined
  let activeAtMs = 0
  let pause: ReturnType<typeof setTimeout> | undefined
  const tell = (signal: Signal) => {
    post(url, JSON.stringify({ sessionId, signal }))
    activeAtMs = 0
    clearTimeout(pause)
    pause = setTimeout(() => {
      pause = undefined
      // What was done before a laptop slept is no activity now.
      if (Date.now() - activeAtMs <= EVERY_MS) tell("active")
    }, EVERY_MS)
  }
  const turn = (to: "visible" | "hidden" | "left") => {
    if (to !== page) tell(to)
    page = to
  }
  // With "pagehide" the page is hidden as well, which says less. A page that is prerendered may never be seen.
  const look = () => page === "left" || document.prerendering || turn(document.visibilityState)
  const act = () => {
    if (page !== "visible") return
    activeAtMs = Date.now()
    if (pause === undefined) tell("active")
  }
  const leave = () => page === undefined || turn("left")
  const comeBack = () => {
    if (page === "left") page = undefined
    look()
  }
  const listening = new AbortController()
  const how = { capture: true, passive: true, signal: listening.signal }
  look()
  for (const type of ACTIVITY) document.addEventListener(type, act, how)
  for (const type of ["visibilitychange", "prerenderingchange"]) document.addEventListener(type, look, how)
  window.addEventListener("pagehide", leave, how)
  window.addEventListener("pageshow", comeBack, how)
  return {
    sessionId,
    stop: () => {
      listening.abort()
      leave()
      clearTimeout(pause)
    },
  }
}
