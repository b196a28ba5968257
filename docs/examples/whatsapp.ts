import { FollowUps } from "followup/engine"
import { memory } from "followup/stores/memory"
import { whatsapp, whatsappWebhook } from "followup/transports/whatsapp"

const accessToken = process.env["WHATSAPP_ACCESS_TOKEN"] ?? "token"
const phoneNumberId = process.env["WHATSAPP_PHONE_NUMBER_ID"] ?? "106540352242922"
const appSecret = process.env["WHATSAPP_APP_SECRET"] ?? "secret"
const verifyToken = process.env["WHATSAPP_VERIFY_TOKEN"] ?? "verify"

// #region transport
const linkButton = { base: "https://shop.example/chat/" }
const transport = whatsapp({
  accessToken,
  phoneNumberId,
  templates: {
    KR: { name: "reply_waiting", language: "ko", linkButton },
    "*": { name: "reply_waiting", language: "en", linkButton },
  },
})
const followUps = await FollowUps.open({ store: memory(), transports: [transport] })
await followUps.channel({ id: "acme", country: "KR", plan: { kind: "free" }, integrations: { sns: true } })
// #endregion

// #region webhook
const handle = followUps.handler({
  webhooks: { whatsapp: whatsappWebhook({ appSecret, verifyToken }) },
})
// #endregion

const question = new URLSearchParams({
  "hub.mode": "subscribe",
  "hub.verify_token": verifyToken,
  "hub.challenge": "1158201444",
})
const response = await handle(
  new Request(`https://host.example/followup/webhooks/whatsapp?${question.toString()}`),
)
console.log(`${response.status}, ${await response.text()}`)
await followUps.close()
