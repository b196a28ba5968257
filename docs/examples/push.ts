import { generateKeyPairSync } from "node:crypto"
import { FollowUps } from "followup/engine"
import { memory } from "followup/stores/memory"
import { apns } from "followup/transports/apns"
import { fcm } from "followup/transports/fcm"
import { webPush } from "followup/transports/web-push"
import webPushLibrary from "web-push"

// In place of your own secrets: keys that nobody knows, in the forms in which the consoles give them.
const pem = { type: "pkcs8", format: "pem" } as const
const keys = webPushLibrary.generateVAPIDKeys()
const secrets = {
  firebase: {
    project_id: "acme-app",
    client_email: "push@acme-app.iam.gserviceaccount.com",
    private_key: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export(pem),
  },
  apple: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export(pem),
  vapid: { publicKey: keys.publicKey, privateKey: keys.privateKey },
}

// #region fcm
const android = fcm({ serviceAccount: secrets.firebase })
// #endregion

// #region apns
const ios = apns({ key: secrets.apple, keyId: "ABC123DEFG", teamId: "DEF123GHIJ", topic: "com.acme.app" })
// #endregion

// #region web-push
const web = webPush({ subject: "mailto:push@acme.example", ...secrets.vapid })
// #endregion

// #region channel
const followUps = await FollowUps.open({ store: memory(), transports: [android, ios, web] })
await followUps.channel({ id: "acme", country: "KR", plan: { kind: "free" }, integrations: { push: true } })
await followUps.customer({ channelId: "acme", id: "mina", pushTokens: ["cT9x:APA91b"] })
// #endregion

const devices = {
  channelId: "acme",
  customerId: "mina",
  chatId: "c1",
  title: "Acme",
  body: "Yes.",
  link: null,
}
const tokens = [
  "cT9x:APA91b",
  "0a".repeat(32),
  '{"endpoint":"https://a.example","keys":{"p256dh":"","auth":""}}',
]
for (const token of tokens) {
  const transport = [android, ios, web].find((one) => one.handles({ ...devices, token }))
  console.log(transport?.name)
}
await followUps.close()
await ios.close()
