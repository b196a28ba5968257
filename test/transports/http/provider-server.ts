/**
 * A provider of the test on loopback: it answers by a script, whole, in drips, not at all, or by cutting the line.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { createConnection, createServer as createTcpServer } from "node:net"

/** A request as it came. */
export interface Got {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

/** What the provider does with a request whose body it has read. */
export type Reply =
  | {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string | Uint8Array
    }
  /** Reads everything and cuts the line without an answer. */
  | "cut"
  /** Cuts the line in the middle of its answer. */
  | "cut answer"
  /** Reads everything and says nothing. */
  | "silent"
  /** Says a byte now and then, for ever. */
  | "drip"

const json = { "content-type": "application/json" }

/** An answer in JSON. */
export const jsonReply = (status: number, body: unknown, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { ...json, ...headers },
  body: JSON.stringify(body),
})

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString("utf8")
}

const drip = (response: ServerResponse): void => {
  response.writeHead(200, json)
  const timer = setInterval(() => response.write(" "), 5)
  response.on("close", () => clearInterval(timer))
}

const act = (reply: Reply, response: ServerResponse): void => {
  if (reply === "cut") response.destroy()
  else if (reply === "drip") drip(response)
  else if (reply === "cut answer") {
    response.writeHead(200, { ...json, "content-length": "100" })
    response.write('{"sid":', () => response.destroy())
  } else if (reply !== "silent") response.writeHead(reply.status, reply.headers).end(reply.body)
}

/** Starts a provider; `requests` is what it got so far. */
export const providerServer = async (answer: (got: Got) => Reply | Promise<Reply>) => {
  const requests: Array<Got> = []
  const server = createServer(async (request, response) => {
    try {
      const body = await bodyOf(request)
      const url = new URL(request.url ?? "/", "http://provider.test")
      const got: Got = { method: request.method ?? "", url, headers: request.headers, body }
      requests.push(got)
      act(await answer(got), response)
    } catch {
      response.destroy()
    }
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return {
    requests,
    port,
    baseUrl: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

/** A server that speaks no HTTP: it does as told with each connection. */
export const rawServer = async (onConnection: (socket: Socket) => void) => {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => socket.destroy())
    onConnection(socket)
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}

/** The URL of a port on which nobody listens. */
export const nobodyAt = async (): Promise<string> => {
  const server = await rawServer(() => {})
  await server[Symbol.asyncDispose]()
  await new Promise<void>((done) => {
    createConnection(server.port, "127.0.0.1")
      .on("error", () => done())
      .on("connect", () => done())
  })
  return server.baseUrl
}
