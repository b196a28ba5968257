import fc from "fast-check"
import PostalMime from "postal-mime"
import { describe, expect, test } from "vitest"
import { parseDeliveryId } from "../../../src/core/customer/state.ts"
import { threadHeaders } from "../../../src/core/email/thread.ts"
import { smtpBounce } from "../../../src/transports/smtp/index.ts"
import { readReport } from "../../../src/transports/smtp/report.ts"
import { reportOf } from "./reports.ts"

const deliveryId = "acme/cust%201/c1/m2/email"
const { messageId } = threadHeaders({ deliveryId, channelId: "acme", chatId: "c1" })
const failed = { _tag: "Receipt", deliveryId, status: "failed", reason: "invalid-address" }
const delivered = { _tag: "Receipt", deliveryId, status: "delivered" }
const crlf = (text: string) => text.replaceAll("\n", "\r\n")

describe("whose report it is", () => {
  test("R20: the delivery on the envelope", () => {
    expect(smtpBounce(reportOf({ envelopeId: deliveryId }))).toEqual([failed])
  })
  test("R20: without one, the delivery in the Message-ID of the mail that came back", () => {
    expect(smtpBounce(reportOf({ messageId }))).toEqual([failed])
  })
  test("R20: another sender's envelope id does not hide ours", () => {
    expect(smtpBounce(reportOf({ envelopeId: "QQ314159", messageId }))).toEqual([failed])
  })
  test.each([
    ["somebody else's mail", {}],
    ["a text's id", { envelopeId: "acme/cust/c1/m2/xms" }],
    ["an id that does not decode", { envelopeId: "acme/%E0%A4%A/c1/m2/email" }],
    ["a Message-ID that does not decode", { messageId: "<acme%2%@followup.example>" }],
    ["a Message-ID of a text", { messageId: "<acme%2Fu%2Fc%2Fm%2Fsns@followup.example>" }],
  ])("R20: %s has no events", (_, said) => {
    expect(smtpBounce(reportOf(said))).toEqual([])
  })
  test("R20: bytes and text, LF and CRLF say the same", () => {
    const report = reportOf({ envelopeId: deliveryId })
    for (const raw of [crlf(report), Buffer.from(report), new TextEncoder().encode(crlf(report))])
      expect(smtpBounce(raw)).toEqual([failed])
  })
})

describe("what a report says", () => {
  test.each([
    ["5.1.1", "invalid-address"],
    ["5.1.10", "invalid-address"],
    ["5.1.2", "invalid-address"],
    ["5.1.6", "gone"],
    ["5.1.8", "sender-not-allowed"],
    ["5.2.1", "gone"],
    ["5.2.2", "unreachable"],
    ["4.2.2", "unreachable"],
    ["5.2.3", "content"],
    ["5.3.4", "content"],
    ["4.4.7", "unreachable"],
    ["5.4.14", "unreachable"],
    ["5.6.1", "content"],
    ["5.7.1", "filtered"],
    ["5.7.26", "sender-not-allowed"],
    ["5.0.0", "unknown"],
    ["5.1.1 (no such user)", "invalid-address"],
    ["", "unknown"],
    ["550", "unknown"],
    ["55.1.1", "unknown"],
    ["5.1.1111", "unknown"],
    ["3.1.1", "unknown"],
    ["15.7.1", "unknown"],
  ])("R20: failed with %j is %s", (status, reason) => {
    expect(smtpBounce(reportOf({ envelopeId: deliveryId, status }))).toEqual([{ ...failed, reason }])
  })
  test.each([
    ["delivered", [delivered]],
    ["Delivered", [delivered]],
    ["delivered (to mailbox)", [delivered]],
    ["FAILED", [failed]],
    ["delayed", []],
    ["relayed", []],
    ["expanded", []],
    ["constructor", []],
    ["", []],
  ])("R20: %j", (action, events) => {
    expect(smtpBounce(reportOf({ envelopeId: deliveryId, action }))).toEqual(events)
  })
  test("R20: of an alias's mailboxes one is enough", () => {
    const more = "\nFinal-Recipient: rfc822; b@customer.example\nAction: delivered\nStatus: 2.0.0\n"
    expect(smtpBounce(reportOf({ envelopeId: deliveryId, more }))).toEqual([delivered])
  })
  test("R20: of a field that is there twice the first counts", () => {
    const more = "Action: delivered\nStatus: 5.2.1\n"
    expect(smtpBounce(reportOf({ envelopeId: deliveryId, more }))).toEqual([failed])
  })
  test("R20: the same again says the same", () => {
    const report = reportOf({ envelopeId: deliveryId })
    expect(smtpBounce(report)).toEqual(smtpBounce(report))
  })
  test("R20: the parts may be marked otherwise, as the whole mail, and as international", () => {
    const variants: ReadonlyArray<readonly [string, string]> = [
      ["text/rfc822-headers", "message/rfc822"],
      ["text/rfc822-headers", "Message/Global-Headers; charset=utf-8"],
      ["message/delivery-status", "message/global-delivery-status"],
      ["multipart/report", "Multipart/Report"],
      ["\nReporting-MTA", "\n\nReporting-MTA"],
    ]
    for (const [from, to] of variants) {
      const report = reportOf({ messageId })
      expect(report).toContain(from)
      expect(smtpBounce(report.replace(from, to))).toEqual([failed])
    }
  })
  test("R20: a boundary without quotes, and prose in parts of its own, as Exchange writes them", () => {
    const prose =
      "Content-Type: multipart/alternative; boundary=inner\n\n--inner\n\nHello\n--inner\nContent-Type: text/html\n\n<p>Hello\n--inner--"
    const report = reportOf({ envelopeId: deliveryId })
      .replaceAll("6F2A41.1767603600/mail.host.example", "6F2A41")
      .replace('boundary="6F2A41"', "boundary=6F2A41")
      .replace(/Content-Description: Notification\n[^]*?\n(?=--6F2A41)/, `${prose}\n`)
    expect(report).toContain("inner--")
    expect(smtpBounce(report)).toEqual([failed])
  })
})

