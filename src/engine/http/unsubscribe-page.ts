/**
 * The page on which a customer ends mails: a question with one button, and the answer once it is done. Rule R15.
 * @since 0.1.0
 */
import { headerValue } from "../../core/email/line.ts"
import { escapeHtml } from "../../core/email/mail-html.ts"
import { type EmailLocale, emailWords } from "../../core/email/words.ts"
import { PAGE_STYLE } from "./page-style.ts"

interface PageWords {
  readonly question: string
  readonly done: string
}

const pageWords: Readonly<Record<EmailLocale, PageWords>> = {
  ko: {
    question: "{channel}에서 보내는 메일을 더 이상 받지 않으시겠습니까?",
    done: "앞으로 {channel}에서 메일을 보내지 않습니다.",
  },
  ja: {
    question: "{channel} からのメールの配信を停止しますか。",
    done: "{channel} からのメールの配信を停止しました。",
  },
  en: {
    question: "Do you want no more mails from {channel}?",
    done: "You will get no more mails from {channel}.",
  },
}

/** Name and value of the form's one field, which mailboxes send as well when they unsubscribe: RFC 8058 3.1. @since 0.1.0 */
export const ONE_CLICK = { name: "List-Unsubscribe", value: "One-Click" }

/** Who the page speaks for, and in which language. @since 0.1.0 */
export interface UnsubscribePage {
  readonly locale: EmailLocale
  readonly channelName: string
}

// Its title says the same, since readers aloud begin with that. Names of any writing leave the sentence as it runs.
const whole = ({ locale }: UnsubscribePage, text: string, more: string): string => `<!DOCTYPE html>
<html lang="${locale}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(text)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(text)}</h1>
${more}</main>
</body>
</html>
`

const filled = (words: string, { channelName }: UnsubscribePage): string =>
  words.replace("{channel}", () => headerValue(channelName))

/** Asks, with a button that sends the form to where the page came from. Total. R15. @since 0.1.0 */
export const questionPage = (about: UnsubscribePage): string =>
  whole(
    about,
    filled(pageWords[about.locale].question, about),
    `<form method="post">
<input type="hidden" name="${ONE_CLICK.name}" value="${ONE_CLICK.value}">
<button type="submit">${escapeHtml(emailWords[about.locale].unsubscribe)}</button>
</form>
`,
  )

/** Says that it is done. Total. R15. @since 0.1.0 */
export const donePage = (about: UnsubscribePage): string =>
  whole(about, filled(pageWords[about.locale].done, about), "")
