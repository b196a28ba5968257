import { reportPresence } from "followup/beacon"

const presence = reportPresence("/presence")

export const write = (text: string) =>
  fetch("/messages", { method: "POST", body: JSON.stringify({ text, sessionId: presence.sessionId }) })

export const signOut = () => {
  // First, while the cookie still says who it is that leaves.
  presence.stop()
  return fetch("/sign-out", { method: "POST" })
}
