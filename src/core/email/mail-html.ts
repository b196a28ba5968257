/**
 * The default mail's HTML: one column of tables with inline styles, and nothing that is missed where a mail program lacks it.
 * Rule R13.
 *
 * @since 0.1.0
 */
import type { EmailLocale, EmailWords } from "./words.ts"

/**
 * Everything that a mail says, decided; only its form is missing.
 *
 * @since 0.1.0
 */
export interface MailContent {
  /** Language of the mail, for readers aloud and for fonts. */
  readonly locale: EmailLocale
  /** The words of that language. */
  readonly words: EmailWords
  /** Title of the document. */
  readonly subject: string
  /** The tenant's name. */
  readonly channel: string
  /** First line; empty for none. */
  readonly greeting: string
  /** What happened. */
  readonly intro: string
  /** The replies spelled out; lines end in LF. */
  readonly replies: readonly { readonly author: string; readonly text: string }[]
  /** What stands for the replies left out; empty for none. */
  readonly more: string
  /** `http` or `https`; `null` for no button. */
  readonly resumeUrl: string | null
  /** `http` or `https`; `null` for no such link. */
  readonly unsubscribeUrl: string | null
  /** Why the customer gets this mail. */
  readonly footer: string
  /** Colour of button and links, `#rrggbb`. */
  readonly accentColor: string
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
}

/**
 * The text as HTML text or as a quoted attribute's value. Total. R13.
 *
 * @example
 * escapeHtml('<a href="x">') // => "&lt;a href=&quot;x&quot;&gt;"
 *
 * @since 0.1.0
 */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => entities[char] ?? char)

const FONT =
  "font-family:-apple-system,'Segoe UI','Apple SD Gothic Neo','Malgun Gothic','Hiragino Sans',Meiryo,sans-serif"

const withBreaks = (text: string): string => escapeHtml(text).replaceAll("\n", "<br>\n")

const row = (style: string, content: string): string => `<tr><td style="${style}">${content}</td></tr>\n`

// Our own sentences run from left to right, whatever writing the names in them are of.
const paragraph = (text: string): string =>
  text && row("padding:0 24px 12px", `<p style="margin:0;color:#1f2328" dir="ltr">${escapeHtml(text)}</p>`)

const replyRow = ({ author, text }: MailContent["replies"][number]): string =>
  row(
    "padding:0 24px 12px",
    `<table role="presentation" style="width:100%;border-collapse:collapse"><tbody><tr>
<td style="padding:12px 16px;background-color:#f3f5f7">
<p style="margin:0 0 4px;font-size:13px;color:#59626c" dir="auto">${escapeHtml(author)}</p>
<p style="margin:0;color:#1f2328" dir="auto">${withBreaks(text)}</p>
</td></tr></tbody></table>`,
  )

const button = (url: string | null, label: string, color: string): string =>
  url === null
    ? ""
    : row(
        "padding:4px 24px 20px",
        `<a href="${escapeHtml(url)}" style="display:inline-block;padding:12px 20px;background-color:${color};color:#ffffff;font-weight:bold;text-decoration:none">${escapeHtml(label)}</a>`,
      )

const footer = (content: MailContent): string => {
  const link =
    content.unsubscribeUrl === null
      ? ""
      : `<br>\n<a href="${escapeHtml(content.unsubscribeUrl)}" style="color:#59626c">${escapeHtml(content.words.unsubscribe)}</a>`
  return row(
    "padding:16px 24px",
    `<p style="margin:0;font-size:12px;line-height:18px;color:#59626c" dir="ltr">${escapeHtml(content.footer)}${link}</p>`,
  )
}

/**
 * The mail as a complete HTML document; all texts and links are escaped here, and only here. Total. R13.
 *
 * @since 0.1.0
 */
export const mailHtml = (content: MailContent): string => {
  const color = escapeHtml(content.accentColor)
  return `<!DOCTYPE html>
<html lang="${content.locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(content.subject)}</title>
</head>
<body style="margin:0;padding:0;background-color:#f3f5f7">
<table role="presentation" style="width:100%;border-collapse:collapse;background-color:#f3f5f7"><tbody><tr>
<td style="padding:24px 12px">
<table role="presentation" style="width:100%;max-width:560px;margin:0 auto;border-collapse:collapse;background-color:#ffffff;font-size:15px;line-height:22px;word-break:break-word;${FONT}"><tbody>
${row(
  `padding:24px 24px 12px;font-size:17px;font-weight:bold;border-top:4px solid ${color}`,
  `<span style="color:#1f2328" dir="auto">${escapeHtml(content.channel)}</span>`,
)}${paragraph(content.greeting)}${paragraph(content.intro)}${content.replies.map(replyRow).join("")}${paragraph(
  content.more,
)}${button(content.resumeUrl, content.words.resume, color)}${footer(content)}</tbody></table>
</td></tr></tbody></table>
</body>
</html>
`
}
