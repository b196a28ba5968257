import { createHmac } from "node:crypto"
import { FollowUps } from "followup/engine"
import { memory } from "followup/stores/memory"
import { lineWebhook } from "followup/transports/line"
import { Hono } from "hono"

const channelSecret = process.env["LINE_CHANNEL_SECRET"] ?? "8c570fa6dd201bb328f1c1eac23a96d8"
const followUps = await FollowUps.open({ store: memory() })
const handle = followUps.handler({
  webhooks: { line: lineWebhook({ channelSecret }) },
  onEvent: (event) => console.log(event._tag),
})

// #region serve
const app = new Hono()
app.all("/followup/*", (context) => handle(context.req.raw))
// #endregion

const body = JSON.stringify({
  destination: "U8e742f61d673b39c7fff3cecb7536ef0",
  events: [{ type: "follow", source: { type: "user", userId: "U4af4980629a64af4980629a64af49806" } }],
})
const signature = createHmac("sha256", channelSecret).update(body).digest("base64")
for (const value of [signature, "forged"]) {
  const request = { method: "POST", headers: { "x-line-signature": value }, body }
  console.log((await app.request("/followup/webhooks/line", request)).status)
}
await followUps.close()
