import { createECDH } from "node:crypto"
import { describe, test } from "vitest"
import webPushLibrary from "web-push"
import { httpCounterpart, transportContract } from "../../../src/testing/transport-contract.ts"
import { webPush } from "../../../src/transports/web-push/index.ts"

const browser = createECDH("prime256v1")
const p256dh = browser.generateKeys().toString("base64url")
const auth = Buffer.alloc(16, 1).toString("base64url")
const vapid = webPushLibrary.generateVAPIDKeys()

describe("the transport contract over web push", () => {
  const cases = transportContract(
    (host, timeoutMs) => webPush({ subject: "mailto:push@acme.example", ...vapid, hosts: [host], timeoutMs }),
    {
      counterpart: httpCounterpart({ acceptsByStatus: true }),
      // Encrypted: what the service can see of a message is its endpoint.
      message: (mark, host) => ({
        channelId: "acme",
        customerId: "cust-1",
        chatId: "c1",
        title: "Acme",
        link: null,
        body: "It is.",
        token: JSON.stringify({ endpoint: `${host}/push/${mark}`, keys: { p256dh, auth } }),
      }),
      answers: {
        accepted: { status: 201 },
        rejected: { "410": { answer: { status: 410 }, reason: "gone" } },
      },
      secrets: [p256dh, vapid.privateKey],
    },
  )
  for (const { name, run } of cases) test(name, run)
})
