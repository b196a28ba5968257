/**
 * What the mail server is, and what a host chooses about its mail. Rules R13, R14.
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { EmailMessage } from "../../ports/transport.ts"
import { type DkimOptions, DkimOptionsSchema } from "./dkim.ts"

/**
 * How to reach the mail server, and what goes with each mail.
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
  /** Signs each mail; left out, the server does that, or nobody. */
  readonly dkim?: DkimOptions
  /**
   * Reports to ask the server for (RFC 3461): of `"failure"` only, or `"always"`. Choose one once `smtpBounce` reads
   * what comes back: a mail then counts as under way until a report comes or `policy.cascade.receiptDeadlineMs` is
   * over. Left out, nothing is asked for, and what the server took over is settled.
   */
  readonly reports?: "failure" | "always"
  /** Envelope sender, where reports go; left out, the address that the mail is from. */
  readonly envelopeFrom?: (message: EmailMessage) => string
  /** Where an answer by mail goes, such as an address that names the conversation by a token that you signed. */
  readonly replyTo?: (message: EmailMessage) => string
  /** The `https` address at which a POST ends such mails for this customer (RFC 8058), as mailboxes offer it. */
  readonly unsubscribeUrl?: (message: EmailMessage) => string
}

const optionalKey = Schema.optionalKey
const positive = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

const ofMessage = optionalKey(
  Schema.declare((value): value is (message: EmailMessage) => string => typeof value === "function", {
    expected: "a function from the message to a text",
  }),
)

/** Schema of {@link SmtpOptions}. @since 0.1.0 */
export const SmtpOptionsSchema: Schema.Codec<SmtpOptions> = Schema.Struct({
  host: Schema.NonEmptyString,
  port: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 })),
  secure: optionalKey(Schema.Boolean),
  requireTls: optionalKey(Schema.Boolean),
  auth: optionalKey(Schema.Struct({ user: Schema.NonEmptyString, pass: Schema.String })),
  tls: optionalKey(
    Schema.Struct({
      ca: optionalKey(Schema.String),
      servername: optionalKey(Schema.String),
      rejectUnauthorized: optionalKey(Schema.Boolean),
    }),
  ),
  timeoutMs: optionalKey(positive),
  retryAfterMs: optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
  maxConnections: optionalKey(positive),
  dkim: optionalKey(DkimOptionsSchema),
  reports: optionalKey(Schema.Literals(["failure", "always"])),
  envelopeFrom: ofMessage,
  replyTo: ofMessage,
  unsubscribeUrl: ofMessage,
})
