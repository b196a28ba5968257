/**
 * Mail over SMTP, on nodemailer (an optional peer dependency). Rules R13, R14, R20.
 *
 * @module followup/transports/smtp
 * @since 0.1.0
 */
import { createTransport, type SMTPSentMessageInfo, type Transporter } from "nodemailer"
import { isEmailAddress } from "../../core/email/address.ts"
import type { EmailMessage, SendContext, SendResult, Transport } from "../../ports/transport.ts"
import { readOptions } from "../http/index.ts"
import { resultOfFailure } from "./failure.ts"
import { type Mail, mailOf } from "./mail.ts"
import { type SmtpOptions, SmtpOptionsSchema } from "./options.ts"

export { smtpBounce } from "./bounce.ts"
export type { DkimOptions } from "./dkim.ts"
export type { SmtpOptions } from "./options.ts"
export { type SmtpBounceWebhookOptions, smtpBounceWebhook } from "./webhook.ts"

const TIMEOUT_MS = 30_000
const RETRY_AFTER_MS = 60_000

type Mailer = Transporter<SMTPSentMessageInfo>

const createTransporter = (options: SmtpOptions, timeoutMs: number): Mailer => {
  const settings = {
    host: options.host,
    port: options.port,
    secure: options.secure ?? false,
    requireTLS: options.requireTls ?? options.auth !== undefined,
    auth: options.auth,
    tls: options.tls,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  }
  if (options.maxConnections === undefined) return createTransport(settings)
  // A mail that the pool queues again would be an attempt that the engine knows nothing of.
  const pooled = { pool: true as const, maxConnections: options.maxConnections, maxRequeues: 0 }
  return createTransport({ ...settings, ...pooled })
}

type Attempt = (
  mail: Extract<Mail, { readonly _tag: "Ready" }>["mail"],
  signal: AbortSignal,
) => Promise<SendResult>

const attemptWith = (transporter: Mailer, retryAfterMs: number): Attempt => {
  // A mail's stream is read only after the server has answered DATA: until then it is certain that nothing was sent,
  // whatever the error is. Error codes cannot tell: a lost connection has the same before and after. It must be the
  // stream that is handed over: a signature is made beforehand, by reading the mail from another one.
  const streams = new WeakMap<AbortSignal, { readonly readableDidRead: boolean }>()
  transporter.use("stream", ({ data, message }, done) => {
    const open = message.createReadStream.bind(message)
    message.createReadStream = (options) => {
      const stream = open(options)
      if (data.signal) streams.set(data.signal, stream)
      return stream
    }
    done()
  })
  return async (mail, signal) => {
    try {
      const info = await transporter.sendMail({ ...mail, signal })
      return { _tag: "Accepted", ...(info.serverMessageId && { providerId: info.serverMessageId }) }
    } catch (error) {
      const handoverBegun = streams.get(signal)?.readableDidRead ?? false
      return resultOfFailure(error, { handoverBegun, retryAfterMs })
    }
  }
}

/**
 * Sends mail through an SMTP server.
 *
 * A mail is tried once. `Rejected` is answered only while the server cannot have read any of it, or when it has read it
 * and refuses it in words; a connection lost after that is `Uncertain`. The `Message-ID` is the message's, so it stays
 * the same over attempts. An address that is not one plain address is refused before anything is asked of the server.
 *
 * @throws Error when the options are not valid: it says where and what was expected, without the values.
 *
 * @example
 * smtp({ host: "localhost", port: 25 }).via // => "email"
 *
 * @since 0.1.0
 */
export const smtp = (
  options: SmtpOptions,
): Transport<EmailMessage> & { readonly close: () => Promise<void> } => {
  const read = readOptions("smtp", SmtpOptionsSchema, options)
  const { timeoutMs = TIMEOUT_MS, retryAfterMs = RETRY_AFTER_MS } = read
  const transporter = createTransporter(read, timeoutMs)
  const attempt = attemptWith(transporter, retryAfterMs)
  return {
    name: "smtp",
    via: "email",
    receipts: read.reports === undefined ? "none" : "provider",
    idempotency: "none",
    send: async (message: EmailMessage, ctx: SendContext) => {
      if (!isEmailAddress(message.to)) return { _tag: "Rejected", reason: "invalid-address" }
      const made = mailOf(read, message, ctx.deliveryId)
      if (made._tag === "Unusable") return { _tag: "Rejected", reason: "config", code: made.option }
      return attempt(made.mail, AbortSignal.any([ctx.signal, AbortSignal.timeout(timeoutMs)]))
    },
    close: async () => transporter.close(),
  }
}
