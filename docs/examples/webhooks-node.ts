import { createHmac } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:http"
import { getRequestListener } from "@hono/node-server"
import { FollowUps } from "followup/engine"
import { signedLinks } from "followup/links"
import { memory } from "followup/stores/memory"
import { lineWebhook } from "followup/transports/line"

const channelSecret = process.env["LINE_CHANNEL_SECRET"] ?? "8c570fa6dd201bb328f1c1eac23a96d8"

// #region open
const links = signedLinks({
  keys: [process.env["FOLLOWUP_KEY"] ?? "only for this example, not for you"],
  baseUrl: "https://acme.example/followup",
})
const followUps = await FollowUps.open({ store: memory(), links })
const handle = followUps.handler({
  webhooks: { line: lineWebhook({ channelSecret }) },
  onEvent: (event) => console.log(event._tag),
})
// #endregion

// #region serve
const listener = getRequestListener(handle, { overrideGlobalObjects: false })
const server = createServer((request, response) => {
  if (request.url?.startsWith("/followup/")) return void listener(request, response)
  response.end("your own pages")
})
// #endregion

server.listen(0, "127.0.0.1")
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
console.log(await (await fetch(origin)).text())
server.close()
server.closeAllConnections()
await followUps.close()
