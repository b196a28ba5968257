import { generateKeyPairSync } from "node:crypto"
import { connect } from "node:http2"
import { afterAll, expect, test, vi } from "vitest"
import { apns } from "../../src/transports/apns/index.ts"
import { fcm } from "../../src/transports/fcm/index.ts"
import { line } from "../../src/transports/line/index.ts"
import { solapiXms } from "../../src/transports/solapi/index.ts"
import { twilio } from "../../src/transports/twilio/index.ts"
import { whatsapp } from "../../src/transports/whatsapp/index.ts"
import { accountKey } from "./fcm/fcm-server.ts"
import { attempt, snsMessage } from "./http/local-provider.ts"
import { pushWith } from "./push-message.ts"

vi.mock("node:http2", { spy: true })
afterAll(() => vi.restoreAllMocks())

const userId = `U${"0af1".repeat(8)}`
const text = { ...snsMessage({ to: "+821012345678", country: "KR" }), kind: "SMS", segments: 1 } as const
const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey

/** Asks nobody: the addresses that a transport would ask, given an answer of Google's token server for each. */
const asking = () => {
  const urls: Array<string> = []
  const fetch: typeof globalThis.fetch = async (url) => {
    urls.push(new Request(url).url)
    return Response.json({ access_token: "token", expires_in: 3_600 })
  }
  return { urls, fetch }
}
type Fetch = { readonly fetch: typeof globalThis.fetch }

test.each<[string, (over: Fetch) => Promise<unknown>, ReadonlyArray<string>]>([
  [
    "LINE by user id",
    (over) => line({ ...over, channelAccessToken: "t", userIdOf: async () => userId }).send(text, attempt()),
    ["https://api.line.me/v2/bot/message/push"],
  ],
  [
    "LINE by phone number",
    (over) => line({ ...over, channelAccessToken: "t", by: "phone" }).send(text, attempt()),
    ["https://api.line.me/bot/pnp/push"],
  ],
  [
    "WhatsApp",
    (over) => {
      const templates = { "*": { name: "reply", language: "ko" } }
      return whatsapp({ ...over, accessToken: "t", phoneNumberId: "1", templates }).send(text, attempt())
    },
    ["https://graph.facebook.com/v23.0/1/messages"],
  ],
  [
    "Twilio",
    (over) => {
      const accountSid = `AC${"0".repeat(32)}`
      const sender = { from: "+15005550006" }
      return twilio({ ...over, accountSid, auth: { authToken: "t" }, sender }).send(text, attempt())
    },
    [`https://api.twilio.com/2010-04-01/Accounts/AC${"0".repeat(32)}/Messages.json`],
  ],
  [
    "Solapi",
    (over) => solapiXms({ ...over, apiKey: "k", apiSecret: "s", from: "0212345678" }).send(text, attempt()),
    ["https://api.solapi.com/messages/v4/send"],
  ],
  [
    "FCM, after Google's token server",
    (over) => {
      const serviceAccount = { project_id: "acme", client_email: "a@acme.example", private_key: accountKey }
      return fcm({ ...over, serviceAccount }).send(pushWith(), attempt())
    },
    ["https://oauth2.googleapis.com/token", "https://fcm.googleapis.com/v1/projects/acme/messages:send"],
  ],
])("R9: %s is asked where it is, unless the host says otherwise", async (_, send, expected) => {
  const { urls, fetch } = asking()
  await send({ fetch })
  expect(urls).toEqual(expected)
})

test("R6: Apple is asked where apps from the App Store are served, unless the host says otherwise", async () => {
  vi.mocked(connect).mockImplementation(() => {
    throw new Error("nobody is asked")
  })
  const transport = apns({
    key: key.export({ type: "pkcs8", format: "pem" }),
    keyId: "KEY1234567",
    teamId: "TEAM123456",
    topic: "com.acme.app",
  })
  expect(await transport.send(pushWith(), attempt())).toMatchObject({
    _tag: "Rejected",
    reason: "unreachable",
  })
  expect(vi.mocked(connect).mock.calls.map(([origin]) => origin)).toEqual(["https://api.push.apple.com"])
})
