import { generateKeyPairSync } from "node:crypto"
import { FollowUps } from "followup/engine"
import { memory } from "followup/stores/memory"
import { authenticate, type DNSResolver } from "mailauth"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { threadHeaders } from "../../src/core/email/thread.ts"
import { type SmtpOptions, smtp, smtpBounce } from "../../src/transports/smtp/index.ts"
import { contextWith, mailServer, mailWith, type ReceivedMail } from "../transports/smtp/mail-server.ts"
import { dnsZones } from "./dns-zone.ts"
import { eventually } from "./loopback.ts"
import { postfix } from "./postfix.ts"

const REPORTS_TO = "reports@host.example"

// What the customers' mail server says to some of them.
const refusals: Readonly<Record<string, readonly [code: number, text: string]>> = {
  "nobody@remote.example": [550, "5.1.1 no such user"],
  "moved@remote.example": [551, "5.1.6 moved"],
  "full@remote.example": [552, "5.2.2 mailbox full"],
  "strict@remote.example": [550, "5.7.1 not wanted here"],
  "plain@remote.example": [550, "no such user"],
}

let remote: Awaited<ReturnType<typeof mailServer>>
let server: Awaited<ReturnType<typeof postfix>>
beforeAll(async () => {
  // It knows nothing of RFC 3461: what it takes is "relayed" to it.
  remote = await mailServer({
    onRcptTo: ({ address }, _session, callback) => {
      const [responseCode, text] = refusals[address] ?? []
      callback(text === undefined ? null : Object.assign(new Error(text), { responseCode }))
    },
  })
  server = await postfix({
    mailboxes: ["mina@customer.example"],
    domains: { "remote.example": remote.at.port, "host.example": remote.at.port },
  })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await remote[Symbol.asyncDispose]()
})
beforeEach(() => {
  remote.received.length = 0
})

const deliveryId = "acme/cust%201/c1/m2/email"

const send = async (to: string, options: Partial<SmtpOptions> = {}, id = deliveryId) => {
  const transport = smtp({ ...server.at, envelopeFrom: () => REPORTS_TO, ...options })
  const headers = threadHeaders({ deliveryId: id, channelId: "acme", chatId: "c1" })
  try {
    return await transport.send(mailWith({ to, ...headers }), { ...contextWith(), deliveryId: id })
  } finally {
    await transport.close()
  }
}

const arrivedAt = (address: string): Promise<ReceivedMail> =>
  eventually(`a mail for ${address}\n${server.log()}`, () =>
    remote.received.find(({ to }) => to.includes(address)),
  )

const eventsOf = ({ raw }: ReceivedMail) => smtpBounce(Buffer.from(raw, "latin1"))

describe("reports of Postfix", () => {
  test("R20: a mail in the mailbox is delivered", async () => {
    expect(await send("mina@customer.example", { reports: "always" })).toMatchObject({ _tag: "Accepted" })
    const report = await arrivedAt(REPORTS_TO)
    expect(report.raw).toMatch(/^Original-Envelope-Id: acme\/cust%201\/c1\/m2\/email\r$/m)
    expect(eventsOf(report)).toEqual([{ _tag: "Receipt", deliveryId, status: "delivered" }])
  })

  test.each([
    ["nobody@remote.example", "invalid-address"],
    ["moved@remote.example", "gone"],
    ["full@remote.example", "unreachable"],
    ["strict@remote.example", "filtered"],
    ["plain@remote.example", "unknown"],
  ])("R20: a mail that %s's server refuses has failed as %s", async (to, reason) => {
    expect(await send(to, { reports: "failure" })).toMatchObject({ _tag: "Accepted" })
    expect(eventsOf(await arrivedAt(REPORTS_TO))).toEqual([
      { _tag: "Receipt", deliveryId, status: "failed", reason },
    ])
  })

  test.each<[string, Partial<SmtpOptions>, string]>([
    ["without asking for reports", {}, deliveryId],
    ["with an id too long for the envelope", { reports: "failure" }, `acme/${"u".repeat(200)}/c1/m2/email`],
  ])("R20: %s, it is known by its Message-ID", async (_, options, id) => {
    await send("nobody@remote.example", options, id)
    const report = await arrivedAt(REPORTS_TO)
    expect(report.raw).not.toContain("Original-Envelope-Id")
    expect(eventsOf(report)).toEqual([
      { _tag: "Receipt", deliveryId: id, status: "failed", reason: "invalid-address" },
    ])
  })

  test("R20: passed on to a server that makes no reports is no last word", async () => {
    await send("mina@remote.example", { reports: "always" })
    const report = await arrivedAt(REPORTS_TO)
    expect(report.raw).toMatch(/^Action: relayed\r$/m)
    expect(eventsOf(report)).toEqual([])
    expect(eventsOf(await arrivedAt("mina@remote.example"))).toEqual([])
  })

  test("R20: what bounced is in the log as failed, with the reason", async () => {
    const transport = smtp({ ...server.at, reports: "failure", envelopeFrom: () => REPORTS_TO })
    const followUps = await FollowUps.open({ store: memory(), transports: [transport] })
    const chat = { channelId: "acme", customerId: "cust 1", chatId: "문의/1" }
    await followUps.channel({ id: "acme", country: "KR", plan: { kind: "free" } })
    await followUps.customer({ channelId: "acme", id: "cust 1", email: "full@remote.example" })
    await followUps.message({ ...chat, messageId: "m1", from: "customer", text: "Is it in stock?" })
    await followUps.message({ ...chat, messageId: "m2", from: "manager", text: "It is." })
    for (const event of eventsOf(await arrivedAt(REPORTS_TO))) {
      if (event._tag !== "Receipt") throw new Error("a report is a receipt")
      const { _tag, ...news } = event
      await followUps.receipt(news)
    }
    const [sent] = (await followUps.log({ channelId: "acme" })).filter(({ _tag }) => _tag === "Delivery")
    expect(sent).toMatchObject({ via: "email", outcome: "failed", reason: "unreachable" })
    await followUps.close()
    await transport.close()
  })

  test("R20: an address that it knows not to exist is refused at once", async () => {
    expect(await send("nobody@customer.example", { reports: "failure" })).toMatchObject({
      _tag: "Rejected",
      reason: "invalid-address",
      code: "EENVELOPE 550 5.1.1",
    })
  })
})

