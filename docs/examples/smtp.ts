import { generateKeyPairSync } from "node:crypto"
import { FollowUps, FollowUpsError } from "followup/engine"
import { memory } from "followup/stores/memory"
import { smtp, smtpBounce, smtpBounceWebhook } from "followup/transports/smtp"

const pem = { type: "pkcs8", format: "pem" } as const
const privateKey =
  process.env["DKIM_KEY"] ?? generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export(pem)
const pass = process.env["SMTP_PASSWORD"] ?? "password"
const secret = process.env["REPORTS_SECRET"] ?? "a secret of sixteen or more".replaceAll(" ", "-")
const tokenOf = (chatId: string) => Buffer.from(chatId).toString("hex")

// #region transport
const transport = smtp({
  host: "mail.host.example",
  port: 587,
  auth: { user: "followup", pass },
  maxConnections: 5,
  dkim: { keySelector: "s1", privateKey },
  reports: "failure",
  envelopeFrom: () => "reports@host.example",
  replyTo: ({ chatId }) => `chat-${tokenOf(chatId)}@reply.host.example`,
})
const policy = { email: { defaultDomain: "mail.host.example", localPart: "chat" } }
const followUps = await FollowUps.open({ store: memory(), transports: [transport], policy })
// #endregion

// #region mailbox
const read = async (mail: Uint8Array | string): Promise<number> => {
  const events = smtpBounce(mail)
  for (const event of events) {
    if (event._tag !== "Receipt") continue
    const { _tag, ...news } = event
    await followUps.receipt(news).catch((error: unknown) => {
      // About a mail that is long over, or none of ours: there is nothing to repeat.
      if (!(error instanceof FollowUpsError && error.reason === "unknown-delivery")) throw error
    })
  }
  return events.length
}
// #endregion

// #region webhook
const handle = followUps.handler({ webhooks: { reports: smtpBounceWebhook({ secret }) } })
// #endregion

const holiday = "From: mina@customer.example\r\nSubject: I am away\r\n\r\nUntil Monday.\r\n"
const headers = { authorization: `Bearer ${secret}`, "content-type": "message/rfc822" }
const request = new Request("https://host.example/followup/webhooks/reports", {
  method: "POST",
  headers,
  body: holiday,
})
console.log(`${await read(holiday)} reports in the mailbox, ${(await handle(request)).status} over HTTP`)
await followUps.close()
await transport.close()
