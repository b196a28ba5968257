import {
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2"
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net"
import { verifiedJwt } from "../push-message.ts"

/** A request as the server got it. */
export interface ApnsRequest {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly claims: Record<string, unknown>
}

/** What one device's token is answered with in place of success. */
export interface Refusal {
  readonly status: number
  readonly reason?: string
}

/** How the server behaves. */
export interface ApnsBehaviour {
  readonly privateKey: string
  readonly keyId?: string
  readonly teamId?: string
  readonly topic?: string
  readonly maxConcurrentStreams?: number
  /** Key and certificate, PEM; left out, there is no TLS. */
  readonly tls?: { readonly key: string; readonly cert: string }
  readonly now?: () => number
  /** By device token. */
  readonly refusals?: Readonly<Record<string, Refusal>>
  /** Takes a request over, before its body is read; answers whether it did. */
  readonly takeOver?: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => boolean
  /** Settles when an answer may be given. */
  readonly hold?: () => Promise<void>
}

const HOUR_SECONDS = 3_600

// By Apple's pages on sending notification requests, and on handling the responses.
const refusalOf = (
  behaviour: ApnsBehaviour,
  headers: IncomingHttpHeaders,
  body: string,
): Refusal | undefined => {
  const { privateKey, keyId, teamId, topic, refusals = {}, now = Date.now } = behaviour
  const header = (name: string): string => String(headers[name] ?? "")
  const [scheme, jwt] = header("authorization").split(" ")
  if (scheme !== "bearer" || jwt === undefined) return { status: 403, reason: "MissingProviderToken" }
  const token = verifiedJwt(jwt, privateKey)
  if (token?.header["alg"] !== "ES256" || token.header["kid"] !== keyId || token.claims["iss"] !== teamId)
    return { status: 403, reason: "InvalidProviderToken" }
  const ageSeconds = now() / 1_000 - Number(token.claims["iat"])
  if (ageSeconds > HOUR_SECONDS) return { status: 403, reason: "ExpiredProviderToken" }
  if (headers[":method"] !== "POST") return { status: 405, reason: "MethodNotAllowed" }
  const [, device] = /^\/3\/device\/([^/]*)$/.exec(header(":path")) ?? []
  if (device === undefined) return { status: 404, reason: "BadPath" }
  if (device === "") return { status: 400, reason: "MissingDeviceToken" }
  if (header("apns-topic") === "") return { status: 400, reason: "MissingTopic" }
  if (header("apns-topic") !== topic) return { status: 400, reason: "TopicDisallowed" }
  if (!/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(header("apns-id")))
    return { status: 400, reason: "BadMessageId" }
  if (!/^\d+$/.test(header("apns-expiration"))) return { status: 400, reason: "BadExpirationDate" }
  if (!["1", "5", "10"].includes(header("apns-priority"))) return { status: 400, reason: "BadPriority" }
  if (header("apns-push-type") !== "alert") return { status: 400, reason: "InvalidPushType" }
  if (Buffer.byteLength(header("apns-collapse-id")) > 64) return { status: 400, reason: "BadCollapseId" }
  if (body === "") return { status: 400, reason: "PayloadEmpty" }
  if (Buffer.byteLength(body) > 4_096) return { status: 413, reason: "PayloadTooLarge" }
  return refusals[device]
}

/** Apple's push service on loopback, by what Apple publishes of it. */
export const apnsServer = async (behaviour: ApnsBehaviour) => {
  const received: ApnsRequest[] = []
  const jwts = new Set<string>()
  const sessions: ServerHttp2Session[] = []
  const concurrent = { now: 0, most: 0 }
  const setting = { keyId: "KEY1234567", teamId: "TEAM123456", topic: "com.acme.app", ...behaviour }
  const { maxConcurrentStreams = 1_000, tls } = setting
  const settings = { maxConcurrentStreams }
  const server = tls === undefined ? createServer({ settings }) : createSecureServer({ settings, ...tls })
  server.on("session", (session) => {
    sessions.push(session)
    session.on("error", () => {})
  })
  server.on("stream", async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on("error", () => {})
    if (setting.takeOver?.(stream, headers)) return
    concurrent.now += 1
    concurrent.most = Math.max(concurrent.most, concurrent.now)
    stream.on("close", () => void (concurrent.now -= 1))
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const jwt = String(headers.authorization).slice("bearer ".length)
    jwts.add(jwt)
    await setting.hold?.()
    if (stream.destroyed) return
    const refusal = refusalOf(setting, headers, body)
    if (refusal === undefined)
      received.push({ headers, body, claims: verifiedJwt(jwt, setting.privateKey)?.claims ?? {} })
    stream.respond({ ":status": refusal?.status ?? 200, "apns-id": headers["apns-id"] })
    stream.end(refusal?.reason === undefined ? undefined : JSON.stringify({ reason: refusal.reason }))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http${tls === undefined ? "" : "s"}://127.0.0.1:${port}`,
    port,
    received,
    jwts,
    sessions,
    concurrent,
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) session.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A way to a server on which everything sent is lost from some moment on, without a word. */
export const lossyWay = async (port: number) => {
  const links: Array<readonly [Socket, Socket]> = []
  const server = createTcpServer((near) => {
    const far = connect(port, "127.0.0.1")
    for (const socket of [near, far]) socket.on("error", () => {})
    near.pipe(far).pipe(near)
    links.push([near, far])
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** How many connections came. */
    links,
    /** Loses whatever comes on the connections that are open now. */
    lose: () => {
      for (const [near, far] of links) {
        near.unpipe(far)
        far.unpipe(near)
        near.resume()
        far.resume()
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of links.flat()) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
