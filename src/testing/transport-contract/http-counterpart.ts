/**
 * A provider over HTTP, on loopback.
 * @since 0.1.0
 */
import { createServer, type IncomingMessage } from "node:http"
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type ServerHttp2Session,
} from "node:http2"
import type { Writable } from "node:stream"
import type { Counterpart, Fault, Play } from "./counterpart.ts"

/**
 * An answer over HTTP. A text or bytes are the body as they are, a function makes it of the request as it came (head and
 * body), anything else is sent as JSON; none for none.
 * @since 0.1.0
 */
export interface HttpAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** What is special about a provider over HTTP. @since 0.1.0 */
export interface HttpCounterpartOptions {
  /** 2 for a provider that speaks HTTP/2 only, here without TLS; 1 unless given. */
  readonly version?: 1 | 2
  /** Answers to requests that carry no message, such as the one for a token, by their paths. */
  readonly aside?: Readonly<Record<string, HttpAnswer>>
  /** Whether the status alone accepts, whatever the body is. */
  readonly acceptsByStatus?: boolean
  /** Statuses from 500 on of which the provider documents that nothing was sent. */
  readonly refusingStatuses?: ReadonlyArray<number>
}

/** Statuses that say nothing of the message: the server's own failures, and those of gateways before it. */
const UNCLEAR_STATUSES = [500, 502, 503, 504]

/** How much of an answer is too much: far above what kernels keep on the way. */
const FLOOD_BYTES = 33_554_432
const FLOOD_CHUNK = " ".repeat(65_536)

/** Time between two bytes of an answer that drips, in ms. */
const DRIP_MS = 10

const encoder = new TextEncoder()

const bytesOf = (body: unknown, told: string): Uint8Array => {
  if (body === undefined) return new Uint8Array()
  if (body instanceof Uint8Array) return body
  if (typeof body === "function") return bytesOf(body(told), told)
  return encoder.encode(typeof body === "string" ? body : JSON.stringify(body))
}

type Request = IncomingMessage | Http2ServerRequest
/** What the responses of both versions share. */
interface Response extends Writable {
  readonly writeHead: (status: number, headers: Readonly<Record<string, string | number>>) => unknown
}

interface Performance {
  readonly response: Response
  readonly bytes: Uint8Array
  readonly begin: (headers?: Readonly<Record<string, string | number>>) => void
  readonly drained: () => void
  readonly cut: () => void
}

const cutOf = (request: Request) => (): void => {
  if ("stream" in request) request.stream.session?.destroy()
  else request.socket.destroy()
}

const drip = ({ response, bytes, begin }: Performance): void => {
  begin()
  let sent = 0
  const more = () => {
    response.write(sent < bytes.byteLength ? bytes.slice(sent, sent + 1) : " ")
    sent++
  }
  const timer = setInterval(more, DRIP_MS)
  response.on("close", () => clearInterval(timer))
}

const flood = ({ response, bytes, begin, drained }: Performance): void => {
  begin()
  response.write(bytes)
  let left = FLOOD_BYTES
  const pour = () => {
    while (left > 0 && !response.destroyed) {
      left -= FLOOD_CHUNK.length
      if (!response.write(FLOOD_CHUNK)) return
    }
    if (left <= 0) response.end()
  }
  response.on("finish", drained)
  response.on("drain", pour)
  pour()
}

type Performed = "answer" | Exclude<Fault, "refuse" | "cut-before" | "redirect">

const performances: Readonly<Record<Performed, (one: Performance) => void>> = {
  answer: ({ response, bytes, begin }) => {
    begin()
    response.end(bytes)
  },
  hang: () => {},
  "cut-after": ({ cut }) => cut(),
  "cut-answer": ({ response, bytes, begin, cut }) => {
    // More is promised than there is, so that it is cut even where the answer has no body.
    begin({ "content-length": bytes.byteLength + 2 })
    response.write(bytes.byteLength > 1 ? bytes.slice(0, bytes.byteLength / 2) : " ", cut)
  },
  drip,
  flood,
}

const isPerformed = (does: "answer" | Fault): does is Performed => Object.hasOwn(performances, does)

const readAll = async (request: Request): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const headOf = ({ method, url, rawHeaders }: Request): string =>
  `${method} ${url}\n${rawHeaders.join("\n")}\n\n`

