import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { threadHeaders } from "../../../src/core/email/thread.ts"
import { type SmtpOptions, smtp } from "../../../src/transports/smtp/index.ts"
import { selfSigned } from "../certificate.ts"
import { contextWith, mailServer, mailWith, scriptedServer } from "./mail-server.ts"

const send = async (
  options: SmtpOptions,
  change: Parameters<typeof mailWith>[0] = {},
  signal?: AbortSignal,
) => {
  const transport = smtp(options)
  try {
    return await transport.send(mailWith(change), contextWith(signal))
  } finally {
    await transport.close()
  }
}

const refusing = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode })

describe("a mail that is taken", () => {
  test("R13: subject, text, html and headers arrive as given, Korean included", async () => {
    await using server = await mailServer()
    const unsubscribeUrl = `https://acme.example/unsubscribe?token=${"a1b2".repeat(60)}`
    const { headers, messageId } = threadHeaders({
      deliveryId: "d1",
      channelId: "acme",
      chatId: "c1",
      replyTo: "c1@reply.acme.example",
      unsubscribeUrl,
    })
    const message = mailWith({ headers, messageId, text: `${"안녕하세요. ".repeat(200)}\n.\n끝\n` })
    expect(await send(server.at, message)).toEqual({ _tag: "Accepted" })
    expect(server.received).toHaveLength(1)
    const { mail, from, to } = server.received[0] ?? expect.fail()
    expect({ from, to }).toEqual({ from: "chat@acme.example", to: ["mina@customer.example"] })
    expect(mail.from).toMatchObject({ name: "Acme 고객센터", address: "chat@acme.example" })
    expect(mail.to).toMatchObject([{ address: "mina@customer.example" }])
    expect(mail.subject).toBe(message.subject)
    expect(mail.text?.trim()).toBe(message.text.trim())
    expect(mail.html?.trim()).toBe(message.html)
    expect(mail.messageId).toBe(messageId)
    expect(mail.replyTo).toMatchObject([{ address: "c1@reply.acme.example" }])
    for (const [name, value] of Object.entries(headers))
      expect(mail.headers.filter(({ key }) => key === name.toLowerCase())).toMatchObject([{ value }])
    expect(mail.headers.some(({ value }) => /nodemailer/i.test(value))).toBe(false)
  })

  test("R14: the envelope's sender is the channel's address", async () => {
    await using server = await mailServer()
    await send(server.at, { from: { name: "Acme", address: "help@mail.acme.example" } })
    expect(server.received[0]?.from).toBe("help@mail.acme.example")
  })

  test("R13: a second attempt bears the same Message-ID", async () => {
    await using server = await mailServer()
    await send(server.at)
    await send(server.at)
    expect(server.received.map(({ mail }) => mail.messageId)).toEqual([
      "<d1@acme.example>",
      "<d1@acme.example>",
    ])
  })

  test("R13: with maxConnections, mails share a connection; without, each has its own", async () => {
    await using server = await mailServer()
    const shared = smtp({ ...server.at, maxConnections: 1 })
    for (let i = 0; i < 3; i++) await shared.send(mailWith(), contextWith())
    await shared.close()
    expect(server.connections.count).toBe(1)
    const alone = smtp(server.at)
    for (let i = 0; i < 2; i++) await alone.send(mailWith(), contextWith())
    await alone.close()
    expect(server.connections.count).toBe(3)
    expect(server.received).toHaveLength(5)
  })

  test("R13: no field adds a header or a recipient", async () => {
    await using server = await mailServer()
    const transport = smtp({ ...server.at, maxConnections: 1 })
    const hostile = fc.constantFrom(
      "x\r\nBcc: evil@example.com",
      "x\nInjected: 1\n\nbody",
      "x\rInjected: 1",
      '"x" <evil@example.com>, y',
      "x\u2028Injected: 1\u0000",
      "\r\n\r\n<script>",
    )
    await fc.assert(
      fc.asyncProperty(hostile, hostile, hostile, hostile, async (subject, name, value, messageId) => {
        server.received.length = 0
        const result = await transport.send(
          mailWith({
            subject,
            from: { name, address: "chat@acme.example" },
            messageId,
            headers: {
              "X-Note": value,
              [`X-${value}`]: "1",
              Cc: "evil@example.com",
              sender: "evil@example.com",
              Date: "x",
            },
          }),
          contextWith(),
        )
        expect(result._tag).toBe("Accepted")
        const { raw, to } = server.received[0] ?? expect.fail()
        const head = raw.slice(0, raw.indexOf("\r\n\r\n")).replaceAll(/\r\n[ \t]+/g, " ")
        const names = head.split("\r\n").map((line) => line.slice(0, line.indexOf(":")).toLowerCase())
        expect(names.toSorted()).toEqual(
          [
            "content-type",
            "date",
            "from",
            "message-id",
            "mime-version",
            "subject",
            "to",
            "x-note",
          ].toSorted(),
        )
        expect(to).toEqual(["mina@customer.example"])
      }),
      { numRuns: 30 },
    )
    await transport.close()
  })
})

