/**
 * What LINE's answers mean. Source: Messaging API reference (status codes, send push message, retry failed requests)
 * and LINE notification messages API reference (flexible). Rules R9, R20.
 * @since 0.1.0
 */
import type { RejectReason, SendResult } from "../../ports/transport.ts"
import {
  type Answered,
  at,
  cleanCode,
  parseJson,
  rejected,
  resultOfStatus,
  uncertain,
} from "../http/index.ts"

// LINE has no error codes besides the statuses. The others mean what HTTP says; 5xx leaves it open.
const byStatus: Readonly<Record<number, RejectReason>> = {
  // The account or its plan may not use this API.
  403: "config",
  // By phone number: nobody at LINE has it, it is of another country, or its owner takes no such messages.
  422: "unreachable",
}

// What a 400 is about, by the field that LINE names.
const byField: ReadonlyArray<readonly [field: RegExp, reason: RejectReason]> = [
  [/^to$/, "invalid-address"],
  [/^messages\b/, "content"],
]

const fieldReason = (body: unknown): RejectReason | undefined => {
  const field = at(body, "details", 0, "property")
  return typeof field === "string" ? byField.find(([pattern]) => pattern.test(field))?.[1] : undefined
}

const accepted = (providerId: unknown): SendResult => {
  const clean = cleanCode(providerId)
  return { _tag: "Accepted", ...(clean !== "" && { providerId: clean }) }
}

const refused = (answer: Answered): SendResult => {
  const reason = answer.status === 400 ? fieldReason(parseJson(answer.text)) : byStatus[answer.status]
  return reason === undefined ? resultOfStatus(answer) : rejected(reason, answer.status)
}

const unreadable = ({ status }: Answered): SendResult =>
  uncertain(`${status} with an answer that cannot be read`)

/**
 * What the answer to a push message means: 200 and, for a key that was accepted before, 409 name the message. Total. R9.
 * @since 0.1.0
 */
export const resultOfPush = (answer: Answered): SendResult => {
  if (answer.status !== 200 && answer.status !== 409) return refused(answer)
  const id = at(parseJson(answer.text), "sentMessages", 0, "id")
  const before = answer.headers.has("x-line-accepted-request-id")
  return typeof id === "string" || before ? accepted(id) : unreadable(answer)
}

/**
 * What the answer to a notification message means: 200 or 202 with an object, which is empty by the reference, or with
 * nothing, by the published API; the request's id is in a header. Total. R9.
 * @since 0.1.0
 */
export const resultOfNotification = (answer: Answered): SendResult => {
  if (answer.status !== 200 && answer.status !== 202) return refused(answer)
  const body = answer.text === "" ? {} : parseJson(answer.text)
  return typeof body === "object" && body !== null
    ? accepted(answer.headers.get("x-line-request-id"))
    : unreadable(answer)
}