describe("a channel's own domain", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
  const pem = privateKey.export({ type: "pkcs8", format: "pem" })
  const key = publicKey.export({ type: "spki", format: "der" }).toString("base64")

  let dns: Awaited<ReturnType<typeof dnsZones>>
  beforeAll(async () => {
    dns = await dnsZones({
      "acme.example": [
        '@ TXT "v=spf1 include:host.example -all"',
        '_dmarc TXT "v=DMARC1; p=reject; adkim=s; aspf=r"',
        "s1._domainkey CNAME s1._domainkey.host.example.",
      ],
      "host.example": [
        '@ TXT "v=spf1 ip4:192.0.2.25 -all"',
        `s1._domainkey TXT "v=DKIM1; k=rsa; p=" "${key.slice(0, 200)}" "${key.slice(200)}"`,
      ],
    })
  })
  afterAll(() => dns[Symbol.asyncDispose]())

  const check = async (options: Partial<SmtpOptions>, ip = "192.0.2.25") => {
    await send("mina@remote.example", options)
    const { raw, from } = await arrivedAt("mina@remote.example")
    const resolver: DNSResolver = async (name, type) => (await dns.resolver.resolve(name, type)) as string[][]
    const { dkim, spf, dmarc } = await authenticate(Buffer.from(raw, "latin1"), {
      ip,
      helo: "mail.host.example",
      sender: from ?? "",
      mta: "mx.remote.example",
      resolver,
    })
    return {
      dkim: dkim.results.map(({ status }) => status.result),
      spf: spf ? spf.status.result : "none",
      dmarc: dmarc ? dmarc.status.result : "none",
    }
  }
  const dkim = { keySelector: "s1", privateKey: pem }

  test("R14: its mail passes SPF, DKIM and DMARC, its records being aliases of the host's", async () => {
    expect(await check({ dkim, envelopeFrom: () => "reports@acme.example" })).toEqual({
      dkim: ["pass"],
      spf: "pass",
      dmarc: "pass",
    })
  })
  test("R14: signed, it passes DMARC with reports going to the host as well", async () => {
    expect(await check({ dkim })).toEqual({ dkim: ["pass"], spf: "pass", dmarc: "pass" })
  })
  test("R14: signed, it passes DMARC from a machine that SPF does not name", async () => {
    expect(await check({ dkim }, "203.0.113.9")).toEqual({ dkim: ["pass"], spf: "fail", dmarc: "pass" })
  })
  test("R14: signed for the host's domain alone, it does not pass", async () => {
    expect(await check({ dkim: { ...dkim, domainName: "host.example" } })).toEqual({
      dkim: ["pass"],
      spf: "pass",
      dmarc: "fail",
    })
  })
  test("R14: unsigned, it does not pass", async () => {
    expect(await check({})).toMatchObject({ spf: "pass", dmarc: "fail" })
  })
  test("R14: with another key, it does not pass", async () => {
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey
    const stolen = { keySelector: "s1", privateKey: other.export({ type: "pkcs8", format: "pem" }) }
    expect(await check({ dkim: stolen })).toEqual({ dkim: ["fail"], spf: "pass", dmarc: "fail" })
  })
})
