import { FollowUps } from "followup/engine"
import { memory } from "followup/stores/memory"
import { hmac } from "followup/transports/http"
import { acmeSms, acmeSmsWebhook } from "./custom-transport.ts"

const key = process.env["ACME_SMS_KEY"] ?? "key"
const secret = process.env["ACME_SMS_SECRET"] ?? "s3cret"

// #region host
const followUps = await FollowUps.open({ store: memory(), transports: [acmeSms({ key })] })
const handle = followUps.handler({ webhooks: { "acme-sms": acmeSmsWebhook({ secret }) } })
// #endregion

const body = JSON.stringify({ reference: "acme/mina/c1/m2/xms", status: "delivered" })
const headers = { "x-acme-signature": hmac("sha256", secret, body, "hex") }
const url = "https://host.example/followup/webhooks/acme-sms"
console.log((await handle(new Request(url, { method: "POST", headers, body }))).status)
console.log((await handle(new Request(url, { method: "POST", body }))).status)
await followUps.close()
