/**
 * The default mail: subject, HTML and plain text, made from the same data. Rule R13.
 *
 * @since 0.1.0
 */
import { excerpt, headerValue, shownLine } from "./line.ts"
import { webLink } from "./link.ts"
import { type MailContent, mailHtml } from "./mail-html.ts"
import { defaultEmailPolicy, type EmailPolicy } from "./policy.ts"
import { type EmailWords, emailLocale, emailWords } from "./words.ts"

/**
 * What a follow-up mail is made from.
 *
 * @since 0.1.0
 */
export interface EmailInput {
  /** The customer's language, BCP 47; `undefined` when unknown. */
  readonly locale: string | undefined
  /** The channel's country, ISO 3166-1 alpha-2; decides the language when `locale` does not. */
  readonly country?: string | undefined
  /** The tenant's name, as customers know it. */
  readonly channelName: string
  /** The replies that the customer has not seen, oldest first; without an author's name they are the channel's. */
  readonly replies: readonly { readonly text: string; readonly authorName?: string | undefined }[]
  /** Where the conversation goes on; `null` for a mail without a button. */
  readonly resumeUrl: string | null
  /** Where the customer ends such mails; `null` for none. */
  readonly unsubscribeUrl: string | null
  /** Name to greet the customer by; left out, there is no greeting. */
  readonly customerName?: string | undefined
}

/**
 * A mail ready to be sent, still without addresses.
 *
 * @since 0.1.0
 */
export interface RenderedEmail {
  /** One line, without control characters. */
  readonly subject: string
  /** A complete HTML document; lines end in LF. */
  readonly html: string
  /** The same content as plain text; lines end in LF. */
  readonly text: string
}

const LINE_BREAKS = /\r\n?|[\v\f\u0085\u2028\u2029]/g
// Every control character but LF, and the noncharacters that HTML forbids.
const UNPRINTABLE = /(?!\n)[\p{Cc}\ufdd0-\ufdef\ufffe\uffff]/gu

/** Text of several lines, in which only LF breaks a line and nothing is invisible by mistake. */
const lines = (text: string): string =>
  text.toWellFormed().replace(LINE_BREAKS, "\n").replaceAll("\t", " ").replace(UNPRINTABLE, "").trim()

const fill = (words: string, values: Readonly<Record<string, string>>): string =>
  words.replace(/\{(\w+)\}/g, (placeholder, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? "") : placeholder,
  )

/** The replies that fit, each with its author; the oldest come first, so that reading starts where it stopped. */
const shownReplies = (input: EmailInput, channel: string, policy: EmailPolicy): MailContent["replies"] => {
  const shown: { author: string; text: string }[] = []
  let roomCharacters = policy.bodyMaxCharacters
  for (const reply of input.replies.slice(0, policy.maxReplies)) {
    if (roomCharacters <= 0) break
    const text = excerpt(lines(reply.text), roomCharacters)
    const author = excerpt(headerValue(reply.authorName ?? ""), policy.nameMaxCharacters) || channel
    shown.push({ author, text })
    roomCharacters -= text.length
  }
  return shown
}

const plainText = (content: MailContent): string => {
  const paragraphs = [
    content.greeting,
    content.intro,
    ...content.replies.map(({ author, text }) => `${author}:\n${text}`),
    content.more,
    content.resumeUrl && `${content.words.resume}:\n${content.resumeUrl}`,
    `--\n${content.footer}`,
    content.unsubscribeUrl && `${content.words.unsubscribe}: ${content.unsubscribeUrl}`,
  ]
  return `${paragraphs.filter(Boolean).join("\n\n")}\n`
}

const subjectOf = (input: EmailInput, words: EmailWords, values: Readonly<Record<string, string>>): string =>
  shownLine(fill(input.replies.length > 1 ? words.subjectMany : words.subjectOne, values))

/**
 * The default mail in the customer's language. Total. R13.
 *
 * Everything that people wrote is escaped, line breaks in replies are kept, and a link that is not `http` or `https` is
 * left out. Beyond the policy's number of replies and characters, a mail only counts what is missing.
 *
 * @example
 * renderEmail({ locale: "en", channelName: "Acme", replies: [{ text: "Yes!" }], resumeUrl: null, unsubscribeUrl: null }).subject // => "New reply from Acme"
 *
 * @since 0.1.0
 */
export const renderEmail = (input: EmailInput, policy: EmailPolicy = defaultEmailPolicy): RenderedEmail => {
  const locale = emailLocale(input.locale, input.country)
  const words = emailWords[locale]
  const name = (text: string): string => excerpt(headerValue(text), policy.nameMaxCharacters)
  const channel = name(input.channelName)
  const customer = name(input.customerName ?? "")
  const values = { channel, customer, count: String(input.replies.length) }
  const subject = excerpt(subjectOf(input, words, values), policy.subjectMaxCharacters)
  const replies = shownReplies(input, channel, policy)
  const missing = input.replies.length - replies.length
  const content: MailContent = {
    locale,
    words,
    subject,
    channel,
    greeting: customer && fill(words.greeting, values),
    intro: fill(words.intro, values),
    replies,
    more: missing > 0 ? fill(words.more, { count: String(missing) }) : "",
    resumeUrl: webLink(input.resumeUrl),
    unsubscribeUrl: webLink(input.unsubscribeUrl),
    footer: fill(words.footer, values),
    accentColor: policy.accentColor,
  }
  return { subject, html: mailHtml(content), text: plainText(content) }
}