describe("a connection that is encrypted", () => {
  const { key, cert } = selfSigned()
  const auth = { user: "acme-user", pass: "hunter2" }
  const ways = [
    ["from its first byte", { secure: true }],
    ["when the server offers it", {}],
  ] as const

  test.each(ways)("R13: %s, by a certificate that the host trusts", async (_, how) => {
    await using server = await mailServer({
      ...how,
      key,
      cert,
      disabledCommands: [],
      onAuth: ({ username, password }, { secure }, callback) =>
        secure && username === auth.user && password === auth.pass
          ? callback(null, { user: username })
          : callback(refusing(535, "no")),
    })
    expect(await send({ ...server.at, ...how, auth, tls: { ca: cert } })).toEqual({ _tag: "Accepted" })
    expect(server.received).toHaveLength(1)
  })

  test.each(ways)("R13: %s, by one that nobody vouches for: nothing is sent", async (_, how) => {
    await using server = await mailServer({ ...how, key, cert, disabledCommands: ["AUTH"] })
    const to = { ...server.at, ...how }
    for (const tls of [{}, { ca: cert, servername: "elsewhere.example" }])
      expect(await send({ ...to, tls })).toMatchObject({ _tag: "Rejected" })
    expect(server.received).toEqual([])
    expect(await send({ ...to, tls: { rejectUnauthorized: false } })).toEqual({ _tag: "Accepted" })
  })

  test("R13: where it has to be, a server that offers none is sent nothing", async () => {
    await using server = await mailServer()
    const result = await send({ ...server.at, requireTls: true })
    expect(result).toMatchObject({ _tag: "Rejected", reason: "config" })
    expect(server.received).toEqual([])
  })
})

describe("a mail that is certainly not sent", () => {
  test.each([
    [550, "no such user", { reason: "invalid-address" }],
    [551, "moved", { reason: "invalid-address" }],
    [451, "try later", { reason: "rate-limited", retryAfterMs: 7 }],
    [452, "full", { reason: "unreachable", retryAfterMs: 7 }],
  ] as const)("R13: a recipient refused with %i is Rejected", async (code, text, expected) => {
    await using server = await mailServer({
      onRcptTo: (_address, _session, callback) => callback(refusing(code, text)),
    })
    expect(await send({ ...server.at, retryAfterMs: 7 })).toMatchObject({ _tag: "Rejected", ...expected })
    expect(server.received).toHaveLength(0)
  })

  test("R13: a mail refused after the final dot is Rejected", async () => {
    await using server = await mailServer({
      onData: (stream, _session, callback) => {
        stream.resume()
        stream.on("end", () => callback(refusing(554, "spam")))
      },
    })
    expect(await send(server.at)).toEqual({ _tag: "Rejected", reason: "filtered", code: "EMESSAGE 554" })
  })

  test("R13: wrong credentials are Rejected as auth, and no secret shows", async () => {
    await using server = await mailServer({
      disabledCommands: ["STARTTLS"],
      allowInsecureAuth: true,
      onAuth: (auth, _session, callback) => callback(refusing(535, `no ${auth.username} ${auth.password}`)),
    })
    const auth = { user: "acme-user", pass: "hunter2" }
    const result = await send({ ...server.at, auth, requireTls: false })
    expect(result).toEqual({ _tag: "Rejected", reason: "auth", code: "EAUTH 535" })
  })

  test("R13: credentials do not go over a connection that is not encrypted", async () => {
    const heard: string[] = []
    await using server = await scriptedServer((line) => {
      heard.push(line)
      return line.startsWith("EHLO") ? "250-x\r\n250 AUTH PLAIN" : "500 no"
    })
    const result = await send({ ...server.at, auth: { user: "u", pass: "hunter2" } })
    expect(result).toMatchObject({ _tag: "Rejected", reason: "config" })
    expect(heard.join("\n")).not.toMatch(/AUTH/)
  })

  test("R13: a refused connection is Rejected as unreachable, with a wait", async () => {
    const server = await scriptedServer(() => undefined)
    await server[Symbol.asyncDispose]()
    expect(await send({ ...server.at, retryAfterMs: 5 })).toEqual({
      _tag: "Rejected",
      reason: "unreachable",
      retryAfterMs: 5,
      code: "ESOCKET ECONNREFUSED",
    })
  })

  test("R13: a server that turns everybody away is unreachable, whatever its number", async () => {
    await using server = await scriptedServer(() => undefined, "554 no service")
    expect(await send(server.at)).toMatchObject({
      _tag: "Rejected",
      reason: "unreachable",
      retryAfterMs: 60_000,
    })
  })

  test.each([undefined, 1])(
    "R13: a connection lost before DATA is Rejected (maxConnections %s)",
    async (max) => {
      await using server = await scriptedServer((line, socket) => {
        if (line.startsWith("RCPT")) socket.destroy()
        return "250 ok"
      })
      const options = { ...server.at, ...(max !== undefined && { maxConnections: max }) }
      expect(await send(options)).toMatchObject({ _tag: "Rejected", reason: "unreachable" })
    },
  )

  test.each([undefined, 1])(
    "R13: an abort before the greeting is Rejected (maxConnections %s)",
    async (max) => {
      await using server = await mailServer({
        onConnect: () => controller.abort(),
      })
      const controller = new AbortController()
      const options = { ...server.at, ...(max !== undefined && { maxConnections: max }) }
      expect(await send(options, {}, controller.signal)).toMatchObject({
        _tag: "Rejected",
        reason: "unreachable",
        code: "EABORT",
      })
    },
  )

  test("R13: a signal that has aborted already sends nothing", async () => {
    await using server = await mailServer()
    expect(await send(server.at, {}, AbortSignal.abort())).toMatchObject({
      _tag: "Rejected",
      reason: "unreachable",
    })
    expect(server.connections.count).toBe(0)
  })

  test("R13: a server that never answers is Rejected after timeoutMs", async () => {
    await using server = await scriptedServer(() => undefined)
    expect(await send({ ...server.at, timeoutMs: 50 })).toMatchObject({
      _tag: "Rejected",
      reason: "unreachable",
    })
  })

  test.each([
    "a@example.com, b@example.com",
    "a@example.com\r\nRCPT TO:<b@example.com>",
    "<a@example.com>",
    "nobody",
    "",
  ])("R13: %j is no address, and the server is not asked", async (to) => {
    await using server = await mailServer()
    expect(await send(server.at, { to })).toEqual({ _tag: "Rejected", reason: "invalid-address" })
    expect(await send(server.at, { from: { name: "", address: to } })).toMatchObject({ reason: "config" })
    expect(server.connections.count).toBe(0)
  })
})

