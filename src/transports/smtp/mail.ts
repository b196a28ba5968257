/**
 * A follow-up's mail as nodemailer takes it: envelope, headers, content, signature. Rules R13, R14.
 * @since 0.1.0
 */
import { isEmailAddress } from "../../core/email/address.ts"
import { headerValue } from "../../core/email/line.ts"
import { unsubscribeHeaders } from "../../core/email/thread.ts"
import type { EmailMessage } from "../../ports/transport.ts"
import { signingOf } from "./dkim.ts"
import type { SmtpOptions } from "./options.ts"

// What the message itself says is not said a second time, and nobody is added to its recipients.
const OWN_HEADER = /^(?:from|sender|to|cc|bcc|subject|date|message-id|mime-version|content-.*)$/i
const HEADER_NAME = /^[a-z0-9-]+$/i

type Headers = Readonly<Record<string, string>>

/** The message's further headers; those that the options give take the place of its own. */
const furtherHeaders = (own: Headers, given: Headers): Record<string, string> => {
  const replaced = new Set(Object.keys(given).map((name) => name.toLowerCase()))
  const kept = Object.entries(own).filter(
    ([name]) => HEADER_NAME.test(name) && !OWN_HEADER.test(name) && !replaced.has(name.toLowerCase()),
  )
  return Object.fromEntries(
    [...kept, ...Object.entries(given)].map(([name, value]) => [name, headerValue(value)]),
  )
}

// RFC 3461, 4.4: at most 100 characters, and what would have to be encoded might come back either way. A delivery
// whose id does not fit is known by its Message-ID, which comes back with the headers of the mail.
const ENVELOPE_ID = /^[!-*,-<>-~]{1,100}$/

const notify = { failure: ["FAILURE"], always: ["SUCCESS", "FAILURE"] } as const

const reportsOf = ({ reports }: SmtpOptions, deliveryId: string) =>
  reports && {
    ret: "HDRS" as const,
    notify: [...notify[reports]],
    ...(ENVELOPE_ID.test(deliveryId) && { envid: deliveryId }),
  }

type Chosen = "envelopeFrom" | "replyTo" | "unsubscribeUrl"

/** What the option says of this message; undefined when it is left out, and null when it says nothing usable. */
const chosen = (
  name: Chosen,
  options: SmtpOptions,
  message: EmailMessage,
  isUsable: (value: string) => boolean,
): string | null | undefined => {
  try {
    const value = options[name]?.(message)
    return value === undefined || isUsable(value) ? value : null
  } catch {
    return null
  }
}

/** A mail to hand over, or what of it is set up wrongly: an option that gave nothing usable, or the sender. @since 0.1.0 */
export type Mail =
  | { readonly _tag: "Ready"; readonly mail: ReturnType<typeof compose> }
  | { readonly _tag: "Unusable"; readonly option: Chosen | "from" }

interface Parts {
  readonly envelopeFrom: string
  readonly headers: Headers
}

const compose = (
  options: SmtpOptions,
  message: EmailMessage,
  deliveryId: string,
  { envelopeFrom, headers }: Parts,
) => ({
  envelope: { from: envelopeFrom, to: [message.to] },
  from: { name: headerValue(message.from.name), address: message.from.address },
  to: { name: "", address: message.to },
  subject: headerValue(message.subject),
  messageId: headerValue(message.messageId),
  headers: furtherHeaders(message.headers, headers),
  html: message.html,
  text: message.text,
  xMailer: false as const,
  dkim: options.dkim && signingOf(options.dkim, message),
  dsn: reportsOf(options, deliveryId),
})

/**
 * The mail of a message. An option that throws, or gives what can be no address or no `https` link, makes it unusable:
 * an answer that goes nowhere, or a mail that cannot be ended, is not sent. Total. R13, R14.
 *
 * @since 0.1.0
 */
export const mailOf = (options: SmtpOptions, message: EmailMessage, deliveryId: string): Mail => {
  if (!isEmailAddress(message.from.address)) return { _tag: "Unusable", option: "from" }
  const envelopeFrom = chosen("envelopeFrom", options, message, isEmailAddress)
  if (envelopeFrom === null) return { _tag: "Unusable", option: "envelopeFrom" }
  const replyTo = chosen("replyTo", options, message, isEmailAddress)
  if (replyTo === null) return { _tag: "Unusable", option: "replyTo" }
  const isOneClick = (url: string) => Object.keys(unsubscribeHeaders(url)).length > 0
  const unsubscribeUrl = chosen("unsubscribeUrl", options, message, isOneClick)
  if (unsubscribeUrl === null) return { _tag: "Unusable", option: "unsubscribeUrl" }
  const headers = {
    ...(replyTo !== undefined && { "Reply-To": replyTo }),
    ...unsubscribeHeaders(unsubscribeUrl),
  }
  return {
    _tag: "Ready",
    mail: compose(options, message, deliveryId, {
      envelopeFrom: envelopeFrom ?? message.from.address,
      headers,
    }),
  }
}
