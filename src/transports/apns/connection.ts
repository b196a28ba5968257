/**
 * One HTTP/2 connection that all messages share and that is made anew when it ends; it says of each request how far it
 * came. RFC 9113.
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
import { type Exchanged, readText, unlessAborted } from "../http/index.ts"

/** How a connection is kept. @since 0.1.0 */
export interface ConnectionSetting {
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

/** A connection that is there whenever it is needed. @since 0.1.0 */
export interface Connection {
  /** Makes a request and reads its answer. Never rejects. */
  readonly request: (headers: OutgoingHttpHeaders, body: string, signal: AbortSignal) => Promise<Exchanged>
  /** Takes no more requests, and settles when those under way have. */
  readonly close: () => Promise<void>
}

/** An open connection and what is known of it. */
interface Line {
  readonly session: ClientHttp2Session
  /** No new requests for it; those under way go on. */
  readonly retire: () => void
  inFlight: number
  heardAtMs: number
  /** The last request that the server said it would look at. RFC 9113 6.8. */
  lastStreamId: number
  /** The question under way whether it is still there. */
  asked: Promise<boolean> | undefined
}

type NotSent = Extract<Exchanged, { readonly _tag: "NotSent" }>

const notSent = (code: string): NotSent => ({ _tag: "NotSent", code })

const CODE = /^[A-Z][A-Z0-9_]{1,40}$/

const codeOf = (error: unknown): string => {
  const code: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined
  return typeof code === "string" && CODE.test(code) ? code : "no connection"
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

// A stream that the server refused, or that is beyond the last one it looks at, certainly was not processed: RFC 9113
// 8.7. Of any other that ends without its whole answer, nobody knows.
const exchangeOn = async (
  line: Line,
  headers: OutgoingHttpHeaders,
  body: string,
  signal: AbortSignal,
  { maxAnswerBytes, now }: ConnectionSetting,
): Promise<Exchanged> => {
  const stream = start(line, headers, signal)
  if (stream === undefined) return notSent("closed")
  const id = stream.id ?? 0
  const { incoming, text } = await answerOn(stream, body, maxAnswerBytes)
  const status = incoming?.[":status"]
  if (incoming !== undefined) line.heardAtMs = now()
  if (stream.rstCode === NGHTTP2_REFUSED_STREAM || id > line.lastStreamId) return notSent("refused")
  if (incoming === undefined || status === undefined) return { _tag: "Lost", code: "connection lost" }
  if (stream.rstCode === NGHTTP2_NO_ERROR && text !== undefined)
    return { _tag: "Answered", status, headers: headersOf(incoming), text }
  return { _tag: "Lost", code: `${status} with an answer that cannot be read` }
}

/** The connection to a server, made when the first request needs it. @since 0.1.0 */
export const connectionTo = (setting: ConnectionSetting): Connection => {
  const { origin, timeoutMs, pingAfterIdleMs, pingTimeoutMs, now } = setting
  const sessions = new Set<ClientHttp2Session>()
  let waiting: Array<() => void> = []
  let current: Promise<Line> | undefined
  const state = { isClosed: false }

  const wake = () => {
    const woken = waiting
    waiting = []
    for (const one of woken) one()
  }

  const open = (): Promise<Line> => {
    const session = connect(origin, { settings: { enablePush: false } })
    sessions.add(session)
    const { promise, resolve, reject } = Promise.withResolvers<Line>()
    const retire = () => {
      if (current === promise) current = undefined
      session.close()
      wake()
    }
    const line: Line = {
      session,
      retire,
      inFlight: 0,
      heardAtMs: now(),
      lastStreamId: Number.POSITIVE_INFINITY,
      asked: undefined,
    }
    const timer = setTimeout(() => session.destroy(), timeoutMs)
    session.on("remoteSettings", () => {
      clearTimeout(timer)
      // What nobody waits for keeps no process alive.
      if (line.inFlight === 0) session.unref()
      resolve(line)
      wake()
    })
    session.on("goaway", (_code, lastStreamId) => {
      line.lastStreamId = Math.min(line.lastStreamId, lastStreamId)
      retire()
    })
    session.on("error", reject)
    session.once("close", () => {
      clearTimeout(timer)
      sessions.delete(session)
      reject(new Error("closed"))
      retire()
    })
    return promise
  }

  const isFree = ({ session, inFlight }: Line): boolean =>
    inFlight < (session.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY)

  const isThere = async (line: Line): Promise<boolean> => {
    if (now() - line.heardAtMs < pingAfterIdleMs) return true
    line.asked ??= isAlive(line.session, pingTimeoutMs).then((alive) => {
      line.asked = undefined
      if (alive) line.heardAtMs = now()
      else {
        line.retire()
        line.session.destroy()
      }
      return alive
    })
    return line.asked
  }

  // A line with room for one more request, which is counted already.
  const take = async (signal: AbortSignal): Promise<Line | NotSent> => {
    while (!state.isClosed && !signal.aborted) {
      try {
        current ??= open()
        const line = await unlessAborted(current, signal)
        const alive = line && (await unlessAborted(isThere(line), signal))
        if (line === undefined || !alive || state.isClosed) continue
        if (line.session.closed) {
          line.retire()
          continue
        }
        if (isFree(line)) {
          line.inFlight += 1
          line.session.ref()
          return line
        }
        await unlessAborted(new Promise<void>((resolve) => waiting.push(resolve)), signal)
      } catch (error) {
        return notSent(codeOf(error))
      }
    }
    return notSent(state.isClosed ? "closed" : "aborted")
  }

  const release = (line: Line) => {
    line.inFlight -= 1
    if (line.inFlight === 0) line.session.unref()
    wake()
  }

  return {
    request: async (headers, body, signal) => {
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      const late = (): string => (signal.aborted ? "aborted" : "timed out")
      const line = await take(bounded)
      if ("_tag" in line) return bounded.aborted ? notSent(late()) : line
      const exchanged = await exchangeOn(line, headers, body, bounded, setting)
      // A server that lets requests time out may be gone without a word: the next go by another connection.
      if (bounded.aborted && !signal.aborted) line.retire()
      release(line)
      return exchanged._tag === "Lost" && bounded.aborted ? { _tag: "Lost", code: late() } : exchanged
    },
    close: async () => {
      state.isClosed = true
      wake()
      await current?.catch(() => {})
      await Promise.all(
        [...sessions].map((session) => {
          session.ref()
          const closed = new Promise<void>((resolve) => session.once("close", resolve))
          session.close()
          return closed
        }),
      )
    },
  }
}
