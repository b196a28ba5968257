import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { SendContext, SendResult, SnsMessage } from "../../../src/ports/transport.ts"

/** A request as the provider got it. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

/** How the provider behaves on a request, once it has read all of it. */
export type Behaviour = (
  request: Received,
  response: ServerResponse,
  socket: IncomingMessage["socket"],
) => void

/** Answers with a status and JSON. */
export const answer =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Behaviour =>
  (_, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers })
    response.end(typeof body === "string" ? body : JSON.stringify(body))
  }

/** Never answers. */
export const hang: Behaviour = () => {}

/** Reads all and is gone. */
export const cut: Behaviour = (_, __, socket) => {
  socket.destroy()
}

/** Begins a good answer and never ends it. */
export const drip: Behaviour = (_, response) => {
  response.writeHead(200, { "content-type": "application/json" })
  response.write("{")
}

/** A provider on loopback, and what it got. */
export const localProvider = async (behaviour: Behaviour, options: { readonly cutsEarly?: boolean } = {}) => {
  const received: Received[] = []
  const server = createServer((request, response) => {
    if (options.cutsEarly) {
      request.socket.destroy()
      return
    }
    const chunks: Buffer[] = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const { method = "", url = "", headers } = request
      const got = { method, path: url, headers, body: Buffer.concat(chunks).toString() }
      received.push(got)
      behaviour(got, response, request.socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    received,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** An address at which nobody listens. */
export const nobody = async (): Promise<string> => {
  const provider = await localProvider(hang)
  await provider[Symbol.asyncDispose]()
  return provider.baseUrl
}

/** Values that must not come back in any result. */
export const secrets = {
  token: "s3cr3t-t0k3n-abcdef",
  to: "+81801112223",
  text: "Distinctive words: yes, in stock.",
  link: "https://shop.example/chat/c-distinctive",
}

/** A text to somebody. */
export const snsMessage = (changes: Partial<SnsMessage> = {}): SnsMessage => ({
  channelId: "acme",
  customerId: "cust 1",
  chatId: "c1",
  to: secrets.to,
  country: "JP",
  text: secrets.text,
  link: secrets.link,
  ...changes,
})

/** One attempt. */
export const attempt = (changes: Partial<SendContext> = {}): SendContext => ({
  deliveryId: "acme/cust%201/c1/m2/sns",
  idempotencyKey: "acme/cust%201/c1/m2/sns",
  attempt: 1,
  signal: new AbortController().signal,
  ...changes,
})

/** What of a result should not be there. */
export const leaksIn = (result: SendResult): ReadonlyArray<string> => {
  const text = JSON.stringify(result)
  return [...Object.values(secrets), secrets.to.slice(1)].filter((secret) => text.includes(secret))
}
