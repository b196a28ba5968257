// What is used of the browser; where TypeScript knows it ("lib": ["dom"]), leave these lines out.
type Listen = (type: string, hear: () => void, how?: { capture: boolean; passive: boolean }) => void
declare const document: { readonly visibilityState: "visible" | "hidden"; readonly addEventListener: Listen }
declare const window: { readonly addEventListener: Listen }
declare const navigator: { sendBeacon(url: string, body: string): boolean }

// #region browser
const EVERY_MS = 30_000
const ACTIVITY = ["pointerdown", "pointermove", "keydown", "wheel", "touchmove", "scroll"]

export const reportPresence = (url: string): string => {
  const sessionId = crypto.randomUUID()
  let hasLeft = false
  let activeAtMs = 0
  let pause: ReturnType<typeof setTimeout> | undefined
  const tell = (signal: "active" | "hidden" | "visible" | "left") => {
    navigator.sendBeacon(url, JSON.stringify({ sessionId, signal }))
    activeAtMs = 0
    clearTimeout(pause)
    pause = setTimeout(() => {
      pause = undefined
      // What was done before a laptop slept is no activity now.
      if (Date.now() - activeAtMs <= EVERY_MS) tell("active")
    }, EVERY_MS)
  }
  const act = () => {
    if (hasLeft || document.visibilityState === "hidden") return
    activeAtMs = Date.now()
    if (pause === undefined) tell("active")
  }
  // With "pagehide" the page is hidden as well, which says less.
  const look = () => hasLeft || tell(document.visibilityState)
  const leave = () => {
    hasLeft = true
    tell("left")
  }
  const comeBack = () => {
    if (!hasLeft) return
    hasLeft = false
    look()
  }
  for (const type of ACTIVITY) document.addEventListener(type, act, { capture: true, passive: true })
  document.addEventListener("visibilitychange", look)
  window.addEventListener("pagehide", leave)
  window.addEventListener("pageshow", comeBack)
  look()
  return sessionId
}
// #endregion