describe("a mail that may have been sent", () => {
  const afterData = (final: (socket: import("node:net").Socket) => string | undefined) => {
    let inData = false
    return scriptedServer((line, socket) => {
      if (inData) {
        if (line !== ".") return undefined
        inData = false
        return final(socket)
      }
      inData = line === "DATA"
      return inData ? "354 go on" : "250 ok"
    })
  }

  test.each([undefined, 1])(
    "R13: a connection lost after the final dot is Uncertain (maxConnections %s)",
    async (max) => {
      let dots = 0
      await using server = await afterData((socket) => {
        dots++
        socket.destroy()
        return undefined
      })
      const options = { ...server.at, ...(max !== undefined && { maxConnections: max }) }
      expect(await send(options)).toMatchObject({ _tag: "Uncertain" })
      expect(dots).toBe(1)
    },
  )

  test("R13: silence after the final dot is Uncertain after timeoutMs", async () => {
    await using server = await afterData(() => undefined)
    expect(await send({ ...server.at, timeoutMs: 100 })).toMatchObject({ _tag: "Uncertain" })
  })

  test.each([undefined, 1])(
    "R13: an abort after the final dot is Uncertain (maxConnections %s)",
    async (max) => {
      const controller = new AbortController()
      await using server = await afterData(() => {
        controller.abort()
        return undefined
      })
      const options = { ...server.at, ...(max !== undefined && { maxConnections: max }) }
      expect(await send(options, {}, controller.signal)).toEqual({ _tag: "Uncertain", code: "EABORT" })
    },
  )

  test("R13: an unreadable answer to the final dot is Uncertain", async () => {
    await using server = await afterData((socket) => {
      socket.end("25")
      return undefined
    })
    expect(await send(server.at)).toMatchObject({ _tag: "Uncertain" })
  })
})

describe("options", () => {
  const error = (make: () => unknown): string => {
    try {
      make()
      return ""
    } catch (cause) {
      return String(cause)
    }
  }

  test("R13: a wrong option is named, a secret is not", () => {
    const options = { host: "", port: 0, auth: { user: "", pass: "hunter2" }, timeoutMs: 0.5 }
    const message = error(() => smtp(options))
    for (const path of ["host", "port", "auth.user", "timeoutMs"])
      expect(message).toContain(`${path}: expected`)
    expect(message).not.toContain("hunter2")
  })

  test("R13: a misspelt option is refused", () => {
    const misspelt: SmtpOptions = Object.assign({ host: "h", port: 25 }, { secured: true })
    expect(error(() => smtp(misspelt))).toContain("secured")
  })
})