const serve =
  (play: Play<HttpAnswer>, aside: Readonly<Record<string, HttpAnswer>>, heard: Heard) =>
  async (request: Request, response: Response): Promise<void> => {
    const cut = cutOf(request)
    response.on("error", () => {})
    const path = new URL(request.url ?? "/", "http://localhost").pathname
    const beside = Object.hasOwn(aside, path) ? aside[path] : undefined
    if (beside === undefined) heard.tries++
    if (beside === undefined && play.does === "cut-before") {
      cut()
      return
    }
    const told = headOf(request) + (await readAll(request))
    if (beside === undefined) heard.told.push(told)
    const { status, headers, body } = beside ?? play.answerTo(told)
    const type = typeof body === "object" ? "application/json" : "text/html"
    const performance = {
      response,
      bytes: bytesOf(body, told),
      begin: (more = {}) => void response.writeHead(status, { "content-type": type, ...headers, ...more }),
      drained: () => void (heard.drained = true),
      cut,
    }
    performances[beside === undefined && isPerformed(play.does) ? play.does : "answer"](performance)
  }

interface Heard {
  tries: number
  readonly told: Array<string>
  drained: boolean
}

/** A server of either version, and how to end its connections. */
const serverOf = (version: 1 | 2, handle: (request: Request, response: Response) => void) => {
  if (version === 1) {
    const server = createServer(handle)
    return { server, closeAll: () => server.closeAllConnections() }
  }
  const sessions = new Set<ServerHttp2Session>()
  const server = createHttp2Server(handle).on("session", (session) => {
    sessions.add(session.on("error", () => {}))
  })
  return { server, closeAll: () => sessions.forEach((session) => session.destroy()) }
}

/** Listens on loopback. */
const listenWith = async (version: 1 | 2, handle: ReturnType<typeof serve>) => {
  const { server, closeAll } = serverOf(version, (request, response) => {
    // A client that is gone while it is read is one of the things that happen here.
    handle(request, response).catch(cutOf(request))
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed())
      closeAll()
    })
  return { at: `http://127.0.0.1:${port}`, close }
}

const open = async (play: Play<HttpAnswer>, version: 1 | 2, aside: Readonly<Record<string, HttpAnswer>>) => {
  const heard: Heard = { tries: 0, told: [], drained: false }
  // Another origin, as another host is; 307 has the message sent there as it is.
  const elsewhere = play.does === "redirect" ? await listenWith(version, serve(play, {}, heard)) : undefined
  const answerTo = elsewhere && (() => ({ status: 307, headers: { location: `${elsewhere.at}/elsewhere` } }))
  const provider = await listenWith(version, serve({ ...play, ...(answerTo && { answerTo }) }, aside, heard))
  const close = async () => {
    await Promise.all([provider.close(), elsewhere?.close()])
  }
  if (play.does === "refuse") await close()
  return { at: provider.at, heard, close }
}

const page = (told: string): string => `<!DOCTYPE html><title>Sorry</title><pre>${told}</pre>`

/**
 * A provider over HTTP for the transport contract; a transport reaches it by the base URL that it gets.
 * @since 0.1.0
 */
export const httpCounterpart = ({
  version = 1,
  aside = {},
  acceptsByStatus = false,
  refusingStatuses = [],
}: HttpCounterpartOptions = {}): Counterpart<string, HttpAnswer> => ({
  faults: ["refuse", "cut-before", "cut-after", "cut-answer", "hang", "drip", "flood", "redirect"],
  acceptsEarly: acceptsByStatus,
  unclear: ({ status: accepted }) => ({
    ...Object.fromEntries(
      UNCLEAR_STATUSES.filter((status) => !refusingStatuses.includes(status)).map((status) => [
        `a page with ${status}`,
        { status, body: page },
      ]),
    ),
    ...(!acceptsByStatus && {
      [`a page with ${accepted}`]: { status: accepted, body: page },
      [`half of some JSON with ${accepted}`]: { status: accepted, body: '{"id":"1", "' },
      [`no UTF-8 with ${accepted}`]: { status: accepted, body: Uint8Array.of(0x7b, 0xff, 0x7d) },
    }),
  }),
  open: (play) => open(play, version, aside),
})
