import { caniemail } from "caniemail"
import { describe, expect, test } from "vitest"
import { renderEmail } from "../../../src/core/email/template.ts"

const clients = [
  "apple-mail.ios",
  "apple-mail.macos",
  "gmail.android",
  "gmail.desktop-webmail",
  "gmail.ios",
  "gmail.mobile-webmail",
  "outlook.android",
  "outlook.ios",
  "outlook.macos",
  "outlook.outlook-com",
  "outlook.windows",
  "samsung-email.android",
  "yahoo.android",
  "yahoo.desktop-webmail",
  "yahoo.ios",
] as const

/** What some of them lack, and what a reader of theirs sees instead: every document has one, also where it is left out. */
const bearable: Readonly<Record<string, string>> = {
  "<body> element": "the same background, from the table in it",
  "word-break": "a long address in one line, and the mail as wide as that",
}

const html = (["ko", "ja", "en"] as const).map((locale) => {
  const mail = renderEmail({
    locale,
    channelName: "Acme",
    replies: [
      { text: "Yes.\nTwo left.", authorName: "Mina" },
      ...Array.from({ length: 25 }, () => ({ text: "Blue?" })),
    ],
    resumeUrl: "https://acme.example/chat",
    unsubscribeUrl: "https://acme.example/unsubscribe",
    customerName: "Jun",
  })
  return mail.html
})

const lacking = (client: (typeof clients)[number], document: string): readonly string[] =>
  [...caniemail({ clients: [client], html: document }).issues.errors.values()]
    .flat()
    .map(({ title }) => title)

describe("the default mail in the big mail programs", () => {
  test.each(clients)("R13: nothing that %s lacks is missed", (client) => {
    for (const document of html)
      expect(lacking(client, document).filter((title) => !Object.hasOwn(bearable, title))).toEqual([])
  })
  test("R13: everything borne is lacking somewhere, and what is not borne is found", () => {
    const found = new Set(clients.flatMap((client) => html.flatMap((document) => lacking(client, document))))
    expect([...found].toSorted()).toEqual(Object.keys(bearable).toSorted())
    expect(lacking("outlook.windows", '<p style="position:absolute">x</p>')).toEqual(["position"])
  })
})
