import type { Socket } from "node:net"
import { describe, test } from "vitest"
import { type Counterpart, type Fault, transportContract } from "../../../src/testing/transport-contract.ts"
import { type SmtpOptions, smtp } from "../../../src/transports/smtp/index.ts"
import { mailWith, scriptedServer } from "./mail-server.ts"

/** What a mail server says to one command (`.` ends the mail); to all the others it agrees. */
interface SmtpAnswer {
  readonly to: "EHLO" | "MAIL" | "RCPT" | "DATA" | "."
  readonly line: string
}

type Server = Pick<SmtpOptions, "host" | "port">

const agreement = (command: string): string => (command === "DATA" ? "354 go on" : "250 ok")

const drip = (socket: Socket): void => {
  const timer = setInterval(() => socket.write("250-still here\r\n"), 10)
  socket.on("close", () => clearInterval(timer))
}

/** What happens where the answer to the whole mail should be. */
const endings: { readonly [F in Fault]?: (socket: Socket) => void } = {
  "cut-after": (socket) => void socket.destroy(),
  "cut-answer": (socket) => void socket.end("25"),
  hang: () => {},
  drip,
}

/** A mail server that misbehaves as it is told. */
const mailCounterpart: Counterpart<Server, SmtpAnswer> = {
  faults: ["refuse", "cut-before", "cut-after", "cut-answer", "hang", "drip"],
  acceptsEarly: false,
  unclear: () => ({
    "no number": { to: ".", line: "hello" },
    "a number to come": { to: ".", line: "750 perhaps" },
  }),
  open: async ({ does, answerTo }) => {
    const heard = { tries: 0, told: [] as Array<string>, drained: false }
    const mails = new Map<Socket, string>()
    const reply = (command: string, told: string): string => {
      const { to, line } = answerTo(told)
      return to === command ? line : agreement(command)
    }
    const { at, [Symbol.asyncDispose]: dispose } = await scriptedServer((line, socket) => {
      const mail = mails.get(socket)
      if (mail !== undefined && line !== ".") {
        mails.set(socket, `${mail}${line}\n`)
        return undefined
      }
      if (mail !== undefined) {
        mails.delete(socket)
        heard.told.push(mail)
        const end = endings[does as Fault]
        if (end === undefined) return reply(".", mail)
        end(socket)
        return undefined
      }
      const command = line.slice(0, 4)
      if (command === "MAIL") heard.tries++
      if (command === "MAIL" && does === "cut-before") socket.destroy()
      const answer = reply(command, line)
      if (command === "DATA" && answer.startsWith("354")) mails.set(socket, "")
      return answer
    })
    const close = async () => dispose()
    if (does === "refuse") await close()
    return { at, heard, close }
  },
}

describe.each([
  ["a connection for each mail", {}],
  ["shared connections", { maxConnections: 5 }],
])("R13: SMTP over %s", (_, options) => {
  const contract = transportContract(
    (at: Server, timeoutMs) => smtp({ ...at, timeoutMs, retryAfterMs: 7_000, ...options }),
    {
      counterpart: mailCounterpart,
      message: (mark) => mailWith({ to: `mina-${mark}@customer.example`, subject: `Reply ${mark}` }),
      answers: {
        accepted: { to: ".", line: "250 queued" },
        rejected: {
          "550 to the recipient": {
            answer: { to: "RCPT", line: "550 5.1.1 <mina@customer.example> unknown" },
            reason: "invalid-address",
          },
          "451 to the recipient": {
            answer: { to: "RCPT", line: "451 later" },
            reason: "rate-limited",
            retryAfterMs: 7_000,
          },
          "550 to the sender": {
            answer: { to: "MAIL", line: "550 5.7.1 not yours" },
            reason: "sender-not-allowed",
          },
          "554 to the mail": { answer: { to: ".", line: "554 5.7.1 spam" }, reason: "filtered" },
        },
      },
      secrets: ["@customer.example", "네, 있습니다."],
    },
  )
  for (const { name, run } of contract) test(name, run)
})
