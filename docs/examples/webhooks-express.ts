import { createHmac } from "node:crypto"
import { once } from "node:events"
import { getRequestListener } from "@hono/node-server"
import express from "express"
import { FollowUps } from "followup/engine"
import { memory } from "followup/stores/memory"
import { lineWebhook } from "followup/transports/line"

const channelSecret = process.env["LINE_CHANNEL_SECRET"] ?? "8c570fa6dd201bb328f1c1eac23a96d8"
const followUps = await FollowUps.open({ store: memory() })
const handle = followUps.handler({
  webhooks: { line: lineWebhook({ channelSecret }) },
  onEvent: (event) => console.log(event._tag),
})

// #region serve
const app = express()
// Before any body parser: signatures are of the bytes as they came, and a parser leaves none.
app.all("/followup/*path", getRequestListener(handle, { overrideGlobalObjects: false }))
app.use(express.json())
app.post("/orders", (request, response) => void response.json({ got: request.body }))
// #endregion

const server = app.listen(0, "127.0.0.1")
await once(server, "listening")
const address = server.address()
const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`
const body = JSON.stringify({
  destination: "U8e742f61d673b39c7fff3cecb7536ef0",
  events: [{ type: "unfollow", source: { type: "user", userId: "U4af4980629a64af4980629a64af49806" } }],
})
const signature = createHmac("sha256", channelSecret).update(body).digest("base64")
for (const value of [signature, "forged"]) {
  const request = { method: "POST", headers: { "x-line-signature": value }, body }
  console.log((await fetch(`${origin}/followup/webhooks/line`, request)).status)
}
const order = { method: "POST", headers: { "content-type": "application/json" }, body: '{"id":1}' }
console.log(await (await fetch(`${origin}/orders`, order)).text())
server.close()
server.closeAllConnections()
await followUps.close()
