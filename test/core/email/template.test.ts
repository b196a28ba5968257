import fc from "fast-check"
import { HtmlValidate } from "html-validate"
import PostalMime from "postal-mime"
import { describe, expect, test } from "vitest"
import { defaultEmailPolicy, type EmailPolicy } from "../../../src/core/email/policy.ts"
import { type EmailInput, renderEmail } from "../../../src/core/email/template.ts"

const input = (change: Partial<EmailInput> = {}): EmailInput => ({
  locale: "en",
  channelName: "Acme",
  replies: [{ text: "Yes, it is in stock.", authorName: "Mina" }],
  resumeUrl: "https://acme.example/chat?c=1&m=2",
  unsubscribeUrl: "https://acme.example/unsubscribe",
  customerName: "Jun",
  ...change,
})
const policy = (change: Partial<EmailPolicy>): EmailPolicy => ({ ...defaultEmailPolicy, ...change })
const replies = (count: number, text = (index: number) => `reply ${index + 1}.`) =>
  Array.from({ length: count }, (_, index) => ({ text: text(index) }))

const validator = new HtmlValidate({
  extends: ["html-validate:recommended"],
  rules: {
    // Mail programs need inline styles, and know "presentation" longer than "none".
    "no-inline-style": "off",
    "presentation-role-style": ["error", { prefer: "presentation" }],
  },
})
const findings = async (html: string) =>
  (await validator.validateString(html)).results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, line }) => `${line} ${ruleId}: ${message}`),
  )

const hostile = [
  "",
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  "</title></style></table><!--",
  "&amp; &lt; &#0; &",
  "\u0000\u0008\u000b\u000c\u001b[2J\u007f\u0085\u2028",
  "\ud800 \udfff \ufffe \ufdd0",
  "\u202egpj.exe\u202c مرحبا",
  "a\r\nBcc: evil@example.com\r\n\r\nx",
  "{channel} {count} {constructor} $& $1",
  "👩‍👩‍👧".repeat(60),
  "한".repeat(300),
]
const hostileText = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
)
const urls = fc.constantFrom(
  null,
  "https://acme.example/?a='\"><script>&b=1",
  "javascript:alert(1)",
  " java\nscript:alert(1)",
  "data:text/html,x",
  "//evil.example",
  "HTTPS://ACME.example/한글 x",
)
const hostileInput: fc.Arbitrary<EmailInput> = fc.record({
  locale: fc.constantFrom("ko", "ja", "en", undefined),
  channelName: hostileText,
  replies: fc.array(
    fc.record({ text: hostileText, authorName: fc.option(hostileText, { nil: undefined }) }),
    {
      maxLength: 4,
    },
  ),
  resumeUrl: urls,
  unsubscribeUrl: urls,
  customerName: fc.option(hostileText, { nil: undefined }),
})

describe("what a mail says", () => {
  test.each([
    ["ko", "[Acme] 새 답장이 도착했습니다", "대화 이어가기", "수신거부"],
    ["ja", "【Acme】新しい返信が届いています", "会話を続ける", "配信停止"],
    ["en", "New reply from Acme", "Continue the conversation", "Unsubscribe"],
  ])(
    "R13: in %s, subject, button and footer are in that language",
    (locale, subject, resume, unsubscribe) => {
      const mail = renderEmail(input({ locale }))
      expect(mail.subject).toBe(subject)
      for (const body of [mail.html, mail.text]) {
        for (const words of ["Yes, it is in stock.", "Mina", "Jun", resume, unsubscribe])
          expect(body).toContain(words)
      }
      expect(mail.html).toContain(`<html lang="${locale}">`)
    },
  )

  test("R13: plain text says the same, in reading order", () => {
    expect(
      renderEmail(input({ replies: [{ text: "Yes.\nTwo left.", authorName: "Mina" }, { text: "Blue?" }] }))
        .text,
    ).toBe(
      `Hello Jun,

Acme has replied to you.

Mina:
Yes.
Two left.

Acme:
Blue?

Continue the conversation:
https://acme.example/chat?c=1&m=2

--
You get this mail because your chat with Acme has a reply that you have not read.

Unsubscribe: https://acme.example/unsubscribe
`,
    )
  })

  test("R13: line breaks of a reply are kept, however they are written", () => {
    const { html, text } = renderEmail(input({ replies: [{ text: "a\nb\r\nc\rd\u2028e" }] }))
    expect(html).toContain("a<br>\nb<br>\nc<br>\nd<br>\ne")
    expect(text).toContain("a\nb\nc\nd\ne")
  })

  test("R13: without a link there is no button, without a name no greeting", () => {
    const { html, text } = renderEmail(
      input({ resumeUrl: null, unsubscribeUrl: null, customerName: undefined }),
    )
    expect(html).not.toMatch(/<a /)
    expect(text).not.toMatch(/Continue|Unsubscribe|Hello/)
  })

  test("R13: several replies are counted in the subject", () => {
    expect(renderEmail(input({ replies: replies(3) })).subject).toBe("3 new replies from Acme")
  })
})

