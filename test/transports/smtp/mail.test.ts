import { describe, expect, test } from "vitest"
import type { EmailMessage } from "../../../src/ports/transport.ts"
import { type SmtpOptions, smtp } from "../../../src/transports/smtp/index.ts"
import { contextWith, mailServer, mailWith } from "./mail-server.ts"

const deliveryId = "acme/cust%201/c1/m2/email"

const send = async (
  options: Partial<SmtpOptions>,
  change: Partial<EmailMessage> = {},
  id = deliveryId,
  hideDSN = false,
) => {
  await using server = await mailServer({ hideDSN })
  const transport = smtp({ ...server.at, ...options })
  const result = await transport.send(mailWith(change), { ...contextWith(), deliveryId: id })
  await transport.close()
  return { result, received: server.received[0] }
}
const headersOf = async (options: Partial<SmtpOptions>, change: Partial<EmailMessage> = {}) =>
  Object.fromEntries(
    ((await send(options, change)).received?.mail.headers ?? []).map(({ key, value }) => [key, value]),
  )

describe("reports", () => {
  test.each([
    ["failure", "FAILURE"],
    ["always", "SUCCESS,FAILURE"],
  ] as const)(
    "R20: %s is asked for, with the delivery's id and of the mail its header only",
    async (reports, notify) => {
      const { received } = await send({ reports })
      expect(received?.parameters).toMatchObject([{ RET: "HDRS", ENVID: deliveryId }, { NOTIFY: notify }])
      expect(Object.keys(received?.parameters[1] ?? {})).toEqual(["NOTIFY"])
    },
  )

  test("R20: none are asked for unless wanted", async () => {
    const { received } = await send({})
    for (const parameters of received?.parameters ?? [])
      expect(JSON.stringify(parameters)).not.toMatch(/RET|ENVID|NOTIFY/)
  })

  test("R20: a server that makes none is not asked", async () => {
    const { result, received } = await send({ reports: "always" }, {}, deliveryId, true)
    expect(result._tag).toBe("Accepted")
    for (const parameters of received?.parameters ?? [])
      expect(JSON.stringify(parameters)).not.toMatch(/RET|ENVID|NOTIFY/)
  })

  test.each([
    ["100 characters", `${"a".repeat(89)}/b/c/email`, true],
    ["101 characters", `${"a".repeat(90)}/b/cc/email`, false],
    ["what would have to be encoded", "a+b/c/d/e/email", false],
    ["a line break", "a/b/c/d\r\nRSET/email", false],
  ])("R20: an id with %s goes on the envelope: %s", async (_, id, fits) => {
    const { result, received } = await send({ reports: "failure" }, {}, id)
    expect(result._tag).toBe("Accepted")
    const [from] = received?.parameters ?? []
    expect(from).toEqual(expect.objectContaining({ RET: "HDRS" }))
    expect(from).toEqual(
      fits
        ? expect.objectContaining({ ENVID: id })
        : expect.not.objectContaining({ ENVID: expect.anything() }),
    )
  })

  test.each([
    [undefined, "none"],
    ["failure", "provider"],
    ["always", "provider"],
  ] as const)("R20: with reports %s, receipts are %s", (reports, receipts) => {
    expect(smtp({ host: "h", port: 25, ...(reports && { reports }) }).receipts).toBe(receipts)
  })
})

describe("what each mail bears of its own", () => {
  test("R14: the envelope's sender is the option's, the reader sees the channel's", async () => {
    const { received } = await send({ envelopeFrom: ({ chatId }) => `bounce-${chatId}@mail.host.example` })
    expect(received?.from).toBe("bounce-c1@mail.host.example")
    expect(received?.mail.from).toMatchObject({ address: "chat@acme.example" })
  })

  test("R13: answers go to the conversation's address", async () => {
    const { received } = await send({ replyTo: ({ chatId }) => `${chatId}-token@reply.acme.example` })
    expect(received?.mail.replyTo).toMatchObject([{ address: "c1-token@reply.acme.example" }])
  })

  test("R13: the link that ends such mails goes to mailboxes as one click", async () => {
    const headers = await headersOf({
      unsubscribeUrl: ({ customerId }) => `https://acme.example/u?token=${customerId}`,
    })
    expect(headers).toMatchObject({
      "list-unsubscribe": "<https://acme.example/u?token=cust-1>",
      "list-unsubscribe-post": "List-Unsubscribe=One-Click",
    })
  })

  test("R13: an option's header takes the place of the message's, in whatever letters", async () => {
    const { received } = await send(
      { replyTo: () => "new@acme.example", unsubscribeUrl: () => "https://new.example/" },
      { headers: { "reply-to": "old@acme.example", "LIST-UNSUBSCRIBE": "<https://old.example/>" } },
    )
    const values = (name: string) =>
      received?.mail.headers.filter(({ key }) => key === name).map(({ value }) => value)
    expect(values("reply-to")).toEqual(["new@acme.example"])
    expect(values("list-unsubscribe")).toEqual(["<https://new.example/>"])
  })

  test.each<[string, Partial<SmtpOptions>]>([
    ["envelopeFrom", { envelopeFrom: () => "a@acme.example>\r\nRCPT TO:<b@acme.example" }],
    ["envelopeFrom", { envelopeFrom: () => "" }],
    ["replyTo", { replyTo: () => "a@acme.example, b@acme.example" }],
    [
      "replyTo",
      {
        replyTo: () => {
          throw new Error("mina@customer.example")
        },
      },
    ],
    ["unsubscribeUrl", { unsubscribeUrl: () => "http://acme.example/" }],
    ["unsubscribeUrl", { unsubscribeUrl: () => "javascript:alert(1)" }],
  ])(
    "R13: %s that gives nothing usable: nothing is sent, and the option is named",
    async (option, options) => {
      const { result, received } = await send(options)
      expect(result).toEqual({ _tag: "Rejected", reason: "config", code: option })
      expect(received).toBeUndefined()
    },
  )

  test("R13: what is no function is refused", () => {
    const options: SmtpOptions = { host: "h", port: 25 }
    Object.assign(options, { replyTo: "mina@customer.example" })
    expect(() => smtp(options)).toThrow("replyTo: expected a function")
    expect(() => smtp(options)).not.toThrow("mina@customer.example")
  })
})
