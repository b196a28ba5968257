/**
 * Reports of mail servers over HTTP, for who has them from a mail server's hook instead of a mailbox. Rules R13, R20.
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { Webhook } from "../../ports/webhook.ts"
import { isSame, readOptions, webhookOf } from "../http/index.ts"
import { smtpBounce } from "./bounce.ts"

/** How posted reports are verified. @since 0.1.0 */
export interface SmtpBounceWebhookOptions {
  /** What the sender knows, 16 characters or more without blanks: it posts `Authorization: Bearer <secret>`. */
  readonly secret: string
}

const OptionsSchema: Schema.Codec<SmtpBounceWebhookOptions> = Schema.Struct({
  secret: Schema.String.check(
    Schema.makeFilter<string>(
      (secret) =>
        /^[\x21-\x7e]{16,}$/.test(secret) || "16 characters or more, printable ASCII without blanks",
    ),
  ),
})

const BEGINS_AS_MAIL = /^[A-Za-z0-9-]+[ \t]*:/

/**
 * Takes each mail that came to the address where reports go, as it came (`message/rfc822`), and reads it by
 * `smtpBounce`. A mail that reports nothing of ours is understood all the same; what is no mail is refused. The secret
 * says who posts, and does not cover the body: use HTTPS. R20.
 *
 * @throws Error when the options are not valid: it says where and what was expected, without the values.
 * @since 0.1.0
 */
export const smtpBounceWebhook = (options: SmtpBounceWebhookOptions): Webhook => {
  const { secret } = readOptions("smtpBounceWebhook", OptionsSchema, options)
  return webhookOf({
    isAuthentic: ({ headers }) => isSame(headers.get("authorization") ?? "", `Bearer ${secret}`),
    // A mail's parts may each have a charset of their own.
    decode: (bytes) => Buffer.from(bytes).toString("latin1"),
    eventsOf: (text) => (BEGINS_AS_MAIL.test(text) ? smtpBounce(text) : undefined),
  })
}
