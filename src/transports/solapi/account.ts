/**
 * An account at Solapi: its signed requests, sending one message, and finding messages again. Rules R9, R20.
 * @since 0.1.0
 */
import { randomBytes } from "node:crypto"
import * as Schema from "effect/Schema"
import type { SendContext, SendResult } from "../../ports/transport.ts"
import {
  type Asked,
  at,
  Credential,
  type Exchanged,
  endpoint,
  exchange,
  exchangeOf,
  type HttpOptions,
  hmac,
  httpFields,
  NowFunction,
  parseJson,
  rejected,
  resultOfStatus,
  uncertain,
  withoutAnswer,
} from "../http/index.ts"
import { deliveryIn, fieldsFor } from "./delivery.ts"
import { isMessageId, reasonOf, resultOfRecord } from "./status.ts"

/**
 * An account at Solapi.
 * @since 0.1.0
 */
export interface SolapiAccount extends HttpOptions {
  /** The API key, as its console shows it. */
  readonly apiKey: string
  /** The API key's secret. */
  readonly apiSecret: string
  /** In place of `Date.now`: Solapi refuses requests whose clock is more than 15 minutes off. */
  readonly now?: () => number
}

/** Fields of a Schema for an account. @since 0.1.0 */
export const accountFields = {
  apiKey: Credential,
  apiSecret: Credential,
  now: Schema.optionalKey(NowFunction),
  ...httpFields,
}

const API_URL = "https://api.solapi.com"

/**
 * The header that signs a request: HMAC-SHA256 of the instant and a salt that is used once. Total.
 *
 * @example
 * authorization({ apiKey: "k", apiSecret: "s" }, 0, "salt").slice(0, 55) // => "HMAC-SHA256 apiKey=k, date=1970-01-01T00:00:00.000Z, sa"
 * @since 0.1.0
 */
export const authorization = ({ apiKey, apiSecret }: SolapiAccount, nowMs: number, salt: string): string => {
  const date = new Date(nowMs).toISOString()
  const signature = hmac("sha256", apiSecret, date + salt, "hex")
  return `HMAC-SHA256 apiKey=${apiKey}, date=${date}, salt=${salt}, signature=${signature}`
}

// Lists are longer than answers to one message: 100 records with an LMS each.
const LIST_BYTES = 2_097_152

const ask = (
  account: SolapiAccount,
  { path, method, body }: { path: string } & Pick<Asked, "method" | "body">,
  signal: AbortSignal,
): Promise<Exchanged> => {
  const { baseUrl = API_URL, now = Date.now } = account
  const headers = {
    authorization: authorization(account, now(), randomBytes(16).toString("hex")),
    "content-type": "application/json",
    accept: "application/json",
  }
  const asked = { url: endpoint(baseUrl, path), method, headers, ...(body !== undefined && { body }) }
  const http = exchangeOf(account)
  return exchange(method === "GET" ? { ...http, maxAnswerBytes: LIST_BYTES } : http, asked, signal)
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300

const resultOfSend = (exchanged: Exchanged): SendResult => {
  if (exchanged._tag !== "Answered") return withoutAnswer(exchanged)
  const body = parseJson(exchanged.text)
  if (isSuccess(exchanged.status))
    return resultOfRecord(body) ?? uncertain(`${exchanged.status} without a known status`)
  const code = at(body, "errorCode")
  const reason = exchanged.status < 500 ? reasonOf(code) : undefined
  return reason === undefined ? resultOfStatus(exchanged, code ?? exchanged.status) : rejected(reason, code)
}

/** Sends one message, whose custom fields name its delivery. Never rejects. @since 0.1.0 */
export const sendMessage = async (
  account: SolapiAccount,
  message: Readonly<Record<string, unknown>>,
  { deliveryId, signal }: SendContext,
): Promise<SendResult> => {
  const body = JSON.stringify({ message: { ...message, customFields: fieldsFor(deliveryId) } })
  return resultOfSend(await ask(account, { path: "/messages/v4/send", method: "POST", body }, signal))
}

/** Records of messages, and the key of the next page, if there is one. */
interface Page {
  readonly records: ReadonlyArray<unknown>
  readonly nextKey: string | undefined
}

const list = async (
  account: SolapiAccount,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Page | undefined> => {
  const path = `/messages/v4/list?${new URLSearchParams(query).toString()}`
  const exchanged = await ask(account, { path, method: "GET" }, signal)
  if (exchanged._tag !== "Answered" || !isSuccess(exchanged.status)) return undefined
  const body = parseJson(exchanged.text)
  const records = at(body, "messageList")
  if (typeof records !== "object" || records === null) return undefined
  const nextKey = at(body, "nextKey")
  return { records: Object.values(records), nextKey: typeof nextKey === "string" ? nextKey : undefined }
}

/** A message's record: null when the account has no such message, undefined when that cannot be known now. @since 0.1.0 */
export const recordOf = async (
  account: SolapiAccount,
  messageId: string,
  signal: AbortSignal,
): Promise<unknown> => {
  const page = await list(
    account,
    { criteria: "messageId", cond: "eq", value: messageId, limit: "1" },
    signal,
  )
  // What Solapi answers is checked, not trusted: a filter that it ignored would confirm somebody else's message.
  return page && (page.records.find((record) => at(record, "messageId") === messageId) ?? null)
}

// An uncertain send is looked up soon after it. Solapi cannot be asked by custom field: the account's latest messages are
// gone through, up to a limit. Clocks may differ by what Solapi itself allows.
const LOOKUP = { backMs: 3_600_000, aheadMs: 900_000, pageSize: 100, maxPages: 10 }

/**
 * Looks for a delivery among the account's messages of the last hour. Undefined when it is not there, which does not say
 * that it will not come, or when that cannot be known now. Never rejects.
 * @since 0.1.0
 */
export const findDelivery = async (
  account: SolapiAccount,
  { deliveryId, signal }: Pick<SendContext, "deliveryId" | "signal">,
): Promise<SendResult | undefined> => {
  const nowMs = (account.now ?? Date.now)()
  const period = {
    dateType: "CREATED",
    startDate: new Date(nowMs - LOOKUP.backMs).toISOString(),
    endDate: new Date(nowMs + LOOKUP.aheadMs).toISOString(),
    limit: String(LOOKUP.pageSize),
  }
  let startKey: string | undefined
  for (let pages = 0; pages < LOOKUP.maxPages; pages++) {
    const page = await list(account, { ...period, ...(startKey !== undefined && { startKey }) }, signal)
    const found = page?.records.find(
      (record) =>
        isMessageId(at(record, "messageId")) && deliveryIn(at(record, "customFields")) === deliveryId,
    )
    if (found !== undefined) return resultOfRecord(found)
    if (page?.nextKey === undefined) return undefined
    startKey = page.nextKey
  }
  return undefined
}
