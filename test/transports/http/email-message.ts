import type { EmailMessage } from "../../../src/ports/transport.ts"

/** Values that must not come back in any result. */
export const secrets = {
  apiKey: "re_s3cr3t_k3y_abcdef",
  address: "mina.distinctive@customer.example",
  words: "Distinctive words: yes, in stock.",
}

/** A mail to somebody. */
export const emailMessage = (changes: Partial<EmailMessage> = {}): EmailMessage => ({
  channelId: "acme",
  customerId: "cust 1",
  chatId: "c1",
  to: secrets.address,
  from: { name: "Acme", address: "chat@acme.example" },
  subject: "Acme replied",
  html: `<!doctype html><html><body><p>${secrets.words} 네 😀</p></body></html>`,
  text: `${secrets.words} 네 😀`,
  headers: {
    "Auto-Submitted": "auto-generated",
    "List-Unsubscribe": "<https://acme.example/u/1>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
  },
  messageId: "<acme%2Fcust%25201%2Fc1%2Fm2%2Femail@acme.example>",
  ...changes,
})
