import { createHmac } from "node:crypto"
import { FollowUps } from "followup/engine"
import { memory } from "followup/stores/memory"
import { resend, resendWebhook } from "./resend.ts"

const apiKey = process.env["RESEND_API_KEY"] ?? "re_123456789"
const secret =
  process.env["RESEND_WEBHOOK_SECRET"] ??
  `whsec_${Buffer.from("a secret of 24 bytes ...").toString("base64")}`

// #region host
const policy = { email: { defaultDomain: "mail.host.example" } }
const followUps = await FollowUps.open({ store: memory(), transports: [resend({ apiKey })], policy })
const handle = followUps.handler({ webhooks: { resend: resendWebhook({ secret }) } })
// #endregion

const body = JSON.stringify({ type: "email.sent", created_at: new Date().toISOString(), data: {} })
const sentAt = Math.floor(Date.now() / 1_000)
const key = Buffer.from(secret.slice("whsec_".length), "base64")
const signature = createHmac("sha256", key).update(`msg_1.${sentAt}.${body}`).digest("base64")
const post = (headers: Record<string, string>) =>
  handle(new Request("https://host.example/followup/webhooks/resend", { method: "POST", headers, body }))
const signed = { "svix-id": "msg_1", "svix-timestamp": String(sentAt), "svix-signature": `v1,${signature}` }
console.log((await post(signed)).status)
console.log((await post({ ...signed, "svix-id": "msg_2" })).status)
await followUps.close()
