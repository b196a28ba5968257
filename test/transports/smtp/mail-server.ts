import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import PostalMime, { type Email } from "postal-mime"
import { SMTPServer, type SMTPServerOptions } from "smtp-server"
import type { EmailMessage, SendContext } from "../../../src/ports/transport.ts"

/** A mail as a server got it. */
export interface ReceivedMail {
  readonly from: string | undefined
  readonly to: readonly string[]
  /** Parameters of MAIL FROM and RCPT TO, such as `RET`. */
  readonly parameters: readonly object[]
  readonly raw: string
  readonly mail: Email
}

/** A real mail server on loopback, and what arrived there. */
export const mailServer = async (options: SMTPServerOptions = {}) => {
  const received: ReceivedMail[] = []
  const connections = { count: 0 }
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS", "AUTH"],
    disableReverseLookup: true,
    logger: false,
    onConnect: (_session, callback) => {
      connections.count++
      callback()
    },
    onData: async (stream, session, callback) => {
      const chunks: Buffer[] = []
      for await (const chunk of stream) chunks.push(chunk)
      const raw = Buffer.concat(chunks)
      const { mailFrom: from, rcptTo } = session.envelope
      received.push({
        from: from ? from.address : undefined,
        to: rcptTo.map(({ address }) => address),
        parameters: [from, ...rcptTo].map((one) => (one && one.args) || {}),
        raw: raw.toString("latin1"),
        mail: await PostalMime.parse(raw),
      })
      callback()
    },
    ...options,
  })
  server.on("error", () => {})
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    received,
    connections,
    at: { host: "127.0.0.1", port: (server.server.address() as AddressInfo).port },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(resolve)),
  }
}

/** Answers each line with one of a script's, by the command it starts with; `DATA` goes on to the final dot. */
export type Script = (line: string, socket: Socket) => string | undefined

/** A server that speaks by a script, to fail in ways that a real one will not. */
export const scriptedServer = async (script: Script, greeting = "220 ready") => {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => {})
    socket.write(`${greeting}\r\n`)
    let buffered = ""
    socket.on("data", (chunk) => {
      const lines = (buffered + chunk.toString("latin1")).split("\r\n")
      buffered = lines.pop() ?? ""
      for (const line of lines) {
        const answer = script(line, socket)
        if (answer !== undefined && !socket.destroyed) socket.write(`${answer}\r\n`)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    at: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A mail that is in order, with what a test changes. */
export const mailWith = (change: Partial<EmailMessage> = {}): EmailMessage => ({
  channelId: "acme",
  customerId: "cust-1",
  chatId: "c1",
  to: "mina@customer.example",
  from: { name: "Acme 고객센터", address: "chat@acme.example" },
  subject: "[Acme] 새 답장이 도착했습니다",
  html: '<!DOCTYPE html><html lang="ko"><title>t</title><p>네, 있습니다.</p></html>',
  text: "네, 있습니다.\n",
  headers: { "In-Reply-To": "<root@acme.example>", "Auto-Submitted": "auto-generated" },
  messageId: "<d1@acme.example>",
  ...change,
})

/** The context of a first attempt. */
export const contextWith = (signal: AbortSignal = new AbortController().signal): SendContext => ({
  deliveryId: "d1",
  idempotencyKey: "d1",
  attempt: 1,
  signal,
})
