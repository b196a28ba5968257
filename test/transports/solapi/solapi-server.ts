/**
 * Solapi of the test: an account on loopback that checks signatures, takes messages over and lists them.
 */
import { createHmac } from "node:crypto"
import type { SolapiAccount } from "../../../src/transports/solapi/index.ts"
import { type Got, jsonReply, providerServer, type Reply } from "../http/provider-server.ts"

/** The account's credentials, on a clock that stands still. */
export const account = {
  apiKey: "NCS-key",
  apiSecret: "secret-of-the-api",
  now: () => Date.UTC(2026, 0, 5, 9),
} satisfies SolapiAccount

/** A message as Solapi keeps it. */
export interface Stored {
  readonly messageId: string
  statusCode: string
  readonly customFields: Readonly<Record<string, string>>
}

/** Whether a request is signed as Solapi wants it. */
export const isSigned = ({ headers }: Got): boolean => {
  const [, apiKey, date, salt = "", signature] =
    /^HMAC-SHA256 apiKey=(.+), date=(.+), salt=(.+), signature=(.+)$/.exec(headers.authorization ?? "") ?? []
  const expected = createHmac("sha256", account.apiSecret).update(`${date}${salt}`).digest("hex")
  return (
    apiKey === account.apiKey &&
    date === "2026-01-05T09:00:00.000Z" &&
    /^[0-9a-zA-Z]{12,64}$/.test(salt) &&
    signature === expected
  )
}

const refusal = (status: number, errorCode: string): Reply =>
  jsonReply(status, { errorCode, errorMessage: "no" })

/** Starts Solapi; `messages` is what the account has, newest last. Lists have `pageSize` records a page at most. */
export const solapiServer = async ({ pageSize = 500 }: { readonly pageSize?: number } = {}) => {
  const messages: Array<Stored> = []
  const salts = new Set<string>()
  const failing: { reply: Reply | undefined } = { reply: undefined }

  const send = (body: string): Reply => {
    const { message } = JSON.parse(body)
    const fields: Record<string, string> = message.customFields
    for (const [name, value] of Object.entries(fields))
      if (name.length > 30 || value.length > 100) return refusal(400, "1032")
    const stored = { messageId: `M4V${messages.length}`, statusCode: "2000", customFields: fields }
    messages.push(stored)
    return jsonReply(200, {
      ...stored,
      to: message.to,
      from: message.from,
      type: message.type,
      groupId: "G4V",
    })
  }

  const list = ({ url }: Got): Reply => {
    const query = url.searchParams
    if (query.get("criteria") === "messageId") {
      const found = messages.filter(({ messageId }) => messageId === query.get("value"))
      return jsonReply(200, {
        messageList: Object.fromEntries(found.map((one) => [one.messageId, one])),
        limit: 20,
      })
    }
    const start = Number(query.get("startKey") ?? 0)
    const end = start + Math.min(pageSize, Number(query.get("limit")))
    const records = messages.slice(start, end).map((one) => [one.messageId, one])
    const nextKey = end < messages.length ? String(end) : null
    return jsonReply(200, { messageList: Object.fromEntries(records), startKey: null, nextKey })
  }

  const server = await providerServer((got) => {
    const { authorization = "" } = got.headers
    if (!isSigned(got)) return refusal(403, "SignatureDoesNotMatch")
    if (salts.has(authorization)) return refusal(403, "DuplicatedSignature")
    salts.add(authorization)
    if (failing.reply !== undefined) return failing.reply
    if (got.method === "POST" && got.url.pathname === "/messages/v4/send") return send(got.body)
    if (got.method === "GET" && got.url.pathname === "/messages/v4/list") return list(got)
    return refusal(404, "NotFound")
  })
  return { ...server, messages, failing }
}
