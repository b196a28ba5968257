/**
 * The words of the default mail, by language, and which language a customer gets. Rule R13.
 *
 * @since 0.1.0
 */

/**
 * Languages of the default mail, as BCP 47 primary subtags.
 *
 * @since 0.1.0
 */
export type EmailLocale = "ko" | "ja" | "en"

/**
 * Every sentence of the default mail; `{channel}`, `{customer}` and `{count}` are filled in.
 *
 * @since 0.1.0
 */
export interface EmailWords {
  /** Subject for one reply (or none). */
  readonly subjectOne: string
  /** Subject for `{count}` replies. */
  readonly subjectMany: string
  /** First line, when the customer's name is known. */
  readonly greeting: string
  /** What happened. */
  readonly intro: string
  /** Stands for the `{count}` replies that are not spelled out. */
  readonly more: string
  /** The button, and the line before the link in plain text. */
  readonly resume: string
  /** Why the customer gets this mail. */
  readonly footer: string
  /** The link that ends such mails. */
  readonly unsubscribe: string
}

/**
 * The default mail in each language. Korean avoids particles that depend on the last sound of a name. R13.
 *
 * @since 0.1.0
 */
export const emailWords: Record<EmailLocale, EmailWords> = {
  ko: {
    subjectOne: "[{channel}] 새 답장이 도착했습니다",
    subjectMany: "[{channel}] 새 답장 {count}건이 도착했습니다",
    greeting: "{customer}님, 안녕하세요.",
    intro: "{channel}에서 답장을 보냈습니다.",
    more: "외 {count}건",
    resume: "대화 이어가기",
    footer: "{channel} 채팅에 아직 읽지 않은 답장이 있어 보내 드리는 메일입니다.",
    unsubscribe: "수신거부",
  },
  ja: {
    subjectOne: "【{channel}】新しい返信が届いています",
    subjectMany: "【{channel}】新しい返信が{count}件届いています",
    greeting: "{customer} 様",
    intro: "{channel} から返信が届いています。",
    more: "ほか {count} 件",
    resume: "会話を続ける",
    footer: "このメールは、{channel} とのチャットに未読の返信があるためお送りしています。",
    unsubscribe: "配信停止",
  },
  en: {
    subjectOne: "New reply from {channel}",
    subjectMany: "{count} new replies from {channel}",
    greeting: "Hello {customer},",
    intro: "{channel} has replied to you.",
    more: "+{count} more",
    resume: "Continue the conversation",
    footer: "You get this mail because your chat with {channel} has a reply that you have not read.",
    unsubscribe: "Unsubscribe",
  },
}

// The language spoken by default where no language is known; every other country gets English.
const localeOfCountry: Readonly<Record<string, EmailLocale>> = { KR: "ko", JP: "ja" }

const isEmailLocale = (subtag: string): subtag is EmailLocale => Object.hasOwn(emailWords, subtag)

/**
 * Language of a mail: the customer's own by its primary subtag, else that of the channel's country (ISO 3166-1
 * alpha-2), else English. Total. R13.
 *
 * @example
 * emailLocale("ja-JP", "KR") // => "ja"
 * emailLocale("fr", "KR") // => "ko"
 * emailLocale(undefined, "DE") // => "en"
 *
 * @since 0.1.0
 */
export const emailLocale = (locale: string | undefined, country: string | undefined): EmailLocale => {
  const subtag = locale?.split(/[-_]/, 1)[0]?.toLowerCase() ?? ""
  if (isEmailLocale(subtag)) return subtag
  const code = country?.toUpperCase() ?? ""
  return (Object.hasOwn(localeOfCountry, code) ? localeOfCountry[code] : undefined) ?? "en"
}