describe("what is no report", () => {
  const report = reportOf({ envelopeId: deliveryId })
  test.each([
    ["nothing", ""],
    ["an answer", `From: mina@customer.example\nSubject: Re\nIn-Reply-To: ${messageId}\n\nAction: failed\n`],
    ["a report forwarded as an attachment", `Subject: Fwd\nContent-Type: message/rfc822\n\n${report}`],
    ["a mail that quotes one", `Subject: Fwd\n\n${report}`],
    ["another kind of multipart", report.replace("multipart/report", "multipart/mixed")],
    ["one without a boundary", report.replace(/;\n\tboundary="[^"]+"/, "")],
    ["a reading receipt", report.replace("message/delivery-status", "message/disposition-notification")],
    ["a part that does not say what it is", report.replace("Content-Type: message/delivery-status\n", "")],
    ["one cut off before its fields", report.slice(0, report.indexOf("Reporting-MTA"))],
    ["a header without an end", "Content-Type: multipart/report; boundary=x"],
  ])("R20: %s has no events", (_, raw) => {
    expect(smtpBounce(raw)).toEqual([])
  })
  test("R20: no more than the first MiB is read", () => {
    const padded = (bytes: number) => report.replace("This is a MIME", `${"x".repeat(bytes)}\nThis is a MIME`)
    const room = 1_048_576 - report.length
    expect(smtpBounce(padded(room - 1_000))).toEqual([failed])
    expect(smtpBounce(padded(room + 1_000))).toEqual([])
    expect(smtpBounce(Buffer.from(padded(room + 1_000)))).toEqual([])
  })
  test("R20: a mebibyte made to be slow is read at once", () => {
    const hostile = [
      ";boundary=",
      "\n ",
      "--x\n\n",
      "a:",
      " \n",
      "Content-Type: multipart/report; ",
      "<",
      "\n\n",
    ]
    const start =
      "Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n"
    const before = process.cpuUsage().user
    for (const piece of hostile) {
      smtpBounce(piece.repeat(1_048_576 / piece.length))
      smtpBounce(start + piece.repeat(1_048_576 / piece.length))
    }
    // Sixteen of them; anything quadratic would take hours.
    expect(process.cpuUsage().user - before).toBeLessThan(20_000_000)
  })
})

describe("laws", () => {
  const id = fc.string({ unit: "binary", minLength: 1, maxLength: 30 }).filter((text) => text.isWellFormed())
  const ids = fc.tuple(id, id, id, id).map((parts) => `${parts.map(encodeURIComponent).join("/")}/email`)

  test("R20: any delivery is known again, by either name", () => {
    fc.assert(
      fc.property(ids, (any) => {
        const names = threadHeaders({ deliveryId: any, channelId: "c", chatId: "c" })
        expect(smtpBounce(reportOf({ envelopeId: any }))).toEqual([{ ...failed, deliveryId: any }])
        expect(smtpBounce(reportOf({ messageId: names.messageId }))).toEqual([{ ...failed, deliveryId: any }])
      }),
    )
  })

  test("R20: whatever bytes come, at most one event, and of one of our mails", () => {
    const report = Buffer.from(reportOf({ envelopeId: deliveryId, messageId }))
    const damage = fc.array(fc.tuple(fc.nat(report.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 500 }), damage), (bytesOrDamage) => {
        const raw = bytesOrDamage instanceof Uint8Array ? bytesOrDamage : Buffer.from(report)
        if (!(bytesOrDamage instanceof Uint8Array)) for (const [at, byte] of bytesOrDamage) raw[at] = byte
        const events = smtpBounce(raw)
        expect(events.length).toBeLessThanOrEqual(1)
        for (const event of events)
          expect(event._tag === "Receipt" && parseDeliveryId(event.deliveryId)?.via).toBe("email")
      }),
      { numRuns: 1_000 },
    )
  })

  test("R20: parts are found where a whole mail parser finds them", async () => {
    const word = fc.stringMatching(/^[\w.-]{1,20}$/)
    await fc.assert(
      fc.asyncProperty(word, word, fc.boolean(), async (status, note, isCrlf) => {
        const report = reportOf({ envelopeId: deliveryId, status, more: `X-Note: ${note}\n` })
        const raw = isCrlf ? crlf(report) : report
        const { attachments } = await PostalMime.parse(raw, { forceRfc822Attachments: true })
        const fields = attachments.find(({ mimeType }) => mimeType === "message/delivery-status")?.content
        const text = typeof fields === "string" ? fields : new TextDecoder().decode(fields)
        const found = readReport(raw)
        expect(found?.mail.get("original-envelope-id")).toBe(deliveryId)
        for (const [name, value] of [
          ["Status", status],
          ["X-Note", note],
        ] as const) {
          expect(text).toContain(`${name}: ${value}`)
          expect(found?.recipients.map((one) => one.get(name.toLowerCase()))).toEqual([value])
        }
      }),
      { numRuns: 50 },
    )
  })
})
