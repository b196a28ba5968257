/**
 * A real SMTP server on loopback that keeps what it receives.
 */
import type { AddressInfo } from "node:net"
import type { Readable } from "node:stream"
import { buffer } from "node:stream/consumers"
import { callbackify } from "node:util"
import PostalMime, { type Email } from "postal-mime"
import { SMTPServer } from "smtp-server"

/** A server under way: its port, the mails it has received, and how to stop it. */
export interface Mailbox {
  readonly port: number
  readonly mails: ReadonlyArray<Email>
  readonly close: () => Promise<void>
}

/** Starts a server on a free port of 127.0.0.1. */
export const openMailbox = async (): Promise<Mailbox> => {
  const mails: Array<Email> = []
  const receive = async (stream: Readable): Promise<void> => {
    mails.push(await PostalMime.parse(await buffer(stream)))
  }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    onData: (stream, _session, done) => callbackify(receive)(stream, (error) => done(error)),
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => resolve())
  })
  // The port of a server that listens on TCP is an object, never the path of a pipe.
  const { port } = server.server.address() as AddressInfo
  return { port, mails, close: () => new Promise((resolve) => server.close(() => resolve())) }
}
