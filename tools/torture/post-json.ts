/**
 * How the processes of a run talk to one another: JSON over HTTP on loopback.
 */
import { once } from "node:events"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"

/** What was answered; without a body it is `undefined`. */
export interface Answer<A = unknown> {
  readonly status: number
  readonly body: A
}

/** Posts to an address. Rejects when there is no whole answer. */
export const postJson = async <A = unknown>(
  url: string,
  body: unknown,
  signal: AbortSignal,
): Promise<Answer<A>> => {
  const response = await fetch(url, { method: "POST", body: JSON.stringify(body), signal })
  const text = await response.text()
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) }
}

/** One request, with the path, its body, and the way to answer it. */
export interface Posted {
  readonly path: string
  readonly body: unknown
  readonly answer: (status: number, body?: unknown) => void
  /** Closes the connection without an answer. */
  readonly cut: () => void
}

const posted = async (request: IncomingMessage, response: ServerResponse): Promise<Posted> => {
  let text = ""
  for await (const chunk of request) text += String(chunk)
  return {
    path: request.url ?? "/",
    body: JSON.parse(text),
    answer: (status, body) => {
      response.statusCode = status
      response.end(body === undefined ? undefined : JSON.stringify(body))
    },
    cut: () => request.socket.destroy(),
  }
}

/** Listens on loopback, on a port that is free. */
export const listen = async (
  handle: (request: Posted) => void,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> => {
  const server: Server = createServer((request, response) => {
    // Who is killed while they ask leaves half a request behind.
    posted(request, response).then(handle, () => request.socket.destroy())
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("expected a port")
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}
