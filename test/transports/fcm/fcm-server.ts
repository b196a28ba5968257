import { generateKeyPairSync } from "node:crypto"
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http"
import type { ServiceAccount } from "../../../src/transports/fcm/index.ts"
import { bodyOf, httpServer } from "../faults.ts"
import { verifiedJwt } from "../push-message.ts"

/** A request to send as the server got it. */
export interface FcmRequest {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What is answered in place of success. */
export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** How the server behaves. */
export interface FcmBehaviour {
  readonly now?: () => number
  /** By registration token. */
  readonly refusals?: Readonly<Record<string, Answer>>
  /** Takes the request to send over. */
  readonly fault?: (request: IncomingMessage, response: ServerResponse) => void
  /** Takes the request for a token over. */
  readonly tokenFault?: (request: IncomingMessage, response: ServerResponse) => void
  readonly tokenAnswer?: Answer
  /** Settles when a token may be given out. */
  readonly holdToken?: () => Promise<void>
}

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })

/** The key of the service account. */
export const accountKey = privateKey.export({ type: "pkcs8", format: "pem" })

const FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
const BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"

/** An error as FCM words it. */
export const fcmError = (
  code: number,
  status: string,
  { errorCode, field }: { readonly errorCode?: string; readonly field?: string } = {},
): Answer => ({
  status: code,
  body: {
    error: {
      code,
      message: "An error, told at length, of the token c:sesame",
      status,
      details: [
        ...(errorCode === undefined ? [] : [{ "@type": FCM_ERROR, errorCode }]),
        ...(field === undefined
          ? []
          : [{ "@type": BAD_REQUEST, fieldViolations: [{ field, description: "c:sesame" }] }]),
      ],
    },
  },
})

const respond = (response: ServerResponse, { status, body, headers }: Answer) => {
  response.writeHead(status, { "content-type": "application/json; charset=UTF-8", ...headers })
  response.end(typeof body === "string" ? body : JSON.stringify(body))
}

/** FCM and Google's token server on loopback, by what Google publishes of them. */
export const fcmServer = async (behaviour: FcmBehaviour = {}) => {
  const { now = Date.now, refusals = {} } = behaviour
  const received: FcmRequest[] = []
  const assertions: Array<ReturnType<typeof verifiedJwt>> = []
  const valid = new Map<string, number>()

  const giveToken = async (request: IncomingMessage, response: ServerResponse, url: string) => {
    const form = new URLSearchParams((await bodyOf(request)).toString())
    const jwt = verifiedJwt(form.get("assertion") ?? "", accountKey)
    assertions.push(jwt)
    await behaviour.holdToken?.()
    if (behaviour.tokenAnswer) return respond(response, behaviour.tokenAnswer)
    const seconds = now() / 1_000
    const isGood =
      request.headers["content-type"] === "application/x-www-form-urlencoded" &&
      form.get("grant_type") === "urn:ietf:params:oauth:grant-type:jwt-bearer" &&
      jwt?.header["alg"] === "RS256" &&
      jwt.claims["iss"] === "push@acme-app.iam.gserviceaccount.com" &&
      jwt.claims["aud"] === `${url}/token` &&
      Number(jwt.claims["iat"]) <= seconds &&
      Number(jwt.claims["exp"]) > seconds &&
      Number(jwt.claims["exp"]) - Number(jwt.claims["iat"]) <= 3_600
    if (!isGood)
      return respond(response, { status: 400, body: { error: "invalid_grant", error_description: "sesame" } })
    const token = `ya29.secret-${assertions.length}`
    valid.set(token, now() + 3_599_000)
    respond(response, {
      status: 200,
      body: { access_token: token, expires_in: 3_599, token_type: "Bearer" },
    })
  }

  const answerTo = (request: IncomingMessage, text: string): Answer => {
    const [scheme, token = ""] = (request.headers.authorization ?? "").split(" ")
    if (scheme !== "Bearer" || (valid.get(token) ?? 0) <= now()) return fcmError(401, "UNAUTHENTICATED")
    const { message } = JSON.parse(text) as { message: { token: string } }
    if (Buffer.byteLength(text) > 4_096) return fcmError(400, "INVALID_ARGUMENT")
    const refusal = refusals[message.token]
    if (refusal) return refusal
    received.push({ headers: request.headers, body: text })
    const name = `projects/acme-app/messages/0:1500415314455276%31bd1c96${received.length}`
    return { status: 200, body: { name } }
  }

  const server = await httpServer(async (request, response) => {
    if (request.method !== "POST") return respond(response, { status: 404, body: "<html>404</html>" })
    if (request.url === "/token")
      return behaviour.tokenFault
        ? behaviour.tokenFault(request, response)
        : giveToken(request, response, server.url)
    if (request.url !== "/v1/projects/acme-app/messages:send")
      return respond(response, { status: 404, body: "<html>404</html>" })
    if (behaviour.fault) return behaviour.fault(request, response)
    const text = (await bodyOf(request)).toString()
    respond(response, answerTo(request, text))
  })
  const serviceAccount: ServiceAccount = {
    project_id: "acme-app",
    client_email: "push@acme-app.iam.gserviceaccount.com",
    private_key: accountKey,
    private_key_id: "k1",
    token_uri: `${server.url}/token`,
  }
  return {
    url: server.url,
    serviceAccount,
    received,
    assertions,
    /** Takes back every token that was given out. */
    revoke: () => valid.clear(),
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  }
}
