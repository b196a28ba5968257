import { FollowUps } from "followup/engine"
import { sqlite } from "followup/stores/sqlite"
import { solapiSns, solapiWebhook, solapiXms } from "followup/transports/solapi"

const { SOLAPI_API_KEY = "key", SOLAPI_API_SECRET = "secret", SOLAPI_WEBHOOK_SECRET = "secret" } = process.env

// #region send
const account = { apiKey: SOLAPI_API_KEY, apiSecret: SOLAPI_API_SECRET }
const transports = [
  solapiSns({
    ...account,
    pfId: "KA01PF000000000000000000",
    templateId: "KA01TP000000000000000000",
    variables: { content: "text", chat: "linkWithoutScheme" },
  }),
  solapiXms({ ...account, from: "0212345678" }),
]
const policy = {
  koreanCharset: "ksx1001",
  snsMaxChars: 1_000,
  countries: {
    KR: { country: "KR", encoding: "cp949", smsBytes: 90, lmsBytes: 2_000, billedBy: "message" },
  },
} as const
const followUps = await FollowUps.open({ store: sqlite(":memory:"), transports, policy })
await followUps.channel({ id: "acme", country: "KR", plan: { kind: "free" }, integrations: { sns: true } })
// #endregion

// #region receive
const handle = followUps.handler({
  webhooks: { solapi: solapiWebhook({ ...account, webhookSecret: SOLAPI_WEBHOOK_SECRET }) },
})
// #endregion

const stranger = await handle(
  new Request("https://chat.example/followup/webhooks/solapi", { method: "POST", body: "[]" }),
)
console.log(transports.map(({ via }) => via).join(" then "), stranger.status)
await followUps.close()
