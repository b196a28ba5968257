/** R13, R15: what customers read, on a phone in Chromium: the default mail, and the page that ends mails. */
import { FollowUps } from "followup/engine"
import { signedLinks } from "followup/links"
import { memory } from "followup/stores/memory"
import type { BrowserContextOptions, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type EmailInput, renderEmail } from "../../src/core/email/template.ts"
import { page } from "../../src/engine/http/answer.ts"
import { questionPage } from "../../src/engine/http/unsubscribe-page.ts"
import type { EmailMessage, Transport } from "../../src/ports/transport.ts"
import { drivenChromium } from "./chromium.ts"
import { eventually } from "./loopback.ts"
import { openSite } from "./site.ts"

let chromium: Awaited<ReturnType<typeof drivenChromium>>
beforeAll(async () => {
  chromium = await drivenChromium()
})
afterAll(() => chromium[Symbol.asyncDispose]())

/** A page on a phone that runs no scripts, with what the browser complained of. */
const onPhone = async (url: string, options: BrowserContextOptions = {}) => {
  const phone = await chromium.browser.newContext({
    viewport: { width: 360, height: 640 },
    isMobile: true,
    javaScriptEnabled: false,
    ...options,
  })
  const tab = await phone.newPage()
  const complaints: Array<string> = []
  tab.on("console", (message) => complaints.push(message.text()))
  await tab.goto(url)
  return { tab, complaints, [Symbol.asyncDispose]: () => phone.close() }
}

/** A style of each element that there is. */
const stylesOf = (tab: Page, selector: string, property: string) =>
  tab.evaluate<ReadonlyArray<string>>(
    `[...document.querySelectorAll("${selector}")].map((one) => getComputedStyle(one).${property})`,
  )
const widthPx = (tab: Page) => tab.evaluate("document.documentElement.scrollWidth")

const arabic = "متجر أكمي"
const word = "w".repeat(200)

describe("the default mail", () => {
  const mailSite = (change: Partial<EmailInput>) =>
    openSite(() => {
      const { html } = renderEmail({
        locale: "en",
        channelName: "Acme",
        replies: [{ text: "Yes.", authorName: "Mina" }],
        resumeUrl: "https://acme.example/chat",
        unsubscribeUrl: "https://acme.example/unsubscribe",
        customerName: "Jun",
        ...change,
      })
      return new Response(html, { headers: { "content-type": "text/html; charset=utf-8" } })
    })

  test("R13: is no wider than a phone, however long an address in a reply is", async () => {
    await using site = await mailSite({ replies: [{ text: `See https://acme.example/${word}` }] })
    await using mail = await onPhone(site.at())
    expect(await widthPx(mail.tab)).toBe(360)
  })
  test.each(["ko", "ja", "en"])(
    "R13: in %s reads from left to right, also of those with names in Arabic",
    async (locale) => {
      const text = "نعم، المنتج متوفر."
      await using site = await mailSite({
        locale,
        channelName: arabic,
        customerName: "ليلى",
        replies: [{ text, authorName: "سارة" }],
      })
      await using mail = await onPhone(site.at())
      // Greeting, what happened, author, reply, footer.
      expect(await stylesOf(mail.tab, "p", "direction")).toEqual(["ltr", "ltr", "rtl", "rtl", "ltr"])
    },
  )
})

describe("the page that ends mails", () => {
  const questionSite = (channelName: string) =>
    openSite(() => page(questionPage({ locale: "ko", channelName })))

  test("R15: is no wider than a phone, and has a button for a thumb", async () => {
    await using site = await questionSite(word)
    await using question = await onPhone(site.at())
    expect(await widthPx(question.tab)).toBe(360)
    expect((await question.tab.locator("button").boundingBox())?.height).toBeGreaterThanOrEqual(44)
    expect(question.complaints).toEqual([])
  })
  test("R15: reads from left to right, also of a channel with a name in Arabic", async () => {
    await using site = await questionSite(arabic)
    await using question = await onPhone(site.at())
    expect(await stylesOf(question.tab, "h1", "direction")).toEqual(["ltr"])
  })
  test.each([
    ["light", "rgb(0, 0, 0)"],
    ["dark", "rgb(255, 255, 255)"],
  ] as const)("R15: is %s where its reader likes it so", async (colorScheme, color) => {
    await using site = await questionSite("Acme")
    await using question = await onPhone(site.at(), { colorScheme })
    expect(await stylesOf(question.tab, "h1", "color")).toEqual([color])
  })
})

test("R15: a customer ends mails by the link in one and a key, without scripts", async () => {
  const mails: Array<EmailMessage> = []
  const email: Transport<EmailMessage> & { readonly via: "email" } = {
    name: "recorded",
    via: "email",
    receipts: "none",
    idempotency: "key",
    send: async (mail) => {
      mails.push(mail)
      return { _tag: "Accepted" }
    },
  }
  const served = Promise.withResolvers<(request: Request) => Promise<Response>>()
  await using site = await openSite(async (request) => {
    if (!request.url.endsWith("/mail")) return (await served.promise)(request)
    const html = mails[0]?.html.replaceAll("https://acme.example/", site.at())
    return new Response(html, { headers: { "content-type": "text/html; charset=utf-8" } })
  })
  const links = signedLinks({
    keys: ["only for this test, 32 characters"],
    baseUrl: "https://acme.example/followup",
  })
  const policy = { email: { defaultDomain: "mail.acme.example" } }
  const followUps = await FollowUps.open({ store: memory(), transports: [email], links, policy })
  served.resolve(followUps.handler())
  await followUps.channel({ id: "acme", name: "Acme", country: "KR", plan: { kind: "free" } })
  await followUps.customer({ channelId: "acme", id: "mina", email: "mina@example.com", locale: "en" })
  const chat = { channelId: "acme", customerId: "mina", chatId: "c1" }
  await followUps.message({ ...chat, messageId: "m1", from: "customer", text: "Is it in stock?" })
  await followUps.message({ ...chat, messageId: "m2", from: "manager", text: "It is." })
  await eventually("a mail", () => mails[0])

  await using phone = await onPhone(site.at("/mail"), { locale: "en" })
  await phone.tab.getByRole("link", { name: "Unsubscribe" }).click()
  await phone.tab.getByRole("heading", { name: "Do you want no more mails from Acme?" }).waitFor()
  await phone.tab.keyboard.press("Tab")
  await phone.tab.keyboard.press("Enter")
  await phone.tab.getByRole("heading", { name: "You will get no more mails from Acme." }).waitFor()
  expect(await phone.tab.title()).toBe("You will get no more mails from Acme.")
  expect(phone.complaints).toEqual([])

  await followUps.message({ ...chat, messageId: "m3", from: "customer", text: "In blue?" })
  await followUps.message({ ...chat, messageId: "m4", from: "manager", text: "In blue." })
  const { exclusions } = await followUps.explain({ ...chat, messageId: "m4" })
  expect(exclusions.map(({ reason }) => reason)).toContain("opted-out")
  expect(mails.length).toBe(1)
  await followUps.close()
})
