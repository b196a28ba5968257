import { createHmac } from "node:crypto"
import { FollowUps } from "followup/engine"
import { memory } from "followup/stores/memory"
import { line, lineWebhook } from "followup/transports/line"

const channelSecret = process.env["LINE_CHANNEL_SECRET"] ?? "8c570fa6dd201bb328f1c1eac23a96d8"
const channelAccessToken = process.env["LINE_CHANNEL_ACCESS_TOKEN"] ?? "token"

// #region transport
// Yours to keep: who of your customers is who at LINE, since LINE Login or a linked account, and who blocked you.
const userIds = new Map([["mina", "U4af4980629a64af4980629a64af49806"]])
const blocks = new Map<string, { readonly isBlocked: boolean; readonly atMs: number }>()
const userIdOf = async ({ customerId }: { readonly customerId: string }) => {
  const userId = userIds.get(customerId)
  return userId === undefined || blocks.get(userId)?.isBlocked ? undefined : userId
}
const transport = line({ channelAccessToken, userIdOf })
const followUps = await FollowUps.open({ store: memory(), transports: [transport] })
await followUps.channel({ id: "acme", country: "JP", plan: { kind: "free" }, integrations: { sns: true } })
// #endregion

// #region webhook
const handle = followUps.handler({
  webhooks: { line: lineWebhook({ channelSecret }) },
  onEvent: (event) => {
    if (event._tag === "OptedOut") return
    const { recipientId, atMs = Date.now() } = event
    // The newest wins: what LINE tells again comes late.
    if (atMs < (blocks.get(recipientId)?.atMs ?? 0)) return
    blocks.set(recipientId, { isBlocked: event._tag === "SenderBlocked", atMs })
  },
})
// #endregion

const tell = async (type: "follow" | "unfollow", timestamp: number) => {
  const source = { type: "user", userId: userIds.get("mina") }
  const body = JSON.stringify({ destination: "U8e7", events: [{ type, timestamp, source }] })
  const headers = { "x-line-signature": createHmac("sha256", channelSecret).update(body).digest("base64") }
  const response = await handle(
    new Request("https://host.example/followup/webhooks/line", { method: "POST", headers, body }),
  )
  const isReached = (await userIdOf({ customerId: "mina" })) !== undefined
  console.log(`${type}: ${response.status}, LINE reaches Mina: ${isReached}`)
}
await tell("unfollow", 1_000)
await tell("follow", 2_000)
// The first one again, by a webhook redelivery.
await tell("unfollow", 1_000)
await followUps.close()
