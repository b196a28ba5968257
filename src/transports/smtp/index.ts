/**
 * Mail over SMTP, on nodemailer (an optional peer dependency). Rules R13, R14, R20.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { SMTPSentMessageInfo, Transporter } from "nodemailer"
import { decodeInput, formatBadInput } from "../../core/decode.ts"
import { isEmailAddress } from "../../core/email/address.ts"
import { headerValue } from "../../core/email/line.ts"
import type { EmailMessage, SendContext, SendResult, Transport } from "../../ports/transport.ts"
import { resultOfFailure } from "./failure.ts"
import { requireNodemailer } from "./peer.ts"

/**
 * How to reach the mail server.
 *
 * @since 0.1.0
 */
export interface SmtpOptions {
  /** Name or address of the server. */
  readonly host: string
  /** 1 to 65 535; 465 as a rule with `secure`, else 587 or 25. */
  readonly port: number
  /** TLS from the first byte; otherwise the connection starts plain and is upgraded when the server offers it. */
  readonly secure?: boolean
  /** Send nothing unless the connection is encrypted; by default so whenever `auth` is given. */
  readonly requireTls?: boolean
  /** Credentials; none for a server that knows this machine. */
  readonly auth?: { readonly user: string; readonly pass: string }
  /** Further trust for the server's certificate; without it, the certificate must be valid for `host`. */
  readonly tls?: {
    /** Certificates to trust, PEM. */
    readonly ca?: string
    /** Name that the certificate must bear, where it is not `host`. */
    readonly servername?: string
    /** `false` accepts any certificate; for tests only. */
    readonly rejectUnauthorized?: boolean
  }
  /** Longest time for one attempt, in ms, 1 or more; 30 000 by default. Keep it below the engine's lease. */
  readonly timeoutMs?: number
  /** Wait before a mail refused for now is tried again, in ms, 0 or more; 60 000 by default. */
  readonly retryAfterMs?: number
  /** Connections kept open and shared by all mails, 1 or more; left out, every mail opens its own. */
  readonly maxConnections?: number
}

const positive = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
const optional = Schema.optionalKey

const SmtpOptionsSchema: Schema.Codec<SmtpOptions> = Schema.Struct({
  host: Schema.NonEmptyString,
  port: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 })),
  secure: optional(Schema.Boolean),
  requireTls: optional(Schema.Boolean),
  auth: optional(Schema.Struct({ user: Schema.NonEmptyString, pass: Schema.String })),
  tls: optional(
    Schema.Struct({
      ca: optional(Schema.String),
      servername: optional(Schema.String),
      rejectUnauthorized: optional(Schema.Boolean),
    }),
  ),
  timeoutMs: optional(positive),
  retryAfterMs: optional(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
  maxConnections: optional(positive),
})

const TIMEOUT_MS = 30_000
const RETRY_AFTER_MS = 60_000

// What the message itself says is not said a second time, and nobody is added to its recipients.
const OWN_HEADER = /^(?:from|sender|to|cc|bcc|subject|date|message-id|mime-version|content-.*)$/i
const HEADER_NAME = /^[a-z0-9-]+$/i

const furtherHeaders = (headers: EmailMessage["headers"]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => HEADER_NAME.test(name) && !OWN_HEADER.test(name))
      .map(([name, value]) => [name, headerValue(value)]),
  )

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
  const { createTransport } = requireNodemailer()
  if (options.maxConnections === undefined) return createTransport(settings)
  // A mail that the pool queues again would be an attempt that the engine knows nothing of.
  const pooled = { pool: true as const, maxConnections: options.maxConnections, maxRequeues: 0 }
  return createTransport({ ...settings, ...pooled })
}

type Attempt = (message: EmailMessage, signal: AbortSignal) => Promise<SendResult>

const attemptWith = (transporter: Mailer, retryAfterMs: number): Attempt => {
  // A mail's stream is read only after the server has answered DATA: until then it is certain that nothing was sent,
  // whatever the error is. Error codes cannot tell: a lost connection has the same before and after.
  const streams = new WeakMap<AbortSignal, { readonly readableDidRead: boolean }>()
  transporter.use("stream", ({ data, message }, done) => {
    message.processFunc((stream) => {
      if (data.signal) streams.set(data.signal, stream)
      return stream
    })
    done()
  })
  return async (message, signal) => {
    try {
      const info = await transporter.sendMail({
        envelope: { from: message.from.address, to: [message.to] },
        from: { name: headerValue(message.from.name), address: message.from.address },
        to: { name: "", address: message.to },
        subject: headerValue(message.subject),
        messageId: headerValue(message.messageId),
        headers: furtherHeaders(message.headers),
        html: message.html,
        text: message.text,
        xMailer: false,
        signal,
      })
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
 * @throws Error when the options are not valid (it says where and what was expected, without the values), or when
 * nodemailer is not installed.
 *
 * @example
 * smtp({ host: "localhost", port: 25 }).via // => "email"
 *
 * @since 0.1.0
 */
export const smtp = (
  options: SmtpOptions,
): Transport<EmailMessage> & { readonly close: () => Promise<void> } => {
  const decoded = decodeInput(SmtpOptionsSchema, options)
  if (Result.isFailure(decoded)) throw new Error(`smtp options:\n${formatBadInput(decoded.failure)}`)
  const { timeoutMs = TIMEOUT_MS, retryAfterMs = RETRY_AFTER_MS } = decoded.success
  const transporter = createTransporter(decoded.success, timeoutMs)
  const attempt = attemptWith(transporter, retryAfterMs)
  return {
    name: "smtp",
    via: "email",
    receipts: "none",
    idempotency: "none",
    send: async (message: EmailMessage, ctx: SendContext) => {
      if (!isEmailAddress(message.to)) return { _tag: "Rejected", reason: "invalid-address" }
      if (!isEmailAddress(message.from.address)) return { _tag: "Rejected", reason: "config", code: "from" }
      const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(timeoutMs)])
      return attempt(message, signal)
    },
    close: async () => transporter.close(),
  }
}
