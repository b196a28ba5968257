import { FollowUps, FollowUpsError, type PresenceCall } from "followup/engine"
import { memory } from "followup/stores/memory"

const followUps = await FollowUps.open({ store: memory() })
await followUps.channel({ id: "acme", country: "KR", plan: { kind: "free" } })

// In place of your own session: whoever the cookie says.
const customers = new Map([["session=mina-s", "mina"]])
const customerOf = async (request: Request) => customers.get(request.headers.get("cookie") ?? "")

// #region route
const presence = async (request: Request): Promise<Response> => {
  // Who it is comes from your own session, never from the body.
  const customerId = await customerOf(request)
  if (customerId === undefined) return new Response(null, { status: 401 })
  try {
    const { sessionId, signal } = JSON.parse(await request.text()) as PresenceCall
    // What they hold is looked at here: anything else is refused as "bad-input".
    await followUps.presence({ channelId: "acme", customerId, sessionId, signal })
    return new Response(null, { status: 204 })
  } catch (error) {
    const isOurs = error instanceof FollowUpsError && error.reason !== "bad-input"
    return new Response(null, { status: isOurs ? 503 : 400 })
  }
}
// #endregion

const post = async (body: unknown, cookie = "session=mina-s") => {
  const request = { method: "POST", headers: { cookie }, body: JSON.stringify(body) }
  return (await presence(new Request("https://acme.example/presence", request))).status
}
const tab = { sessionId: "t1", signal: "active" }
const statuses = [
  await post(tab),
  await post({ ...tab, signal: "gone" }),
  await post(null),
  await post(tab, ""),
]
console.log(statuses.join(" "))
console.log(await post({ sessionId: "t2", signal: "hidden", customerId: "jun", atMs: 0 }))
const heard: Array<string> = []
for await (const { key, event } of followUps.events({ after: 0 })) {
  if (event._tag === "SessionChanged")
    heard.push(`${key.customerId} ${event.sessionId} ${event.session.page}`)
  if (heard.length === 2) break
}
console.log(heard.join(", "))
await followUps.close()