describe("how much a mail says", () => {
  test("R13: a name of 48 characters leaves every subject whole, of 49 the name is cut", () => {
    for (const locale of ["ko", "ja", "en"]) {
      const subject = (count: number) =>
        renderEmail(input({ locale, channelName: "n".repeat(count), replies: replies(999) })).subject
      expect(subject(48)).toContain("n".repeat(48))
      expect(subject(48)).not.toContain("…")
      expect(subject(49)).toContain(`${"n".repeat(47)}…`)
    }
  })

  test("R13: 20 replies are spelled out, of 21 one is counted", () => {
    const all = renderEmail(input({ replies: replies(20) }))
    expect(all.text).toContain("reply 20.")
    expect(all.text).not.toContain("more")
    const capped = renderEmail(input({ replies: replies(21) }))
    expect(capped.text).not.toContain("reply 21.")
    for (const body of [capped.text, capped.html]) expect(body).toContain("+1 more")
    expect(renderEmail(input({ locale: "ja", replies: replies(23) })).text).toContain("ほか 3 件")
    expect(renderEmail(input({ locale: "ko", replies: replies(23) })).text).toContain("외 3건")
  })

  test("R13: 20,000 characters are kept, the 20,001st is cut", () => {
    const body = (count: number) => renderEmail(input({ replies: [{ text: "x".repeat(count) }] })).text
    expect(body(20_000)).toContain(`\n${"x".repeat(20_000)}\n`)
    expect(body(20_001)).toContain(`\n${"x".repeat(19_999)}…\n`)
  })

  test("R13: replies after the last character are counted, not shown", () => {
    const { text } = renderEmail(
      input({ replies: replies(3, (index) => `${index}`.repeat(10)) }),
      policy({ bodyMaxCharacters: 15 }),
    )
    expect(text).toContain("0000000000")
    expect(text).toContain("1111…")
    expect(text).not.toContain("2222")
    expect(text).toContain("+1 more")
  })

  test("R13: a mail stays below the size at which it is clipped", () => {
    const { html } = renderEmail(input({ replies: replies(500, () => "한".repeat(2_000)) }))
    expect(Buffer.byteLength(html)).toBeLessThan(102_000)
  })
})

describe("what nobody can put into a mail", () => {
  test("R13: whatever the input, the HTML is valid and holds only the template's elements", async () => {
    const elements =
      /<(?!\/?(?:!DOCTYPE|html|head|meta|title|style|body|div|table|tbody|tr|td|p|span|a|br)\b)/
    await fc.assert(
      fc.asyncProperty(hostileInput, async (hostileMail) => {
        const { html } = renderEmail(hostileMail)
        expect(await findings(html)).toEqual([])
        expect(html).not.toMatch(elements)
        expect(html.match(/<(?:table|a|p|div|span)\b[^>]*>/g)?.join("")).not.toMatch(
          /\bon\w+\s*=\s*["']?alert/,
        )
      }),
      {
        numRuns: 60,
        examples: hostile.map((text) => [
          input({ channelName: text, replies: [{ text, authorName: text }] }),
        ]),
      },
    )
  })

  test("R13: only http and https are linked to", () => {
    fc.assert(
      fc.property(hostileInput, (hostileMail) => {
        const hrefs = [...renderEmail(hostileMail).html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)
        for (const href of hrefs) expect(href).toMatch(/^https:\/\/acme\.example\/[!-~]*$/)
      }),
    )
  })

  test("R13: a link is escaped like any other text", () => {
    expect(renderEmail(input()).html).toContain('href="https://acme.example/chat?c=1&amp;m=2"')
  })

  test("R13: no control character but LF is left in either body", () => {
    fc.assert(
      fc.property(hostileInput, (hostileMail) => {
        const { html, text } = renderEmail(hostileMail)
        for (const body of [html, text]) expect(body.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u)
      }),
      { examples: [[input({ replies: [{ text: "a\u0008b\u001bc\u0085d" }] })]] },
    )
  })

  test("R13: a subject is one printable line of at most 70 characters", () => {
    fc.assert(
      fc.property(hostileInput, (hostileMail) => {
        const { subject } = renderEmail(hostileMail, policy({ nameMaxCharacters: 400 }))
        expect(subject).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
        expect(subject.isWellFormed()).toBe(true)
        expect(subject.length).toBeLessThanOrEqual(70)
      }),
    )
  })

  test("R13: a mail program decodes nothing in a subject", async () => {
    const { subject } = renderEmail(input({ channelName: "=?utf-8?Q?ceo=40bank.example?=" }))
    const parsed = await PostalMime.parse(`Subject: ${subject}\r\n\r\n`)
    expect(parsed.subject).toBe("New reply from = ?utf-8?Q?ceo=40bank.example?=")
  })

  test("R13: placeholders in what people write stay as they wrote them", () => {
    const { subject, text } = renderEmail(
      input({ channelName: "{count} $&", replies: [{ text: "{customer}" }] }),
    )
    expect(subject).toBe("New reply from {count} $&")
    expect(text).toContain("\n{customer}\n")
  })

  test("R13: the text and the HTML survive a mail parser", async () => {
    const { html } = renderEmail(input({ replies: [{ text: hostile[1] ?? "" }] }))
    const parsed = await PostalMime.parse(`Content-Type: text/html; charset=utf-8\r\n\r\n${html}`)
    expect(parsed.html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;")
  })
})
