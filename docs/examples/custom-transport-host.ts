import { FollowUps } from "followup/engine"
import { memory } from "followup/stores/memory"
import { hmac } from "followup/transports/http"
import { acmeSms, acmeSmsWebhook } from "./custom-transport.ts"

const key = process.env["ACME_SMS_KEY"] ?? "key"
const secret = process.env["ACME_SMS_SECRET"] ?? "s3cret"

// #region host
const followUps = await FollowUps.open({ store: memory(), transports: [acmeSms({ key })] })
const webhook = acmeSmsWebhook({ secret })
const handle = async (request: Request): Promise<Response> => {
  const { events, response } = await webhook(request)
  for (const event of events) {
    if (event._tag !== "Receipt") continue
    const { _tag, ...news } = event
    await followUps.receipt(news)
  }
  return response
}
// #endregion

const body = JSON.stringify({ reference: "acme/mina/c1/m2/xms", status: "sent" })
const headers = { "x-acme-signature": hmac("sha256", secret, body, "hex") }
const url = "https://host.example/acme-sms"
console.log((await handle(new Request(url, { method: "POST", headers, body }))).status)
console.log((await handle(new Request(url, { method: "POST", body }))).status)
await followUps.close()
