/**
 * Solapi's status codes in our words. Rules R9, R20.
 *
 * Four digits, by its published list (message status codes): 1xxx failed while it was taken in, 2xxx in Solapi's own
 * platform, 3xxx at the carrier or at Kakao; 2000 and 3000 are on their way, 4000 has arrived. Left out on purpose are
 * codes that do not say for certain that nothing was sent: errors of their servers (1024, 2024, 3012, 3024) and states
 * that they do not know themselves (3014, 3048).
 * @since 0.1.0
 */
import type { RejectReason, SendResult } from "../../ports/transport.ts"
import type { WebhookEvent } from "../../ports/webhook.ts"
import { at, rejected } from "../http/index.ts"
import { deliveryIn } from "./delivery.ts"

const reasons: Readonly<Record<string, RejectReason>> = {
  // While it was taken in.
  1010: "config",
  1011: "config",
  1013: "content",
  1014: "content",
  1020: "auth",
  1025: "config",
  1026: "config",
  1027: "content",
  1028: "content",
  1029: "content",
  1030: "quota",
  1031: "content",
  1032: "config",
  1033: "config",
  1041: "config",
  1042: "config",
  1043: "content",
  1044: "content",
  1045: "content",
  1046: "content",
  1047: "content",
  1048: "content",
  1049: "content",
  1050: "content",
  1052: "content",
  1058: "config",
  1060: "blocked",
  1061: "blocked",
  1062: "sender-not-allowed",
  1064: "sender-not-allowed",
  // In Solapi's platform.
  2011: "config",
  2060: "blocked",
  2061: "blocked",
  2062: "sender-not-allowed",
  2063: "auth",
  2064: "sender-not-allowed",
  2230: "quota",
  2254: "filtered",
  // At the phone network.
  3010: "invalid-address",
  3011: "config",
  3013: "sender-not-allowed",
  3031: "unknown",
  3032: "invalid-address",
  3040: "unreachable",
  3041: "unreachable",
  3042: "unreachable",
  3043: "unreachable",
  3044: "unreachable",
  3045: "unreachable",
  3046: "unreachable",
  3047: "blocked",
  3050: "invalid-address",
  3051: "unreachable",
  3052: "filtered",
  3053: "provider-error",
  3054: "filtered",
  3055: "blocked",
  3056: "provider-error",
  3057: "provider-error",
  3058: "config",
  3059: "sender-not-allowed",
  3060: "blocked",
  // At Kakao. 3102 is not a friend of the channel, 3104 has no KakaoTalk, 3107 did not use it or blocked AlimTalk.
  3101: "config",
  3102: "blocked",
  3103: "content",
  3104: "invalid-address",
  3105: "config",
  3106: "config",
  3107: "blocked",
  3108: "outside-window",
}

/** Codes that {@link reasonOf} knows. @since 0.1.0 */
export const knownCodes: ReadonlyArray<string> = Object.keys(reasons)

/** What a code says of a message that was not sent; undefined where that is not certain. Total. @since 0.1.0 */
export const reasonOf = (code: unknown): RejectReason | undefined =>
  typeof code === "string" && Object.hasOwn(reasons, code) ? reasons[code] : undefined

const ARRIVED = "4000"
const UNDERWAY = new Set<unknown>(["2000", "3000", ARRIVED])

const MESSAGE_ID = /^[\w-]{1,64}$/

/** Whether this can be the id of a message at Solapi. Total. @since 0.1.0 */
export const isMessageId = (id: unknown): id is string => typeof id === "string" && MESSAGE_ID.test(id)

/**
 * What a message's record says came of sending it; undefined when that is not certain. None is worth another attempt:
 * carriers have tried for hours, and with one record for each delivery at most, a lookup cannot take an older one for the
 * latest. Total.
 * @since 0.1.0
 */
export const resultOfRecord = (record: unknown): SendResult | undefined => {
  const code = at(record, "statusCode")
  const id = at(record, "messageId")
  if (UNDERWAY.has(code) && isMessageId(id)) return { _tag: "Accepted", providerId: id }
  const reason = reasonOf(code)
  return reason && rejected(reason, code)
}

/** The news in a message's record; none while it is on its way, or when it is not one of ours. Total. @since 0.1.0 */
export const eventsOfRecord = (record: unknown): ReadonlyArray<WebhookEvent> => {
  const deliveryId = deliveryIn(at(record, "customFields"))
  if (deliveryId === undefined) return []
  const code = at(record, "statusCode")
  const reason = reasonOf(code)
  if (code === ARRIVED) return [{ _tag: "Receipt", deliveryId, status: "delivered" }]
  return reason === undefined ? [] : [{ _tag: "Receipt", deliveryId, status: "failed", reason }]
}
