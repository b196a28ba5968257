import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http"
import webPushLibrary from "web-push"
import { PushApiModel, SubscriptionExpiredError } from "web-push-testing/src/PushApiModel.js"
import { bodyOf, httpServer } from "../faults.ts"

/** A pair of VAPID keys. */
export const vapidKeys = webPushLibrary.generateVAPIDKeys()

/** A request as the service got it. */
interface ReceivedPush {
  readonly headers: IncomingHttpHeaders
  readonly bytes: number
}

/** What is answered in place of success. */
export interface Answer {
  readonly status: number
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** How the service behaves. */
export interface ServiceBehaviour {
  readonly answer?: Answer
  readonly fault?: (request: IncomingMessage, response: ServerResponse) => void
}

/** A push service on loopback by RFC 8030, 8291 and 8292, on a model that checks the signature and decrypts. */
export const pushService = async ({ answer, fault }: ServiceBehaviour = {}) => {
  const model = new PushApiModel()
  const received: ReceivedPush[] = []
  const take = async (request: IncomingMessage): Promise<Answer> => {
    const body = await bodyOf(request)
    if (body.byteLength > 4_096) return { status: 413 }
    if (answer) return answer
    const { headers } = request
    const hash = request.url?.slice("/notify/".length) ?? ""
    try {
      await model.handleNotification(
        hash,
        {
          encoding: headers["content-encoding"],
          authorization: headers.authorization,
          ttl: String(headers["ttl"]),
        },
        body,
      )
    } catch (error) {
      return { status: error instanceof SubscriptionExpiredError ? 410 : 400 }
    }
    received.push({ headers, bytes: body.byteLength })
    return { status: 201, headers: { location: "https://push.example/message/sesame" } }
  }
  const server = await httpServer(async (request, response) => {
    if (fault) return fault(request, response)
    const { status, text, headers } = await take(request)
    response.writeHead(status, headers)
    response.end(text)
  })
  model.notifyUrl = `${server.url}/notify/`
  return {
    url: server.url,
    received,
    /** A browser's subscription, its token, and what the browser read. */
    subscribe: async () => {
      const { endpoint, keys, clientHash } = await model.subscribe({
        userVisibleOnly: "true",
        applicationServerKey: vapidKeys.publicKey,
      })
      return {
        endpoint,
        token: JSON.stringify({ endpoint, expirationTime: null, keys }),
        read: () => (model.messages[clientHash] ?? []).map((text): unknown => JSON.parse(text)),
        expire: () => model.expireSubscription(clientHash),
      }
    },
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  }
}
