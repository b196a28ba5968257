/** A program that sends one push, prints what came of it, and closes nothing. */
import { generateKeyPairSync } from "node:crypto"
import { argv } from "node:process"
import { apns } from "../../../src/transports/apns/index.ts"

/** A key that no server knows. */
export const trialKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
  type: "pkcs8",
  format: "pem",
})

const sendOnce = async (baseUrl: string, givesUp: boolean): Promise<string> => {
  const transport = apns({
    key: trialKey,
    keyId: "KEY1234567",
    teamId: "TEAM123456",
    topic: "com.acme.app",
    baseUrl,
  })
  const giving = new AbortController()
  const sending = transport.send(
    {
      channelId: "acme",
      customerId: "cust-1",
      chatId: "c1",
      token: "0a".repeat(32),
      title: "Acme",
      body: "Yes, it is.",
      link: null,
    },
    { deliveryId: "d1", idempotencyKey: "d1/0", attempt: 1, signal: giving.signal },
  )
  if (givesUp) giving.abort()
  const result = await sending
  return result._tag === "Rejected" ? result.reason : result._tag
}

const [, program, baseUrl, mode] = argv
if (program?.endsWith("apns-process.ts") && baseUrl !== undefined)
  console.log(await sendOnce(baseUrl, mode === "give up"))
