import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** A server on loopback. */
export const httpServer = async (listener: RequestListener) => {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The body of a request. */
export const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** An address at which nobody listens. */
export const closedPort = async (): Promise<string> => {
  const server = await httpServer(() => {})
  await server[Symbol.asyncDispose]()
  return server.url
}

type Fault = (request: IncomingMessage, response: ServerResponse) => void

const afterBody =
  (fault: (response: ServerResponse) => void): Fault =>
  (request, response) => {
    request.resume()
    request.on("end", () => fault(response))
  }

/** Ways in which an answer fails although the request may have been carried out. */
export const faults: Readonly<Record<string, Fault>> = {
  "hangs up before it has read the request": (request) => request.socket.destroy(),
  "hangs up after it has read the request": afterBody((response) => response.destroy()),
  "says nothing": afterBody(() => {}),
  "sends half an answer": afterBody((response) => {
    response.writeHead(200, { "content-length": "100" })
    response.write("{", () => response.destroy())
  }),
  "drips an answer": afterBody((response) => {
    response.writeHead(200)
    const dripping = setInterval(() => response.write(" "), 10)
    response.on("close", () => clearInterval(dripping))
  }),
  "answers too much": afterBody((response) => response.end("x".repeat(300_000))),
  "answers what is not UTF-8": afterBody((response) => response.end(Buffer.from([0xff, 0xfe, 0xfd]))),
  "fails by itself": afterBody((response) => response.writeHead(500).end("<html>Error 500</html>")),
  "has a gateway that fails": afterBody((response) => response.writeHead(502).end("<html>502</html>")),
  "has a gateway that waits in vain": afterBody((response) => response.writeHead(504).end()),
}
