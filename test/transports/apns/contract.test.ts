import { generateKeyPairSync } from "node:crypto"
import { describe, test } from "vitest"
import { httpCounterpart, transportContract } from "../../../src/testing/transport-contract.ts"
import { apns } from "../../../src/transports/apns/index.ts"

const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
  type: "pkcs8",
  format: "pem",
})
const token = "0a".repeat(32)
const account = { key, keyId: "KEY1234567", teamId: "TEAM123456", topic: "com.acme.app" }
const reason = (status: number, word: string) => ({ status, body: { reason: word } })

describe("the transport contract over apns", () => {
  const cases = transportContract((baseUrl, timeoutMs) => apns({ ...account, baseUrl, timeoutMs }), {
    counterpart: httpCounterpart({ version: 2, acceptsByStatus: true }),
    message: (mark) => ({
      channelId: "acme",
      customerId: "cust-1",
      chatId: "c1",
      title: "Acme",
      link: null,
      token,
      body: mark,
    }),
    answers: {
      accepted: { status: 200, headers: { "apns-id": "123e4567-e89b-12d3-a456-426655440001" } },
      rejected: {
        Unregistered: { answer: reason(410, "Unregistered"), reason: "gone" },
        BadDeviceToken: { answer: reason(400, "BadDeviceToken"), reason: "gone" },
      },
    },
    secrets: [token],
  })
  for (const { name, run } of cases) test(name, run)
})
