/**
 * One HTTP/2 connection, as long as it lasts: how far each of its requests came, and whether it is still there. RFC 9113.
 * @since 0.1.0
 */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from "node:http2"
import { Socket } from "node:net"
import { type Exchanged, readText } from "../http/index.ts"

/** How connections are kept. @since 0.1.0 */
export interface LineSetting {
  /** Scheme, host and port. */
  readonly origin: string
  /** Longest time for one request, waiting for a connection and for its turn included, in ms. */
  readonly timeoutMs: number
  /** A connection on which nothing was heard for so long is asked whether it is still there, in ms. */
  readonly pingAfterIdleMs: number
  /** How long it may take to say so, in ms. */
  readonly pingTimeoutMs: number
  /** Longest answer that is read, in bytes. */
  readonly maxAnswerBytes: number
  /** UTC epoch ms. */
  readonly now: () => number
}

/** A connection, and what is known of it. @since 0.1.0 */
export interface Line {
  readonly session: ClientHttp2Session
  /** Takes no new requests from now on; it hangs up once those under way are done. */
  readonly retire: () => void
  /** Settles when it is gone. */
  readonly gone: Promise<void>
  isRetired: boolean
  /** Requests under way. */
  inFlight: number
  /** When the server was last heard, UTC epoch ms. */
  heardAtMs: number
  /** The last request that the server said it would look at. RFC 9113 6.8. */
  lastStreamId: number
  /** The question under way whether it is still there. */
  asked: Promise<boolean> | undefined
}

const isAlive = (session: ClientHttp2Session, timeoutMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), timeoutMs)
    const settle = (answered: boolean) => {
      clearTimeout(timer)
      resolve(answered)
    }
    try {
      if (!session.ping((error) => settle(error === null))) settle(false)
    } catch {
      settle(false)
    }
  })

/**
 * Whether the server is still there: it is asked when it was silent for long, once for all who want to know. A line
 * that is gone is retired. Never rejects.
 * @since 0.1.0
 */
export const isThere = async (line: Line, setting: LineSetting): Promise<boolean> => {
  if (setting.now() - line.heardAtMs < setting.pingAfterIdleMs) return true
  line.asked ??= isAlive(line.session, setting.pingTimeoutMs).then((alive) => {
    line.asked = undefined
    if (alive) line.heardAtMs = setting.now()
    else {
      line.retire()
      line.session.destroy()
    }
    return alive
  })
  return line.asked
}

/** Whether the server takes one more request at a time. Total. @since 0.1.0 */
export const isFree = ({ session, inFlight }: Line): boolean =>
  inFlight < (session.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY)

/** One more request is under way; the process stays for its answer. @since 0.1.0 */
export const occupy = (line: Line): void => {
  line.inFlight += 1
  line.session.ref()
}

/** A request is done. An idle line keeps no process alive, and one that is retired hangs up. @since 0.1.0 */
export const release = (line: Line): void => {
  line.inFlight -= 1
  if (line.inFlight > 0) return
  if (line.isRetired) line.retire()
  else line.session.unref()
}

/**
 * A new line; the promise settles when the server has said how it wants to be used, and rejects when it cannot be
 * reached. `changed` is called whenever a request that waits may find room, or must look for another line.
 * @since 0.1.0
 */
export const openLine = (
  { origin, timeoutMs, now }: LineSetting,
  changed: () => void,
): { readonly line: Line; readonly ready: Promise<Line> } => {
  const session = connect(origin, { settings: { enablePush: false } })
  // Only a request that waits keeps the process alive, and until there is a connection, its timer.
  session.unref()
  const { promise: ready, resolve, reject } = Promise.withResolvers<Line>()
  // Whoever waits hears of a failure; when everybody has given up, it is nobody's.
  ready.catch(() => {})
  let socket: Socket | undefined
  const line: Line = {
    session,
    retire: () => {
      line.isRetired = true
      if (line.inFlight === 0) {
        session.destroy()
        // A session that closes in good order waits for the server to hang up, which may be long gone.
        socket?.destroy()
      }
      changed()
    },
    gone: new Promise((settle) => session.once("close", settle)),
    isRetired: false,
    inFlight: 0,
    heardAtMs: now(),
    lastStreamId: Number.POSITIVE_INFINITY,
    asked: undefined,
  }
  const timer = setTimeout(() => session.destroy(), timeoutMs)
  session.once("connect", (_session, connected) => {
    if (connected instanceof Socket) socket = connected
  })
  session.on("remoteSettings", () => {
    clearTimeout(timer)
    resolve(line)
    changed()
  })
  session.on("goaway", (_code, lastStreamId) => {
    line.lastStreamId = Math.min(line.lastStreamId, lastStreamId)
    line.retire()
  })
  session.on("error", reject)
  session.once("close", () => {
    clearTimeout(timer)
    reject(new Error("closed"))
    line.retire()
  })
  return { line, ready }
}

const headersOf = (incoming: IncomingHttpHeaders): Headers =>
  new Headers(
    Object.entries(incoming).flatMap(
      ([name, value]): ReadonlyArray<[string, string]> =>
        typeof value === "string" && !name.startsWith(":") ? [[name, value]] : [],
    ),
  )

const start = (line: Line, headers: OutgoingHttpHeaders, signal: AbortSignal) => {
  try {
    return line.session.request(headers, { signal })
  } catch {
    return undefined
  }
}

const answerOn = async (stream: ClientHttp2Stream, body: string, maxBytes: number) => {
  let incoming: (IncomingHttpHeaders & IncomingHttpStatusHeader) | undefined
  const closed = new Promise<void>((resolve) => stream.once("close", resolve))
  stream.on("error", () => {})
  stream.once("response", (headers) => {
    incoming = headers
  })
  stream.end(body)
  const text = await readText(stream, maxBytes).catch(() => undefined)
  stream.destroy()
  await closed
  return { incoming, text }
}

const { NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants

/** Code of a request that the server certainly did not look at. @since 0.1.0 */
export const REFUSED = "refused"

/**
 * Makes a request on a line and reads its answer. A stream that the server refused, or that is beyond the last one it
 * looks at, certainly was not processed (RFC 9113 8.7): `NotSent`, with {@link REFUSED}. Of any other that ends without
 * its whole answer nobody knows. Never rejects.
 * @since 0.1.0
 */
export const exchangeOn = async (
  line: Line,
  headers: OutgoingHttpHeaders,
  body: string,
  signal: AbortSignal,
  { maxAnswerBytes, now }: LineSetting,
): Promise<Exchanged> => {
  const stream = start(line, headers, signal)
  if (stream === undefined) return { _tag: "NotSent", code: "closed" }
  const id = stream.id ?? 0
  const { incoming, text } = await answerOn(stream, body, maxAnswerBytes)
  const status = incoming?.[":status"]
  if (incoming !== undefined) line.heardAtMs = now()
  if (incoming === undefined || status === undefined)
    return stream.rstCode === NGHTTP2_REFUSED_STREAM || id > line.lastStreamId
      ? { _tag: "NotSent", code: REFUSED }
      : { _tag: "Lost", code: "connection lost" }
  if (stream.rstCode === NGHTTP2_NO_ERROR && text !== undefined)
    return { _tag: "Answered", status, headers: headersOf(incoming), text }
  return { _tag: "Lost", code: `${status} with an answer that cannot be read` }
}
