import { FollowUps } from "followup/engine"
import { sqlite } from "followup/stores/sqlite"
import { twilio, twilioWebhook } from "followup/transports/twilio"

const {
  TWILIO_ACCOUNT_SID = `AC${"0".repeat(32)}`,
  TWILIO_AUTH_TOKEN = "token",
  TWILIO_API_KEY = `SK${"0".repeat(32)}`,
  TWILIO_API_SECRET = "secret",
} = process.env

// #region send
const webhookUrl = "https://chat.example/followup/webhooks/twilio"
const text = twilio({
  accountSid: TWILIO_ACCOUNT_SID,
  auth: { apiKeySid: TWILIO_API_KEY, apiKeySecret: TWILIO_API_SECRET },
  sender: { from: "+15005550006" },
  statusCallback: `${webhookUrl}#rc=3&rp=all`,
})
const followUps = await FollowUps.open({ store: sqlite(":memory:"), transports: [text] })
// #endregion

// #region receive
const handle = followUps.handler({
  webhooks: { twilio: twilioWebhook({ authToken: TWILIO_AUTH_TOKEN, publicUrl: webhookUrl }) },
})
// #endregion

const stranger = await handle(new Request(webhookUrl, { method: "POST", body: "MessageStatus=delivered" }))
console.log(text.via, stranger.status)
await followUps.close()
