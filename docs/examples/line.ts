import { createHmac } from "node:crypto"
import { FollowUps } from "followup/engine"
import { memory } from "followup/stores/memory"
import { line, lineWebhook } from "followup/transports/line"

const channelSecret = process.env["LINE_CHANNEL_SECRET"] ?? "8c570fa6dd201bb328f1c1eac23a96d8"
const channelAccessToken = process.env["LINE_CHANNEL_ACCESS_TOKEN"] ?? "token"

// #region transport
// Yours to keep: who of your customers is who at LINE, since LINE Login or a linked account.
const userIds = new Map([["mina", "U4af4980629a64af4980629a64af49806"]])
const blocked = new Set<string>()
const userIdOf = async ({ customerId }: { readonly customerId: string }) => {
  const userId = userIds.get(customerId)
  return userId === undefined || blocked.has(userId) ? undefined : userId
}
const transport = line({ channelAccessToken, userIdOf })
const followUps = await FollowUps.open({ store: memory(), transports: [transport] })
// #endregion

// #region webhook
const handle = followUps.handler({
  webhooks: { line: lineWebhook({ channelSecret }) },
  onEvent: (event) => {
    if (event._tag === "SenderBlocked") blocked.add(event.recipientId)
    if (event._tag === "SenderUnblocked") blocked.delete(event.recipientId)
  },
})
// #endregion

const body = JSON.stringify({
  destination: "U8e742f61d673b39c7fff3cecb7536ef0",
  events: [{ type: "unfollow", source: { type: "user", userId: userIds.get("mina") } }],
})
const headers = { "x-line-signature": createHmac("sha256", channelSecret).update(body).digest("base64") }
const response = await handle(
  new Request("https://host.example/followup/webhooks/line", { method: "POST", headers, body }),
)
console.log(
  `${response.status}, LINE reaches Mina: ${(await userIdOf({ customerId: "mina" })) !== undefined}`,
)
await followUps.close()
